module example.com/polyglot/auth

go 1.24
