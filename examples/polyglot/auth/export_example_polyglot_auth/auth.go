// Package export_example_polyglot_auth is what this component exports: it lets in whoever has the key of a name, and asks
// for that visitor's page.
package export_example_polyglot_auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"example.com/polyglot/auth/example_polyglot_scoring"
	. "example.com/polyglot/auth/wit_types"
)

// A real app would have it from a store or a variable, which this component would have to be granted.
var secret = []byte("polyglot")

var visits = map[string][]uint32{
	"ada":   {0, 1, 3, 8, 21},
	"grace": {2, 40},
}

// Visit is `visit` of the interface `auth`.
func Visit(name, key string) Result[string, string] {
	if !hmac.Equal([]byte(key), []byte(keyOf(name))) {
		return Err[string, string](fmt.Sprintf("this is not the key of %q", name))
	}
	visitor := example_polyglot_scoring.Visitor{Name: name, Visits: visits[name]}
	return Ok[string, string](example_polyglot_scoring.Welcome(visitor))
}

func keyOf(name string) string {
	code := hmac.New(sha256.New, secret)
	code.Write([]byte(name))
	return hex.EncodeToString(code.Sum(nil))[:16]
}
