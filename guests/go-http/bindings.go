package main

// The canonical ABI by hand: no bindings generator for mainline Go is in the module proxy.

import (
	"runtime"
	"unsafe"
)

//go:wasmimport wasi:http/types@0.2.12 [constructor]fields
func fieldsNew() int32

//go:wasmimport wasi:http/types@0.2.12 [method]fields.append
func fieldsAppend(self int32, name unsafe.Pointer, nameLen int32, value unsafe.Pointer, valueLen int32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [constructor]outgoing-response
func responseNew(headers int32) int32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-response.body
func responseBody(self int32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [static]response-outparam.set
func outparamSet(self, isError, response, a int32, b int64, c, d, e, f int32)

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-body.write
func bodyWrite(self int32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [static]outgoing-body.finish
func bodyFinish(self, some, trailers int32, result unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.blocking-write-and-flush
func streamWrite(self int32, bytes unsafe.Pointer, length int32, result unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [resource-drop]output-stream
func streamDrop(self int32)

// What the host allocates here stays until the instance ends; it only does for errors that carry text.
var pinned [][]byte

//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, size int32) unsafe.Pointer {
	block := make([]byte, size+align)
	pinned = append(pinned, block)
	start := uintptr(unsafe.Pointer(&block[0]))
	return unsafe.Add(unsafe.Pointer(&block[0]), -start&uintptr(align-1))
}

// result is the memory a `result<handle, _>` is written to, with room for the largest error.
type result struct {
	isError int8
	handle  int32
	rest    [48]byte
}

func respond(outparam int32, text string) {
	ignored, body, stream := new(result), new(result), new(result)

	headers := fieldsNew()
	name, value := "content-type", "text/plain"
	fieldsAppend(headers, pointer(name), int32(len(name)), pointer(value), int32(len(value)), unsafe.Pointer(ignored))
	response := responseNew(headers)
	responseBody(response, unsafe.Pointer(body))
	outparamSet(outparam, 0, response, 0, 0, 0, 0, 0, 0)

	bodyWrite(body.handle, unsafe.Pointer(stream))
	streamWrite(stream.handle, pointer(text), int32(len(text)), unsafe.Pointer(ignored))
	streamDrop(stream.handle)
	bodyFinish(body.handle, 0, 0, unsafe.Pointer(ignored))
	runtime.KeepAlive(ignored)
}

func pointer(text string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(text)) }
