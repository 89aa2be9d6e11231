module child_exit

go 1.21
