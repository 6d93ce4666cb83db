package sink_test

import (
	"fmt"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/sink"
)

// printer prints texts, which are lines of the worker's log.
type printer struct{ prefix string }

func (p *printer) Start(_ sink.TaskContext, config connect.Config) error {
	p.prefix = config["prefix"]
	return nil
}

func (p *printer) Put(records *batch.Batch) ([]sink.RecordError, error) {
	var refused []sink.RecordError
	for record := range records.All() {
		value, err := record.Value()
		if err != nil {
			return nil, err
		}
		if text, is := value.(string); is {
			fmt.Println(p.prefix + text)
		} else {
			refused = append(refused, sink.RecordError{Index: record.Position(), Message: "the value is no text"})
		}
	}
	return refused, nil
}

func ExampleExport() {
	// In an init function of the main package.
	sink.Export(sink.Class{
		Name: "com.example.PrinterConnector", TaskClass: "com.example.PrinterTask", Version: "0.1.0",
		ConfigDef: connect.ConfigDef{{Name: "prefix", Type: connect.TypeString, Default: "", Doc: "What each line begins with."}},
		NewTask:   func() sink.Task { return &printer{} },
	})
}
