// Package predicate is what the author of a predicate writes against: it says which records a transform is for.
//
//	func init() {
//		predicate.Export(predicate.Class{
//			Name: "com.example.IsLong", Version: "0.1.0", ConfigDef: configDef,
//			New: func() predicate.Predicate { return &isLong{} },
//		})
//	}
//
//	func main() {}
package predicate

import (
	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/registry"
)

// Class is one predicate (Predicate).
type Class struct {
	// Name is the full class name, as configurations name it. Aliases follow from it by Connect's rules.
	Name string
	// Version is the plugin's version, as GET /connector-plugins shows it.
	Version string
	// Documentation says what the predicate holds for, in a sentence or a page.
	Documentation string
	// ConfigDef are the keys that the predicate reads, without the prefix predicates.ALIAS.
	ConfigDef connect.ConfigDef
	// New makes a predicate that is not configured yet.
	New func() Predicate

	// Validate says what depends on more than one value; the worker has checked types and validators. May be nil.
	Validate func(connect.Config) []connect.ConfigValue
}

// Predicate says which records a transform is for; negating it is the worker's part. It may also be an io.Closer.
type Predicate interface {
	// Configure gets the predicate's keys. After a retriable error a new one is made and configured.
	Configure(config connect.Config) error
	// Test says whether it holds for a record. It must not depend on records that came before. An error fails the task, a retriable
	// one when errors.retry.timeout is over, and so does a panic.
	Test(record batch.Record) (bool, error)
}

// For the exports.
var classes = registry.Classes[Class]{}

// Export exports a predicate from the component; call it in an init function of the main package. A class that lacks something is a
// mistake of the program and panics.
func Export(class Class) {
	if class.New == nil {
		panic("class " + class.Name + " has no New")
	}
	classes.Add(&class, registry.Class{
		Name: class.Name, Version: class.Version, Documentation: class.Documentation,
		Kind: registry.Predicate, ConfigDef: class.ConfigDef, Validate: class.Validate,
	})
}

// testBatch is one bit a record, least significant first.
func testBatch(predicate Predicate, records *batch.Batch) ([]byte, error) {
	bits := make([]byte, (records.Len()+7)/8)
	for record := range records.All() {
		holds, err := predicate.Test(record)
		if err != nil {
			return nil, err
		}
		if holds {
			bits[record.Position()/8] |= 1 << (record.Position() % 8)
		}
	}
	return bits, nil
}
