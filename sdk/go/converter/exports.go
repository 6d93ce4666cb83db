//go:build wasip1

package converter

import (
	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/guest"
)

//go:wasmexport kafka:connect/converter@0.1.0#configure
func configure(classAt, classSize, configAt, configCount, role uint32) uint32 {
	if Role(role) == Headers {
		return guest.Start(headerClasses, classAt, classSize, configAt, configCount,
			func(class *HeaderClass, config connect.Config, _ abi.Area) (any, error) {
				converter := class.New()
				return ofHeaders(converter), converter.Configure(config)
			})
	}
	return guest.Start(classes, classAt, classSize, configAt, configCount,
		func(class *Class, config connect.Config, _ abi.Area) (any, error) {
			converter := class.New()
			return ofPart(converter, Role(role)), converter.Configure(config, Role(role))
		})
}

//go:wasmexport kafka:connect/converter@0.1.0#from-connect
func fromConnect(at, size uint32) uint32 {
	return guest.Process("from-connect", at, size,
		func(running *running, records *batch.Batch, writer *batch.Writer) ([]connect.RecordError, error) {
			return running.batch(records, writer, running.toKafka)
		})
}

//go:wasmexport kafka:connect/converter@0.1.0#to-connect
func toConnect(at, size uint32) uint32 {
	return guest.Process("to-connect", at, size,
		func(running *running, records *batch.Batch, writer *batch.Writer) ([]connect.RecordError, error) {
			return running.batch(records, writer, running.ofKafka)
		})
}
