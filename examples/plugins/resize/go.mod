module examples/plugins/resize

go 1.24.0

require golang.org/x/image v0.32.0
