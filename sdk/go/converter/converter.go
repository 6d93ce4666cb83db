// Package converter is what the author of a converter or header converter writes against: it translates between Kafka's bytes and
// Connect's data.
//
//	func init() {
//		converter.Export(converter.Class{
//			Name: "com.example.CsvConverter", Version: "0.1.0", ConfigDef: configDef,
//			New: func() converter.Converter { return &csv{} },
//		})
//	}
//
//	func main() {}
package converter

import (
	"fmt"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/registry"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/stage"
)

// Role says which part of a record a converter is for (converter.type).
type Role uint8

// Parts of a record.
const (
	Key Role = iota
	Value
	// Headers are for a [HeaderConverter].
	Headers
)

// Class is one converter (Converter).
type Class struct {
	// Name is the full class name, as configurations name it. Aliases follow from it by Connect's rules.
	Name string
	// Version is the plugin's version, as GET /connector-plugins shows it.
	Version string
	// Documentation says what the converter does, in a sentence or a page.
	Documentation string
	// ConfigDef are the keys that the converter reads, without the prefix key.converter. or value.converter.
	ConfigDef connect.ConfigDef
	// New makes a converter that is not configured yet.
	New func() Converter

	// Validate says what depends on more than one value; the worker has checked types and validators. May be nil.
	Validate func(connect.Config) []connect.ConfigValue
}

// Converter translates keys or values. It must not depend on what it converted before. Errors are as those of a transform's Apply.
type Converter interface {
	// Configure gets the converter's keys. After a retriable error a new one is made and configured.
	Configure(config connect.Config, role Role) error
	// FromConnect is the bytes for Kafka; nil: null.
	FromConnect(topic string, from data.SchemaAndValue) ([]byte, error)
	// ToConnect is what Kafka's bytes mean, of which nil is null.
	ToConnect(topic string, from []byte) (data.SchemaAndValue, error)
}

// HeaderClass is one header converter (HeaderConverter).
type HeaderClass struct {
	// Name, Version, Documentation, ConfigDef and Validate are as those of a [Class].
	Name, Version, Documentation string
	// ConfigDef are the keys that the converter reads, without the prefix header.converter.
	ConfigDef connect.ConfigDef
	// New makes a converter that is not configured yet.
	New func() HeaderConverter
	// Validate may be nil.
	Validate func(connect.Config) []connect.ConfigValue
}

// HeaderConverter translates headers, as a [Converter] does keys and values.
type HeaderConverter interface {
	// Configure gets the converter's keys. After a retriable error a new one is made and configured.
	Configure(config connect.Config) error
	// FromConnect is the bytes for Kafka of the header of that name; nil: null.
	FromConnect(topic, name string, from data.SchemaAndValue) ([]byte, error)
	// ToConnect is what Kafka's bytes mean, of which nil is null.
	ToConnect(topic, name string, from []byte) (data.SchemaAndValue, error)
}

// For the exports.
var (
	classes       = registry.Classes[Class]{}
	headerClasses = registry.Classes[HeaderClass]{}
)

// Export exports a converter from the component; call it in an init function of the main package. A class that lacks something is a
// mistake of the program and panics.
func Export(class Class) {
	if class.New == nil {
		panic("class " + class.Name + " has no New")
	}
	classes.Add(&class, registry.Class{
		Name: class.Name, Version: class.Version, Documentation: class.Documentation,
		Kind: registry.Converter, ConfigDef: class.ConfigDef, Validate: class.Validate,
	})
}

// ExportHeader exports a header converter, as [Export] does a converter.
func ExportHeader(class HeaderClass) {
	if class.New == nil {
		panic("class " + class.Name + " has no New")
	}
	headerClasses.Add(&class, registry.Class{
		Name: class.Name, Version: class.Version, Documentation: class.Documentation,
		Kind: registry.HeaderConverter, ConfigDef: class.ConfigDef, Validate: class.Validate,
	})
}

// === batches

// running is a converter of either kind at work; of keys and values no name is asked for.
type running struct {
	role        Role
	fromConnect func(topic, name string, from data.SchemaAndValue) ([]byte, error)
	toConnect   func(topic, name string, from []byte) (data.SchemaAndValue, error)
}

func ofPart(converter Converter, role Role) *running {
	return &running{
		role: role,
		fromConnect: func(topic, _ string, from data.SchemaAndValue) ([]byte, error) {
			return converter.FromConnect(topic, from)
		},
		toConnect: func(topic, _ string, from []byte) (data.SchemaAndValue, error) {
			return converter.ToConnect(topic, from)
		},
	}
}

func ofHeaders(converter HeaderConverter) *running {
	return &running{Headers, converter.FromConnect, converter.ToConnect}
}

// convert makes something of a header, or of a part, which has no name.
type convert func(topic, name string, from data.SchemaAndValue) (data.SchemaAndValue, error)

// toKafka answers bytes or null.
func (r *running) toKafka(topic, name string, from data.SchemaAndValue) (data.SchemaAndValue, error) {
	content, err := r.fromConnect(topic, name, from)
	if err != nil || content == nil {
		return data.SchemaAndValue{}, err
	}
	return data.SchemaAndValue{Schema: data.OptionalBytes, Value: content}, nil
}

// ofKafka is given bytes or null.
func (r *running) ofKafka(topic, name string, from data.SchemaAndValue) (data.SchemaAndValue, error) {
	content, is := from.Value.([]byte)
	if !is && from.Value != nil {
		return data.SchemaAndValue{}, fmt.Errorf("to-connect: a part is neither bytes nor null but %T", from.Value)
	}
	return r.toConnect(topic, name, content)
}

// batch writes the records with the converted part in each and nothing else.
func (r *running) batch(records *batch.Batch, writer *batch.Writer, convert convert) ([]connect.RecordError, error) {
	head, err := writer.Head(batch.Common{Partition: -1, OriginalPartition: -1})
	if err != nil {
		return nil, err
	}
	return stage.Each(records, writer, func(record batch.Record) error {
		var entry batch.Entry
		var err error
		switch r.role {
		case Key:
			entry.Key, entry.KeySchema, err = converted(convert, record, record.KeySchema(), record.Key)
		case Value:
			entry.Value, entry.ValueSchema, err = converted(convert, record, record.ValueSchema(), record.Value)
		case Headers:
			entry.Headers, err = convertedHeaders(convert, record)
		}
		if err != nil {
			return err
		}
		return writer.Add(head, &entry)
	})
}

func converted(convert convert, record batch.Record, schema *data.Schema, decode func() (any, error)) (any, *data.Schema, error) {
	value, err := decode()
	if err != nil {
		return nil, nil, err
	}
	to, err := convert(record.Topic(), "", data.SchemaAndValue{Schema: schema, Value: value})
	return to.Value, to.Schema, err
}

func convertedHeaders(convert convert, record batch.Record) ([]batch.Header, error) {
	headers, err := record.Headers()
	if err != nil {
		return nil, err
	}
	for i := range headers {
		header := &headers[i]
		to, err := convert(record.Topic(), header.Name, data.SchemaAndValue{Schema: header.Schema, Value: header.Value})
		if err != nil {
			return nil, err
		}
		header.Value, header.Schema = to.Value, to.Schema
	}
	return headers, nil
}
