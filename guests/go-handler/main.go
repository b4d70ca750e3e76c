// Answers one event of API Gateway: reads it from standard input, writes the response to standard output. The last part
// of the path says how; by default the response's body is the event itself.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

type event struct {
	Path    string `json:"path"`
	RawPath string `json:"rawPath"`
}

type response struct {
	StatusCode        int                 `json:"statusCode"`
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
	Cookies           []string            `json:"cookies,omitempty"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded,omitempty"`
}

func main() {
	given, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	var asked event
	if err := json.Unmarshal(given, &asked); err != nil {
		panic(err)
	}
	path := asked.Path + asked.RawPath
	switch path[strings.LastIndex(path, "/")+1:] {
	case "binary":
		answer(response{StatusCode: 200, Headers: map[string]string{"Content-Type": "image/png"}, Body: "iVBORw==", IsBase64Encoded: true})
	case "many":
		answer(response{StatusCode: 201, MultiValueHeaders: map[string][]string{"X-Many": {"one", "two"}}, Cookies: []string{"a=1", "b=2"}})
	case "environment":
		answer(response{StatusCode: 200, Body: strings.Join(os.Environ(), "\n")})
	case "panic":
		panic("as asked")
	case "sleep":
		time.Sleep(time.Minute)
	case "file":
		note, err := os.ReadFile("/note.txt")
		answer(response{StatusCode: 200, Body: fmt.Sprint(string(note), err)})
	case "large":
		answer(response{StatusCode: 200, Body: strings.Repeat("x", 5<<20)})
	case "endless":
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	case "log":
		fmt.Fprintln(os.Stderr, "a line of the handler")
		answer(response{StatusCode: 204})
	case "nothing":
	case "noise":
		fmt.Println("this is no JSON")
	case "status":
		fmt.Println(`{"statusCode": 99}`)
	case "plain":
		fmt.Println(`{"hello": "world"}`)
	default:
		answer(response{StatusCode: 200, Headers: map[string]string{"content-type": "application/json"}, Body: string(given)})
	}
}

func answer(given response) {
	if err := json.NewEncoder(os.Stdout).Encode(given); err != nil {
		panic(err)
	}
}
