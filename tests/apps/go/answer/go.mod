module answer

go 1.21
