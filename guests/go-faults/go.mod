module guests/go-faults

go 1.24
