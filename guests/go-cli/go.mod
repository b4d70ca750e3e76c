module guests/go-cli

go 1.24
