package data

import "fmt"

// Builder makes a schema (SchemaBuilder):
//
//	user := data.BuildStruct().Name("User").Field("id", data.Int64).Field("name", data.OptionalString).Must()
type Builder struct {
	schema Schema
	dflt   any
}

// Build begins a schema of a type; for arrays, maps and structs there are functions of their own.
func Build(kind Type) *Builder { return &Builder{schema: Schema{kind: kind}} }

// BuildArray begins the schema of arrays of items.
func BuildArray(items *Schema) *Builder {
	return &Builder{schema: Schema{kind: TypeArray, values: items}}
}

// BuildMap begins the schema of maps of keys to values.
func BuildMap(keys, values *Schema) *Builder {
	return &Builder{schema: Schema{kind: TypeMap, keys: keys, values: values}}
}

// BuildStruct begins the schema of structs; Field adds their fields.
func BuildStruct() *Builder { return Build(TypeStruct) }

// Optional has null among the values.
func (b *Builder) Optional() *Builder { b.schema.optional = true; return b }

// Name names the schema.
func (b *Builder) Name(name string) *Builder {
	b.schema.name, b.schema.hasName = name, true
	return b
}

// Version gives the schema a version.
func (b *Builder) Version(version int32) *Builder {
	b.schema.version, b.schema.hasVersion = version, true
	return b
}

// Doc documents the schema.
func (b *Builder) Doc(doc string) *Builder {
	b.schema.doc, b.schema.hasDoc = doc, true
	return b
}

// Parameter sets a parameter.
func (b *Builder) Parameter(key, value string) *Builder {
	for i := range b.schema.parameters {
		if b.schema.parameters[i].Key == key {
			b.schema.parameters[i].Value = value
			return b
		}
	}
	b.schema.parameters = append(b.schema.parameters, Parameter{key, value})
	return b
}

// Default says what stands for a null.
func (b *Builder) Default(value any) *Builder { b.dflt = value; return b }

// Field adds a field to a struct.
func (b *Builder) Field(name string, schema *Schema) *Builder {
	b.schema.fields = append(b.schema.fields, Field{name, schema})
	return b
}

// Schema is the schema, or what Connect does not allow about it (SchemaBuilderException).
func (b *Builder) Schema() (*Schema, error) {
	s := b.schema
	s.fields = append([]Field(nil), s.fields...)
	s.parameters = append([]Parameter(nil), s.parameters...)
	if err := s.measure(); err != nil {
		return nil, err
	}
	if b.dflt != nil {
		if err := Validate(&s, b.dflt); err != nil {
			return nil, fmt.Errorf("Invalid default value: %w", err)
		}
		s.dflt = b.dflt
	}
	if s.kind.IsPrimitive() && !s.hasName && !s.hasVersion && !s.hasDoc && s.dflt == nil && len(s.parameters) == 0 {
		id := 2 * uint32(s.kind)
		if s.optional {
			id++
		}
		return builtins[id], nil
	}
	return &s, nil
}

// Must is Schema for schemas that are part of the program: it panics.
func (b *Builder) Must() *Schema {
	schema, err := b.Schema()
	if err != nil {
		panic(err)
	}
	return schema
}

// measure checks the schema's parts and counts them.
func (s *Schema) measure() error {
	s.depth, s.nodes = 1, 1
	add := func(child *Schema) {
		s.depth = max(s.depth, 1+child.depth)
		s.nodes += child.nodes
	}
	switch s.kind {
	case TypeArray:
		if s.values == nil {
			return fmt.Errorf("array has no schema for its items")
		}
		add(s.values)
	case TypeMap:
		if s.keys == nil || s.values == nil {
			return fmt.Errorf("map has no schema for its keys or values")
		}
		add(s.keys)
		add(s.values)
	case TypeStruct:
		s.positions = make(map[string]int, len(s.fields))
		for i, field := range s.fields {
			if field.Name == "" {
				return fmt.Errorf("fieldName cannot be null.")
			}
			if field.Schema == nil {
				return fmt.Errorf("fieldSchema for field %s cannot be null.", field.Name)
			}
			if _, twice := s.positions[field.Name]; twice {
				return fmt.Errorf("Cannot create field because of field name duplication %s", field.Name)
			}
			s.positions[field.Name] = i
			add(field.Schema)
		}
	}
	if s.kind < TypeInt8 || s.kind > TypeStruct {
		return fmt.Errorf("there is no type %d", s.kind)
	}
	if s.kind != TypeStruct && len(s.fields) > 0 {
		return fmt.Errorf("Cannot create fields on type %s", s.kind)
	}
	if s.depth > MaxDepth {
		return fmt.Errorf("nested %d deep, the most is %d", s.depth, MaxDepth)
	}
	if s.nodes > MaxNodes {
		return fmt.Errorf("has %d nodes, the most is %d", s.nodes, MaxNodes)
	}
	return nil
}
