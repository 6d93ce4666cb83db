// Package host is what the worker offers, as the rest of the SDK calls it: by the component's imports, or by a stand-in in tests.
package host

import "time"

// TopicPartition is a partition of a topic.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// PartitionOffset is a place in a partition: Offset is that of the next record to be read, as everywhere in Kafka's consumer offsets.
type PartitionOffset struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Level is a level of the worker's log.
type Level uint8

// Levels of the worker's log.
const (
	Trace Level = iota
	Debug
	Info
	Warn
	Error
)

// Label is a label of a metric.
type Label struct{ Name, Value string }

// Host is wit/imports.wit.
type Host interface {
	LogEnabled(level Level) bool
	Log(level Level, target, message string)
	Add(counter string, labels []Label, delta uint64)
	Set(gauge string, labels []Label, value float64)
	Observe(histogram string, labels []Label, value float64)
	RequestTaskReconfiguration()
	RaiseError(message string)
	Sleep(time.Duration) bool
	Stopping() bool
	// Offsets answers nil where nothing is committed.
	Offsets(partitions []string) ([]*string, error)
	Assignment() []TopicPartition
	Rewind(offsets []PartitionOffset) error
	Pause(partitions []TopicPartition) error
	Resume(partitions []TopicPartition) error
	Timeout(time.Duration)
	RequestCommit()
	ReportErrantRecord(partition TopicPartition, offset int64, message string) error
}

// Current is who answers.
var Current Host

// Milliseconds is a time as the contract has it: 32 bits, whole, not negative; what is shorter than one is one.
func Milliseconds(duration time.Duration) uint32 {
	millis := (duration + time.Millisecond - 1) / time.Millisecond
	return uint32(min(max(millis, 0), 1<<32-1))
}
