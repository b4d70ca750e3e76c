// The smallest handler of wasi:http 0.2 in mainline Go.
package main

func main() {}

//go:wasmexport wasi:http/incoming-handler@0.2.12#handle
func handle(request, outparam int32) {
	respond(outparam, "Hello from Go\n")
}
