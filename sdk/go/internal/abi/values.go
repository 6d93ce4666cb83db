//go:build wasip1

package abi

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"runtime/debug"
	"strings"
	"unsafe"

	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
)

var le = binary.LittleEndian

// Area is memory that goes out: fields of records at their offsets.
type Area []byte

// NewArea is an area of zeros, for as long as the worker reads it.
func NewArea(size int) Area {
	if size == 0 {
		return nil
	}
	words := make([]uint64, (size+7)/8)
	start := keep(unsafe.Pointer(&words[0]))
	return unsafe.Slice((*byte)(start), size)
}

// Pointer is where it is, for an import's parameter.
func (a Area) Pointer() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(a)) }

// Address is where it is.
func (a Area) Address() uint32 { return address(a.Pointer()) }

// U8 sets a field.
func (a Area) U8(at int, value uint8) { a[at] = value }

// Bool sets a field.
func (a Area) Bool(at int, value bool) {
	if value {
		a[at] = 1
	}
}

// U16 sets a field.
func (a Area) U16(at int, value uint16) { le.PutUint16(a[at:], value) }

// U32 sets a field.
func (a Area) U32(at int, value uint32) { le.PutUint32(a[at:], value) }

// S64 sets a field.
func (a Area) S64(at int, value int64) { le.PutUint64(a[at:], uint64(value)) }

// F64 sets a field.
func (a Area) F64(at int, value float64) { le.PutUint64(a[at:], math.Float64bits(value)) }

// String sets a field.
func (a Area) String(at int, text string) {
	if text != "" {
		a.U32(at, address(keep(unsafe.Pointer(unsafe.StringData(text)))))
		a.U32(at+4, uint32(len(text)))
	}
}

// Message sets a field to a text for people, which may hold what came from anywhere: the contract's strings are UTF-8.
func (a Area) Message(at int, text string) { a.String(at, Readable(text)) }

// Readable is a text with what is no UTF-8 replaced.
func Readable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// Optional sets an option of a string: none if it is empty.
func (a Area) Optional(at int, text string) {
	if text != "" {
		a.U8(at, 1)
		a.String(at+4, text)
	}
}

// Bytes sets a field.
func (a Area) Bytes(at int, content []byte) {
	if len(content) > 0 {
		a.U32(at, address(keep(unsafe.Pointer(unsafe.SliceData(content)))))
		a.U32(at+4, uint32(len(content)))
	}
}

// List sets a field to a list of so many items of a size each, which the answer takes one after the other.
func (a Area) List(at, count, size int) func() Area {
	items := NewArea(count * size)
	a.U32(at, items.Address())
	a.U32(at+4, uint32(count))
	return func() Area {
		item := items[:size:size]
		items = items[size:]
		return item
	}
}

// Strings sets a field to a list of texts.
func (a Area) Strings(at int, texts []string) {
	next := a.List(at, len(texts), 8)
	for _, text := range texts {
		next().String(0, text)
	}
}

// Config sets a field to a configuration.
func (a Area) Config(at int, config connect.Config) {
	next := a.List(at, len(config), 16)
	for _, name := range config.Names() {
		entry := next()
		entry.String(0, name)
		entry.String(8, config[name])
	}
}

// === what comes in

// Bytes are bytes that came in.
func Bytes(at, size uint32) []byte {
	if size == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Add(nil, at)), size)
}

// String is a text that came in.
func String(at, size uint32) string {
	if size == 0 {
		return ""
	}
	return unsafe.String((*byte)(unsafe.Add(nil, at)), size)
}

// View is memory that came in.
type View []byte

// List are the items of a list that came in, of a size each.
func List(at, count uint32, size int) iter.Seq[View] {
	items := View(Bytes(at, count*uint32(size)))
	return func(yield func(View) bool) {
		for range count {
			if !yield(items[:size]) {
				return
			}
			items = items[size:]
		}
	}
}

// U8 is a field.
func (v View) U8(at int) uint8 { return v[at] }

// U32 is a field.
func (v View) U32(at int) uint32 { return le.Uint32(v[at:]) }

// S64 is a field.
func (v View) S64(at int) int64 { return int64(le.Uint64(v[at:])) }

// String is a field.
func (v View) String(at int) string { return String(v.U32(at), v.U32(at+4)) }

// List are the items of a field.
func (v View) List(at, size int) iter.Seq[View] { return List(v.U32(at), v.U32(at+4), size) }

// Config is a configuration that came in.
func Config(at, count uint32) connect.Config {
	config := make(connect.Config, count)
	for entry := range List(at, count, 16) {
		config[entry.String(0)] = entry.String(8)
	}
	return config
}

// TopicPartitions are what came in.
func TopicPartitions(at, count uint32) []connect.TopicPartition {
	partitions := make([]connect.TopicPartition, 0, count)
	for of := range List(at, count, 12) {
		partitions = append(partitions, connect.TopicPartition{Topic: of.String(0), Partition: int32(of.U32(8))})
	}
	return partitions
}

// PartitionOffsets are what came in.
func PartitionOffsets(at, count uint32) []connect.PartitionOffset {
	offsets := make([]connect.PartitionOffset, 0, count)
	for of := range List(at, count, 24) {
		offsets = append(offsets, connect.PartitionOffset{Topic: of.String(0), Partition: int32(of.U32(8)), Offset: of.S64(16)})
	}
	return offsets
}

// PutTopicPartitions sets a field.
func (a Area) PutTopicPartitions(at int, partitions []connect.TopicPartition) {
	next := a.List(at, len(partitions), 12)
	for _, of := range partitions {
		item := next()
		item.String(0, of.Topic)
		item.U32(8, uint32(of.Partition))
	}
}

// PutPartitionOffsets sets a field.
func (a Area) PutPartitionOffsets(at int, offsets []connect.PartitionOffset) {
	next := a.List(at, len(offsets), 24)
	for _, of := range offsets {
		item := next()
		item.String(0, of.Topic)
		item.U32(8, uint32(of.Partition))
		item.S64(16, of.Offset)
	}
}

// PutRecordErrors sets a field.
func (a Area) PutRecordErrors(at int, errors []connect.RecordError) {
	next := a.List(at, len(errors), 12)
	for _, of := range errors {
		item := next()
		item.U32(0, uint32(of.Index))
		item.Message(4, of.Message)
	}
}

// === calls

// resultBytes is enough for every result of the contract, of which a stage's outcome is the largest. What lists hold is elsewhere.
const resultBytes = 20

// errorCases are those of the contract's error.
var errorCases = map[connect.ErrorKind]uint8{
	connect.KindRetriable: 0, connect.KindConfig: 1, connect.KindFatal: 2, connect.KindData: 2,
}

// Call runs an export that answers a result<_, error>: what do writes begins at 4. A panic is a fatal error with its stack.
func Call(do func(result Area) error) uint32 {
	enter()
	defer leave()
	result := NewArea(resultBytes)
	if err := guarded(result, do); err != nil {
		clear(result)
		result.U8(0, 1)
		result.U8(4, errorCases[connect.KindOf(err)])
		result.Message(8, err.Error())
	}
	return result.Address()
}

func guarded(result Area, do func(Area) error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	return do(result)
}

// Answer runs an export that has no error to answer: a panic traps.
func Answer(size int, do func(answer Area)) uint32 {
	enter()
	defer leave()
	answer := NewArea(size)
	do(answer)
	return answer.Address()
}

// Run runs an export that answers nothing. There is nobody to tell of a panic.
func Run(do func()) {
	enter()
	defer leave()
	defer func() {
		if reason := recover(); reason != nil {
			println("panic:", fmt.Sprint(reason))
		}
	}()
	do()
}

// Error is what an import answered in place of a result: none if it was ok.
func (a Area) Error() error {
	if a[0] == 0 {
		return nil
	}
	text := fmt.Errorf("%s", String(le.Uint32(a[8:]), le.Uint32(a[12:])))
	return &connect.Error{Kind: [...]connect.ErrorKind{connect.KindRetriable, connect.KindConfig, connect.KindFatal}[a[4]], Err: text}
}
