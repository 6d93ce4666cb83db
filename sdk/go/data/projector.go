package data

import (
	"fmt"
	"slices"
)

// Project turns a value of one schema into one of another that is compatible with it (SchemaProjector.project): a field that the
// target has not is left out, one that the source has not gets its default, numbers are widened. For sinks that see the schema of
// their records change. The texts of errors are Java's.
func Project(source *Schema, value any, target *Schema) (any, error) {
	if err := compatible(source, target); err != nil {
		return nil, err
	}
	switch {
	case value != nil:
		return projectRequired(source, value, target)
	case source.optional && !target.optional:
		if target.dflt == nil {
			return nil, fmt.Errorf("Writer schema is optional, however, target schema does not provide a default value.")
		}
		return target.dflt, nil
	}
	return nil, nil
}

func compatible(source, target *Schema) error {
	if source.kind != target.kind && !promotable(source.kind, target.kind) {
		return fmt.Errorf("Schema type mismatch. source type: %s and target type: %s", source.kind, target.kind)
	}
	if source.hasName != target.hasName || source.name != target.name {
		return fmt.Errorf("Schema name mismatch. source name: %s and target name: %s", orNull(source), orNull(target))
	}
	if !sameParameters(source.parameters, target.parameters) {
		return fmt.Errorf("Schema parameters not equal. source parameters: %v and target parameters: %v",
			source.parameters, target.parameters)
	}
	return nil
}

func orNull(schema *Schema) string {
	if schema.hasName {
		return schema.name
	}
	return "null"
}

// promotable: numbers become wider ones.
func promotable(from, to Type) bool { return from < to && to <= TypeFloat64 }

func projectRequired(source *Schema, value any, target *Schema) (any, error) {
	switch value := value.(type) {
	case *Struct:
		return projectStruct(value, target)
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			projected, err := Project(source.values, item, target.values)
			if err != nil {
				return nil, err
			}
			items[i] = projected
		}
		return items, nil
	case Map:
		entries := slices.Clone(value)
		for i, entry := range value {
			key, err := Project(source.keys, entry.Key, target.keys)
			if err != nil {
				return nil, err
			}
			projected, err := Project(source.values, entry.Value, target.values)
			if err != nil {
				return nil, err
			}
			entries[i] = Entry{key, projected}
		}
		return entries, nil
	}
	if source.kind == target.kind {
		return value, nil
	}
	return promote(value, target.kind), nil
}

func projectStruct(value *Struct, target *Schema) (any, error) {
	projected := NewStruct(target)
	for i, field := range target.fields {
		own, position, found := value.schema.Field(field.Name)
		switch {
		case found:
			projectedField, err := Project(own.Schema, value.values[position], field.Schema)
			if err != nil {
				return nil, fmt.Errorf("Error projecting %s: %w", own.Name, err)
			}
			projected.values[i] = projectedField
		case field.Schema.optional:
		case field.Schema.dflt != nil:
			projected.values[i] = field.Schema.dflt
		default:
			return nil, fmt.Errorf("Required field `%s` is missing from source schema: %s", field.Name, value.schema)
		}
	}
	return projected, nil
}

func promote(value any, to Type) any {
	var whole int64
	switch value := value.(type) {
	case int8:
		whole = int64(value)
	case int16:
		whole = int64(value)
	case int32:
		whole = int64(value)
	case int64:
		whole = value
	case float32:
		return float64(value)
	default:
		return value
	}
	switch to {
	case TypeInt16:
		return int16(whole)
	case TypeInt32:
		return int32(whole)
	case TypeInt64:
		return whole
	case TypeFloat32:
		return float32(whole)
	}
	return float64(whole)
}
