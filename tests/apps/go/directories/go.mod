module directories

go 1.21
