package converter

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// numbers are written in digits.
type numbers struct{}

func (numbers) Configure(connect.Config, Role) error { return nil }

func (numbers) FromConnect(_ string, from data.SchemaAndValue) ([]byte, error) {
	switch value := from.Value.(type) {
	case nil:
		return nil, nil
	case int64:
		return strconv.AppendInt(nil, value, 10), nil
	}
	return nil, connect.DataErrorf("%v is no number", from.Value)
}

func (numbers) ToConnect(topic string, from []byte) (data.SchemaAndValue, error) {
	if from == nil {
		return data.SchemaAndValue{Schema: data.OptionalInt64}, nil
	}
	number, err := strconv.ParseInt(string(from), 10, 64)
	if err != nil {
		return data.SchemaAndValue{}, connect.DataErrorf("%s: %w", topic, err)
	}
	return data.SchemaAndValue{Schema: data.Int64, Value: number}, nil
}

// tagged writes a header's name before what it holds.
type tagged struct{ numbers }

func (tagged) Configure(connect.Config) error { return nil }

func (tagged) FromConnect(_, name string, from data.SchemaAndValue) ([]byte, error) {
	return fmt.Appendf(nil, "%s:%v", name, from.Value), nil
}

func (tagged) ToConnect(topic, name string, from []byte) (data.SchemaAndValue, error) {
	return *data.Of(data.String, topic+"/"+name+"/"+string(from)), nil
}

func entries(t *testing.T, entries ...batch.Entry) *batch.Batch {
	t.Helper()
	writer := batch.NewWriter()
	head, err := writer.Head(batch.Common{Topic: "t"})
	for i := range entries {
		if err == nil {
			err = writer.Add(head, &entries[i])
		}
	}
	return reread(t, writer, err)
}

func reread(t *testing.T, writer *batch.Writer, err error) *batch.Batch {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	records, err := batch.Read(writer.Finish(), batch.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestPartsBecomeBytesAndBack(t *testing.T) {
	for _, role := range []Role{Key, Value} {
		running := ofPart(numbers{}, role)
		values := []any{int64(12), "x", nil}
		given := make([]batch.Entry, len(values))
		for i, value := range values {
			if role == Key {
				given[i].Key = value
			} else {
				given[i].Value = value
			}
		}
		writer := batch.NewWriter()
		failed, err := running.batch(entries(t, given...), writer, running.toKafka)
		if fmt.Sprint(failed) != "[{1 x is no number}]" {
			t.Error(failed)
		}
		content := reread(t, writer, err)
		writer = batch.NewWriter()
		failed, err = running.batch(content, writer, running.ofKafka)
		back := reread(t, writer, err)
		if failed != nil || back.Len() != 3 {
			t.Error(failed, back.Len())
		}
		for record := range back.All() {
			key, _ := record.Key()
			value, _ := record.Value()
			found := map[Role]any{Key: key, Value: value}
			if found[role] != values[record.Position()] || found[1-role] != nil {
				t.Error(record.Position(), found)
			}
		}
	}
}

func TestHeadersKeepTheirNames(t *testing.T) {
	running := ofHeaders(tagged{})
	given := entries(t, batch.Entry{Value: "not asked for", Headers: []batch.Header{{Name: "a", Value: int8(1)}, {Name: "b"}}})
	writer := batch.NewWriter()
	failed, err := running.batch(given, writer, running.toKafka)
	content := reread(t, writer, err)
	writer = batch.NewWriter()
	topicless, err := running.batch(content, writer, running.ofKafka)
	record, there := reread(t, writer, err).At(0)
	if failed != nil || topicless != nil || !there || record.ValueRow() != nil {
		t.Error(failed, topicless, there)
	}
	headers, err := record.Headers()
	if fmt.Sprint(headers[0].Name, headers[0].Value, headers[1].Name, headers[1].Value, err) != "a/a/a:1b/b/b:<nil><nil>" {
		t.Error(headers, err)
	}
}
