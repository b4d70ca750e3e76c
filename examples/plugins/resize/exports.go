package main

// The canonical ABI by hand: how the functions of wit/worlds.wit take their parameters and give their results.

import "unsafe"

// What the host wrote here, and what it has yet to read. Both begin anew with each call.
var held []any

//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, size int32) unsafe.Pointer {
	block := make([]byte, size+align)
	held = append(held, block)
	start := unsafe.Pointer(unsafe.SliceData(block))
	return unsafe.Add(start, -uintptr(start)&uintptr(align-1))
}

// An address is a number here: pointers of Go are twice as wide as the memory's.
type list struct {
	start, count uint32
}

func listOf[T string | []byte](content T) list {
	data := []byte(content)
	held = append(held, data)
	return list{uint32(uintptr(unsafe.Pointer(unsafe.SliceData(data)))), uint32(len(data))}
}

func given[T any](result *T) unsafe.Pointer {
	held = append(held, result)
	return unsafe.Pointer(result)
}

//go:wasmexport about
func exportAbout() unsafe.Pointer {
	held = nil
	text := listOf(about())
	return given(&text)
}

// result<picture, string>: the case, then a picture, or an error in the place of its first field.
type resized struct {
	isError       bool
	mediaType     list
	width, height uint32
	data          list
}

//go:wasmexport resize
func exportResize(start unsafe.Pointer, count, width int32) unsafe.Pointer {
	made, err := resize(unsafe.Slice((*byte)(start), count), int(width))
	held = nil
	if err != nil {
		return given(&resized{isError: true, mediaType: listOf(err.Error())})
	}
	return given(&resized{false, listOf(made.mediaType), uint32(made.width), uint32(made.height), listOf(made.data)})
}
