// Takes the place of runtime/mem_wasm.go (through `go build -overlay`). The runtime takes all of linear memory for its own; inside a
// component the preview 1 adapter grows the same memory before the runtime starts. Here Go goes on behind what another has taken, and
// can put off its garbage collection.

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

// Bindings of `atoll wit go` allocate for others, who must not be called meanwhile: no collection begins then, and none that
// runs has this goroutine help. The clock that both read is somebody else's.
//
//go:linkname holdCollector
func holdCollector(hold bool) {
	help := &getg().m.curg.gcAssistBytes
	if hold {
		collects = memstats.enablegc
		memstats.enablegc = false
		*help += unasked
	} else {
		memstats.enablegc = collects
		*help -= unasked
	}
}

var collects bool

// Bytes, more than any call allocates.
const unasked = 1 << 40

// Implemented in src/runtime/sys_wasm.s
func growMemory(pages int32) int32
func currentMemory() int32
