package connect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ScalarMap is a source partition or source offset: names and scalars, in the order in which they were given. Its text, String, is
// the flat JSON that Java's converter writes to the offsets topic; the worker compares partitions by it, so give the names of a
// partition always in the same order.
type ScalarMap struct{ entries []scalar }

type scalar struct {
	name  string
	value any
}

// Of is a map of names and values, which alternate: connect.Of("filename", path, "inode", 5). A value is text, a number, a bool or
// nil; anything else, and an odd number of arguments, is a mistake of the program and panics.
func Of(namesAndValues ...any) ScalarMap {
	if len(namesAndValues)%2 != 0 {
		panic("connect.Of: a name without a value")
	}
	var m ScalarMap
	for i := 0; i < len(namesAndValues); i += 2 {
		m.entries = append(m.entries, scalar{namesAndValues[i].(string), plain(namesAndValues[i+1])})
	}
	return m
}

func plain(value any) any {
	switch value := value.(type) {
	case nil, string, bool, int64, float64:
		return value
	case int:
		return int64(value)
	case int32:
		return int64(value)
	case uint32:
		return int64(value)
	case uint16:
		return int64(value)
	case float32:
		return float64(value)
	}
	panic(fmt.Sprintf("connect.Of: a source partition or offset holds text, numbers and truth values, not %T", value))
}

// ParseScalarMap reads a flat JSON object.
func ParseScalarMap(text string) (ScalarMap, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var m ScalarMap
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return m, fmt.Errorf("no flat JSON object: %s", text)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return m, fmt.Errorf("no flat JSON object: %w", err)
		}
		value, err := decoder.Token()
		if err != nil {
			return m, fmt.Errorf("no flat JSON object: %w", err)
		}
		switch token := value.(type) {
		case json.Delim:
			return m, fmt.Errorf("no flat JSON object: %q is none", name)
		case json.Number:
			if number, err := token.Int64(); err == nil {
				value = number
			} else if value, err = token.Float64(); err != nil {
				return m, fmt.Errorf("no flat JSON object: %w", err)
			}
		}
		m.entries = append(m.entries, scalar{name.(string), value})
	}
	if _, err := decoder.Token(); err != nil {
		return m, fmt.Errorf("no flat JSON object: %w", err)
	}
	if decoder.More() {
		return m, fmt.Errorf("no flat JSON object: %s", text)
	}
	return m, nil
}

// Get is the value of a name.
func (m ScalarMap) Get(name string) (any, bool) {
	for _, entry := range m.entries {
		if entry.name == name {
			return entry.value, true
		}
	}
	return nil, false
}

// Int is a value that is an integer; false if there is none of that name, or it is another.
func (m ScalarMap) Int(name string) (int64, bool) {
	value, _ := m.Get(name)
	number, is := value.(int64)
	return number, is
}

// Text is a value that is text; false if there is none of that name, or it is another.
func (m ScalarMap) Text(name string) (string, bool) {
	value, _ := m.Get(name)
	text, is := value.(string)
	return text, is
}

// Names are the names, in their order.
func (m ScalarMap) Names() []string {
	names := make([]string, len(m.entries))
	for i, entry := range m.entries {
		names[i] = entry.name
	}
	return names
}

// IsEmpty says whether there is nothing in it.
func (m ScalarMap) IsEmpty() bool { return len(m.entries) == 0 }

// String is the flat JSON object: without spaces, names in their order.
func (m ScalarMap) String() string {
	to := []byte{'{'}
	for i, entry := range m.entries {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(appendQuoted(to, entry.name), ':')
		switch value := entry.value.(type) {
		case nil:
			to = append(to, "null"...)
		case string:
			to = appendQuoted(to, value)
		case bool:
			to = strconv.AppendBool(to, value)
		case int64:
			to = strconv.AppendInt(to, value, 10)
		case float64:
			if text := javaDouble(value); math.IsNaN(value) || math.IsInf(value, 0) {
				to = appendQuoted(to, text)
			} else {
				to = append(to, text...)
			}
		}
	}
	return string(append(to, '}'))
}

// NumberOffset makes source offsets of one number, such as {"position":42}, as cheap as they get: Of is its text.
type NumberOffset struct{ prefix string }

// NewNumberOffset is for offsets of that name.
func NewNumberOffset(name string) NumberOffset {
	return NumberOffset{string(append(appendQuoted([]byte{'{'}, name), ':'))}
}

// Of is the offset of a number.
func (o NumberOffset) Of(number int64) string {
	return string(append(strconv.AppendInt(append(make([]byte, 0, len(o.prefix)+20), o.prefix...), number, 10), '}'))
}

// appendQuoted escapes what JSON must, and nothing else, as Jackson does.
func appendQuoted(to []byte, text string) []byte {
	to = append(to, '"')
	for i := range len(text) {
		c := text[i]
		if short := bytes.IndexByte([]byte("\"\\\b\t\n\f\r"), c); short >= 0 {
			to = append(to, '\\', "\"\\btnfr"[short])
		} else if c < 0x20 {
			to = append(to, fmt.Sprintf("\\u%04X", c)...)
		} else {
			to = append(to, c)
		}
	}
	return append(to, '"')
}

// javaDouble is Double.toString of Java 19 and later.
func javaDouble(number float64) string {
	switch {
	case math.IsNaN(number):
		return "NaN"
	case math.IsInf(number, 1):
		return "Infinity"
	case math.IsInf(number, -1):
		return "-Infinity"
	}
	// The shortest digits that read back as the same number, which Go and Java agree on.
	if magnitude := math.Abs(number); magnitude == 0 || magnitude >= 1e-3 && magnitude < 1e7 {
		text := strconv.FormatFloat(number, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	}
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(number, 'e', -1, 64), "e")
	if !strings.Contains(digits, ".") {
		digits += ".0"
	}
	power, _ := strconv.Atoi(exponent)
	return fmt.Sprintf("%sE%d", digits, power)
}
