//go:build wasip1

// Package abi is the canonical ABI of components, as far as the contract needs it: memory, what comes in and what goes out.
//
// While the worker allocates in this instance, before a call begins and while an import answers, the instance may call nothing, and
// Go's collector reads the clock: a collection there would be a trap ("cannot leave component instance"). So the collector is off
// between calls and around imports that answer lists, and on while the plugin's code runs.
package abi

import (
	"runtime/debug"
	"unsafe"
)

// What the WASI adapter asks for before Go's runtime is up, and with it Go's heap: its own stack and state, a page of 64 KiB each.
var (
	early     [3 << 16 / 8]uint64
	earlyUsed uintptr
)

//go:wasmexport cabi_realloc_adapter
//go:nosplit
func reallocForAdapter(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	start := (earlyUsed + uintptr(align) - 1) &^ (uintptr(align) - 1)
	if old != nil || start+uintptr(size) > unsafe.Sizeof(early) {
		return nil
	}
	earlyUsed = start + uintptr(size)
	return unsafe.Add(unsafe.Pointer(&early), start)
}

var (
	// What the worker has allocated for the call that is about to begin or that runs. Go pointers to it keep parts of it longer.
	incoming [][]uint64
	// What was answered by the last call: the worker reads it after the call.
	outgoing []unsafe.Pointer
	// GOGC while the plugin's code runs.
	percent = debug.SetGCPercent(-1)
)

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	if size == 0 {
		return unsafe.Add(nil, align)
	}
	words := make([]uint64, (size+7)/8)
	incoming = append(incoming, words)
	start := unsafe.Pointer(&words[0])
	if oldSize > 0 {
		copy(unsafe.Slice((*byte)(start), size), unsafe.Slice((*byte)(old), oldSize))
	}
	return start
}

func enter() {
	clear(outgoing)
	outgoing = outgoing[:0]
	debug.SetGCPercent(percent)
}

func leave() {
	clear(incoming)
	incoming = incoming[:0]
	// Waits for a collection that is under way.
	debug.SetGCPercent(-1)
}

// Answering calls an import that answers lists or texts.
func Answering(call func()) {
	debug.SetGCPercent(-1)
	call()
	debug.SetGCPercent(percent)
}

// keep holds on to what is answered until the next call.
func keep(pointer unsafe.Pointer) unsafe.Pointer {
	outgoing = append(outgoing, pointer)
	return pointer
}

func address(pointer unsafe.Pointer) uint32 { return uint32(uintptr(pointer)) }
