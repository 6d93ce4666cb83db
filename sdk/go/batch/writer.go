package batch

import (
	"math"
	"unicode/utf8"

	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// Head is what many records have in common, as numbers of one batch; made by [Writer.Head].
type Head struct {
	topic, originalTopic, sourcePartition uint32
	partition, originalPartition          int32
	timestamp                             int64
	flags                                 uint16
}

// Common is what many records have in common. Empty texts and negative partitions are none.
type Common struct {
	Topic             string
	Partition         int32
	OriginalTopic     string
	OriginalPartition int32
	// SourcePartition is a flat JSON object.
	SourcePartition string
	Timestamp       int64
	TimestampType   TimestampType
}

// Entry is one record for [Writer.Add]. A value without a schema is schemaless, except that a struct brings its own.
type Entry struct {
	Key, Value             any
	KeySchema, ValueSchema *data.Schema
	// SourceOffset is a flat JSON object; only with a source partition.
	SourceOffset string
	Headers      []Header
	// Offset is a sink record's offset in Kafka.
	Offset int64
	// Partition and Timestamp are the record's own in place of the head's, if they are not nil.
	Partition *int32
	Timestamp *int64
	// CommitAfter and AbortAfter end the transaction after this record (KIP-618).
	CommitAfter, AbortAfter bool
}

// Writer writes records one after the other. One writer, one batch.
type Writer struct {
	content []byte
	index   []uint32
	strings stringTable
	schemas schemaWriter
}

// NewWriter begins a batch.
func NewWriter() *Writer { return NewWriterIn(make([]byte, 0, 4096)) }

// NewWriterIn begins a batch in the memory of another one that nobody reads any more.
func NewWriterIn(used []byte) *Writer { return &Writer{content: appendZeros(used[:0], headerBytes)} }

// String is the text's number in this batch.
func (w *Writer) String(text string) (uint32, error) { return w.strings.intern(text) }

// Schema is the schema's id in this batch; 0 for nil.
func (w *Writer) Schema(schema *data.Schema) (uint32, error) { return w.schemas.intern(schema) }

// Head enters what records have in common.
func (w *Writer) Head(common Common) (Head, error) {
	head := Head{
		partition: max(common.Partition, -1), originalPartition: max(common.OriginalPartition, -1),
		timestamp: common.Timestamp, flags: uint16(common.TimestampType) << timestampShift,
	}
	if common.TimestampType == NoTimestamp {
		head.timestamp = 0
	}
	for _, text := range []struct {
		of string
		to *uint32
	}{{common.Topic, &head.topic}, {common.OriginalTopic, &head.originalTopic}, {common.SourcePartition, &head.sourcePartition}} {
		*text.to = none
		if text.of != "" {
			id, err := w.strings.intern(text.of)
			if err != nil {
				return head, err
			}
			*text.to = id
		}
	}
	return head, nil
}

// Add appends a record. After an error, an [*EncodeError], the record was never there.
func (w *Writer) Add(head Head, entry *Entry) error {
	start := len(w.content)
	if err := w.add(head, entry, start); err != nil {
		w.content = w.content[:start]
		return err
	}
	if len(w.content) > maxBytes {
		w.content = w.content[:start]
		return encodeErrorf("batch would be larger than 2 GiB")
	}
	w.index = append(w.index, uint32(start))
	return nil
}

func (w *Writer) add(head Head, entry *Entry, start int) error {
	flags, partition, timestamp := head.flags, head.partition, head.timestamp
	if entry.Partition != nil {
		partition = max(*entry.Partition, -1)
	}
	if entry.Timestamp != nil {
		timestamp = *entry.Timestamp
		if flags>>timestampShift&3 == 0 {
			flags |= uint16(CreateTime) << timestampShift
		}
	}
	if entry.CommitAfter {
		flags |= commitAfter
	}
	if entry.AbortAfter {
		flags |= abortAfter
	}
	if entry.SourceOffset != "" && head.sourcePartition == none {
		return encodeErrorf("source offset without a source partition")
	}
	if !utf8.ValidString(entry.SourceOffset) {
		return encodeErrorf("source offset is not valid UTF-8")
	}
	if len(entry.Headers) > math.MaxUint16 {
		return encodeErrorf("a record has %d headers, the most is %d", len(entry.Headers), math.MaxUint16)
	}
	w.content = appendZeros(w.content, frameBytes)
	keyID, keyLength, err := w.payload(entry.Key, entry.KeySchema)
	if err != nil {
		return err
	}
	valueID, valueLength, err := w.payload(entry.Value, entry.ValueSchema)
	if err != nil {
		return err
	}
	if entry.Key == nil {
		flags |= nullKey
	}
	if entry.Value == nil {
		flags |= nullValue
	}
	w.content = append(w.content, entry.SourceOffset...)
	for i := range entry.Headers {
		if err := w.header(&entry.Headers[i]); err != nil {
			return err
		}
	}
	frame := w.content[start : start+frameBytes]
	le.PutUint16(frame[atFlags:], flags)
	le.PutUint16(frame[atHeaderCount:], uint16(len(entry.Headers)))
	le.PutUint32(frame[atTopic:], head.topic)
	le.PutUint32(frame[atPartition:], uint32(partition))
	le.PutUint32(frame[atOriginalTopic:], head.originalTopic)
	le.PutUint32(frame[atOriginalPartition:], uint32(head.originalPartition))
	le.PutUint64(frame[atOffset:], uint64(entry.Offset))
	le.PutUint64(frame[atTimestamp:], uint64(timestamp))
	le.PutUint32(frame[atKeySchema:], keyID)
	le.PutUint32(frame[atValueSchema:], valueID)
	le.PutUint32(frame[atKeyLength:], keyLength)
	le.PutUint32(frame[atValueLength:], valueLength)
	le.PutUint32(frame[atSourcePartition:], head.sourcePartition)
	le.PutUint32(frame[atSourceOffsetLength:], uint32(len(entry.SourceOffset)))
	return nil
}

// payload appends a row, none for null, and answers the schema's id and the row's length.
func (w *Writer) payload(value any, schema *data.Schema) (uint32, uint32, error) {
	if schema == nil {
		if value == nil {
			return 0, 0, nil
		}
		if fields, is := value.(*data.Struct); is {
			schema = fields.Schema()
		}
	}
	start := len(w.content)
	id, err := w.schemas.intern(schema)
	if err != nil || value == nil {
		return id, 0, err
	}
	content := w.content
	if schema == nil {
		content, err = appendTagged(content, value, data.MaxDepth)
	} else {
		content, err = appendRow(content, schema, value)
	}
	if err != nil {
		return 0, 0, err
	}
	w.content = content
	return id, uint32(len(content) - start), nil
}

func (w *Writer) header(header *Header) error {
	name, err := w.strings.intern(header.Name)
	if err != nil {
		return err
	}
	at := len(w.content)
	w.content = appendZeros(w.content, 12)
	id, length, err := w.payload(header.Value, header.Schema)
	if err != nil {
		return err
	}
	if header.Value == nil {
		length = none
	}
	le.PutUint32(w.content[at:], name)
	le.PutUint32(w.content[at+4:], id)
	le.PutUint32(w.content[at+8:], length)
	return nil
}

// Hole appends a record that was dropped or failed, so that the positions of the others stay.
func (w *Writer) Hole() { w.index = append(w.index, none) }

// Len is how many records there are so far, holes included.
func (w *Writer) Len() int { return len(w.index) }

// Size is how many bytes the batch would have if it were finished now.
func (w *Writer) Size() int {
	return len(w.content) + 4*len(w.index) + w.strings.size() + w.schemas.size()
}

// Finish is the batch. The writer is used up.
func (w *Writer) Finish() []byte {
	content := w.content
	indexAt := len(content)
	for _, at := range w.index {
		content = le.AppendUint32(content, at)
	}
	stringsAt := len(content)
	content = w.strings.append(content)
	schemasAt := len(content)
	content = w.schemas.append(content)
	copy(content, "KCB\x01")
	le.PutUint32(content[8:], uint32(len(w.index)))
	le.PutUint32(content[12:], uint32(indexAt))
	le.PutUint32(content[16:], uint32(stringsAt))
	le.PutUint32(content[20:], uint32(schemasAt))
	le.PutUint32(content[24:], uint32(len(content)))
	w.content = nil
	return content
}
