package batch

import (
	"unicode/utf8"

	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// decodeTagged reads the row of a schemaless value that is not null.
func decodeTagged(row []byte) (any, error) {
	all := cursor{row}
	value, err := all.tagged(data.MaxDepth)
	if err != nil {
		return nil, err
	}
	if value == nil {
		return nil, faultf("null has a row")
	}
	if len(all.rest) > 0 {
		return nil, faultf("has %d bytes after its end", len(all.rest))
	}
	return value, nil
}

func (c *cursor) tagged(depth int) (any, error) {
	tag, err := c.u8("tag")
	if err != nil || tag == 0 {
		return nil, err
	}
	if depth == 0 {
		return nil, faultf("nested too deep")
	}
	kind := data.Type(tag)
	if kind > data.TypeMap {
		return nil, faultf("unknown tag %d", tag)
	}
	if kind <= data.TypeBoolean {
		scalar, err := c.take(slotBytes[kind], kind.String())
		if err != nil {
			return nil, err
		}
		return decodeScalar(kind, scalar)
	}
	size, err := c.u32(kind.String())
	if err != nil {
		return nil, err
	}
	content, err := c.take(size, kind.String())
	if err != nil {
		return nil, err
	}
	switch kind {
	case data.TypeString:
		if !utf8.Valid(content) {
			return nil, faultf(notUTF8)
		}
		return string(content), nil
	case data.TypeBytes:
		return append(make([]byte, 0, len(content)), content...), nil
	}
	return decodeTaggedItems(kind, &cursor{content}, depth-1)
}

func decodeTaggedItems(kind data.Type, content *cursor, depth int) (any, error) {
	each := 1
	if kind == data.TypeMap {
		each = 2
	}
	count, err := content.count(each, "count")
	if err != nil {
		return nil, err
	}
	values := make([]any, 0, min(count*each, len(content.rest)))
	for i := range count * each {
		value, err := content.tagged(depth)
		if err != nil {
			return nil, faultf("item %d: %v", i/each, err)
		}
		values = append(values, value)
	}
	if len(content.rest) > 0 {
		return nil, faultf("%s has %d bytes after its end", kind, len(content.rest))
	}
	if kind == data.TypeArray {
		return values, nil
	}
	entries := make(data.Map, count)
	for i := range entries {
		entries[i] = data.Entry{Key: values[2*i], Value: values[2*i+1]}
	}
	return entries, nil
}

// appendTagged writes a schemaless value.
func appendTagged(to []byte, value any, depth int) ([]byte, error) {
	if value == nil {
		return append(to, 0), nil
	}
	if depth == 0 {
		return to, encodeErrorf("value is nested deeper than %d", data.MaxDepth)
	}
	kind, known := data.TypeOf(value)
	if !known || kind == data.TypeStruct {
		return to, encodeErrorf("%T has no schemaless form", value)
	}
	to = append(to, byte(kind))
	if kind <= data.TypeBoolean {
		return appendScalar(to, value), nil
	}
	at := len(to)
	to = append(to, 0, 0, 0, 0)
	var err error
	switch value := value.(type) {
	case string:
		if !utf8.ValidString(value) {
			return to, encodeErrorf("text %.60q is not valid UTF-8", value)
		}
		to = append(to, value...)
	case []byte:
		to = append(to, value...)
	case []any:
		to = le.AppendUint32(to, uint32(len(value)))
		for _, item := range value {
			if to, err = appendTagged(to, item, depth-1); err != nil {
				return to, err
			}
		}
	case data.Map:
		to = le.AppendUint32(to, uint32(len(value)))
		for _, entry := range value {
			if to, err = appendTagged(to, entry.Key, depth-1); err != nil {
				return to, err
			}
			if to, err = appendTagged(to, entry.Value, depth-1); err != nil {
				return to, err
			}
		}
	}
	le.PutUint32(to[at:], uint32(len(to)-at-4))
	return to, nil
}
