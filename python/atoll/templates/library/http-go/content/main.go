// Each request runs this program in a sandbox of its own: nothing stays in memory from one to the next.
package main

import (
	"fmt"
	"log"
	"net/http"
	"net/http/cgi"
)

func main() {
	http.HandleFunc("GET /", hello)
	if err := cgi.Serve(nil); err != nil {
		log.Fatal(err)
	}
}

func hello(response http.ResponseWriter, request *http.Request) {
	fmt.Fprintf(response, "Hello from Go: %s\n", request.URL.Path)
}
