package batch

import (
	"bytes"
	"fmt"
	"iter"
	"time"
	"unicode/utf8"

	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// TimestampType says who set a record's timestamp.
type TimestampType uint8

// Who set a record's timestamp.
const (
	NoTimestamp TimestampType = iota
	// CreateTime: the producer.
	CreateTime
	// LogAppendTime: the broker.
	LogAppendTime
)

// Header is a record's header.
type Header struct {
	Name  string
	Value any
	// Schema is nil for a schemaless value.
	Schema *data.Schema
}

// Batch is a batch of records whose bounds were checked. What a record holds is decoded when it is asked for.
type Batch struct {
	content []byte
	strings []string
	schemas schemaTable
	// Where the records' frames start; none: a hole.
	frames []byte
}

// Read checks a batch. Its bytes must not change afterwards. The error is a [*MalformedError].
func Read(content []byte, limits Limits) (*Batch, error) {
	b := &Batch{content: content}
	end, err := b.sections(limits)
	if err != nil {
		return nil, &MalformedError{err.Error(), -1}
	}
	at := uint32(headerBytes)
	for position := range b.Len() {
		start := le.Uint32(b.frames[4*position:])
		if start == none {
			continue
		}
		if start != at {
			return nil, &MalformedError{fmt.Sprintf("frame starts at %d instead of %d", start, at), position}
		}
		rest, err := b.checkFrame(content[at:end])
		if err != nil {
			return nil, &MalformedError{err.Error(), position}
		}
		at = end - uint32(len(rest))
	}
	if at != end {
		return nil, &MalformedError{fmt.Sprintf("%d bytes follow the last frame", end-at), -1}
	}
	return b, nil
}

// sections reads header, index, strings and schemas, and answers where the frames end.
func (b *Batch) sections(limits Limits) (uint32, error) {
	content := b.content
	if len(content) > limits.MaxBytes {
		return 0, faultf("has %d bytes, max_bytes is %d", len(content), limits.MaxBytes)
	}
	if len(content) < headerBytes {
		return 0, faultf("header wants %d bytes, %d are left", headerBytes, len(content))
	}
	if err := checkMagic(content, "KCB", "batch"); err != nil {
		return 0, err
	}
	if flags := le.Uint32(content[4:]); flags != 0 {
		return 0, faultf("has unknown flags %#x", flags)
	}
	count := le.Uint32(content[8:])
	if uint64(count) > uint64(limits.MaxRecords) {
		return 0, faultf("has %d records, max_records is %d", count, limits.MaxRecords)
	}
	total := le.Uint32(content[24:])
	if uint64(total) != uint64(len(content)) {
		return 0, faultf("has %d bytes, its header says %d", len(content), total)
	}
	ends := [5]uint32{headerBytes, le.Uint32(content[12:]), le.Uint32(content[16:]), le.Uint32(content[20:]), total}
	for i, noun := range [4]string{"frames", "index entries", "strings", "schemas"} {
		if ends[i] > ends[i+1] || ends[i+1] > total {
			return 0, faultf("%s are at %d..%d of %d bytes", noun, ends[i], ends[i+1], total)
		}
	}
	b.frames = content[ends[1]:ends[2]]
	if uint64(len(b.frames)) != 4*uint64(count) {
		return 0, faultf("index has %d bytes for %d records", len(b.frames), count)
	}
	var err error
	if b.strings, err = parseStrings(content[ends[2]:ends[3]], limits); err != nil {
		return 0, err
	}
	b.schemas, err = knownSchemas(content[ends[3]:], limits)
	return ends[1], err
}

func checkMagic(content []byte, magic, noun string) error {
	if string(content[:3]) != magic {
		return faultf("is no %s: starts with [%02x, %02x, %02x]", noun, content[0], content[1], content[2])
	}
	if content[3] != FormatVersion {
		return faultf("is of version %d, this reader knows version %d", content[3], FormatVersion)
	}
	return nil
}

// checkFrame checks the frame at the start of the bytes and answers what follows it.
func (b *Batch) checkFrame(frame []byte) ([]byte, error) {
	if len(frame) < frameBytes {
		return nil, faultf("frame wants %d bytes, %d are left", frameBytes, len(frame))
	}
	flags := le.Uint16(frame[atFlags:])
	if flags&^frameFlags != 0 {
		return nil, faultf("unknown flags %#06x", flags)
	}
	timestampType := flags >> timestampShift & 3
	keyLength, valueLength := le.Uint32(frame[atKeyLength:]), le.Uint32(frame[atValueLength:])
	offsetLength := le.Uint32(frame[atSourceOffsetLength:])
	sourcePartition := le.Uint32(frame[atSourcePartition:])
	switch {
	case timestampType == 3:
		return nil, faultf("unknown timestamp type 3")
	case timestampType == 0 && le.Uint64(frame[atTimestamp:]) != 0:
		return nil, faultf("timestamp is set, its type is none")
	case flags&nullKey != 0 && keyLength != 0:
		return nil, faultf("key is null and has bytes")
	case flags&nullValue != 0 && valueLength != 0:
		return nil, faultf("value is null and has bytes")
	case int32(le.Uint32(frame[atPartition:])) < -1:
		return nil, faultf("partition is %d", int32(le.Uint32(frame[atPartition:])))
	case int32(le.Uint32(frame[atOriginalPartition:])) < -1:
		return nil, faultf("original partition is %d", int32(le.Uint32(frame[atOriginalPartition:])))
	case offsetLength != 0 && sourcePartition == none:
		return nil, faultf("has a source offset without a source partition")
	}
	if err := b.checkNames(frame, sourcePartition); err != nil {
		return nil, err
	}
	rest := cursor{frame[frameBytes:]}
	if _, err := rest.take(keyLength, "key"); err != nil {
		return nil, err
	}
	if _, err := rest.take(valueLength, "value"); err != nil {
		return nil, err
	}
	offset, err := rest.take(offsetLength, "source offset")
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(offset) {
		return nil, faultf("source offset: %s", notUTF8)
	}
	for i := range le.Uint16(frame[atHeaderCount:]) {
		if _, _, _, err := b.header(&rest); err != nil {
			return nil, faultf("header %d: %v", i, err)
		}
	}
	return rest.rest, nil
}

func (b *Batch) checkNames(frame []byte, sourcePartition uint32) error {
	strings := uint32(len(b.strings))
	if topic := le.Uint32(frame[atTopic:]); topic != none && topic >= strings {
		return faultf("topic: there is no string %d", topic)
	}
	if topic := le.Uint32(frame[atOriginalTopic:]); topic != none && topic >= strings {
		return faultf("original topic: there is no string %d", topic)
	}
	if sourcePartition != none && sourcePartition >= strings {
		return faultf("source partition: there is no string %d", sourcePartition)
	}
	if id := le.Uint32(frame[atKeySchema:]); id != 0 {
		if _, found := b.schemas.get(id); !found {
			return faultf("key: there is no schema %d", id)
		}
	}
	if id := le.Uint32(frame[atValueSchema:]); id != 0 {
		if _, found := b.schemas.get(id); !found {
			return faultf("value: there is no schema %d", id)
		}
	}
	return nil
}

// header reads one header: name, schema, and the row, nil for null.
func (b *Batch) header(rest *cursor) (string, *data.Schema, []byte, error) {
	var fields [3]uint32
	for i, noun := range [3]string{"name", "schema", "length"} {
		number, err := rest.u32(noun)
		if err != nil {
			return "", nil, nil, err
		}
		fields[i] = number
	}
	if uint64(fields[0]) >= uint64(len(b.strings)) {
		return "", nil, nil, faultf("there is no string %d", fields[0])
	}
	schema, found := b.schemas.get(fields[1])
	if !found {
		return "", nil, nil, faultf("there is no schema %d", fields[1])
	}
	if fields[2] == none {
		return b.strings[fields[0]], schema, nil, nil
	}
	row, err := rest.take(fields[2], "value")
	if row == nil {
		row = []byte{}
	}
	return b.strings[fields[0]], schema, row, err
}

// Len is how many records there are, holes included.
func (b *Batch) Len() int { return len(b.frames) / 4 }

// At is the record at a position; false: a hole, a record that a stage dropped or failed.
func (b *Batch) At(position int) (Record, bool) {
	start := le.Uint32(b.frames[4*position:])
	if start == none {
		return Record{}, false
	}
	return Record{b, b.content[start:], position}, true
}

// All are the records in their order, holes left out.
func (b *Batch) All() iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for position := range b.Len() {
			if record, there := b.At(position); there && !yield(record) {
				return
			}
		}
	}
}

// Strings is the batch's table of strings. Do not change it.
func (b *Batch) Strings() []string { return b.strings }

// Schemas are the batch's own schemas, in the order of their ids. Do not change them.
func (b *Batch) Schemas() []*data.Schema { return b.schemas }

// Record is one record of a batch.
type Record struct {
	batch *Batch
	// From the start of its frame on.
	frame    []byte
	position int
}

// Position is where the record is in its batch, holes counted: what a sink's RecordError refers to.
func (r Record) Position() int { return r.position }

func (r Record) string(at int) string {
	if id := le.Uint32(r.frame[at:]); id != none {
		return r.batch.strings[id]
	}
	return ""
}

// Topic is the topic; empty for none.
func (r Record) Topic() string { return r.string(atTopic) }

// Partition is the topic's partition; -1: the partitioner decides.
func (r Record) Partition() int32 { return int32(le.Uint32(r.frame[atPartition:])) }

// OriginalTopic is a sink record's topic before transforms (KIP-793), to which offsets and reports refer.
func (r Record) OriginalTopic() string { return r.string(atOriginalTopic) }

// OriginalPartition is a sink record's partition before transforms.
func (r Record) OriginalPartition() int32 { return int32(le.Uint32(r.frame[atOriginalPartition:])) }

// Offset is a sink record's offset in Kafka; 0 for source records.
func (r Record) Offset() int64 { return int64(le.Uint64(r.frame[atOffset:])) }

// TimestampType says who set the timestamp, if there is one.
func (r Record) TimestampType() TimestampType {
	return TimestampType(le.Uint16(r.frame) >> timestampShift & 3)
}

// Timestamp is in milliseconds since the epoch; false if there is none.
func (r Record) Timestamp() (int64, bool) {
	return int64(le.Uint64(r.frame[atTimestamp:])), r.TimestampType() != NoTimestamp
}

// Time is the timestamp as Go has it, in UTC; the zero time if there is none.
func (r Record) Time() time.Time {
	if millis, there := r.Timestamp(); there {
		return time.UnixMilli(millis).UTC()
	}
	return time.Time{}
}

func (r Record) schema(at int) *data.Schema {
	schema, _ := r.batch.schemas.get(le.Uint32(r.frame[at:]))
	return schema
}

// KeySchema is nil for schemaless keys.
func (r Record) KeySchema() *data.Schema { return r.schema(atKeySchema) }

// ValueSchema is nil for schemaless values.
func (r Record) ValueSchema() *data.Schema { return r.schema(atValueSchema) }

// KeyRow is the key's row as it lies in the batch, unchecked: of a string, its UTF-8; nil for null. Do not change it.
func (r Record) KeyRow() []byte {
	if le.Uint16(r.frame)&nullKey != 0 {
		return nil
	}
	end := frameBytes + le.Uint32(r.frame[atKeyLength:])
	return r.frame[frameBytes:end:end]
}

// ValueRow is the value's row as it lies in the batch, unchecked: of a string, its UTF-8; nil for null. Do not change it.
func (r Record) ValueRow() []byte {
	if le.Uint16(r.frame)&nullValue != 0 {
		return nil
	}
	start := frameBytes + le.Uint32(r.frame[atKeyLength:])
	end := start + le.Uint32(r.frame[atValueLength:])
	return r.frame[start:end:end]
}

// Key is the key, nil for null. A schema's default is not substituted. The error is a [*MalformedError].
func (r Record) Key() (any, error) { return r.decode("key", r.KeySchema(), r.KeyRow()) }

// Value is the value, nil for null. A schema's default is not substituted. The error is a [*MalformedError].
func (r Record) Value() (any, error) { return r.decode("value", r.ValueSchema(), r.ValueRow()) }

func (r Record) decode(part string, schema *data.Schema, row []byte) (any, error) {
	if row == nil {
		return nil, nil
	}
	var value any
	var err error
	if schema == nil {
		value, err = decodeTagged(row)
	} else {
		value, err = decodeRow(schema, row)
	}
	if err != nil {
		return nil, &MalformedError{part + ": " + err.Error(), r.position}
	}
	return value, nil
}

// SourcePartition is a source record's partition, a flat JSON object; empty for none.
func (r Record) SourcePartition() string { return r.string(atSourcePartition) }

func (r Record) afterValue() []byte {
	return r.frame[frameBytes+le.Uint32(r.frame[atKeyLength:])+le.Uint32(r.frame[atValueLength:]):]
}

// SourceOffset is a source record's offset, a flat JSON object; empty for none.
func (r Record) SourceOffset() string {
	return string(r.afterValue()[:le.Uint32(r.frame[atSourceOffsetLength:])])
}

func (r Record) headerBytes() cursor {
	return cursor{r.afterValue()[le.Uint32(r.frame[atSourceOffsetLength:]):]}
}

// Headers are the headers; names may repeat. The error is a [*MalformedError].
func (r Record) Headers() ([]Header, error) {
	count := le.Uint16(r.frame[atHeaderCount:])
	if count == 0 {
		return nil, nil
	}
	rest := r.headerBytes()
	headers := make([]Header, count)
	for i := range headers {
		name, schema, row, err := r.batch.header(&rest)
		if err != nil {
			return nil, &MalformedError{err.Error(), r.position}
		}
		value, err := r.decode(fmt.Sprintf("header %d", i), schema, row)
		if err != nil {
			return nil, err
		}
		headers[i] = Header{name, value, schema}
	}
	return headers, nil
}

// CommitAfter says whether the transaction is committed after this record of a source.
func (r Record) CommitAfter() bool { return le.Uint16(r.frame)&commitAfter != 0 }

// AbortAfter says whether the transaction is aborted after this record of a source.
func (r Record) AbortAfter() bool { return le.Uint16(r.frame)&abortAfter != 0 }

// SameText says whether a row is the UTF-8 of a text, without decoding it.
func SameText(row []byte, text string) bool { return row != nil && bytes.Equal(row, []byte(text)) }
