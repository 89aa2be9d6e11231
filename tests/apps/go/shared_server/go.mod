module shared_server

go 1.21
