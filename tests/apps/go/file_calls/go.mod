module file_calls

go 1.21
