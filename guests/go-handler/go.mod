module guests/go-handler

go 1.24
