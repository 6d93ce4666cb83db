// Go-figures is a source and a sink that do what any plugin must, and nothing else: what records cost in Go.
package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/sink"
	"github.com/wasm-connect/wasm-connect/sdk/go/source"
)

var configDef = connect.ConfigDef{
	{
		Name: "value", Type: connect.TypeString, Default: "text", Doc: "What it brings.",
		Validators: []connect.Validator{connect.OneOf("text", "struct")},
	},
}

func init() {
	source.Export(source.Class{
		Name: "bench.FiguresSource", TaskClass: "bench.FiguresSourceTask", Version: "0.1.0",
		ConfigDef: configDef, NewTask: func() source.Task { return &sourceTask{} },
	})
	sink.Export(sink.Class{
		Name: "bench.FiguresSink", TaskClass: "bench.FiguresSinkTask", Version: "0.1.0",
		NewTask: func() sink.Task { return &sinkTask{} },
	})
}

func main() {}

var (
	partition = connect.Of("figures", "all")
	offset    = connect.NewNumberOffset("next")
	row       = data.BuildStruct().Name("bench.Row").
			Field("id", data.Int64).
			Field("at", data.Int64).
			Field("count", data.Int32).
			Field("rank", data.Int32).
			Field("price", data.Float64).
			Field("weight", data.Float64).
			Field("paid", data.Boolean).
			Field("customer", data.String).
			Field("city", data.String).
			Field("note", data.OptionalString).
			Must()
)

// sourceTask brings as many records as a poll may have: a text of 100 letters, or a struct of ten fields that is made anew for each.
type sourceTask struct {
	route   *source.Route
	structs bool
	text    string
	next    int64
}

func (t *sourceTask) Start(_ source.TaskContext, config connect.Config) error {
	parsed, err := configDef.Parse(config)
	if err != nil {
		return err
	}
	t.route, t.structs = source.NewRoute("figures", partition), parsed.String("value") == "struct"
	t.text = strings.Repeat("x", 100)
	return nil
}

func (t *sourceTask) Poll(records *source.Records) (time.Duration, error) {
	for !records.IsFull() {
		next := t.next
		t.next++
		record := source.Record{Value: t.text, ValueSchema: data.String, SourceOffset: offset.Of(t.next)}
		if t.structs {
			record.ValueSchema = row
			record.Value = data.StructOf(row, []any{
				next, 1700000000000 + next, int32(7), int32(-1), float64(next) / 8, 0.5, true, "Ada Lovelace", "London", nil,
			})
		}
		if err := records.Add(t.route, record); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// sinkTask looks at the text of each record, or at all fields of its struct.
type sinkTask struct{ seen int }

func (t *sinkTask) Start(sink.TaskContext, connect.Config) error { return nil }

func (t *sinkTask) Put(records *batch.Batch) ([]sink.RecordError, error) {
	for record := range records.All() {
		value, err := record.Value()
		if err != nil {
			return nil, err
		}
		switch value := value.(type) {
		case string:
			t.seen += len(value)
		case *data.Struct:
			for _, field := range value.Values() {
				if field != nil {
					t.seen++
				}
			}
		default:
			return nil, fmt.Errorf("the value is neither text nor a struct")
		}
	}
	return nil, nil
}
