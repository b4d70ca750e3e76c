// Sigstore's timestamp authority without the port for metrics, which its own program takes from all addresses and
// from whatever else runs on the machine. The key is made at the start and forgotten at the end.
package main

import (
	"log"
	"os"
	"strconv"
	"time"

	"github.com/sigstore/timestamp-authority/v2/pkg/server"
	"github.com/spf13/viper"
)

const policy = "1.3.6.1.4.1.57264.2"

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for name, value := range map[string]any{
		"timestamp-signer":      "memory",
		"timestamp-signer-hash": "sha256",
		"default-policy-oid":    policy,
		"accepted-policy-oids":  []string{policy},
		"max-request-body-size": 1 << 20,
	} {
		viper.Set(name, value)
	}
	authority := server.NewRestAPIServer("127.0.0.1", port, []string{"http"}, false, time.Minute, time.Minute)
	log.Fatal(authority.Serve())
}
