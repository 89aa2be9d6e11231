module mirrord.test/context_server

go 1.21
