package batch

import (
	"bytes"
	"unicode/utf8"

	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// schemaTable finds a batch's schemas by their ids.
type schemaTable []*data.Schema

// get answers false for an id that there is not; id 0 is nil, no schema.
func (t schemaTable) get(id uint32) (*data.Schema, bool) {
	if id == 0 {
		return nil, true
	}
	if id >= ownSchemas {
		if uint64(id-ownSchemas) >= uint64(len(t)) {
			return nil, false
		}
		return t[id-ownSchemas], true
	}
	schema := data.Builtin(id)
	return schema, schema != nil
}

// The schemas of the last batch that had any: most batches of a task have the same ones.
var known struct {
	section []byte
	schemas schemaTable
}

// knownSchemas parses a section of schemas unless it is that of the batch before.
func knownSchemas(section []byte, limits Limits) (schemaTable, error) {
	if len(section) == 4 && le.Uint32(section) == 0 {
		return nil, nil
	}
	if limits == DefaultLimits && bytes.Equal(section, known.section) {
		return known.schemas, nil
	}
	schemas, err := parseSchemas(section, limits)
	if err == nil && limits == DefaultLimits {
		known.section, known.schemas = bytes.Clone(section), schemas
	}
	return schemas, err
}

func parseSchemas(section []byte, limits Limits) (schemaTable, error) {
	if len(section) > limits.MaxSchemaBytes {
		return nil, faultf("has %d bytes of schemas, max_schema_bytes is %d", len(section), limits.MaxSchemaBytes)
	}
	all := cursor{section}
	count, err := all.count(2, "schema count")
	if err != nil {
		return nil, err
	}
	if count > limits.MaxSchemas {
		return nil, faultf("has %d schemas, max_schemas is %d", count, limits.MaxSchemas)
	}
	schemas := make(schemaTable, 0, count)
	for i := range count {
		schema, err := parseSchema(&all, schemas)
		if err != nil {
			return nil, faultf("schema %d: %v", i, err)
		}
		schemas = append(schemas, schema)
	}
	if len(all.rest) > 0 {
		return nil, faultf("%d bytes follow the last schema", len(all.rest))
	}
	return schemas, nil
}

// definition reads one schema's; the first error stays.
type definition struct {
	*cursor
	before schemaTable
	err    error
}

func (d *definition) u32(noun string) uint32 {
	if d.err != nil {
		return 0
	}
	number, err := d.cursor.u32(noun)
	d.err = err
	return number
}

func (d *definition) text(noun string) string {
	size := d.u32(noun)
	if d.err != nil {
		return ""
	}
	text, err := d.take(size, noun)
	if err != nil {
		d.err = err
	} else if !utf8.Valid(text) {
		d.err = faultf("%s: %s", noun, notUTF8)
	}
	return string(text)
}

func (d *definition) count(least int, noun string) int {
	if d.err != nil {
		return 0
	}
	count, err := d.cursor.count(least, noun)
	d.err = err
	return count
}

func (d *definition) child(noun string) *data.Schema {
	id := d.u32(noun)
	if d.err != nil {
		return nil
	}
	schema, found := d.before.get(id)
	if !found || schema == nil {
		d.err = faultf("%s: there is no schema %d before this one", noun, id)
	}
	return schema
}

func parseSchema(all *cursor, before schemaTable) (*data.Schema, error) {
	code, err := all.u8("type")
	if err != nil {
		return nil, err
	}
	if code < byte(data.TypeInt8) || code > byte(data.TypeStruct) {
		return nil, faultf("unknown type %d", code)
	}
	flags, err := all.u8("flags")
	if err != nil {
		return nil, err
	}
	if flags&^schemaFlags != 0 {
		return nil, faultf("unknown flags %#04x", flags)
	}
	d := definition{cursor: all, before: before}
	builder := d.children(data.Type(code))
	if flags&flagOptional != 0 {
		builder.Optional()
	}
	if flags&flagName != 0 {
		builder.Name(d.text("name"))
	}
	if flags&flagVersion != 0 {
		builder.Version(int32(d.u32("version")))
	}
	if flags&flagDoc != 0 {
		builder.Doc(d.text("doc"))
	}
	if flags&flagParameters != 0 {
		d.parameters(builder)
	}
	if d.err != nil {
		return nil, d.err
	}
	schema, err := builder.Schema()
	if err != nil || flags&flagDefault == 0 {
		return schema, err
	}
	size := d.u32("default")
	if d.err != nil {
		return nil, d.err
	}
	row, err := all.take(size, "default")
	if err != nil {
		return nil, err
	}
	value, err := decodeRow(schema, row)
	if err != nil {
		return nil, within("default", err)
	}
	return builder.Default(value).Schema()
}

func (d *definition) children(kind data.Type) *data.Builder {
	switch kind {
	case data.TypeArray:
		return data.BuildArray(d.child("items"))
	case data.TypeMap:
		return data.BuildMap(d.child("keys"), d.child("values"))
	case data.TypeStruct:
		builder := data.BuildStruct()
		for range d.count(8, "field count") {
			name := d.text("field name")
			schema := d.child(name)
			if d.err != nil {
				break
			}
			builder.Field(name, schema)
		}
		return builder
	}
	return data.Build(kind)
}

func (d *definition) parameters(builder *data.Builder) {
	count := d.count(8, "parameter count")
	if d.err == nil && count == 0 {
		d.err = faultf("flag says parameters, there are none")
	}
	seen := map[string]bool{}
	for range count {
		key := d.text("parameter")
		if d.err == nil && seen[key] {
			d.err = faultf("parameter %q comes twice", key)
		}
		seen[key] = true
		builder.Parameter(key, d.text("parameter"))
	}
}

// schemaWriter holds the schemas of a batch that is being written, each once.
type schemaWriter struct {
	byObject     map[*data.Schema]uint32
	byDefinition map[string]uint32
	definitions  []byte
	// The last one asked for: most records have the same.
	last   *data.Schema
	lastID uint32
}

// intern answers the schema's id; its children's definitions come before its own.
func (w *schemaWriter) intern(schema *data.Schema) (uint32, error) {
	if schema == nil {
		return 0, nil
	}
	if id := schema.BuiltinID(); id != 0 {
		return id, nil
	}
	if schema == w.last {
		return w.lastID, nil
	}
	id, found := w.byObject[schema]
	if !found {
		definition, err := w.define(schema)
		if err != nil {
			return 0, err
		}
		if w.byObject == nil {
			w.byObject, w.byDefinition = map[*data.Schema]uint32{}, map[string]uint32{}
		}
		if id, found = w.byDefinition[string(definition)]; !found {
			id = ownSchemas + uint32(len(w.byDefinition))
			w.byDefinition[string(definition)] = id
			w.definitions = append(w.definitions, definition...)
		}
		w.byObject[schema] = id
	}
	w.last, w.lastID = schema, id
	return id, nil
}

// size of the section in bytes.
func (w *schemaWriter) size() int { return 4 + len(w.definitions) }

func (w *schemaWriter) append(to []byte) []byte {
	return append(le.AppendUint32(to, uint32(len(w.byDefinition))), w.definitions...)
}

func (w *schemaWriter) define(schema *data.Schema) ([]byte, error) {
	var err error
	child := func(to []byte, schema *data.Schema) []byte {
		id, failed := w.intern(schema)
		if failed != nil {
			err = failed
		}
		return le.AppendUint32(to, id)
	}
	text := func(to []byte, text string) []byte {
		if !utf8.ValidString(text) {
			err = encodeErrorf("schema cannot be written: text %q is not valid UTF-8", text)
		}
		return append(le.AppendUint32(to, uint32(len(text))), text...)
	}
	name, hasName := schema.Name()
	version, hasVersion := schema.Version()
	doc, hasDoc := schema.Doc()
	parameters := schema.Parameters()
	flags := byte(0)
	for flag, set := range map[byte]bool{
		flagOptional: schema.IsOptional(), flagName: hasName, flagVersion: hasVersion, flagDoc: hasDoc,
		flagParameters: len(parameters) > 0, flagDefault: schema.Default() != nil,
	} {
		if set {
			flags |= flag
		}
	}
	to := []byte{byte(schema.Type()), flags}
	switch schema.Type() {
	case data.TypeArray:
		to = child(to, schema.Values())
	case data.TypeMap:
		to = child(child(to, schema.Keys()), schema.Values())
	case data.TypeStruct:
		to = le.AppendUint32(to, uint32(len(schema.Fields())))
		for _, field := range schema.Fields() {
			to = child(text(to, field.Name), field.Schema)
		}
	}
	if hasName {
		to = text(to, name)
	}
	if hasVersion {
		to = le.AppendUint32(to, uint32(version))
	}
	if hasDoc {
		to = text(to, doc)
	}
	if len(parameters) > 0 {
		to = le.AppendUint32(to, uint32(len(parameters)))
		for _, parameter := range parameters {
			to = text(text(to, parameter.Key), parameter.Value)
		}
	}
	if schema.Default() != nil {
		at := len(to)
		to, err2 := appendRow(append(to, 0, 0, 0, 0), schema, schema.Default())
		if err2 != nil {
			return nil, err2
		}
		le.PutUint32(to[at:], uint32(len(to)-at-4))
		return to, err
	}
	return to, err
}
