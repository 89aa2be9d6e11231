module write_file

go 1.21
