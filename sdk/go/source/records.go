package source

import (
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// Limits say how much one poll may bring and how long it may take.
type Limits struct {
	MaxRecords int
	// MaxBytes of the whole batch; one record may exceed it.
	MaxBytes int
	// MaxWait is how long Poll may take, roughly.
	MaxWait time.Duration
}

// Route is what many records have in common: topic and source partition. Make it once, in Start, and keep it: then a record costs no
// look-up of them.
type Route struct {
	topic, sourcePartition string
	partition              int32
	// Numbers are good for one batch.
	of   *Records
	head batch.Head
}

// NewRoute is a route to a topic, whose partitioner decides. An empty source partition is none.
func NewRoute(topic string, sourcePartition connect.ScalarMap) *Route {
	route := &Route{topic: topic, partition: -1}
	if !sourcePartition.IsEmpty() {
		route.sourcePartition = sourcePartition.String()
	}
	return route
}

// WithPartition is the same route to one partition of the topic.
func (r *Route) WithPartition(partition int32) *Route {
	return &Route{topic: r.topic, sourcePartition: r.sourcePartition, partition: partition}
}

// Record is what a poll adds. A value without a schema is schemaless, except that a struct brings its own.
type Record struct {
	Key, Value             any
	KeySchema, ValueSchema *data.Schema
	// SourceOffset is where to read on after this record: the text of a connect.ScalarMap or connect.NumberOffset; empty: none.
	SourceOffset string
	Headers      []batch.Header
	// Time is the record's timestamp; the zero time: that of the poll.
	Time time.Time
	// CommitAfter and AbortAfter end the transaction after this record (KIP-618).
	CommitAfter, AbortAfter bool
}

// Records are what a poll brings, written straight into the batch that the worker gets.
type Records struct {
	// Limits of this poll. A plugin with a batch size of its own may lower them.
	Limits Limits
	writer *batch.Writer
	now    int64
}

// NewRecords is for tests of a task, else the SDK makes one for each poll.
func NewRecords(limits Limits) *Records { return &Records{Limits: limits, writer: batch.NewWriter()} }

// Add adds a record. After an error, a *batch.EncodeError, the record was never there.
func (r *Records) Add(route *Route, record Record) error {
	if route.of != r {
		if r.now == 0 {
			r.now = time.Now().UnixMilli()
		}
		head, err := r.writer.Head(batch.Common{
			Topic: route.topic, Partition: route.partition, OriginalPartition: -1, SourcePartition: route.sourcePartition,
			Timestamp: r.now, TimestampType: batch.CreateTime,
		})
		if err != nil {
			return err
		}
		route.of, route.head = r, head
	}
	entry := batch.Entry{
		Key: record.Key, Value: record.Value, KeySchema: record.KeySchema, ValueSchema: record.ValueSchema,
		SourceOffset: record.SourceOffset, Headers: record.Headers, CommitAfter: record.CommitAfter, AbortAfter: record.AbortAfter,
	}
	if !record.Time.IsZero() {
		millis := record.Time.UnixMilli()
		entry.Timestamp = &millis
	}
	return r.writer.Add(route.head, &entry)
}

// IsFull says whether this poll has brought enough.
func (r *Records) IsFull() bool {
	return r.writer.Len() >= r.Limits.MaxRecords || r.writer.Size() >= r.Limits.MaxBytes
}

// Len is how many records there are so far.
func (r *Records) Len() int { return r.writer.Len() }

// Finish is the batch; for tests of a task, else the SDK hands it to the worker.
func (r *Records) Finish() []byte { return r.writer.Finish() }
