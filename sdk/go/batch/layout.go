// Package batch reads and writes the batch format of wit/BATCH.md, in which records cross between the worker and a plugin.
//
// A source writes through source.Records and a sink gets a [Batch], so authors of plugins read records here and nothing else.
package batch

import (
	"encoding/binary"
	"fmt"
)

// FormatVersion is the version of the format that this codec reads and writes.
const FormatVersion = 1

const (
	headerBytes = 28
	frameBytes  = 60
	// none: no string; in the index, a hole; as a header's length, null.
	none = 0xFFFF_FFFF

	nullKey        = 1
	nullValue      = 2
	timestampShift = 2
	commitAfter    = 16
	abortAfter     = 32
	frameFlags     = 63

	flagOptional   = 1
	flagName       = 2
	flagVersion    = 4
	flagDoc        = 8
	flagParameters = 16
	flagDefault    = 32
	schemaFlags    = 63

	ownSchemas = 32

	// maxBytes keeps every offset within 32 bits.
	maxBytes = 1 << 31
)

// Where the fields of a frame are.
const (
	atFlags              = 0
	atHeaderCount        = 2
	atTopic              = 4
	atPartition          = 8
	atOriginalTopic      = 12
	atOriginalPartition  = 16
	atOffset             = 20
	atTimestamp          = 28
	atKeySchema          = 36
	atValueSchema        = 40
	atKeyLength          = 44
	atValueLength        = 48
	atSourcePartition    = 52
	atSourceOffsetLength = 56
)

var le = binary.LittleEndian

// Limits are upper bounds on a foreign batch, each named in the error that it causes.
type Limits struct {
	MaxBytes, MaxRecords, MaxStrings, MaxSchemas, MaxSchemaBytes int
}

// DefaultLimits is what the SDK reads with.
var DefaultLimits = Limits{
	MaxBytes: 256 << 20, MaxRecords: 1_000_000, MaxStrings: 1_000_000, MaxSchemas: 10_000, MaxSchemaBytes: 4 << 20,
}

// MalformedError says what is wrong with bytes that are no batch, or no value of their schema.
type MalformedError struct {
	// What is wrong, and where in the record.
	What string
	// Record is the position of the record, or -1 if it is not one record's fault.
	Record int
}

func (e *MalformedError) Error() string {
	if e.Record < 0 {
		return "malformed batch: " + e.What
	}
	return fmt.Sprintf("malformed batch: record %d: %s", e.Record, e.What)
}

// EncodeError says why a record or value cannot be written.
type EncodeError struct{ What string }

func (e *EncodeError) Error() string { return e.What }

func encodeErrorf(format string, arguments ...any) error {
	return &EncodeError{fmt.Sprintf(format, arguments...)}
}

// fault is what is wrong with bytes; each level that it passes says where it was.
type fault struct{ what string }

func (f *fault) Error() string { return f.what }

func faultf(format string, arguments ...any) error { return &fault{fmt.Sprintf(format, arguments...)} }

func within(where string, err error) error { return &fault{where + ": " + err.Error()} }

const notUTF8 = "string is not valid UTF-8"

// cursor reads on and on; each read says what it wanted if the bytes end.
type cursor struct{ rest []byte }

func (c *cursor) take(count uint32, noun string) ([]byte, error) {
	if uint64(count) > uint64(len(c.rest)) {
		return nil, faultf("%s wants %d bytes, %d are left", noun, count, len(c.rest))
	}
	taken := c.rest[:count]
	c.rest = c.rest[count:]
	return taken, nil
}

func (c *cursor) u8(noun string) (byte, error) {
	taken, err := c.take(1, noun)
	if err != nil {
		return 0, err
	}
	return taken[0], nil
}

func (c *cursor) u32(noun string) (uint32, error) {
	taken, err := c.take(4, noun)
	if err != nil {
		return 0, err
	}
	return le.Uint32(taken), nil
}

// count of things that take at least least bytes each.
func (c *cursor) count(least int, noun string) (int, error) {
	count, err := c.u32(noun)
	if err != nil {
		return 0, err
	}
	if uint64(count)*uint64(least) > uint64(len(c.rest)) {
		return 0, faultf("%s %d does not fit into the %d bytes that are left", noun, count, len(c.rest))
	}
	return int(count), nil
}
