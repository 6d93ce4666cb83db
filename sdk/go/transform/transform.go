// Package transform is what the author of a transform writes against: it makes a record of a record, or drops it.
//
//	func init() {
//		transform.Export(transform.Class{
//			Name: "com.example.Shout", Version: "0.1.0", ConfigDef: configDef,
//			New: func() transform.Transformation { return &shout{} },
//		})
//	}
//
//	func main() {}
//
// The worker makes one instance of the component for each place in the chain of a task.
package transform

import (
	"errors"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/registry"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/stage"
)

// Class is one single message transform (Transformation).
type Class struct {
	// Name is the full class name, as configurations name it. Aliases follow from it by Connect's rules.
	Name string
	// Version is the plugin's version, as GET /connector-plugins shows it.
	Version string
	// Documentation says what the transform does, in a sentence or a page.
	Documentation string
	// ConfigDef are the keys that the transform reads, without the prefix transforms.ALIAS.
	ConfigDef connect.ConfigDef
	// New makes a transform that is not configured yet.
	New func() Transformation

	// Validate says what depends on more than one value; the worker has checked types and validators. May be nil.
	Validate func(connect.Config) []connect.ConfigValue
}

// Transformation makes a record of a record. It may also be an io.Closer.
type Transformation interface {
	// Configure gets the keys of this place in the chain. After a retriable error a new one is made and configured.
	Configure(config connect.Config) error
	// Apply writes what becomes of a record; if it writes nothing, the record is dropped. It must not depend on records that came
	// before: after a trap a fresh instance goes on.
	//
	// An error of connect.DataErrorf, that of a record that cannot be read or written, and a panic are this record's alone:
	// errors.tolerance decides. After a retriable error the whole batch comes again, for as long as errors.retry.timeout says. Any other fails the task.
	Apply(record batch.Record, out *NewRecord) error
}

// Changes are what a transform changes of a record; what is nil stays as it is.
type Changes = batch.Changes

// NewRecord is where a transform writes what becomes of one record.
type NewRecord struct {
	writer  *batch.Writer
	written bool
}

// Keep has the record go on as it is.
func (n *NewRecord) Keep(record batch.Record) error { return n.Write(record, Changes{}) }

// Write has the record go on with these changes. A record becomes one at most.
func (n *NewRecord) Write(record batch.Record, changes Changes) error {
	if n.written {
		return errors.New("a record becomes one record at most")
	}
	err := n.writer.Rewrite(record, changes)
	n.written = err == nil
	return err
}

// For the exports.
var classes = registry.Classes[Class]{}

// Export exports a transform from the component; call it in an init function of the main package. A class that lacks something is a
// mistake of the program and panics.
func Export(class Class) {
	if class.New == nil {
		panic("class " + class.Name + " has no New")
	}
	classes.Add(&class, registry.Class{
		Name: class.Name, Version: class.Version, Documentation: class.Documentation,
		Kind: registry.Transformation, ConfigDef: class.ConfigDef, Validate: class.Validate,
	})
}

// ApplyBatch is what a transform makes of a batch: a batch with holes where records were dropped or failed, and the failed ones. The
// SDK does it with what the worker hands in; for tests there is connecttest.Apply.
func ApplyBatch(transformation Transformation, records *batch.Batch, writer *batch.Writer) ([]connect.RecordError, error) {
	var out NewRecord
	return stage.Each(records, writer, func(record batch.Record) error {
		out = NewRecord{writer: writer}
		return transformation.Apply(record, &out)
	})
}
