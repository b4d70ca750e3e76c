module guests/go-http

go 1.24
