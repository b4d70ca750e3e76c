package main

// The canonical ABI of `auth` and `scoring` by hand: addresses and lengths are 32 bits wide there, and 64 in Go.

import "unsafe"

//go:wasmimport example:polyglot/scoring@0.1.0 welcome
func scoringWelcome(name unsafe.Pointer, nameLength uint32, visits unsafe.Pointer, visitsLength uint32, page unsafe.Pointer)

// text is a string as it lies in memory.
type text struct{ at, length uint32 }

// answer is a `result<string, string>`.
type answer struct {
	isError uint32
	text    text
}

// The caller has an answer until it calls again, and so has the garbage collector's word that it stays.
var (
	answered answer
	said     string
)

//go:wasmexport example:polyglot/auth@0.1.0#visit
func authVisit(name unsafe.Pointer, nameLength uint32, key unsafe.Pointer, keyLength uint32) unsafe.Pointer {
	page, err := visit(unsafe.String((*byte)(name), nameLength), unsafe.String((*byte)(key), keyLength))
	answered.isError, said = 0, page
	if err != nil {
		answered.isError, said = 1, err.Error()
	}
	answered.text = text{uint32(uintptr(unsafe.Pointer(unsafe.StringData(said)))), uint32(len(said))}
	blocks = nil
	return unsafe.Pointer(&answered)
}

func welcome(name string, visits []uint32) string {
	page := new(text)
	scoringWelcome(
		unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)),
		unsafe.Pointer(unsafe.SliceData(visits)), uint32(len(visits)),
		unsafe.Pointer(page),
	)
	return unsafe.String((*byte)(unsafe.Pointer(uintptr(page.at))), page.length)
}

// What others wrote for a call stays until it is answered.
var blocks [][]byte

//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	block := make([]byte, size+align)
	blocks = append(blocks, block)
	start := unsafe.Pointer(unsafe.SliceData(block))
	made := unsafe.Add(start, -uintptr(start)&uintptr(align-1))
	copy(unsafe.Slice((*byte)(made), size), unsafe.Slice((*byte)(old), oldSize))
	return made
}
