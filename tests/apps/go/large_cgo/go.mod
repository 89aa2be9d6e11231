module large_cgo

go 1.21
