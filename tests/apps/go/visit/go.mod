module visit

go 1.21
