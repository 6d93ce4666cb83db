//go:build wasip1

package predicate

import (
	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/guest"
)

//go:wasmexport kafka:connect/predicate@0.1.0#configure
func configure(classAt, classSize, configAt, configCount uint32) uint32 {
	return guest.Start(classes, classAt, classSize, configAt, configCount,
		func(class *Class, config connect.Config, _ abi.Area) (any, error) {
			predicate := class.New()
			return predicate, predicate.Configure(config)
		})
}

//go:wasmexport kafka:connect/predicate@0.1.0#test
func test(at, size uint32) uint32 {
	return guest.Call("test", func(predicate Predicate, answer abi.Area) error {
		records, err := batch.Read(abi.Bytes(at, size), batch.DefaultLimits)
		if err != nil {
			return err
		}
		bits, err := testBatch(predicate, records)
		answer.Bytes(4, bits)
		return err
	})
}

//go:wasmexport kafka:connect/predicate@0.1.0#close
func closeStage() { guest.Stop() }
