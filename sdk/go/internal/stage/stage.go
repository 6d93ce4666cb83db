// Package stage is what transforms and converters have in common: a batch in, a batch of the same positions and the failed records out.
package stage

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
)

// Each hands the records to write one after the other; what it does not write is a hole. A record that is to blame for its error is one
// of those answered; any other error ends it.
func Each(records *batch.Batch, writer *batch.Writer, write func(batch.Record) error) ([]connect.RecordError, error) {
	var failed []connect.RecordError
	for position := range records.Len() {
		if record, there := records.At(position); there {
			if err := guarded(record, write); err != nil {
				if !ofRecord(err) {
					return nil, err
				}
				failed = append(failed, connect.RecordError{Index: position, Message: err.Error()})
			}
		}
		if writer.Len() == position {
			writer.Hole()
		}
	}
	return failed, nil
}

// guarded makes a panic an error of its record, as any exception of a transform is in Java; its stack is a line of the log.
func guarded(record batch.Record, write func(batch.Record) error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			slog.Error(fmt.Sprintf("panic: %v\n%s", reason, debug.Stack()))
			err = connect.DataErrorf("panic: %v", reason)
		}
	}()
	return write(record)
}

// ofRecord says whether a record is to blame: its author says so, it cannot be read, or what became of it cannot be written.
func ofRecord(err error) bool {
	var malformed *batch.MalformedError
	var unwritable *batch.EncodeError
	return connect.KindOf(err) == connect.KindData || errors.As(err, &malformed) || errors.As(err, &unwritable)
}
