// A plug-in on Extism's own PDK: count_vowels, double, http_get, greet_host, fail, log_levels, globals, echo. As a
// command it counts vowels and exits with what its config says.
package main

import (
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/extism/go-pdk"
)

type counted struct {
	Count  int    `json:"count"`
	Total  int    `json:"total"`
	Vowels string `json:"vowels"`
}

//go:wasmimport extism:host/user hello_world
func helloWorld(offset uint64) uint64

//go:wasmexport count_vowels
func countVowels() int32 {
	vowels, ok := pdk.GetConfig("vowels")
	if !ok {
		vowels = "aeiouAEIOU"
	}
	count := 0
	for _, letter := range pdk.InputString() {
		if strings.ContainsRune(vowels, letter) {
			count++
		}
	}
	total := pdk.GetVarInt("total") + count
	pdk.SetVarInt("total", total)
	if err := pdk.OutputJSON(counted{count, total, vowels}); err != nil {
		return failed(err)
	}
	return 0
}

//go:wasmexport double
func double() int32 {
	value := make([]byte, 8)
	binary.LittleEndian.PutUint64(value, 10)
	if before := pdk.GetVar("a"); before != nil {
		copy(value, before)
	}
	binary.LittleEndian.PutUint64(value, 2*binary.LittleEndian.Uint64(value))
	pdk.SetVar("a", value)
	pdk.Output(value)
	return 0
}

//go:wasmexport http_get
func httpGet() int32 {
	request := pdk.NewHTTPRequest(pdk.MethodGet, pdk.InputString())
	request.SetHeader("X-Guest", "go")
	response := request.Send()
	pdk.OutputString(strconv.Itoa(int(response.Status())) + " " + string(response.Body()))
	return 0
}

//go:wasmexport greet_host
func greetHost() int32 {
	asked := pdk.AllocateString(pdk.InputString())
	answer := pdk.FindMemory(helloWorld(asked.Offset()))
	pdk.OutputMemory(answer)
	return 0
}

//go:wasmexport fail
func fail() int32 { return failed(errors.New("Some error message")) }

func failed(err error) int32 {
	pdk.SetError(err)
	return 1
}

//go:wasmexport log_levels
func logLevels() int32 {
	for level := pdk.LogTrace; level <= pdk.LogError; level++ {
		pdk.Log(level, "go "+pdk.InputString())
	}
	return 0
}

var calls int

//go:wasmexport globals
func globals() int32 {
	pdk.OutputString(strconv.Itoa(calls))
	calls++
	return 0
}

//go:wasmexport echo
func echo() int32 {
	pdk.Output(pdk.Input())
	return 0
}

//go:wasmexport do_panic
func doPanic() int32 { panic(pdk.InputString()) }

func main() {
	countVowels()
	if code, ok := pdk.GetConfig("code"); ok {
		number, err := strconv.Atoi(code)
		if err != nil {
			os.Exit(1)
		}
		os.Exit(number)
	}
}
