/* Schemas: made and checked, read from a batch, and values held against them. */
#include <stdlib.h>

#include "internal.h"

static const char *const NAMES[] = {"NULL",    "INT8",   "INT16", "INT32", "INT64", "FLOAT32", "FLOAT64",
                                    "BOOLEAN", "STRING", "BYTES", "ARRAY", "MAP",   "STRUCT"};

const char *wc_type_name(enum wc_type type) { return NAMES[type]; }

#define PLAIN(of, is_optional)                                                                                  \
  {.type = (of), .optional = (is_optional), .depth = 1, .nodes = 1, .builtin_id = 2 * (unsigned)(of) + (is_optional)}
#define BOTH(of) {PLAIN(of, false), PLAIN(of, true)}

static const wc_schema BUILTINS[][2] = {
    {{0}, {0}},      BOTH(WC_INT8),    BOTH(WC_INT16),   BOTH(WC_INT32),  BOTH(WC_INT64),
    BOTH(WC_FLOAT32), BOTH(WC_FLOAT64), BOTH(WC_BOOLEAN), BOTH(WC_STRING), BOTH(WC_BYTES),
};

const wc_schema *wc_plain(enum wc_type type, bool optional) { return &BUILTINS[type][optional]; }

/* === making */

static int by_name(const void *some, const void *other) {
  const wc_text *a = some, *b = other;
  size_t shorter = a->length < b->length ? a->length : b->length;
  int order = shorter == 0 ? 0 : memcmp(a->at, b->at, shorter);
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* Whether none of the names, which are sorted here, comes twice. */
static bool differ(wc_text *names, size_t count, wc_text *twice) {
  if (count > 1) qsort(names, count, sizeof(wc_text), by_name);
  for (size_t i = 1; i < count; i++) {
    if (wc_equal(names[i - 1], names[i])) {
      *twice = names[i];
      return false;
    }
  }
  return true;
}

static bool measure(wc_schema *schema, const wc_schema *child, uint64_t *nodes, const char *what, wc_error *error) {
  if (child == NULL) return wc_fail(error, WC_FATAL, "%s", what);
  if (child->depth >= schema->depth) schema->depth = child->depth + 1;
  *nodes += child->nodes;
  return true;
}

static bool check_fields(wc_arena *arena, const wc_schema *schema, wc_error *error) {
  wc_text *names = wc_alloc(arena, schema->field_count * sizeof(wc_text)), twice;
  for (size_t i = 0; i < schema->field_count; i++) {
    names[i] = schema->fields[i].name;
    if (names[i].length == 0) return wc_fail(error, WC_FATAL, "fieldName cannot be null.");
  }
  if (differ(names, schema->field_count, &twice)) return true;
  return wc_fail(error, WC_FATAL, "Cannot create field because of field name duplication %.*s", WC_ARG(twice));
}

static bool is_plain(const wc_schema *of) {
  bool bare = of->name.at == NULL && !of->has_version && of->doc.at == NULL && of->fallback == NULL;
  return bare && of->type <= WC_BYTES && of->parameter_count == 0;
}

const wc_schema *wc_schema_new(wc_arena *arena, const wc_schema *given, wc_error *error) {
  wc_schema *schema = wc_alloc(arena, sizeof(wc_schema));
  *schema = *given;
  schema->depth = 1;
  uint64_t nodes = 1;
  if (schema->type == WC_MAP && !measure(schema, schema->keys, &nodes, "map has no schema for its keys", error)) return NULL;
  if ((schema->type == WC_MAP || schema->type == WC_ARRAY) &&
      !measure(schema, schema->values, &nodes, "array or map has no schema for its values", error)) {
    return NULL;
  }
  for (size_t i = 0; i < schema->field_count; i++) {
    if (!measure(schema, schema->fields[i].schema, &nodes, "field has no schema", error)) return NULL;
  }
  if (schema->depth > MAX_DEPTH) {
    wc_fail(error, WC_FATAL, "nested %u deep, the most is %d", (unsigned)schema->depth, MAX_DEPTH);
    return NULL;
  }
  if (nodes > MAX_NODES) {
    wc_fail(error, WC_FATAL, "has %llu nodes, the most is %d", (unsigned long long)nodes, MAX_NODES);
    return NULL;
  }
  schema->nodes = (uint32_t)nodes;
  if (!check_fields(arena, schema, error)) return NULL;
  if (schema->fallback != NULL && !wc_validate(schema, schema->fallback, error)) {
    within(error, "Invalid default value");
    return NULL;
  }
  schema->builtin_id = is_plain(schema) ? 2 * (uint32_t)schema->type + schema->optional : 0;
  return schema->builtin_id != 0 ? wc_plain(schema->type, schema->optional) : schema;
}

ptrdiff_t wc_field_position(const wc_schema *schema, wc_text name) {
  for (size_t i = 0; i < schema->field_count; i++) {
    if (wc_equal(schema->fields[i].name, name)) return (ptrdiff_t)i;
  }
  return -1;
}

wc_value wc_get(const wc_schema *schema, const wc_value *row, const char *field) {
  ptrdiff_t position = wc_field_position(schema, wc_str(field));
  if (position < 0 || row->type != WC_STRUCT || (size_t)position >= row->list.count) return WC_NULL_VALUE;
  wc_value value = row->list.items[position];
  const wc_value *fallback = schema->fields[position].schema->fallback;
  return value.type == WC_NULL && fallback != NULL ? *fallback : value;
}

/* === whether a value is one of a schema */

bool wc_validate(const wc_schema *schema, const wc_value *value, wc_error *error) {
  if (value->type == WC_NULL) {
    if (schema->optional) return true;
    return wc_fail(error, WC_FATAL, "Invalid value: null used for required value, schema type: %s", NAMES[schema->type]);
  }
  if (value->type != schema->type) {
    return wc_fail(error, WC_FATAL, "Invalid value for schema with type %s: %s", NAMES[schema->type], NAMES[value->type]);
  }
  if (value->type == WC_STRUCT) {
    if (value->list.count != schema->field_count) return wc_fail(error, WC_FATAL, "Struct schemas do not match.");
    for (size_t i = 0; i < schema->field_count; i++) {
      const wc_field *field = &schema->fields[i];
      const wc_value *item = &value->list.items[i];
      if (item->type == WC_NULL && (field->schema->optional || field->schema->fallback != NULL)) continue;
      if (!wc_validate(field->schema, item, error)) return within(error, "field \"%.*s\"", WC_ARG(field->name));
    }
  } else if (value->type == WC_ARRAY || value->type == WC_MAP) {
    for (size_t i = 0; i < value->list.count; i++) {
      bool is_key = value->type == WC_MAP && i % 2 == 0;
      if (!wc_validate(is_key ? schema->keys : schema->values, &value->list.items[i], error)) {
        return within(error, "item %zu", value->type == WC_MAP ? i / 2 : i);
      }
    }
  }
  return true;
}

/* === projecting */

/* Numbers go from a type to a wider one, and from whole ones to floats. */
static bool is_promotable(enum wc_type source, enum wc_type target) { return target <= WC_FLOAT64 && source < target; }

static double as_double(const wc_value *value) {
  if (value->type == WC_FLOAT32) return value->float32;
  return value->type == WC_FLOAT64 ? value->float64 : (double)value->integer;
}

static wc_value promote(const wc_value *value, enum wc_type target) {
  if (value->type == target) return *value;
  if (target == WC_FLOAT32) return wc_float32((float)as_double(value));
  if (target == WC_FLOAT64) return wc_float64(as_double(value));
  return (wc_value){.type = target, .integer = value->integer};
}

static bool same_parameters(const wc_schema *some, const wc_schema *other) {
  if (some->parameter_count != other->parameter_count) return false;
  for (size_t i = 0; i < some->parameter_count; i++) {
    bool found = false;
    for (size_t j = 0; j < other->parameter_count && !found; j++) {
      found = wc_equal(some->parameters[i].key, other->parameters[j].key) &&
              wc_equal(some->parameters[i].value, other->parameters[j].value);
    }
    if (!found) return false;
  }
  return true;
}

static bool project_struct(wc_arena *arena, const wc_schema *source, const wc_value *value, const wc_schema *target,
                           wc_value *projected, wc_error *error) {
  wc_value *items = wc_alloc(arena, target->field_count * sizeof(wc_value));
  for (size_t i = 0; i < target->field_count; i++) {
    const wc_field *field = &target->fields[i];
    ptrdiff_t position = wc_field_position(source, field->name);
    if (position >= 0) {
      const wc_schema *from = source->fields[position].schema;
      wc_value item = value->list.items[position];
      if (item.type == WC_NULL && from->fallback != NULL) item = *from->fallback;
      if (!wc_project(arena, from, &item, field->schema, &items[i], error)) {
        return within(error, "Error projecting %.*s", WC_ARG(field->name));
      }
    } else if (!field->schema->optional) {
      if (field->schema->fallback == NULL) {
        return wc_fail(error, WC_FATAL, "Required field `%.*s` is missing from source schema", WC_ARG(field->name));
      }
      items[i] = *field->schema->fallback;
    }
  }
  *projected = wc_list(WC_STRUCT, items, target->field_count);
  return true;
}

bool wc_project(wc_arena *arena, const wc_schema *source, const wc_value *value, const wc_schema *target, wc_value *projected,
                wc_error *error) {
  if (source->type != target->type && !is_promotable(source->type, target->type)) {
    return wc_fail(error, WC_FATAL, "Schema type mismatch. source type: %s and target type: %s", NAMES[source->type],
                   NAMES[target->type]);
  }
  if (!wc_equal(source->name, target->name)) return wc_fail(error, WC_FATAL, "Schema name mismatch.");
  if (!same_parameters(source, target)) return wc_fail(error, WC_FATAL, "Schema parameters not equal.");
  if (source->optional && !target->optional && target->fallback == NULL) {
    return wc_fail(error, WC_FATAL, "Writer schema is optional, however, target schema does not provide a default value.");
  }
  if (value->type == WC_NULL) {
    *projected = source->optional && !target->optional ? *target->fallback : WC_NULL_VALUE;
    return true;
  }
  if (target->type == WC_STRUCT) return project_struct(arena, source, value, target, projected, error);
  if (target->type != WC_ARRAY && target->type != WC_MAP) {
    *projected = promote(value, target->type);
    return true;
  }
  wc_value *items = wc_alloc(arena, value->list.count * sizeof(wc_value));
  for (size_t i = 0; i < value->list.count; i++) {
    bool is_key = target->type == WC_MAP && i % 2 == 0;
    const wc_schema *from = is_key ? source->keys : source->values;
    if (!wc_project(arena, from, &value->list.items[i], is_key ? target->keys : target->values, &items[i], error)) return false;
  }
  *projected = wc_list(target->type, items, value->list.count);
  return true;
}

/* === reading those of a batch */

bool schema_by_id(const schemas *of, uint32_t id, const wc_schema **schema) {
  *schema = NULL;
  if (id >= OWN_SCHEMAS) {
    if (id - OWN_SCHEMAS >= of->count) return false;
    *schema = of->own[id - OWN_SCHEMAS];
  } else if (id != 0) {
    if (id / 2 < WC_INT8 || id / 2 > WC_BYTES) return false;
    *schema = wc_plain((enum wc_type)(id / 2), id % 2);
  }
  return true;
}

static bool take_child(cursor *at, const schemas *before, const wc_schema **child, const char *noun) {
  uint32_t id;
  if (!take32(at, &id, noun)) return false;
  if (!schema_by_id(before, id, child) || *child == NULL) {
    return fault(at->error, "%s: there is no schema %u before this one", noun, (unsigned)id);
  }
  return true;
}

static bool take_children(cursor *at, wc_arena *arena, const schemas *before, wc_schema *schema) {
  if (schema->type == WC_MAP && !take_child(at, before, &schema->keys, "keys")) return false;
  if (schema->type == WC_MAP || schema->type == WC_ARRAY) return take_child(at, before, &schema->values, "values");
  if (schema->type != WC_STRUCT) return true;
  uint32_t count;
  if (!take_count(at, &count, 8, "field count")) return false;
  wc_field *fields = wc_alloc(arena, count * sizeof(wc_field));
  for (uint32_t i = 0; i < count; i++) {
    if (!take_text(at, &fields[i].name, "field name") || !take_child(at, before, &fields[i].schema, "field")) return false;
  }
  schema->fields = fields;
  schema->field_count = count;
  return true;
}

static bool take_parameters(cursor *at, wc_arena *arena, wc_schema *schema) {
  uint32_t count;
  if (!take_count(at, &count, 8, "parameter count")) return false;
  if (count == 0) return fault(at->error, "flag says parameters, there are none");
  wc_parameter *parameters = wc_alloc(arena, count * sizeof(wc_parameter));
  wc_text *keys = wc_alloc(arena, count * sizeof(wc_text)), twice;
  for (uint32_t i = 0; i < count; i++) {
    if (!take_text(at, &parameters[i].key, "parameter") || !take_text(at, &parameters[i].value, "parameter")) return false;
    keys[i] = parameters[i].key;
  }
  if (!differ(keys, count, &twice)) return fault(at->error, "parameter \"%.*s\" comes twice", WC_ARG(twice));
  schema->parameters = parameters;
  schema->parameter_count = count;
  return true;
}

static bool take_default(cursor *at, wc_arena *arena, wc_schema *schema) {
  uint32_t length;
  if (!take32(at, &length, "default")) return false;
  const uint8_t *row = take(at, length, "default");
  if (row == NULL) return false;
  wc_value *value = wc_alloc(arena, sizeof(wc_value));
  if (!read_row(arena, schema, row, row + length, value, at->error)) return within(at->error, "default");
  schema->fallback = value;
  return true;
}

static const wc_schema *take_schema(cursor *at, wc_arena *arena, const schemas *before) {
  wc_schema schema = {0};
  uint8_t type, flags;
  if (!take8(at, &type, "type") || !take8(at, &flags, "flags")) return NULL;
  if (type < WC_INT8 || type > WC_STRUCT) {
    fault(at->error, "unknown type %d", type);
    return NULL;
  }
  if (flags & ~SCHEMA_FLAGS) {
    fault(at->error, "unknown flags %d", flags);
    return NULL;
  }
  schema.type = (enum wc_type)type;
  schema.optional = flags & OPTIONAL;
  schema.has_version = flags & VERSIONED;
  uint32_t version = 0;
  if (!take_children(at, arena, before, &schema) || ((flags & NAMED) && !take_text(at, &schema.name, "name")) ||
      ((flags & VERSIONED) && !take32(at, &version, "version")) ||
      ((flags & DOCUMENTED) && !take_text(at, &schema.doc, "doc")) ||
      ((flags & PARAMETERS) && !take_parameters(at, arena, &schema))) {
    return NULL;
  }
  schema.version = (int32_t)version;
  /* A default can only be read of a schema that is one. */
  const wc_schema *bare = wc_schema_new(arena, &schema, at->error);
  if (bare == NULL || !(flags & DEFAULT)) return bare;
  if (!take_default(at, arena, &schema)) return NULL;
  return wc_schema_new(arena, &schema, at->error);
}

bool read_schemas(wc_arena *arena, const uint8_t *start, const uint8_t *end, schemas *found, wc_error *error) {
  cursor at = {start, end, error};
  if (left(&at) > MAX_SCHEMA_BYTES) return fault(error, "has %zu bytes of schemas, the most is %zu", left(&at), MAX_SCHEMA_BYTES);
  uint32_t count;
  if (!take_count(&at, &count, 2, "schema count")) return false;
  if (count > MAX_SCHEMAS) return fault(error, "has %u schemas, the most is %d", (unsigned)count, MAX_SCHEMAS);
  *found = (schemas){.own = wc_alloc(arena, count * sizeof(wc_schema *))};
  for (; found->count < count; found->count++) {
    const wc_schema *schema = take_schema(&at, arena, found);
    if (schema == NULL) return within(error, "schema %zu", found->count);
    found->own[found->count] = schema;
  }
  if (left(&at) > 0) return fault(error, "%zu bytes follow the last schema", left(&at));
  return true;
}
