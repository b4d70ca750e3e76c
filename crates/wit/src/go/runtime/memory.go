package runtime

import (
	"runtime"
	"unsafe"
)

// What others wrote for a call stays until the call has read it.
var written runtime.Pinner

// Unpin lets go of what was written for a call.
func Unpin() {
	written.Unpin()
}

// Allocate is memory that the garbage collector leaves where it is until the pinner lets go; nil for no bytes.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	block := zeroed(size, align)
	if block != nil {
		pinner.Pin(block)
	}
	return block
}

func zeroed(size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	count := (size + align - 1) / align
	switch align {
	case 1:
		return unsafe.Pointer(unsafe.SliceData(make([]uint8, count)))
	case 2:
		return unsafe.Pointer(unsafe.SliceData(make([]uint16, count)))
	case 4:
		return unsafe.Pointer(unsafe.SliceData(make([]uint32, count)))
	case 8:
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, count)))
	}
	panic("no type of WIT is aligned like this")
}

// Nothing may be imported while others have memory allocated. The clock is read by Go's allocator: the adapter of preview 1
// tells it the time that it last knew. A collection would run other goroutines, too: it waits, as `go-component` teaches Go.
//
//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

//go:linkname holdCollector runtime.holdCollector
func holdCollector(hold bool)

//go:wasmexport cabi_realloc
func reallocate(old unsafe.Pointer, oldSize, align, size uintptr) unsafe.Pointer {
	holdCollector(true)
	pauseClock(true)
	block := Allocate(&written, size, align)
	pauseClock(false)
	holdCollector(false)
	if block == nil {
		// No bytes have an address, too, and none is at it.
		return unsafe.Pointer(align)
	}
	copy(unsafe.Slice((*byte)(block), size), unsafe.Slice((*byte)(old), oldSize))
	return block
}
