// Package connecttest runs connectors, tasks and stages in ordinary tests: a stand-in for the worker, and calls as the worker makes them.
package connecttest

import (
	"testing"
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/internal/host"
	"github.com/wasm-connect/wasm-connect/sdk/go/sink"
	"github.com/wasm-connect/wasm-connect/sdk/go/source"
)

// Request is what a plugin asked of the worker: the name of the context's method, and its argument, if it has one.
type Request struct {
	Name     string
	Argument any
}

// Line is a line of the log.
type Line struct {
	Target, Message string
}

// Measurement is what a plugin counted.
type Measurement struct {
	Name   string
	Labels []connect.Label
	Number float64
}

// Worker stands in for the worker, as a test wants it.
type Worker struct {
	// Committed are the committed offsets by source partition, both as JSON; CommitOffset sets one.
	Committed map[string]string
	// Assigned is what Assignment answers.
	Assigned []connect.TopicPartition
	// IsStopping is what Stopping and every Sleep answer.
	IsStopping bool
	// What was asked, logged and measured.
	Requests []Request
	Lines    []Line
	Measured []Measurement
}

// NewWorker is a stand-in that answers until the test ends; before, another one did, or nobody.
func NewWorker(t testing.TB) *Worker {
	t.Helper()
	worker := &Worker{Committed: map[string]string{}}
	before := host.Current
	host.Current = worker.host()
	t.Cleanup(func() { host.Current = before })
	return worker
}

// CommitOffset makes offset the committed one of a source partition.
func (w *Worker) CommitOffset(partition, offset connect.ScalarMap) {
	w.Committed[partition.String()] = offset.String()
}

func (w *Worker) host() host.Host { return standIn{w} }

type standIn struct{ *Worker }

func (w standIn) asked(name string, argument any) {
	w.Requests = append(w.Requests, Request{name, argument})
}

func (w standIn) LogEnabled(host.Level) bool { return true }
func (w standIn) Log(_ host.Level, target, message string) {
	w.Lines = append(w.Lines, Line{target, message})
}
func (w standIn) Add(name string, labels []host.Label, delta uint64) {
	w.Measured = append(w.Measured, Measurement{name, labels, float64(delta)})
}
func (w standIn) Set(name string, labels []host.Label, value float64) {
	w.Measured = append(w.Measured, Measurement{name, labels, value})
}
func (w standIn) Observe(name string, labels []host.Label, value float64) {
	w.Measured = append(w.Measured, Measurement{name, labels, value})
}
func (w standIn) RequestTaskReconfiguration() { w.asked("RequestTaskReconfiguration", nil) }
func (w standIn) RaiseError(message string)   { w.asked("RaiseError", message) }
func (w standIn) Sleep(duration time.Duration) bool {
	w.asked("Sleep", duration)
	return w.IsStopping
}
func (w standIn) Stopping() bool { return w.IsStopping }
func (w standIn) Offsets(partitions []string) ([]*string, error) {
	offsets := make([]*string, len(partitions))
	for i, partition := range partitions {
		if offset, found := w.Committed[partition]; found {
			offsets[i] = &offset
		}
	}
	return offsets, nil
}
func (w standIn) Assignment() []host.TopicPartition { return w.Assigned }
func (w standIn) Rewind(offsets []host.PartitionOffset) error {
	w.asked("Rewind", offsets)
	return nil
}
func (w standIn) Pause(partitions []host.TopicPartition) error {
	w.asked("Pause", partitions)
	return nil
}
func (w standIn) Resume(partitions []host.TopicPartition) error {
	w.asked("Resume", partitions)
	return nil
}
func (w standIn) Timeout(duration time.Duration) { w.asked("Timeout", duration) }
func (w standIn) RequestCommit()                 { w.asked("RequestCommit", nil) }
func (w standIn) ReportErrantRecord(_ host.TopicPartition, offset int64, message string) error {
	w.asked("ReportErrantRecord", message)
	return nil
}

// StartSource starts a source task; an error ends the test. It is stopped when the test ends.
func StartSource(t testing.TB, task source.Task, config connect.Config) source.Task {
	t.Helper()
	started(t, task, task.Start(source.TaskContext{}, config))
	return task
}

// StartSink starts a sink task; an error ends the test. It is stopped when the test ends.
func StartSink(t testing.TB, task sink.Task, config connect.Config) sink.Task {
	t.Helper()
	started(t, task, task.Start(sink.TaskContext{}, config))
	return task
}

func started(t testing.TB, task any, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	if stopper, is := task.(connect.Stopper); is {
		t.Cleanup(stopper.Stop)
	}
}

// Polled is what a poll brought.
type Polled struct {
	Records []batch.Record
	// Idle is for how long there is nothing then.
	Idle time.Duration
}

// Values are the records' values.
func (p Polled) Values(t testing.TB) []any {
	t.Helper()
	values := make([]any, len(p.Records))
	for i, record := range p.Records {
		value, err := record.Value()
		if err != nil {
			t.Fatal(err)
		}
		values[i] = value
	}
	return values
}

// Poll polls once, through a batch as the worker gets it; an error ends the test. Zero limits are the worker's usual ones.
func Poll(t testing.TB, task source.Task, limits source.Limits) Polled {
	t.Helper()
	if limits.MaxRecords == 0 {
		limits.MaxRecords = 2000
	}
	if limits.MaxBytes == 0 {
		limits.MaxBytes = 1 << 20
	}
	records := source.NewRecords(limits)
	idle, err := task.Poll(records)
	if err != nil {
		t.Fatalf("poll: %v", err)
	}
	read, err := batch.Read(records.Finish(), batch.DefaultLimits)
	if err != nil {
		t.Fatalf("poll: %v", err)
	}
	polled := Polled{Idle: idle}
	for record := range read.All() {
		polled.Records = append(polled.Records, record)
	}
	return polled
}

// SinkRecord is a record as a sink or a stage is given it. The zero Topic is "topic"; offsets count up from 0.
type SinkRecord struct {
	Topic                  string
	Partition              int32
	Key, Value             any
	KeySchema, ValueSchema *data.Schema
	Timestamp              int64
	Headers                []batch.Header
}

// Texts are records of these texts, with the schema of a string.
func Texts(texts ...string) []SinkRecord {
	records := make([]SinkRecord, len(texts))
	for i, text := range texts {
		records[i] = SinkRecord{Value: text, ValueSchema: data.String}
	}
	return records
}

// Batch is a batch of records.
func Batch(t testing.TB, records ...SinkRecord) *batch.Batch {
	t.Helper()
	writer := batch.NewWriter()
	for i, record := range records {
		if record.Topic == "" {
			record.Topic = "topic"
		}
		head, err := writer.Head(batch.Common{
			Topic: record.Topic, Partition: record.Partition, OriginalTopic: record.Topic, OriginalPartition: record.Partition,
			Timestamp: record.Timestamp, TimestampType: batch.CreateTime,
		})
		if err != nil {
			t.Fatal(err)
		}
		err = writer.Add(head, &batch.Entry{
			Key: record.Key, Value: record.Value, KeySchema: record.KeySchema, ValueSchema: record.ValueSchema,
			Headers: record.Headers, Offset: int64(i),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read, err := batch.Read(writer.Finish(), batch.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// Put puts records; an error ends the test. It answers what the task did not take.
func Put(t testing.TB, task sink.Task, records ...SinkRecord) []sink.RecordError {
	t.Helper()
	refused, err := task.Put(Batch(t, records...))
	if err != nil {
		t.Fatalf("put: %v", err)
	}
	return refused
}

// Flush makes what was put durable, as before a commit; an error ends the test. It answers what would be committed.
func Flush(t testing.TB, task sink.Task, delivered ...connect.PartitionOffset) []connect.PartitionOffset {
	t.Helper()
	safe, err := sink.PreCommit(task, delivered)
	if err != nil {
		t.Fatalf("pre-commit: %v", err)
	}
	return safe
}
