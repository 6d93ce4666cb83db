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
	return w.added(start, w.add(head, entry, start))
}

// added enters the record that was written from start on, or takes it back.
func (w *Writer) added(start int, err error) error {
	if err == nil && len(w.content) > maxBytes {
		err = encodeErrorf("batch would be larger than 2 GiB")
	}
	if err != nil {
		w.content = w.content[:start]
		return err
	}
	w.index = append(w.index, uint32(start))
	return nil
}

func (w *Writer) add(head Head, entry *Entry, start int) error {
	frame := frame{Head: head, offset: entry.Offset, sourceOffset: uint32(len(entry.SourceOffset))}
	if entry.Partition != nil {
		frame.partition = max(*entry.Partition, -1)
	}
	if entry.Timestamp != nil {
		frame.setTimestamp(*entry.Timestamp)
	}
	if entry.CommitAfter {
		frame.flags |= commitAfter
	}
	if entry.AbortAfter {
		frame.flags |= abortAfter
	}
	if entry.SourceOffset != "" && head.sourcePartition == none {
		return encodeErrorf("source offset without a source partition")
	}
	if !utf8.ValidString(entry.SourceOffset) {
		return encodeErrorf("source offset is not valid UTF-8")
	}
	w.content = appendZeros(w.content, frameBytes)
	var err error
	if frame.key, err = w.part(entry.Key, entry.KeySchema); err != nil {
		return err
	}
	if frame.value, err = w.part(entry.Value, entry.ValueSchema); err != nil {
		return err
	}
	w.content = append(w.content, entry.SourceOffset...)
	if frame.headers, err = w.headers(entry.Headers); err != nil {
		return err
	}
	frame.put(w.content[start:])
	return nil
}

// frame is the fixed part of a record's, whose other parts follow it.
type frame struct {
	Head
	offset       int64
	headers      uint16
	key, value   part
	sourceOffset uint32
}

// part is what was written of a key or value.
type part struct {
	schema, length uint32
	isNull         bool
}

// setTimestamp sets one whose producer is meant, unless the head says who set it.
func (f *frame) setTimestamp(millis int64) {
	f.timestamp = millis
	if f.flags>>timestampShift&3 == 0 {
		f.flags |= uint16(CreateTime) << timestampShift
	}
}

func (f *frame) put(to []byte) {
	flags := f.flags
	if f.key.isNull {
		flags |= nullKey
	}
	if f.value.isNull {
		flags |= nullValue
	}
	le.PutUint16(to[atFlags:], flags)
	le.PutUint16(to[atHeaderCount:], f.headers)
	le.PutUint32(to[atTopic:], f.topic)
	le.PutUint32(to[atPartition:], uint32(f.partition))
	le.PutUint32(to[atOriginalTopic:], f.originalTopic)
	le.PutUint32(to[atOriginalPartition:], uint32(f.originalPartition))
	le.PutUint64(to[atOffset:], uint64(f.offset))
	le.PutUint64(to[atTimestamp:], uint64(f.timestamp))
	le.PutUint32(to[atKeySchema:], f.key.schema)
	le.PutUint32(to[atValueSchema:], f.value.schema)
	le.PutUint32(to[atKeyLength:], f.key.length)
	le.PutUint32(to[atValueLength:], f.value.length)
	le.PutUint32(to[atSourcePartition:], f.sourcePartition)
	le.PutUint32(to[atSourceOffsetLength:], f.sourceOffset)
}

func (w *Writer) part(value any, schema *data.Schema) (part, error) {
	id, length, err := w.payload(value, schema)
	return part{id, length, value == nil}, err
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

// headers appends all of a record's, and answers how many there are.
func (w *Writer) headers(headers []Header) (uint16, error) {
	if len(headers) > math.MaxUint16 {
		return 0, encodeErrorf("a record has %d headers, the most is %d", len(headers), math.MaxUint16)
	}
	for i := range headers {
		if err := w.header(&headers[i]); err != nil {
			return 0, err
		}
	}
	return uint16(len(headers)), nil
}

func (w *Writer) header(header *Header) error {
	return w.headerOf(header.Name, func() (part, error) { return w.part(header.Value, header.Schema) })
}

// headerOf appends a header, whose value is what write appends.
func (w *Writer) headerOf(name string, write func() (part, error)) error {
	id, err := w.strings.intern(name)
	if err != nil {
		return err
	}
	at := len(w.content)
	w.content = appendZeros(w.content, 12)
	value, err := write()
	if err != nil {
		return err
	}
	if value.isNull {
		value.length = none
	}
	le.PutUint32(w.content[at:], id)
	le.PutUint32(w.content[at+4:], value.schema)
	le.PutUint32(w.content[at+8:], value.length)
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
