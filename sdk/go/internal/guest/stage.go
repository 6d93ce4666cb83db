//go:build wasip1

package guest

import (
	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
)

// The last batch that a stage answered, whose memory is free when the next call comes.
var answered []byte

// Process runs an export of a stage that makes a batch of a batch.
func Process[T any](name string, at, size uint32, process func(T, *batch.Batch, *batch.Writer) ([]connect.RecordError, error)) uint32 {
	return Call(name, func(running T, answer abi.Area) error {
		records, err := batch.Read(abi.Bytes(at, size), batch.DefaultLimits)
		if err != nil {
			return err
		}
		writer := batch.NewWriterIn(answered)
		failed, err := process(running, records, writer)
		if err != nil {
			return err
		}
		answered = writer.Finish()
		answer.Bytes(4, answered)
		answer.PutRecordErrors(12, failed)
		return nil
	})
}
