package transform_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/connecttest"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/transform"
)

func TestRecordsThatAreDroppedOrFailLeaveHoles(t *testing.T) {
	shout := connecttest.Configure(t, &shout{}, connect.Config{"suffix": "!"})
	records := append(connecttest.Texts("one", "", "two"), connecttest.SinkRecord{Value: int8(3)}, connecttest.SinkRecord{Key: "key"})
	applied := connecttest.Apply(t, shout, records...)
	if values := fmt.Sprint(applied.Values(t)); values != "[ONE! TWO! <nil>]" {
		t.Error(values)
	}
	if positions := []int{applied.Records[0].Position(), applied.Records[1].Position(), applied.Records[2].Position()}; fmt.Sprint(positions) != "[0 2 4]" {
		t.Error(positions)
	}
	if key, err := applied.Records[2].Key(); key != "key" || err != nil {
		t.Error(key, err)
	}
	if failed := fmt.Sprint(applied.Failed); failed != "[{3 the value is no string but int8}]" {
		t.Error(failed)
	}
}

// changing makes these changes of every record.
type changing struct{ transform.Changes }

func (changing) Configure(connect.Config) error { return nil }

func (c changing) Apply(record batch.Record, out *transform.NewRecord) error {
	return out.Write(record, c.Changes)
}

var row = data.BuildStruct().Name("Row").Field("id", data.Int64).Field("tags", data.BuildArray(data.OptionalString).Must()).Must()

func of(t *testing.T, changes transform.Changes) batch.Record {
	t.Helper()
	given := connecttest.SinkRecord{
		Topic: "t", Partition: 3, Timestamp: 7, Key: int64(1), KeySchema: data.Int64,
		Value:   data.NewStruct(row).Put("id", int64(5)).Put("tags", []any{"a", nil}),
		Headers: []batch.Header{{Name: "h", Value: "v", Schema: data.String}, {Name: "none", Schema: data.OptionalString}, {Name: "free", Value: []any{true}}},
	}
	applied := connecttest.Apply(t, changing{changes}, given, given)
	if len(applied.Records) != 2 || applied.Failed != nil {
		t.Fatal(applied)
	}
	return applied.Records[1]
}

// described is all that there is to see of a record.
func described(t *testing.T, record batch.Record) string {
	t.Helper()
	key, err := record.Key()
	value, err2 := record.Value()
	headers, err3 := record.Headers()
	if err != nil || err2 != nil || err3 != nil {
		t.Fatal(err, err2, err3)
	}
	text := fmt.Sprintf("%s-%d@%d", record.Topic(), record.Partition(), record.Offset())
	if at, there := record.Timestamp(); there {
		text += fmt.Sprintf(" %d", at)
	}
	text += fmt.Sprintf(" %v:%v %v:%v", record.KeySchema(), key, record.ValueSchema(), value)
	for _, header := range headers {
		text += fmt.Sprintf(" %s=%v:%v", header.Name, header.Schema, header.Value)
	}
	return text
}

func TestWhatDoesNotChangeStays(t *testing.T) {
	kept := described(t, of(t, transform.Changes{}))
	schema := row.String()
	expected := "t-3@1 7 Schema{INT64}:1 " + schema + ":Struct{id=5,tags=[a <nil>]} h=Schema{STRING}:v none=Schema{STRING}:<nil> free=<nil>:[true]"
	if kept != expected {
		t.Errorf("%s\n%s", kept, expected)
	}
	partition, at, never := int32(-1), time.UnixMilli(9), time.Time{}
	for _, of2 := range []struct {
		changes  transform.Changes
		from, to string
	}{
		{transform.Changes{Topic: "u", Partition: &partition}, "t-3@1", "u--1@1"},
		{transform.Changes{Time: &at}, "@1 7", "@1 9"},
		{transform.Changes{Time: &never}, "@1 7", "@1"},
		{transform.Changes{Key: data.Of(data.String, "k")}, "Schema{INT64}:1", "Schema{STRING}:k"},
		{transform.Changes{Key: data.Of(nil, nil)}, "Schema{INT64}:1", "<nil>:<nil>"},
		{transform.Changes{Value: data.Of(nil, data.Map{{Key: "a", Value: int8(1)}})}, schema + ":Struct{id=5,tags=[a <nil>]}", "<nil>:[{a 1}]"},
		{transform.Changes{Headers: []batch.Header{}}, kept[strings.Index(kept, " h="):], ""},
	} {
		if changed := described(t, of(t, of2.changes)); changed != strings.Replace(kept, of2.from, of2.to, 1) {
			t.Errorf("%s became %s", of2.to, changed)
		}
	}
}

type twice struct{ changing }

func (twice) Apply(record batch.Record, out *transform.NewRecord) error {
	if err := out.Keep(record); err != nil {
		return err
	}
	return out.Keep(record)
}

func TestAnErrorThatIsOfNoRecordEndsTheBatch(t *testing.T) {
	records := connecttest.Batch(t, connecttest.Texts("one")...)
	if _, err := transform.ApplyBatch(twice{}, records, batch.NewWriter()); err == nil || err.Error() != "a record becomes one record at most" {
		t.Error(err)
	}
}

// panics does so when it meets a text.
type panics struct{ changing }

func (panics) Apply(record batch.Record, out *transform.NewRecord) error {
	if batch.SameText(record.ValueRow(), "panic") {
		panic("on purpose")
	}
	return out.Keep(record)
}

func TestAPanicIsAnErrorOfItsRecord(t *testing.T) {
	applied := connecttest.Apply(t, panics{}, connecttest.Texts("one", "panic", "two")...)
	if values := fmt.Sprint(applied.Values(t), applied.Failed); values != "[one two] [{1 panic: on purpose}]" {
		t.Error(values)
	}
}

func TestAValueThatCannotBeWrittenFailsItsRecord(t *testing.T) {
	applied := connecttest.Apply(t, changing{transform.Changes{Value: data.Of(data.Int8, "text")}}, connecttest.Texts("one")...)
	if len(applied.Failed) != 1 || applied.Records != nil || !strings.Contains(applied.Failed[0].Message, "is no value of") {
		t.Error(applied)
	}
}
