// Counts lines, words and bytes of each file, or of standard input.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) == 1 {
		text, err := io.ReadAll(os.Stdin)
		report("-", text, err)
	}
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		report(name, text, err)
	}
}

func report(name string, text []byte, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(bytes.Count(text, []byte("\n")), len(bytes.Fields(text)), len(text), name)
}
