// Package source is what the author of a source writes against: the connector that splits the work, and the task that polls records.
//
//	func init() {
//		source.Export(source.Class{
//			Name: "com.example.CountdownConnector", TaskClass: "com.example.CountdownTask", Version: "0.1.0",
//			ConfigDef: configDef,
//			NewTask:   func() source.Task { return &task{} },
//		})
//	}
//
//	func main() {}
//
// The worker makes one instance of the component for the connector and one for each task, so they share nothing but configurations.
package source

import (
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/host"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/registry"
)

// Class is one source (SourceConnector).
type Class struct {
	// Name is the full class name, as configurations name it. Aliases follow from it by Connect's rules.
	Name string
	// TaskClass is the name of the task's class, as GET /connectors/{name}/tasks shows it.
	TaskClass string
	// Version is the plugin's version, as GET /connector-plugins shows it.
	Version string
	// Documentation says what the connector does, in a sentence or a page.
	Documentation string
	// ConfigDef are the keys that the connector reads.
	ConfigDef connect.ConfigDef
	// NewConnector makes what splits the work; nil: one task with the connector's configuration.
	NewConnector func() Connector
	// NewTask makes what does the work.
	NewTask func() Task

	// Validate says what depends on more than one value; the worker has checked types and validators. May be nil.
	Validate func(connect.Config) []connect.ConfigValue
	// ExactlyOnceSupport says whether the connector keeps exactly-once (KIP-618). Nil: unknown.
	ExactlyOnceSupport func(connect.Config) ExactlyOnce
	// CanDefineTransactionBoundaries says whether tasks mark where transactions end (KIP-618). Nil: no.
	CanDefineTransactionBoundaries func(connect.Config) bool
	// AlterOffsets says whether these offsets may be set (KIP-875). Nil: it has no opinion.
	AlterOffsets func(connect.Config, []OffsetChange) (bool, error)
}

// ExactlyOnce says whether a connector keeps exactly-once (KIP-618).
type ExactlyOnce uint8

// Answers to whether a connector keeps exactly-once; unknown is Java's null.
const (
	Supported ExactlyOnce = iota
	Unsupported
	Unknown
)

// OffsetChange is one offset to be set (KIP-875).
type OffsetChange struct {
	Partition connect.ScalarMap
	// Offset is nil where it is to be deleted.
	Offset *connect.ScalarMap
}

// Connector splits the work. It may also be a connect.Stopper and a [Monitor].
type Connector interface {
	// Start starts the connector. After a retriable error a new one is made and started.
	Start(context ConnectorContext, config connect.Config) error
	// TaskConfigs are the configurations of at most so many tasks; the worker adds nothing to them.
	TaskConfigs(maxTasks int) ([]connect.Config, error)
}

// Monitor is a connector that looks at its system now and then, in place of the thread that such connectors start in Java.
type Monitor interface {
	// Monitor is first called right after Start. It answers in what time to be called again; 0: never.
	Monitor() (time.Duration, error)
}

// Task polls records (SourceTask). An instance of the component has one. It may also be a connect.Stopper, an [Acknowledged] and a
// [Committed].
type Task interface {
	// Start starts the task. After a retriable error a new one is made and started.
	Start(context TaskContext, config connect.Config) error
	// Poll adds records until there are no more for now or records.IsFull. With nothing to do it answers at once for how long there
	// is nothing, and the worker waits; 0: there may be more at once.
	Poll(records *Records) (idle time.Duration, err error)
}

// Acknowledged is a task that wants to hear what became of each record (commitRecord).
type Acknowledged interface {
	Acknowledged(acks *batch.Acks) error
}

// Committed is a task that wants to hear when the offsets of all records acknowledged so far are committed.
type Committed interface{ Commit() error }

// For the exports.
var classes = registry.Classes[Class]{}

// Export exports a source from the component; call it in an init function of the main package. A class that lacks something is a
// mistake of the program and panics.
func Export(class Class) {
	if class.NewTask == nil {
		panic("class " + class.Name + " has no NewTask")
	}
	if class.NewConnector == nil {
		class.NewConnector = func() Connector { return &single{} }
	}
	classes.Add(&class, registry.Class{
		Name: class.Name, TaskClass: class.TaskClass, Version: class.Version, Documentation: class.Documentation,
		Kind: registry.Source, ConfigDef: class.ConfigDef, Validate: class.Validate,
	})
}

// single is the connector of one task.
type single struct{ config connect.Config }

func (c *single) Start(_ ConnectorContext, config connect.Config) error {
	c.config = config
	return nil
}

func (c *single) TaskConfigs(int) ([]connect.Config, error) { return []connect.Config{c.config}, nil }

// === contexts

type offsetReader struct{}

// Offset is the committed offset of a source partition; false: nothing committed.
func (r offsetReader) Offset(partition connect.ScalarMap) (connect.ScalarMap, bool, error) {
	offsets, err := r.Offsets(partition)
	if err != nil || offsets[0] == nil {
		return connect.ScalarMap{}, false, err
	}
	return *offsets[0], true, nil
}

// Offsets are the committed offsets of many source partitions at once, in the order asked; nil: nothing committed.
func (offsetReader) Offsets(partitions ...connect.ScalarMap) ([]*connect.ScalarMap, error) {
	texts := make([]string, len(partitions))
	for i, partition := range partitions {
		texts[i] = partition.String()
	}
	committed, err := host.Current.Offsets(texts)
	if err != nil {
		return nil, err
	}
	offsets := make([]*connect.ScalarMap, len(committed))
	for i, text := range committed {
		if text != nil {
			offset, err := connect.ParseScalarMap(*text)
			if err != nil {
				return nil, err
			}
			offsets[i] = &offset
		}
	}
	return offsets, nil
}

// ConnectorContext is what a connector may ask of the worker (SourceConnectorContext).
type ConnectorContext struct{ offsetReader }

// RequestTaskReconfiguration asks for TaskConfigs to be called again and the work to be split anew.
func (ConnectorContext) RequestTaskReconfiguration() { host.Current.RequestTaskReconfiguration() }

// RaiseError makes the connector go FAILED with this message.
func (ConnectorContext) RaiseError(message string) { host.Current.RaiseError(message) }

// TaskContext is what a task may ask of the worker (SourceTaskContext).
type TaskContext struct{ offsetReader }

// Sleep sleeps, but not past a stop; true: the task is being stopped, return soon. In Poll rather answer idle at once.
func (TaskContext) Sleep(duration time.Duration) bool { return host.Current.Sleep(duration) }

// Stopping says whether the task is being stopped.
func (TaskContext) Stopping() bool { return host.Current.Stopping() }
