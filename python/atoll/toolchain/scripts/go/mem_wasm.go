// Takes the place of runtime/mem_wasm.go (through `go build -overlay`). The runtime takes all of linear memory for its own; inside a
// component the preview 1 adapter grows the same memory before the runtime starts. Here Go goes on behind what another has taken.

package runtime

import "unsafe"

func sbrk(n uintptr) unsafe.Pointer {
	n = memRound(n)
	if bloc+n > blocMax {
		follow()
		if growMemory(int32((bloc+n-blocMax)/physPageSize)) < 0 {
			return nil
		}
		resetMemoryDataView()
		blocMax = bloc + n
	}
	start := bloc
	bloc += n
	return unsafe.Pointer(start)
}

// Whoever reckons with the end before it calls sbrk calls this first: `go-component` puts it into mem_sbrk.go.
func follow() {
	if end := uintptr(currentMemory()) * physPageSize; end != blocMax {
		bloc, blocMax = end, end
	}
}

// Implemented in src/runtime/sys_wasm.s
func growMemory(pages int32) int32
func currentMemory() int32
