module mirrord.test/sight

go 1.21
