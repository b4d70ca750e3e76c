module guests/go-wagi

go 1.24
