// A handler that fails in a function of its own: the runtime says where before it ends.
package main

func main() {}

var people []string

//go:noinline
func first() string {
	return people[0] // fails here
}

//go:wasmexport wasi:http/incoming-handler@0.2.12#handle
func handle(request, outparam int32) {
	println(first())
}
