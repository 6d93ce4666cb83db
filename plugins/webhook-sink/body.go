package main

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// body is that of a request that is being made.
type body struct {
	format  string
	content []byte
	records []batch.Record
}

func (b *body) reset() { b.content, b.records = b.content[:0], b.records[:0] }

// add adds a record, or says why it cannot be one of this format; then it was never there.
func (b *body) add(record batch.Record) error {
	value, err := record.Value()
	if err != nil {
		return err
	}
	before := len(b.content)
	if b.format != formatRaw && b.format != formatLines {
		b.content = append(b.content, "[,"[min(len(b.records), 1)])
	}
	switch b.format {
	case formatRaw:
		switch value := value.(type) {
		case string:
			b.content = append(b.content, value...)
		case []byte:
			b.content = append(b.content, value...)
		case nil:
		default:
			err = fmt.Errorf("the format raw is for text and bytes, this is a %s", kindOf(value))
		}
	case formatLines:
		if b.content, err = appendJSON(b.content, record.ValueSchema(), value); err == nil {
			b.content = append(b.content, '\n')
		}
	case formatEnvelope:
		b.content, err = appendEnvelope(b.content, record, value)
	default:
		b.content, err = appendJSON(b.content, record.ValueSchema(), value)
	}
	if err != nil {
		b.content = b.content[:before]
		return err
	}
	b.records = append(b.records, record)
	return nil
}

// finish is the body. The bytes are good until the next reset.
func (b *body) finish() []byte {
	if b.format == formatRaw || b.format == formatLines {
		return b.content
	}
	return append(b.content, ']')
}

func appendEnvelope(to []byte, record batch.Record, value any) ([]byte, error) {
	to = appendQuoted(append(to, `{"topic":`...), record.OriginalTopic())
	to = strconv.AppendInt(append(to, `,"partition":`...), int64(record.OriginalPartition()), 10)
	to = strconv.AppendInt(append(to, `,"offset":`...), record.Offset(), 10)
	if timestamp, there := record.Timestamp(); there {
		to = strconv.AppendInt(append(to, `,"timestamp":`...), timestamp, 10)
	}
	key, err := record.Key()
	if err != nil {
		return to, err
	}
	if to, err = appendJSON(append(to, `,"key":`...), record.KeySchema(), key); err != nil {
		return to, err
	}
	headers, err := record.Headers()
	if err != nil {
		return to, err
	}
	if len(headers) > 0 {
		to = append(to, `,"headers":[`...)
		for i, header := range headers {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(appendQuoted(append(to, '['), header.Name), ',')
			if to, err = appendJSON(to, header.Schema, header.Value); err != nil {
				return to, err
			}
			to = append(to, ']')
		}
		to = append(to, ']')
	}
	to, err = appendJSON(append(to, `,"value":`...), record.ValueSchema(), value)
	return append(to, '}'), err
}

// appendJSON writes a value: bytes in base 64, decimals as numbers, maps of texts as objects and other maps as lists of pairs, numbers
// that JSON has not as null.
func appendJSON(to []byte, schema *data.Schema, value any) ([]byte, error) {
	var err error
	switch value := value.(type) {
	case nil:
		return append(to, "null"...), nil
	case bool:
		return strconv.AppendBool(to, value), nil
	case int8:
		return strconv.AppendInt(to, int64(value), 10), nil
	case int16:
		return strconv.AppendInt(to, int64(value), 10), nil
	case int32:
		return strconv.AppendInt(to, int64(value), 10), nil
	case int64:
		return strconv.AppendInt(to, value, 10), nil
	case float32:
		return appendFloat(to, float64(value), 32), nil
	case float64:
		return appendFloat(to, value, 64), nil
	case string:
		return appendQuoted(to, value), nil
	case []byte:
		return appendBytes(to, schema, value)
	case []any:
		to = append(to, '[')
		for i, item := range value {
			if i > 0 {
				to = append(to, ',')
			}
			if to, err = appendJSON(to, schemaOf(schema, (*data.Schema).Values), item); err != nil {
				return to, err
			}
		}
		return append(to, ']'), nil
	case data.Map:
		return appendMap(to, schema, value)
	case *data.Struct:
		to = append(to, '{')
		for i, field := range value.Schema().Fields() {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(appendQuoted(to, field.Name), ':')
			if to, err = appendJSON(to, field.Schema, value.Get(field.Name)); err != nil {
				return to, err
			}
		}
		return append(to, '}'), nil
	}
	return to, fmt.Errorf("a %T has no JSON", value)
}

func schemaOf(schema *data.Schema, part func(*data.Schema) *data.Schema) *data.Schema {
	if schema == nil {
		return nil
	}
	return part(schema)
}

func appendMap(to []byte, schema *data.Schema, value data.Map) ([]byte, error) {
	isObject := true
	for _, entry := range value {
		_, isText := entry.Key.(string)
		isObject = isObject && isText
	}
	// Opening, between key and value, closing; of a pair: before and behind.
	form := [5]string{"[", ",", "]", "[", "]"}
	if isObject {
		form = [5]string{"{", ":", "}", "", ""}
	}
	var err error
	to = append(to, form[0]...)
	for i, entry := range value {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, form[3]...)
		if to, err = appendJSON(to, schemaOf(schema, (*data.Schema).Keys), entry.Key); err != nil {
			return to, err
		}
		to = append(to, form[1]...)
		if to, err = appendJSON(to, schemaOf(schema, (*data.Schema).Values), entry.Value); err != nil {
			return to, err
		}
		to = append(to, form[4]...)
	}
	return append(to, form[2]...), nil
}

func appendFloat(to []byte, number float64, bits int) []byte {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return append(to, "null"...)
	}
	return strconv.AppendFloat(to, number, 'g', -1, bits)
}

func appendBytes(to []byte, schema *data.Schema, content []byte) ([]byte, error) {
	if schema != nil {
		if name, _ := schema.Name(); name == data.DecimalName {
			scale, err := data.Scale(schema)
			if err != nil {
				return to, err
			}
			return append(to, data.ToDecimal(content, scale)...), nil
		}
	}
	to = base64.StdEncoding.AppendEncode(append(to, '"'), content)
	return append(to, '"'), nil
}

func appendQuoted(to []byte, text string) []byte {
	const digits = "0123456789abcdef"
	to = append(to, '"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c == '\n':
			to = append(to, '\\', 'n')
		case c < 0x20:
			to = append(to, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		case c < utf8.RuneSelf:
			to = append(to, c)
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			to = utf8.AppendRune(to, r)
			i += size - 1
		}
	}
	return append(to, '"')
}

func kindOf(value any) string {
	kind, _ := data.TypeOf(value)
	return kind.String()
}
