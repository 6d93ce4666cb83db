// Package data is Kafka Connect's data model: schemas, structs and the values that they describe.
//
// These Go types stand for Connect's:
//
//	int8, int16, int32, int64   int8, int16, int32, int64
//	float32, float64            float32, float64
//	boolean, string, bytes      bool, string, []byte
//	array                       []any
//	map                         data.Map
//	struct                      *data.Struct
//	null                        nil
//
// Logical types such as Timestamp are values of their base type; the functions of logical.go convert.
package data

import (
	"fmt"
	"slices"
)

// Type is one of Connect's types (Schema.Type); its value is the number of the batch format.
type Type uint8

// Connect's types.
const (
	TypeInt8 Type = iota + 1
	TypeInt16
	TypeInt32
	TypeInt64
	TypeFloat32
	TypeFloat64
	TypeBoolean
	TypeString
	TypeBytes
	TypeArray
	TypeMap
	TypeStruct
)

var typeNames = [...]string{
	"", "INT8", "INT16", "INT32", "INT64", "FLOAT32", "FLOAT64", "BOOLEAN", "STRING", "BYTES", "ARRAY", "MAP", "STRUCT",
}

// String is the type's name in Java's texts, such as INT8.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// IsPrimitive says whether it is anything but an array, map or struct.
func (t Type) IsPrimitive() bool { return t >= TypeInt8 && t < TypeArray }

// What every reader accepts, and no writer exceeds.
const (
	// MaxDepth bounds the nesting of schemas and schemaless values; a scalar is 1 deep.
	MaxDepth = 100
	// MaxNodes bounds a schema that is written out as a tree.
	MaxNodes = 65_536
)

// Field is one field of a struct.
type Field struct {
	Name   string
	Schema *Schema
}

// Parameter is one of a schema's parameters.
type Parameter struct{ Key, Value string }

// Schema is a schema (ConnectSchema). It is immutable: make it once with a [Builder] and keep it.
type Schema struct {
	kind       Type
	optional   bool
	hasName    bool
	hasVersion bool
	hasDoc     bool
	name, doc  string
	version    int32
	parameters []Parameter
	dflt       any
	fields     []Field
	positions  map[string]int
	keys       *Schema
	values     *Schema
	depth      int
	nodes      int
	builtin    uint32
}

// The plain primitives, required; Optional of each is its optional form.
var (
	Int8    = plain(TypeInt8)
	Int16   = plain(TypeInt16)
	Int32   = plain(TypeInt32)
	Int64   = plain(TypeInt64)
	Float32 = plain(TypeFloat32)
	Float64 = plain(TypeFloat64)
	Boolean = plain(TypeBoolean)
	String  = plain(TypeString)
	Bytes   = plain(TypeBytes)
)

// The plain primitives, optional.
var (
	OptionalInt8    = Int8.Optional()
	OptionalInt16   = Int16.Optional()
	OptionalInt32   = Int32.Optional()
	OptionalInt64   = Int64.Optional()
	OptionalFloat32 = Float32.Optional()
	OptionalFloat64 = Float64.Optional()
	OptionalBoolean = Boolean.Optional()
	OptionalString  = String.Optional()
	OptionalBytes   = Bytes.Optional()
)

var builtins [20]*Schema

func plain(kind Type) *Schema {
	id := 2 * uint32(kind)
	for optional := range uint32(2) {
		builtins[id+optional] = &Schema{kind: kind, optional: optional == 1, depth: 1, nodes: 1, builtin: id + optional}
	}
	return builtins[id]
}

// Builtin is the plain primitive of a constant id of the batch format, nil if there is none of that id.
func Builtin(id uint32) *Schema {
	if id < uint32(len(builtins)) {
		return builtins[id]
	}
	return nil
}

// BuiltinID is the constant id of a plain primitive, 0 for any other schema.
func (s *Schema) BuiltinID() uint32 { return s.builtin }

// Type is the schema's type.
func (s *Schema) Type() Type { return s.kind }

// IsOptional says whether null is a value of it.
func (s *Schema) IsOptional() bool { return s.optional }

// Name is what makes a logical type of a base type; false if there is none.
func (s *Schema) Name() (string, bool) { return s.name, s.hasName }

// Version is the schema's version; false if there is none.
func (s *Schema) Version() (int32, bool) { return s.version, s.hasVersion }

// Doc is the documentation; false if there is none.
func (s *Schema) Doc() (string, bool) { return s.doc, s.hasDoc }

// Parameters are the parameters, in the order in which they were given. Do not change them.
func (s *Schema) Parameters() []Parameter { return s.parameters }

// Parameter is the value of one parameter.
func (s *Schema) Parameter(key string) (string, bool) {
	for _, parameter := range s.parameters {
		if parameter.Key == key {
			return parameter.Value, true
		}
	}
	return "", false
}

// Default is what stands for a null; nil if there is none.
func (s *Schema) Default() any { return s.dflt }

// Fields are a struct's fields, in their order. Do not change them.
func (s *Schema) Fields() []Field { return s.fields }

// Field is the struct's field of that name, and its position.
func (s *Schema) Field(name string) (Field, int, bool) {
	position, found := s.positions[name]
	if !found {
		return Field{}, -1, false
	}
	return s.fields[position], position, true
}

// Keys is the schema of a map's keys, nil for other types.
func (s *Schema) Keys() *Schema { return s.keys }

// Values is the schema of a map's values or an array's items, nil for other types.
func (s *Schema) Values() *Schema { return s.values }

// Depth is how deep it is nested; a primitive is 1.
func (s *Schema) Depth() int { return s.depth }

// Nodes is how many schemas it has, itself included, when each counts as often as it is named.
func (s *Schema) Nodes() int { return s.nodes }

// Optional is the same schema with null among its values.
func (s *Schema) Optional() *Schema { return s.withOptional(true) }

// Required is the same schema without null among its values.
func (s *Schema) Required() *Schema { return s.withOptional(false) }

func (s *Schema) withOptional(optional bool) *Schema {
	if s.optional == optional {
		return s
	}
	if s.builtin != 0 {
		return builtins[s.builtin^1]
	}
	same := *s
	same.optional = optional
	return &same
}

// Equal compares by structure, as Java does: documentation and default count, the order of parameters does not.
func (s *Schema) Equal(other *Schema) bool {
	return s == other || s != nil && other != nil && Equal(s.dflt, other.dflt) && s.EqualButDefault(other)
}

// EqualButDefault is Equal without a look at the defaults of the two schemas themselves: the struct that is a schema's default is of
// the schema before it had one.
func (s *Schema) EqualButDefault(other *Schema) bool {
	if s == other {
		return true
	}
	if s == nil || other == nil || s.kind != other.kind || s.optional != other.optional || s.nodes != other.nodes ||
		s.hasName != other.hasName || s.name != other.name || s.hasVersion != other.hasVersion || s.version != other.version ||
		s.hasDoc != other.hasDoc || s.doc != other.doc ||
		!sameParameters(s.parameters, other.parameters) {
		return false
	}
	sameField := func(a, b Field) bool { return a.Name == b.Name && a.Schema.Equal(b.Schema) }
	return slices.EqualFunc(s.fields, other.fields, sameField) && s.keys.Equal(other.keys) && s.values.Equal(other.values)
}

func sameParameters(a, b []Parameter) bool {
	if len(a) != len(b) {
		return false
	}
	for _, parameter := range a {
		if !slices.Contains(b, parameter) {
			return false
		}
	}
	return true
}

// String is as Java prints a schema: Schema{name:TYPE} or Schema{TYPE}.
func (s *Schema) String() string {
	if s.hasName {
		return fmt.Sprintf("Schema{%s:%s}", s.name, s.kind)
	}
	return fmt.Sprintf("Schema{%s}", s.kind)
}
