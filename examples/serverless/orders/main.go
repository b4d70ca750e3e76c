// Orders, as events of API Gateway: one event on standard input, one response on standard output.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
)

type event struct {
	HTTPMethod     string            `json:"httpMethod"`
	PathParameters map[string]string `json:"pathParameters"`
	Body           string            `json:"body"`
}

type order struct {
	ID       string `json:"id"`
	Item     string `json:"item"`
	Currency string `json:"currency"`
}

func main() {
	var asked event
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	if asked.HTTPMethod == "GET" {
		answer(200, order{ID: asked.PathParameters["id"], Item: "a book", Currency: os.Getenv("CURRENCY")})
		return
	}
	made := order{ID: "8", Currency: os.Getenv("CURRENCY")}
	if err := json.Unmarshal([]byte(asked.Body), &made); err != nil || made.Item == "" {
		answer(400, map[string]string{"message": "an order is JSON and has an `item`"})
		return
	}
	answer(201, made)
}

func answer(status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		log.Fatal(err)
	}
	response := map[string]any{
		"statusCode": status,
		"headers":    map[string]string{"content-type": "application/json"},
		"body":       string(text),
	}
	if err := json.NewEncoder(os.Stdout).Encode(response); err != nil {
		log.Fatal(fmt.Errorf("the response cannot be written: %w", err))
	}
}
