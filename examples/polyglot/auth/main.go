// Lets in whoever has the key of a name, and asks for that visitor's page.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// A real app would have it from a store or a variable, which this component would have to be granted.
var secret = []byte("polyglot")

var visits = map[string][]uint32{
	"ada":   {0, 1, 3, 8, 21},
	"grace": {2, 40},
}

func visit(name, key string) (string, error) {
	if !hmac.Equal([]byte(key), []byte(keyOf(name))) {
		return "", fmt.Errorf("this is not the key of %q", name)
	}
	return welcome(name, visits[name]), nil
}

func keyOf(name string) string {
	code := hmac.New(sha256.New, secret)
	code.Write([]byte(name))
	return hex.EncodeToString(code.Sum(nil))[:16]
}

func main() {}
