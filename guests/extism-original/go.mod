module extism-original

go 1.24

require github.com/extism/go-sdk v1.7.1
