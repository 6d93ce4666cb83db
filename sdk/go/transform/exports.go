//go:build wasip1

package transform

import (
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/guest"
)

//go:wasmexport kafka:connect/transformation@0.1.0#configure
func configure(classAt, classSize, configAt, configCount uint32) uint32 {
	return guest.Start(classes, classAt, classSize, configAt, configCount,
		func(class *Class, config connect.Config, _ abi.Area) (any, error) {
			transformation := class.New()
			return transformation, transformation.Configure(config)
		})
}

//go:wasmexport kafka:connect/transformation@0.1.0#apply
func apply(at, size uint32) uint32 { return guest.Process("apply", at, size, ApplyBatch) }

//go:wasmexport kafka:connect/transformation@0.1.0#close
func closeStage() { guest.Stop() }
