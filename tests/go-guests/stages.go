package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/converter"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/predicate"
	"github.com/wasm-connect/wasm-connect/sdk/go/transform"
)

var (
	reversesDef = connect.ConfigDef{
		{Name: "header", Type: connect.TypeString, Doc: "The name of a header that gets the text as it was."},
	}
	isLongDef = connect.ConfigDef{
		{Name: "than", Type: connect.TypeInt, Required: true, Doc: "How many bytes are not long.", Validators: []connect.Validator{connect.Min(0)}},
	}
)

func init() {
	transform.Export(transform.Class{
		Name: "tests.go.Reverses", Version: "1.0.0", ConfigDef: reversesDef,
		New: func() transform.Transformation { return &reverses{} },
	})
	predicate.Export(predicate.Class{
		Name: "tests.go.IsLong", Version: "1.0.0", ConfigDef: isLongDef,
		New: func() predicate.Predicate { return &isLong{} },
	})
	converter.Export(converter.Class{
		Name: "tests.go.Angled", Version: "1.0.0", New: func() converter.Converter { return angled{} },
	})
	converter.ExportHeader(converter.HeaderClass{
		Name: "tests.go.Named", Version: "1.0.0", New: func() converter.HeaderConverter { return named{} },
	})
}

// reverses writes texts backwards, and does what they say: "drop", "refuse", "panic".
type reverses struct{ header string }

func (r *reverses) Configure(config connect.Config) error {
	parsed, err := reversesDef.Parse(config)
	if err != nil {
		return err
	}
	r.header = parsed.String("header")
	return nil
}

func (r *reverses) Apply(record batch.Record, out *transform.NewRecord) error {
	value, err := record.Value()
	if err != nil {
		return err
	}
	text, isText := value.(string)
	switch {
	case !isText:
		return out.Keep(record)
	case text == "drop":
		return nil
	case text == "refuse":
		return connect.DataErrorf("it was told to refuse")
	case text == "panic":
		panic("on purpose")
	}
	letters := []rune(text)
	slices.Reverse(letters)
	changes := transform.Changes{Value: data.Of(data.String, string(letters))}
	if r.header != "" {
		headers, err := record.Headers()
		if err != nil {
			return err
		}
		changes.Headers = append(headers, batch.Header{Name: r.header, Value: text, Schema: data.String})
	}
	return out.Write(record, changes)
}

func (r *reverses) Close() error {
	slog.Info("the transform is closed")
	return nil
}

// isLong holds for texts of more than so many bytes.
type isLong struct{ than int }

func (p *isLong) Configure(config connect.Config) error {
	parsed, err := isLongDef.Parse(config)
	if err != nil {
		return err
	}
	p.than = int(parsed.Int("than"))
	return nil
}

func (p *isLong) Test(record batch.Record) (bool, error) { return len(record.ValueRow()) > p.than, nil }

// angled has text between angle brackets in Kafka.
type angled struct{}

func (angled) Configure(connect.Config, converter.Role) error { return nil }

func (angled) FromConnect(_ string, from data.SchemaAndValue) ([]byte, error) {
	switch value := from.Value.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte("<" + value + ">"), nil
	}
	return nil, connect.DataErrorf("only text goes between brackets")
}

func (angled) ToConnect(_ string, from []byte) (data.SchemaAndValue, error) {
	if from == nil {
		return data.SchemaAndValue{}, nil
	}
	text, opened := strings.CutPrefix(string(from), "<")
	text, closed := strings.CutSuffix(text, ">")
	if !opened || !closed {
		return data.SchemaAndValue{}, connect.DataErrorf("there are no brackets: %s", from)
	}
	return *data.Of(data.String, text), nil
}

// named has a header's name before its value in Kafka.
type named struct{}

func (named) Configure(connect.Config) error { return nil }

func (named) FromConnect(_, name string, from data.SchemaAndValue) ([]byte, error) {
	return fmt.Appendf(nil, "%s:%v", name, from.Value), nil
}

func (named) ToConnect(_, name string, from []byte) (data.SchemaAndValue, error) {
	text, found := strings.CutPrefix(string(from), name+":")
	if !found {
		return data.SchemaAndValue{}, connect.DataErrorf("%s is not of %s", from, name)
	}
	return *data.Of(data.String, text), nil
}
