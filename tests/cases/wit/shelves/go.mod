module example.com/shelves

go 1.24
