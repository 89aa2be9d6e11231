module static_go

go 1.21
