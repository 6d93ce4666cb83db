// Package sink is what the author of a sink writes against: the connector that splits the work, and the task that puts records into
// the external system.
//
//	func init() {
//		sink.Export(sink.Class{
//			Name: "com.example.PrinterConnector", TaskClass: "com.example.PrinterTask", Version: "0.1.0",
//			ConfigDef: configDef,
//			NewTask:   func() sink.Task { return &task{} },
//		})
//	}
//
//	func main() {}
//
// The worker makes one instance of the component for the connector and one for each task, so they share nothing but configurations.
package sink

import (
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/host"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/registry"
)

// Class is one sink (SinkConnector).
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
	// NewConnector makes what splits the work; nil: as many tasks as there may be, all with the connector's configuration, among which
	// Kafka divides the partitions.
	NewConnector func() Connector
	// NewTask makes what does the work.
	NewTask func() Task

	// Validate says what depends on more than one value; the worker has checked types and validators. May be nil.
	Validate func(connect.Config) []connect.ConfigValue
	// AlterOffsets says whether these consumer offsets may be set (KIP-875). Nil: there is no objection.
	AlterOffsets func(connect.Config, []OffsetChange) (bool, error)
}

// OffsetChange is one consumer offset to be set (KIP-875).
type OffsetChange struct {
	connect.TopicPartition
	// Offset is nil where it is to be reset.
	Offset *int64
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

// RecordError is a record that cannot be taken (DataException).
type RecordError = connect.RecordError

// Task puts records (SinkTask). An instance of the component has one. It may also be a connect.Stopper, an [Opener], a [Flusher] or a
// [PreCommitter], and a [Closer].
type Task interface {
	// Start starts the task. After a retriable error a new one is made and started.
	Start(context TaskContext, config connect.Config) error
	// Put takes the records; it is also called without any, so that writers that go by time get a turn. The answer lists records that
	// cannot be taken: errors.tolerance decides about them. An error: none was taken.
	Put(records *batch.Batch) ([]RecordError, error)
}

// Opener is a task that wants to know which partitions it gets.
type Opener interface {
	// Open may answer where to read on, if the sink keeps offsets in its own system.
	Open(partitions []connect.TopicPartition) ([]connect.PartitionOffset, error)
}

// Flusher is a task that gathers what it was put.
type Flusher interface {
	// Flush makes what was put durable; all that was delivered is committed then.
	Flush(delivered []connect.PartitionOffset) error
}

// PreCommitter is a task that says itself what may be committed.
type PreCommitter interface {
	// PreCommit answers, of the offsets delivered so far, those that are safe; fewer commits less, none commits nothing.
	PreCommit(delivered []connect.PartitionOffset) ([]connect.PartitionOffset, error)
}

// Closer is a task that wants to know which partitions it loses. Their offsets were committed before.
type Closer interface {
	Close(partitions []connect.TopicPartition) error
}

// For the exports.
var classes = registry.Classes[Class]{}

// Export exports a sink from the component; call it in an init function of the main package. A class that lacks something is a
// mistake of the program and panics.
func Export(class Class) {
	if class.NewTask == nil {
		panic("class " + class.Name + " has no NewTask")
	}
	if class.NewConnector == nil {
		class.NewConnector = func() Connector { return &alike{} }
	}
	classes.Add(&class, registry.Class{
		Name: class.Name, TaskClass: class.TaskClass, Version: class.Version, Documentation: class.Documentation,
		Kind: registry.Sink, ConfigDef: class.ConfigDef, Validate: class.Validate,
	})
}

// alike is the connector of tasks that are all alike.
type alike struct{ config connect.Config }

func (c *alike) Start(_ ConnectorContext, config connect.Config) error {
	c.config = config
	return nil
}

func (c *alike) TaskConfigs(maxTasks int) ([]connect.Config, error) {
	configs := make([]connect.Config, maxTasks)
	for i := range configs {
		configs[i] = c.config
	}
	return configs, nil
}

// PreCommit is what the worker's pre-commit comes to for a task: its own answer, or all that was delivered once it is flushed.
func PreCommit(task Task, delivered []connect.PartitionOffset) ([]connect.PartitionOffset, error) {
	if committer, is := task.(PreCommitter); is {
		return committer.PreCommit(delivered)
	}
	if flusher, is := task.(Flusher); is {
		if err := flusher.Flush(delivered); err != nil {
			return nil, err
		}
	}
	return delivered, nil
}

// === contexts

// ConnectorContext is what a connector may ask of the worker (SinkConnectorContext).
type ConnectorContext struct{}

// RequestTaskReconfiguration asks for TaskConfigs to be called again and the work to be split anew.
func (ConnectorContext) RequestTaskReconfiguration() { host.Current.RequestTaskReconfiguration() }

// RaiseError makes the connector go FAILED with this message.
func (ConnectorContext) RaiseError(message string) { host.Current.RaiseError(message) }

// TaskContext is what a task may ask of the worker (SinkTaskContext).
type TaskContext struct{}

// Sleep sleeps, but not past a stop; true: the task is being stopped, return soon.
func (TaskContext) Sleep(duration time.Duration) bool { return host.Current.Sleep(duration) }

// Stopping says whether the task is being stopped.
func (TaskContext) Stopping() bool { return host.Current.Stopping() }

// Assignment are the partitions that the task has now.
func (TaskContext) Assignment() []connect.TopicPartition { return host.Current.Assignment() }

// Rewind reads on from these offsets instead (Java's offset).
func (TaskContext) Rewind(offsets ...connect.PartitionOffset) error {
	return host.Current.Rewind(offsets)
}

// Pause has no records of these partitions come until Resume.
func (TaskContext) Pause(partitions ...connect.TopicPartition) error {
	return host.Current.Pause(partitions)
}

// Resume has records of these partitions come again.
func (TaskContext) Resume(partitions ...connect.TopicPartition) error {
	return host.Current.Resume(partitions)
}

// Timeout is how long the worker waits after the retriable error that this put is about to answer.
func (TaskContext) Timeout(duration time.Duration) { host.Current.Timeout(duration) }

// RequestCommit asks for offsets to be committed soon instead of at the next interval.
func (TaskContext) RequestCommit() { host.Current.RequestCommit() }

// ReportErrantRecord sends a record that was put, and is not committed yet, to the dead letter queue (KIP-610). It is an error if none
// is configured and errors are not tolerated.
func (TaskContext) ReportErrantRecord(partition connect.TopicPartition, offset int64, message string) error {
	return host.Current.ReportErrantRecord(partition, offset, message)
}
