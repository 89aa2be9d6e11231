module addresses

go 1.21
