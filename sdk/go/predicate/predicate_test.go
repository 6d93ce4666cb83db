package predicate

import (
	"fmt"
	"testing"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// third holds for every third record, by its offset.
type third struct{}

func (third) Configure(connect.Config) error { return nil }

func (third) Test(record batch.Record) (bool, error) { return record.Offset()%3 == 0, nil }

func TestABitARecord(t *testing.T) {
	writer := batch.NewWriter()
	head, err := writer.Head(batch.Common{Topic: "t"})
	if err != nil {
		t.Fatal(err)
	}
	for offset := range int64(10) {
		if offset == 6 {
			writer.Hole()
		} else if err := writer.Add(head, &batch.Entry{Value: "v", ValueSchema: data.String, Offset: offset}); err != nil {
			t.Fatal(err)
		}
	}
	records, err := batch.Read(writer.Finish(), batch.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	bits, err := testBatch(third{}, records)
	if found := fmt.Sprintf("%08b %v", bits, err); found != "[00001001 00000010] <nil>" {
		t.Error(found)
	}
}
