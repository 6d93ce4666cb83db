package data

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Entry is one entry of a map.
type Entry struct{ Key, Value any }

// Map is a map of Connect's: entries in their order, whose keys may be of any type. Of equal keys the last one counts.
type Map []Entry

// Get is the value of a key.
func (m Map) Get(key any) (any, bool) {
	for _, entry := range slices.Backward(m) {
		if Equal(entry.Key, key) {
			return entry.Value, true
		}
	}
	return nil, false
}

// SchemaAndValue is a value with its schema (org.apache.kafka.connect.data.SchemaAndValue).
type SchemaAndValue struct {
	// Schema is nil for a schemaless value, except that a struct brings its own.
	Schema *Schema
	// Value is nil for null.
	Value any
}

// Of is a value with its schema.
func Of(schema *Schema, value any) *SchemaAndValue { return &SchemaAndValue{schema, value} }

// Struct is a value a field of its schema, nil where none was put (org.apache.kafka.connect.data.Struct).
type Struct struct {
	schema *Schema
	values []any
}

// NewStruct is a struct of nulls. The schema must be one of structs.
func NewStruct(schema *Schema) *Struct {
	if schema.kind != TypeStruct {
		panic(fmt.Sprintf("Not a struct schema: %s", schema))
	}
	return &Struct{schema, make([]any, len(schema.fields))}
}

// StructOf is a struct of one value a field, which it keeps. They are not checked: see [Struct.Validate].
func StructOf(schema *Schema, values []any) *Struct {
	if schema.kind != TypeStruct || len(values) != len(schema.fields) {
		panic(fmt.Sprintf("%d values for the %d fields of %s", len(values), len(schema.fields), schema))
	}
	return &Struct{schema, values}
}

// Schema is the schema that it is a struct of.
func (s *Struct) Schema() *Schema { return s.schema }

// Values are the values in the order of the fields, defaults not substituted. Do not change them.
func (s *Struct) Values() []any { return s.values }

// Put sets a field. It answers itself, so that calls can be chained; a value that is none of the field's panics, as it is a mistake
// of the program. For values from outside use [Struct.Set].
func (s *Struct) Put(name string, value any) *Struct {
	if err := s.Set(name, value); err != nil {
		panic(err)
	}
	return s
}

// Set sets a field, or says why it cannot (DataException).
func (s *Struct) Set(name string, value any) error {
	position, found := s.schema.positions[name]
	if !found {
		return fmt.Errorf("%s is not a valid field name", name)
	}
	if err := validate(s.schema.fields[position].Schema, value, func() string { return fmt.Sprintf("field: %q", name) }); err != nil {
		return err
	}
	s.values[position] = value
	return nil
}

// Get is a field's value, or its default where it is null (Struct.get); nil too where there is no such field.
func (s *Struct) Get(name string) any {
	position, found := s.schema.positions[name]
	if !found {
		return nil
	}
	if value := s.values[position]; value != nil {
		return value
	}
	return s.schema.fields[position].Schema.dflt
}

// Validate says whether every required field without a default has a value (Struct.validate).
func (s *Struct) Validate() error {
	for i, field := range s.schema.fields {
		if s.values[i] == nil && (field.Schema.optional || field.Schema.dflt != nil) {
			continue
		}
		if err := validate(field.Schema, s.values[i], func() string { return fmt.Sprintf("field: %q", field.Name) }); err != nil {
			return err
		}
	}
	return nil
}

// String is as Java prints a struct: Struct{name=Ada,age=36}, nulls left out.
func (s *Struct) String() string {
	var fields []string
	for i, field := range s.schema.fields {
		if s.values[i] != nil {
			fields = append(fields, fmt.Sprintf("%s=%v", field.Name, s.values[i]))
		}
	}
	return "Struct{" + strings.Join(fields, ",") + "}"
}

// Validate checks a value as ConnectSchema.validateValue does, with Java's texts.
func Validate(schema *Schema, value any) error {
	return validate(schema, value, func() string { return "value" })
}

// validate; where is only asked for errors.
func validate(schema *Schema, value any, where func() string) error {
	if value == nil {
		if schema.optional {
			return nil
		}
		return fmt.Errorf("Invalid value: null used for required %s, schema type: %s", where(), schema.kind)
	}
	if of, known := TypeOf(value); !known || of != schema.kind {
		name := ""
		if schema.hasName {
			name = fmt.Sprintf(" %q", schema.name)
		}
		return fmt.Errorf("Invalid Go object for schema%s with type %s: %T for %s", name, schema.kind, value, where())
	}
	switch value := value.(type) {
	case *Struct:
		if !value.schema.EqualButDefault(schema) {
			return fmt.Errorf("Struct schemas do not match.")
		}
		return value.Validate()
	case []any:
		for _, item := range value {
			if err := validate(schema.values, item, func() string { return "element of array " + where() }); err != nil {
				return err
			}
		}
	case Map:
		for _, entry := range value {
			if err := validate(schema.keys, entry.Key, func() string { return "key of map " + where() }); err != nil {
				return err
			}
			if err := validate(schema.values, entry.Value, func() string { return "value of map " + where() }); err != nil {
				return err
			}
		}
	}
	return nil
}

// TypeOf is the type that a Go value stands for; false for nil and anything that stands for none.
func TypeOf(value any) (Type, bool) {
	switch value.(type) {
	case int8:
		return TypeInt8, true
	case int16:
		return TypeInt16, true
	case int32:
		return TypeInt32, true
	case int64:
		return TypeInt64, true
	case float32:
		return TypeFloat32, true
	case float64:
		return TypeFloat64, true
	case bool:
		return TypeBoolean, true
	case string:
		return TypeString, true
	case []byte:
		return TypeBytes, true
	case []any:
		return TypeArray, true
	case Map:
		return TypeMap, true
	case *Struct:
		return TypeStruct, true
	}
	return 0, false
}

// Equal compares two values; as in Java a NaN equals itself, and 0.0 is not -0.0.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case []byte:
		b, same := b.([]byte)
		return same && bytes.Equal(a, b)
	case float32:
		b, same := b.(float32)
		return same && math.Float32bits(a) == math.Float32bits(b)
	case float64:
		b, same := b.(float64)
		return same && math.Float64bits(a) == math.Float64bits(b)
	case []any:
		b, same := b.([]any)
		return same && slices.EqualFunc(a, b, Equal)
	case Map:
		b, same := b.(Map)
		return same && slices.EqualFunc(a, b, func(a, b Entry) bool { return Equal(a.Key, b.Key) && Equal(a.Value, b.Value) })
	case *Struct:
		b, same := b.(*Struct)
		return same && a.schema.Equal(b.schema) && slices.EqualFunc(a.values, b.values, Equal)
	}
	switch b.(type) {
	case []byte, []any, Map, *Struct:
		return false
	}
	return a == b
}
