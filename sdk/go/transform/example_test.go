package transform_test

import (
	"strings"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/transform"
)

var configDef = connect.ConfigDef{
	{Name: "suffix", Type: connect.TypeString, Default: "", Doc: "What is put behind each value."},
}

// shout writes texts in upper case.
type shout struct{ suffix string }

func (s *shout) Configure(config connect.Config) error {
	parsed, err := configDef.Parse(config)
	if err != nil {
		return err
	}
	s.suffix = parsed.String("suffix")
	return nil
}

func (s *shout) Apply(record batch.Record, out *transform.NewRecord) error {
	value, err := record.Value()
	if err != nil {
		return err
	}
	switch value := value.(type) {
	case nil:
		return out.Keep(record)
	case string:
		if value == "" {
			return nil
		}
		return out.Write(record, transform.Changes{Value: data.Of(data.String, strings.ToUpper(value)+s.suffix)})
	}
	return connect.DataErrorf("the value is no string but %T", value)
}

func ExampleExport() {
	// In an init function of the main package.
	transform.Export(transform.Class{
		Name: "com.example.Shout", Version: "0.1.0", ConfigDef: configDef,
		New: func() transform.Transformation { return &shout{} },
	})
}
