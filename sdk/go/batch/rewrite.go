package batch

import (
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// Changes are what a stage changes of a record; what is nil stays as it is.
type Changes struct {
	// Topic is empty where it stays.
	Topic string
	// Partition is negative where the partitioner decides.
	Partition *int32
	// Time is the timestamp; the zero time: none.
	Time       *time.Time
	Key, Value *data.SchemaAndValue
	// Headers are all headers; if they are empty and not nil, none is left.
	Headers []Header
}

// Rewrite appends what a stage made of a record of another batch. What does not change is copied as it lies, without being decoded.
// Where a source has read the record is not written: the worker knows it. After an error, an [*EncodeError], the record was never there.
func (w *Writer) Rewrite(record Record, changes Changes) error {
	start := len(w.content)
	return w.added(start, w.rewrite(record, &changes, start))
}

func (w *Writer) rewrite(record Record, changes *Changes, start int) error {
	common := Common{Topic: record.Topic(), Partition: record.Partition(), OriginalPartition: -1, TimestampType: record.TimestampType()}
	common.Timestamp, _ = record.Timestamp()
	if changes.Topic != "" {
		common.Topic = changes.Topic
	}
	if changes.Partition != nil {
		common.Partition = *changes.Partition
	}
	if changes.Time != nil && changes.Time.IsZero() {
		common.TimestampType = NoTimestamp
	}
	head, err := w.Head(common)
	if err != nil {
		return err
	}
	frame := frame{Head: head, offset: record.Offset()}
	if changes.Time != nil && !changes.Time.IsZero() {
		frame.setTimestamp(changes.Time.UnixMilli())
	}
	w.content = appendZeros(w.content, frameBytes)
	if frame.key, err = w.changed(changes.Key, record.KeySchema(), record.KeyRow()); err != nil {
		return err
	}
	if frame.value, err = w.changed(changes.Value, record.ValueSchema(), record.ValueRow()); err != nil {
		return err
	}
	if changes.Headers != nil {
		frame.headers, err = w.headers(changes.Headers)
	} else {
		frame.headers, err = w.copyHeaders(record)
	}
	if err != nil {
		return err
	}
	frame.put(w.content[start:])
	return nil
}

// changed appends a part as it becomes: what it changes to, or its row.
func (w *Writer) changed(to *data.SchemaAndValue, schema *data.Schema, row []byte) (part, error) {
	if to != nil {
		return w.part(to.Value, to.Schema)
	}
	return w.copied(schema, row)
}

// copied appends a row as it lay in another batch, nil for null.
func (w *Writer) copied(schema *data.Schema, row []byte) (part, error) {
	id, err := w.schemas.intern(schema)
	w.content = append(w.content, row...)
	return part{id, uint32(len(row)), row == nil}, err
}

func (w *Writer) copyHeaders(record Record) (uint16, error) {
	count := le.Uint16(record.frame[atHeaderCount:])
	if count == 0 {
		return 0, nil
	}
	rest := record.headerBytes()
	for range count {
		name, schema, row, err := record.batch.header(&rest)
		if err == nil {
			err = w.headerOf(name, func() (part, error) { return w.copied(schema, row) })
		}
		if err != nil {
			return 0, err
		}
	}
	return count, nil
}
