package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Print("Content-Type: text/plain\n\n")
	fmt.Println("Hello from", os.Getenv("PATH_INFO"))
}
