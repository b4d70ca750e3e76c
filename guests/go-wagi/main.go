// A CGI program. PATH_INFO says what it prints: /env its variables, /args, /echo its standard input, /status a 418,
// /redirect a Location, /broken no header at all, /fail an exit code that is not 0; else hello.
package main

import (
	"fmt"
	"io"
	"os"
)

const header = "Content-Type: text/plain\n\n"

func main() {
	switch os.Getenv("PATH_INFO") {
	case "/env":
		fmt.Print(header)
		for _, pair := range os.Environ() {
			fmt.Println(pair)
		}
	case "/args":
		fmt.Print(header)
		for _, word := range os.Args {
			fmt.Println(word)
		}
	case "/echo":
		fmt.Print(header)
		io.Copy(os.Stdout, os.Stdin)
	case "/status":
		fmt.Print("Status: 418\n" + header + "short and stout\n")
	case "/redirect":
		fmt.Print("Location: /elsewhere\n\n")
	case "/broken":
		fmt.Print("not a header")
	case "/fail":
		fmt.Fprintln(os.Stderr, "as asked")
		os.Exit(3)
	default:
		fmt.Print(header + "Hello from wagi\n")
	}
}
