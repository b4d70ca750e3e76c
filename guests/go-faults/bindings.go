package main

import "unsafe"

// What the host allocates here stays until the instance ends.
var pinned [][]byte

//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, size int32) unsafe.Pointer {
	block := make([]byte, size+align)
	pinned = append(pinned, block)
	start := uintptr(unsafe.Pointer(&block[0]))
	return unsafe.Add(unsafe.Pointer(&block[0]), -start&uintptr(align-1))
}
