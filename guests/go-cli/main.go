// A command that says what it was granted; the first argument is the verb.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	verb := ""
	if len(words) > 0 {
		verb = words[0]
	}
	switch {
	case verb == "env":
		for _, pair := range os.Environ() {
			fmt.Println(pair)
		}
	case verb == "stdin":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case verb == "read" && len(words) == 2:
		text, err := os.ReadFile(words[1])
		os.Stdout.Write(text)
		return err
	case verb == "write" && len(words) == 3:
		return os.WriteFile(words[1], []byte(words[2]), 0o644)
	case verb == "list" && len(words) == 2:
		entries, err := os.ReadDir(words[1])
		for _, entry := range entries {
			fmt.Println(entry.Name())
		}
		return err
	case verb == "exit" && len(words) == 2:
		code, err := strconv.Atoi(words[1])
		if err != nil {
			return err
		}
		os.Exit(code)
	case verb == "panic":
		panic("as asked")
	default:
		for _, word := range words {
			fmt.Println(word)
		}
	}
	return nil
}
