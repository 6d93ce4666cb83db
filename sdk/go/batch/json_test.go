package batch

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wasm-connect/wasm-connect/sdk/go/data"
)

// The JSON form of batches and lists of acks, as wit/vectors/README.md describes it: to bytes and back.

type object = map[string]any

func parseJSON(text string) object {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var found object
	must(decoder.Decode(&found))
	return found
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func whole[T int8 | int16 | int32 | int64 | uint64](value any) T {
	text := fmt.Sprint(value)
	if number, err := strconv.ParseUint(text, 10, 64); err == nil {
		return T(number)
	}
	number, err := strconv.ParseInt(text, 10, 64)
	must(err)
	return T(number)
}

func list(value any) []any {
	items, _ := value.([]any)
	return items
}

// === to bytes

func encodeJSON(described object) []byte {
	w := NewWriter()
	for _, text := range list(described["strings"]) {
		_, err := w.String(text.(string))
		must(err)
	}
	var schemas schemaTable
	for _, of := range list(described["schemas"]) {
		schema := schemaFromJSON(of.(object), schemas)
		_, err := w.Schema(schema)
		must(err)
		schemas = append(schemas, schema)
	}
	for _, record := range list(described["records"]) {
		if record == nil {
			w.Hole()
			continue
		}
		encodeRecord(w, record.(object), schemas)
	}
	return w.Finish()
}

func encodeRecord(w *Writer, record object, schemas schemaTable) {
	head := Head{topic: none, originalTopic: none, sourcePartition: none, partition: -1, originalPartition: -1}
	for name, to := range map[string]*uint32{
		"topic": &head.topic, "original_topic": &head.originalTopic, "source_partition": &head.sourcePartition,
	} {
		if text, set := record[name]; set {
			id, err := w.String(text.(string))
			must(err)
			*to = id
		}
	}
	for name, to := range map[string]*int32{"partition": &head.partition, "original_partition": &head.originalPartition} {
		if number, set := record[name]; set {
			*to = whole[int32](number)
		}
	}
	if timestamp := list(record["timestamp"]); timestamp != nil {
		of := map[string]TimestampType{"create": CreateTime, "append": LogAppendTime}[timestamp[0].(string)]
		head.flags, head.timestamp = uint16(of)<<timestampShift, whole[int64](timestamp[1])
	}
	entry := Entry{Offset: whole[int64](record["offset"])}
	entry.KeySchema, entry.Key = payloadFromJSON(record["key"], schemas)
	entry.ValueSchema, entry.Value = payloadFromJSON(record["value"], schemas)
	entry.SourceOffset, _ = record["source_offset"].(string)
	for _, header := range list(record["headers"]) {
		schema, value := payloadFromJSON(list(header)[1], schemas)
		entry.Headers = append(entry.Headers, Header{list(header)[0].(string), value, schema})
	}
	_, entry.CommitAfter = record["commit_after"]
	_, entry.AbortAfter = record["abort_after"]
	must(w.Add(head, &entry))
}

func payloadFromJSON(payload any, schemas schemaTable) (*data.Schema, any) {
	id := uint32(whole[int64](payload.(object)["schema"]))
	schema, _ := schemas.get(id)
	if schema == nil {
		return nil, taggedFromJSON(payload.(object)["value"])
	}
	return schema, valueFromJSON(schema, payload.(object)["value"])
}

func schemaFromJSON(of object, before schemaTable) *data.Schema {
	child := func(name any) *data.Schema {
		schema, _ := before.get(uint32(whole[int64](name)))
		return schema
	}
	var builder *data.Builder
	switch kind := typeNamed(of["type"].(string)); kind {
	case data.TypeArray:
		builder = data.BuildArray(child(of["items"]))
	case data.TypeMap:
		builder = data.BuildMap(child(of["keys"]), child(of["values"]))
	default:
		builder = data.Build(kind)
	}
	for _, field := range list(of["fields"]) {
		builder.Field(list(field)[0].(string), child(list(field)[1]))
	}
	if of["optional"] == true {
		builder.Optional()
	}
	if name, set := of["name"]; set {
		builder.Name(name.(string))
	}
	if version, set := of["version"]; set {
		builder.Version(whole[int32](version))
	}
	if doc, set := of["doc"]; set {
		builder.Doc(doc.(string))
	}
	for _, parameter := range list(of["parameters"]) {
		builder.Parameter(list(parameter)[0].(string), list(parameter)[1].(string))
	}
	schema := builder.Must()
	if value, set := of["default"]; set {
		schema = builder.Default(valueFromJSON(schema, value)).Must()
	}
	return schema
}

func typeNamed(name string) data.Type {
	for kind := data.TypeInt8; kind <= data.TypeStruct; kind++ {
		if strings.EqualFold(kind.String(), name) {
			return kind
		}
	}
	panic(name)
}

func valueFromJSON(schema *data.Schema, value any) any {
	if value == nil {
		return nil
	}
	switch schema.Type() {
	case data.TypeArray:
		items := make([]any, len(list(value)))
		for i, item := range list(value) {
			items[i] = valueFromJSON(schema.Values(), item)
		}
		return items
	case data.TypeMap:
		entries := make(data.Map, len(list(value)))
		for i, entry := range list(value) {
			entries[i] = data.Entry{
				Key: valueFromJSON(schema.Keys(), list(entry)[0]), Value: valueFromJSON(schema.Values(), list(entry)[1]),
			}
		}
		return entries
	case data.TypeStruct:
		values := make([]any, len(schema.Fields()))
		for i, field := range schema.Fields() {
			values[i] = valueFromJSON(field.Schema, value.(object)[field.Name])
		}
		return data.StructOf(schema, values)
	}
	return scalarFromJSON(schema.Type(), value)
}

func taggedFromJSON(value any) any {
	if value == nil {
		return nil
	}
	content := value.(object)["value"]
	switch kind := typeNamed(value.(object)["type"].(string)); kind {
	case data.TypeArray:
		items := make([]any, len(list(content)))
		for i, item := range list(content) {
			items[i] = taggedFromJSON(item)
		}
		return items
	case data.TypeMap:
		entries := make(data.Map, len(list(content)))
		for i, entry := range list(content) {
			entries[i] = data.Entry{Key: taggedFromJSON(list(entry)[0]), Value: taggedFromJSON(list(entry)[1])}
		}
		return entries
	default:
		return scalarFromJSON(kind, content)
	}
}

func scalarFromJSON(kind data.Type, value any) any {
	switch kind {
	case data.TypeInt8:
		return whole[int8](value)
	case data.TypeInt16:
		return whole[int16](value)
	case data.TypeInt32:
		return whole[int32](value)
	case data.TypeInt64:
		return whole[int64](value)
	case data.TypeFloat32:
		switch value {
		case "NaN":
			return math.Float32frombits(0x7fc0_0000)
		}
		number, err := strconv.ParseFloat(fmt.Sprint(value), 64)
		must(err)
		return float32(number)
	case data.TypeFloat64:
		if value == "NaN" {
			return math.Float64frombits(0x7ff8_0000_0000_0000)
		}
		number, err := strconv.ParseFloat(fmt.Sprint(value), 64)
		must(err)
		return number
	case data.TypeBytes:
		content, err := hex.DecodeString(value.(string))
		must(err)
		return content
	}
	return value
}

// === to JSON

func decodeJSON(content []byte) (object, error) {
	b, err := Read(content, DefaultLimits)
	if err != nil {
		return nil, err
	}
	texts := make([]any, len(b.strings))
	for i, text := range b.strings {
		texts[i] = text
	}
	schemas := make([]any, len(b.schemas))
	for i, schema := range b.schemas {
		schemas[i] = schemaToJSON(schema, b.schemas)
	}
	records := make([]any, b.Len())
	for i := range records {
		if record, there := b.At(i); there {
			if records[i], err = recordToJSON(record); err != nil {
				return nil, err
			}
		}
	}
	return object{"strings": texts, "schemas": schemas, "records": records}, nil
}

func recordToJSON(r Record) (any, error) {
	found := object{"offset": fmt.Sprint(r.Offset())}
	for name, at := range map[string]int{"topic": atTopic, "original_topic": atOriginalTopic, "source_partition": atSourcePartition} {
		if le.Uint32(r.frame[at:]) != none {
			found[name] = r.string(at)
		}
	}
	for name, number := range map[string]int32{"partition": r.Partition(), "original_partition": r.OriginalPartition()} {
		if number >= 0 {
			found[name] = json.Number(fmt.Sprint(number))
		}
	}
	if timestamp, there := r.Timestamp(); there {
		of := map[TimestampType]any{CreateTime: "create", LogAppendTime: "append"}[r.TimestampType()]
		found["timestamp"] = []any{of, fmt.Sprint(timestamp)}
	}
	if offset := r.SourceOffset(); offset != "" {
		found["source_offset"] = offset
	}
	for name, set := range map[string]bool{"commit_after": r.CommitAfter(), "abort_after": r.AbortAfter()} {
		if set {
			found[name] = true
		}
	}
	key, err := r.Key()
	if err != nil {
		return nil, err
	}
	value, err := r.Value()
	if err != nil {
		return nil, err
	}
	headers, err := r.Headers()
	if err != nil {
		return nil, err
	}
	payload := func(schema *data.Schema, value any) any {
		shown := taggedToJSON(value)
		if schema != nil {
			shown = valueToJSON(schema, value)
		}
		return object{"schema": idOf(r.batch.schemas, schema), "value": shown}
	}
	found["key"], found["value"] = payload(r.KeySchema(), key), payload(r.ValueSchema(), value)
	var shown []any
	for _, header := range headers {
		shown = append(shown, []any{header.Name, payload(header.Schema, header.Value)})
	}
	if shown != nil {
		found["headers"] = shown
	}
	return found, nil
}

func idOf(schemas schemaTable, schema *data.Schema) any {
	if schema == nil {
		return json.Number("0")
	}
	for i, own := range schemas {
		if own == schema {
			return json.Number(fmt.Sprint(ownSchemas + i))
		}
	}
	return json.Number(fmt.Sprint(schema.BuiltinID()))
}

func schemaToJSON(schema *data.Schema, schemas schemaTable) any {
	found := object{"type": strings.ToLower(schema.Type().String())}
	if schema.IsOptional() {
		found["optional"] = true
	}
	if name, set := schema.Name(); set {
		found["name"] = name
	}
	if version, set := schema.Version(); set {
		found["version"] = json.Number(fmt.Sprint(version))
	}
	if doc, set := schema.Doc(); set {
		found["doc"] = doc
	}
	var parameters []any
	for _, parameter := range schema.Parameters() {
		parameters = append(parameters, []any{parameter.Key, parameter.Value})
	}
	if parameters != nil {
		found["parameters"] = parameters
	}
	if schema.Default() != nil {
		found["default"] = valueToJSON(schema, schema.Default())
	}
	switch schema.Type() {
	case data.TypeArray:
		found["items"] = idOf(schemas, schema.Values())
	case data.TypeMap:
		found["keys"], found["values"] = idOf(schemas, schema.Keys()), idOf(schemas, schema.Values())
	case data.TypeStruct:
		fields := make([]any, len(schema.Fields()))
		for i, field := range schema.Fields() {
			fields[i] = []any{field.Name, idOf(schemas, field.Schema)}
		}
		found["fields"] = fields
	}
	return found
}

func valueToJSON(schema *data.Schema, value any) any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = valueToJSON(schema.Values(), item)
		}
		return items
	case data.Map:
		entries := make([]any, len(value))
		for i, entry := range value {
			entries[i] = []any{valueToJSON(schema.Keys(), entry.Key), valueToJSON(schema.Values(), entry.Value)}
		}
		return entries
	case *data.Struct:
		found := object{}
		for i, field := range schema.Fields() {
			found[field.Name] = valueToJSON(field.Schema, value.Values()[i])
		}
		return found
	}
	return scalarToJSON(value)
}

func taggedToJSON(value any) any {
	if value == nil {
		return nil
	}
	kind, _ := data.TypeOf(value)
	var shown any
	switch value := value.(type) {
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = taggedToJSON(item)
		}
		shown = items
	case data.Map:
		entries := make([]any, len(value))
		for i, entry := range value {
			entries[i] = []any{taggedToJSON(entry.Key), taggedToJSON(entry.Value)}
		}
		shown = entries
	default:
		shown = scalarToJSON(value)
	}
	return object{"type": strings.ToLower(kind.String()), "value": shown}
}

func scalarToJSON(value any) any {
	switch value := value.(type) {
	case int64:
		return fmt.Sprint(value)
	case int8, int16, int32:
		return json.Number(fmt.Sprint(value))
	case float32:
		return floatToJSON(float64(value))
	case float64:
		return floatToJSON(value)
	case []byte:
		return hex.EncodeToString(value)
	}
	return value
}

func floatToJSON(number float64) any {
	switch {
	case math.IsNaN(number):
		return "NaN"
	case math.IsInf(number, 1):
		return "Infinity"
	case math.IsInf(number, -1):
		return "-Infinity"
	}
	return number
}

// same compares JSON: numbers by their value.
func same(a, b any) bool {
	switch a := a.(type) {
	case object:
		b, is := b.(object)
		if !is || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			other, there := b[name]
			if !there || !same(value, other) {
				return false
			}
		}
		return true
	case []any:
		b, is := b.([]any)
		if !is || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return a == b || number(a) != nil && number(b) != nil && *number(a) == *number(b) && fmt.Sprintf("%T", a) != "string"
}

func number(value any) *float64 {
	switch value := value.(type) {
	case float64:
		return &value
	case json.Number:
		if number, err := value.Float64(); err == nil {
			return &number
		}
	}
	return nil
}

// === acks

func encodeAcksJSON(described object) []byte {
	var w AcksWriter
	for _, text := range list(described["strings"]) {
		_, err := w.Topic(text.(string))
		must(err)
	}
	for _, of := range list(described["acks"]) {
		of := of.(object)
		ack := Ack{Sequence: whole[uint64](of["sequence"])}
		if topic, set := of["topic"]; set {
			ack.Placed = &Placed{topic.(string), whole[int32](of["partition"]), whole[int64](of["offset"]), whole[int64](of["timestamp"])}
		}
		must(w.Add(ack))
	}
	return w.Finish()
}

func decodeAcksJSON(content []byte) (any, error) {
	acks, err := ReadAcks(content, DefaultLimits)
	if err != nil {
		return nil, err
	}
	found := []any{}
	for ack := range acks.All() {
		of := object{"sequence": fmt.Sprint(ack.Sequence)}
		if placed := ack.Placed; placed != nil {
			of["topic"], of["partition"] = placed.Topic, json.Number(fmt.Sprint(placed.Partition))
			of["offset"], of["timestamp"] = fmt.Sprint(placed.Offset), fmt.Sprint(placed.Timestamp)
		}
		found = append(found, of)
	}
	return found, nil
}

func fromHex(text string) []byte {
	content, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	must(err)
	return content
}

func sameBytes(t interface{ Errorf(string, ...any) }, what string, found, expected []byte) {
	if !bytes.Equal(found, expected) {
		t.Errorf("%s:\nfound    %x\nexpected %x", what, found, expected)
	}
}
