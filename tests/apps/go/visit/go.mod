module visit

go 1.21

require mirrord.test/sight v0.0.0

replace mirrord.test/sight => ../sight
