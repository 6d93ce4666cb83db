package connecttest

import (
	"io"
	"testing"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/predicate"
	"github.com/wasm-connect/wasm-connect/sdk/go/transform"
)

// Configure configures a transform or a predicate; an error ends the test. It is closed when the test ends, if it can be.
func Configure[T interface{ Configure(connect.Config) error }](t testing.TB, stage T, config connect.Config) T {
	t.Helper()
	if err := stage.Configure(config); err != nil {
		t.Fatalf("configure: %v", err)
	}
	if closer, is := any(stage).(io.Closer); is {
		t.Cleanup(func() {
			if err := closer.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	return stage
}

// Applied is what a transform made of a batch.
type Applied struct {
	// Records are those that are left; Position says which of those given one was.
	Records []batch.Record
	// Failed are those that were refused.
	Failed []connect.RecordError
}

// Values are the records' values.
func (a Applied) Values(t testing.TB) []any {
	t.Helper()
	return Polled{Records: a.Records}.Values(t)
}

// Apply has a transform make a batch of a batch, as the worker does; an error that is of no record ends the test.
func Apply(t testing.TB, transformation transform.Transformation, records ...SinkRecord) Applied {
	t.Helper()
	writer := batch.NewWriter()
	failed, err := transform.ApplyBatch(transformation, Batch(t, records...), writer)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	read, err := batch.Read(writer.Finish(), batch.DefaultLimits)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	applied := Applied{Failed: failed}
	for record := range read.All() {
		applied.Records = append(applied.Records, record)
	}
	return applied
}

// Test says for which records a predicate holds; an error ends the test.
func Test(t testing.TB, predicate predicate.Predicate, records ...SinkRecord) []bool {
	t.Helper()
	var holds []bool
	for record := range Batch(t, records...).All() {
		of, err := predicate.Test(record)
		if err != nil {
			t.Fatalf("test: %v", err)
		}
		holds = append(holds, of)
	}
	return holds
}
