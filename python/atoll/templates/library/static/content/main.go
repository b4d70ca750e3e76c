// A file server: it answers with types, ranges and dates, and for a folder with its index.html.
package main

import (
	"log"
	"net/http"
	"net/http/cgi"
	"os"
	"strings"
)

func main() {
	prefix := strings.TrimSuffix(os.Getenv("SCRIPT_NAME"), "/")
	files := withoutLists(http.FileServer(http.Dir("/")))
	http.Handle(prefix+"/", http.StripPrefix(prefix, files))
	if err := cgi.Serve(nil); err != nil {
		log.Fatal(err)
	}
}

// What lies in a folder is nobody's business where it has no index.html.
func withoutLists(files http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/") {
			if _, err := os.Stat(request.URL.Path + "index.html"); err != nil {
				http.NotFound(response, request)
				return
			}
		}
		files.ServeHTTP(response, request)
	})
}
