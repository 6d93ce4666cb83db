package source_test

import (
	"fmt"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/source"
)

var configDef = connect.ConfigDef{
	{Name: "topic", Type: connect.TypeString, Required: true, Doc: "Where the numbers go."},
	{Name: "from", Type: connect.TypeInt, Default: 10, Validators: []connect.Validator{connect.Min(1)}, Doc: "The first number."},
}

// countdown counts down to zero, one record a poll.
type countdown struct {
	route *source.Route
	next  int64
}

func (c *countdown) Start(context source.TaskContext, config connect.Config) error {
	parsed, err := configDef.Parse(config)
	if err != nil {
		return err
	}
	partition := connect.Of("countdown", config["name"])
	c.route, c.next = source.NewRoute(parsed.String("topic"), partition), parsed.Int("from")
	// Where the last run of this connector got to, if there was one.
	offset, found, err := context.Offset(partition)
	if found {
		c.next, _ = offset.Int("next")
	}
	return err
}

func (c *countdown) Poll(records *source.Records) (time.Duration, error) {
	if c.next < 0 {
		return time.Minute, nil
	}
	c.next--
	return time.Second, records.Add(c.route, source.Record{
		Value: fmt.Sprint(c.next + 1), ValueSchema: data.String, SourceOffset: connect.Of("next", c.next).String(),
	})
}

func ExampleExport() {
	// In an init function of the main package.
	source.Export(source.Class{
		Name: "com.example.CountdownConnector", TaskClass: "com.example.CountdownTask", Version: "0.1.0",
		ConfigDef: configDef,
		NewTask:   func() source.Task { return &countdown{} },
	})
}

func ExampleRecords_Add() {
	schema := data.BuildStruct().Field("id", data.Int64).Field("name", data.OptionalString).Must()
	route := source.NewRoute("users", connect.Of("table", "users"))
	position := connect.NewNumberOffset("id")

	records := source.NewRecords(source.Limits{MaxRecords: 100, MaxBytes: 1 << 20})
	for id := int64(1); !records.IsFull() && id <= 2; id++ {
		_ = records.Add(route, source.Record{
			Key: id, KeySchema: data.Int64,
			Value:        data.NewStruct(schema).Put("id", id).Put("name", "Ada"),
			SourceOffset: position.Of(id),
		})
	}

	read, _ := batch.Read(records.Finish(), batch.DefaultLimits)
	for record := range read.All() {
		value, _ := record.Value()
		fmt.Println(record.Topic(), record.SourceOffset(), value)
	}
	// Output:
	// users {"id":1} Struct{id=1,name=Ada}
	// users {"id":2} Struct{id=2,name=Ada}
}
