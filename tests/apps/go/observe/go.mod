module observe

go 1.21
