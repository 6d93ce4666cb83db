package batch

import (
	"math"
	"unicode/utf8"

	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// slotBytes is how wide a slot is, by type; nested rows have an offset and a length.
var slotBytes = [...]uint32{0, 1, 2, 4, 8, 4, 8, 1, 8, 8, 8, 8, 8}

func bitmapBytes(count uint32) uint32 { return (count + 7) / 8 }

// === reading

// decodeRow reads the row of a value that is not null.
func decodeRow(schema *data.Schema, row []byte) (any, error) {
	switch schema.Type() {
	case data.TypeString:
		if !utf8.Valid(row) {
			return nil, faultf(notUTF8)
		}
		return string(row), nil
	case data.TypeBytes:
		return append(make([]byte, 0, len(row)), row...), nil
	case data.TypeStruct:
		return decodeStruct(schema, row)
	case data.TypeArray:
		return decodeArray(schema, row)
	case data.TypeMap:
		return decodeMap(schema, row)
	}
	if width := slotBytes[schema.Type()]; uint32(len(row)) != width {
		return nil, faultf("has %d bytes instead of %d", len(row), width)
	}
	return decodeScalar(schema.Type(), row)
}

// decodeScalar reads a scalar at the start of the bytes, which are enough.
func decodeScalar(kind data.Type, at []byte) (any, error) {
	switch kind {
	case data.TypeInt8:
		return int8(at[0]), nil
	case data.TypeInt16:
		return int16(le.Uint16(at)), nil
	case data.TypeInt32:
		return int32(le.Uint32(at)), nil
	case data.TypeInt64:
		return int64(le.Uint64(at)), nil
	case data.TypeFloat32:
		return math.Float32frombits(le.Uint32(at)), nil
	case data.TypeFloat64:
		return math.Float64frombits(le.Uint64(at)), nil
	}
	if at[0] > 1 {
		return nil, faultf("boolean is %d", at[0])
	}
	return at[0] == 1, nil
}

// slots reads slots of a row one after the other, and the nested rows behind them.
type slots struct {
	row    []byte
	bitmap []byte
	// Where the next slot and the next nested row are.
	slot, variable uint32
}

func (s *slots) isNull(i uint32) bool { return s.bitmap[i/8]>>(i%8)&1 == 1 }

// checkSpare refuses bits of the bitmap that belong to no slot.
func checkSpare(bitmap []byte, count uint32) error {
	if count%8 != 0 && bitmap[len(bitmap)-1]>>(count%8) != 0 {
		return faultf("spare bits of the null bitmap are set")
	}
	return nil
}

func (s *slots) next(i uint32, schema *data.Schema) (any, error) {
	width := slotBytes[schema.Type()]
	slot := s.row[s.slot : s.slot+width]
	s.slot += width
	if s.isNull(i) {
		for _, b := range slot {
			if b != 0 {
				return nil, faultf("slot of a null is not zero")
			}
		}
		return nil, nil
	}
	if schema.Type() <= data.TypeBoolean {
		return decodeScalar(schema.Type(), slot)
	}
	offset, length := le.Uint32(slot), le.Uint32(slot[4:])
	if offset != s.variable {
		return nil, faultf("variable part starts at %d instead of %d", offset, s.variable)
	}
	if uint64(offset)+uint64(length) > uint64(len(s.row)) {
		return nil, faultf("variable part has %d bytes, %d are left", length, uint32(len(s.row))-offset)
	}
	s.variable += length
	return decodeRow(schema, s.row[offset:offset+length])
}

func (s *slots) end() error {
	if int(s.variable) != len(s.row) {
		return faultf("has %d bytes after its end", len(s.row)-int(s.variable))
	}
	return nil
}

func decodeStruct(schema *data.Schema, row []byte) (any, error) {
	fields := schema.Fields()
	count := uint32(len(fields))
	bitmap := bitmapBytes(count)
	fixed := bitmap
	for i := range fields {
		fixed += slotBytes[fields[i].Schema.Type()]
	}
	if uint32(len(row)) < fixed {
		return nil, faultf("struct wants %d bytes, has %d", fixed, len(row))
	}
	if err := checkSpare(row[:bitmap], count); err != nil {
		return nil, err
	}
	slots := slots{row, row[:bitmap], bitmap, fixed}
	values := make([]any, count)
	for i := range fields {
		value, err := slots.next(uint32(i), fields[i].Schema)
		if err != nil {
			return nil, faultf("field %q: %v", fields[i].Name, err)
		}
		values[i] = value
	}
	return data.StructOf(schema, values), slots.end()
}

// count at the start of a collection, whose bitmaps and slots must fit into the row.
func collectionCount(row []byte, bitmaps, width uint32) (uint32, error) {
	if len(row) < 4 {
		return 0, faultf("count is cut off")
	}
	count := le.Uint32(row)
	if 4+uint64(bitmaps)*((uint64(count)+7)/8)+uint64(width)*uint64(count) > uint64(len(row)) {
		return 0, faultf("%d items do not fit into %d bytes", count, len(row))
	}
	return count, nil
}

func decodeArray(schema *data.Schema, row []byte) (any, error) {
	item := schema.Values()
	width := slotBytes[item.Type()]
	count, err := collectionCount(row, 1, width)
	if err != nil {
		return nil, err
	}
	at := 4 + bitmapBytes(count)
	if err := checkSpare(row[4:at], count); err != nil {
		return nil, err
	}
	slots := slots{row, row[4:at], at, at + count*width}
	items := make([]any, count)
	for i := range items {
		if items[i], err = slots.next(uint32(i), item); err != nil {
			return nil, faultf("item %d: %v", i, err)
		}
	}
	return items, slots.end()
}

func decodeMap(schema *data.Schema, row []byte) (any, error) {
	keys, values := schema.Keys(), schema.Values()
	count, err := collectionCount(row, 2, slotBytes[keys.Type()]+slotBytes[values.Type()])
	if err != nil {
		return nil, err
	}
	bitmap := bitmapBytes(count)
	at := 4 + 2*bitmap
	keyBits, valueBits := row[4:4+bitmap], row[4+bitmap:at]
	if err := checkSpare(keyBits, count); err != nil {
		return nil, within("key", err)
	}
	if err := checkSpare(valueBits, count); err != nil {
		return nil, err
	}
	slots := slots{row, keyBits, at, at + count*(slotBytes[keys.Type()]+slotBytes[values.Type()])}
	entries := make(data.Map, count)
	for i := range entries {
		if entries[i].Key, err = slots.next(uint32(i), keys); err != nil {
			return nil, faultf("key of item %d: %v", i, err)
		}
	}
	slots.bitmap = valueBits
	for i := range entries {
		if entries[i].Value, err = slots.next(uint32(i), values); err != nil {
			return nil, faultf("item %d: %v", i, err)
		}
	}
	return entries, slots.end()
}

// === writing

func mismatch(schema *data.Schema, value any) error {
	return encodeErrorf("%.60v (%T) is no value of %s", value, value, schema)
}

// appendRow writes the row of a value that is not null.
func appendRow(to []byte, schema *data.Schema, value any) ([]byte, error) {
	switch schema.Type() {
	case data.TypeString:
		if text, is := value.(string); is {
			if !utf8.ValidString(text) {
				return to, encodeErrorf("text %.60q is not valid UTF-8", text)
			}
			return append(to, text...), nil
		}
	case data.TypeBytes:
		if content, is := value.([]byte); is {
			return append(to, content...), nil
		}
	case data.TypeStruct:
		if fields, is := value.(*data.Struct); is && fields.Schema().EqualButDefault(schema) {
			return appendStruct(to, fields)
		}
	case data.TypeArray:
		if items, is := value.([]any); is {
			return appendArray(to, schema, items)
		}
	case data.TypeMap:
		if entries, is := value.(data.Map); is {
			return appendMap(to, schema, entries)
		}
	default:
		if kind, known := data.TypeOf(value); known && kind == schema.Type() {
			return appendScalar(to, value), nil
		}
	}
	return to, mismatch(schema, value)
}

func appendScalar(to []byte, value any) []byte {
	switch value := value.(type) {
	case int8:
		return append(to, byte(value))
	case int16:
		return le.AppendUint16(to, uint16(value))
	case int32:
		return le.AppendUint32(to, uint32(value))
	case int64:
		return le.AppendUint64(to, uint64(value))
	case float32:
		return le.AppendUint32(to, math.Float32bits(value))
	case float64:
		return le.AppendUint64(to, math.Float64bits(value))
	case bool:
		if value {
			return append(to, 1)
		}
	}
	return append(to, 0)
}

// A row that is being written: slots are filled in place, nested rows follow.
type rowWriter struct {
	to           []byte
	start        int
	bitmap, slot int
}

// put writes the value of slot i.
func (w *rowWriter) put(i int, schema *data.Schema, value any) error {
	width := int(slotBytes[schema.Type()])
	at := w.slot
	w.slot += width
	if value == nil {
		w.to[w.bitmap+i/8] |= 1 << (i % 8)
		return nil
	}
	if schema.Type() <= data.TypeBoolean {
		if kind, known := data.TypeOf(value); !known || kind != schema.Type() {
			return mismatch(schema, value)
		}
		appendScalar(w.to[at:at:at+width], value)
		return nil
	}
	begin := len(w.to)
	to, err := appendRow(w.to, schema, value)
	if err != nil {
		return err
	}
	w.to = to
	le.PutUint32(to[at:], uint32(begin-w.start))
	le.PutUint32(to[at+4:], uint32(len(to)-begin))
	return nil
}

var zeros [256]byte

func appendZeros(to []byte, count int) []byte {
	for count > len(zeros) {
		to = append(to, zeros[:]...)
		count -= len(zeros)
	}
	return append(to, zeros[:count]...)
}

func appendStruct(to []byte, value *data.Struct) ([]byte, error) {
	fields, values := value.Schema().Fields(), value.Values()
	start := len(to)
	bitmap := int(bitmapBytes(uint32(len(fields))))
	fixed := bitmap
	for i := range fields {
		fixed += int(slotBytes[fields[i].Schema.Type()])
	}
	w := rowWriter{appendZeros(to, fixed), start, start, start + bitmap}
	for i := range fields {
		if err := w.put(i, fields[i].Schema, values[i]); err != nil {
			return to, encodeErrorf("field %q: %v", fields[i].Name, err)
		}
	}
	return w.to, nil
}

func appendArray(to []byte, schema *data.Schema, items []any) ([]byte, error) {
	start, item := len(to), schema.Values()
	bitmap := int(bitmapBytes(uint32(len(items))))
	to = le.AppendUint32(to, uint32(len(items)))
	w := rowWriter{appendZeros(to, bitmap+len(items)*int(slotBytes[item.Type()])), start, start + 4, start + 4 + bitmap}
	for i, value := range items {
		if err := w.put(i, item, value); err != nil {
			return to, encodeErrorf("item %d: %v", i, err)
		}
	}
	return w.to, nil
}

func appendMap(to []byte, schema *data.Schema, entries data.Map) ([]byte, error) {
	start, keys, values := len(to), schema.Keys(), schema.Values()
	bitmap := int(bitmapBytes(uint32(len(entries))))
	to = le.AppendUint32(to, uint32(len(entries)))
	fixed := 2*bitmap + len(entries)*int(slotBytes[keys.Type()]+slotBytes[values.Type()])
	w := rowWriter{appendZeros(to, fixed), start, start + 4, start + 4 + 2*bitmap}
	for i, entry := range entries {
		if err := w.put(i, keys, entry.Key); err != nil {
			return to, encodeErrorf("key of item %d: %v", i, err)
		}
	}
	w.bitmap += bitmap
	for i, entry := range entries {
		if err := w.put(i, values, entry.Value); err != nil {
			return to, encodeErrorf("item %d: %v", i, err)
		}
	}
	return w.to, nil
}
