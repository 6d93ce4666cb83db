/* Rows: values as bytes, by a schema, or with a tag each without one. */
#include "internal.h"

static const uint8_t WIDTHS[] = {0, 1, 2, 4, 8, 4, 8, 1};
/* Bytes of a slot that says where a nested row is. */
enum { NESTED_SLOT = 8 };

size_t scalar_width(enum wc_type type) { return type <= WC_BOOLEAN ? WIDTHS[type] : 0; }

static size_t slot_width(const wc_schema *schema) {
  size_t width = scalar_width(schema->type);
  return width == 0 ? NESTED_SLOT : width;
}

static size_t bitmap_bytes(size_t slots) { return (slots + 7) / 8; }

static bool is_set(const uint8_t *bitmap, size_t i) { return bitmap[i / 8] >> (i % 8) & 1; }

/* === scalars */

bool read_scalar(const uint8_t *at, enum wc_type type, wc_value *value, wc_error *error) {
  value->type = type;
  switch (type) {
    case WC_INT8: value->integer = (int8_t)*at; break;
    case WC_INT16: value->integer = (int16_t)get16(at); break;
    case WC_INT32: value->integer = (int32_t)get32(at); break;
    case WC_INT64: value->integer = (int64_t)get64(at); break;
    case WC_FLOAT32: {
      uint32_t bits = get32(at);
      memcpy(&value->float32, &bits, sizeof bits);
      break;
    }
    case WC_FLOAT64: {
      uint64_t bits = get64(at);
      memcpy(&value->float64, &bits, sizeof bits);
      break;
    }
    default:
      if (*at > 1) return fault(error, "boolean is %d", *at);
      value->boolean = *at;
  }
  return true;
}

bool write_scalar(uint8_t *at, enum wc_type type, const wc_value *value, wc_error *error) {
  size_t width = scalar_width(type);
  if (value->type != type) {
    return wc_fail(error, WC_FATAL, "%s is no value of Schema{%s}", wc_type_name(value->type), wc_type_name(type));
  }
  uint64_t number = 0;
  if (type == WC_FLOAT32) {
    uint32_t bits;
    memcpy(&bits, &value->float32, sizeof bits);
    number = bits;
  } else if (type == WC_FLOAT64) {
    memcpy(&number, &value->float64, sizeof number);
  } else if (type == WC_BOOLEAN) {
    number = value->boolean;
  } else {
    number = (uint64_t)value->integer;
    int64_t most = width == 8 ? INT64_MAX : ((int64_t)1 << (8 * width - 1)) - 1;
    if (value->integer > most || value->integer < -most - 1) {
      return wc_fail(error, WC_FATAL, "%lld is no value of Schema{%s}", (long long)value->integer, wc_type_name(type));
    }
  }
  put_number(at, number, width);
  return true;
}

static bool read_text(const uint8_t *start, const uint8_t *end, wc_value *value, wc_error *error) {
  size_t length = (size_t)(end - start);
  if (!is_utf8(start, length)) return fault(error, "string is not valid UTF-8");
  *value = wc_string((wc_text){(const char *)start, length});
  return true;
}

/* === reading by a schema */

/* A row that is read slot by slot. */
typedef struct {
  wc_arena *arena;
  const uint8_t *start;
  const uint8_t *end;
  /* Where the next nested row has to start. */
  const uint8_t *next;
  wc_error *error;
} slots;

static bool read_slot(slots *row, const wc_schema *schema, const uint8_t *slot, bool is_null, wc_value *value) {
  if (is_null) {
    for (size_t i = 0; i < slot_width(schema); i++) {
      if (slot[i] != 0) return fault(row->error, "slot of a null is not zero");
    }
    *value = WC_NULL_VALUE;
    return true;
  }
  if (scalar_width(schema->type) > 0) return read_scalar(slot, schema->type, value, row->error);
  size_t offset = get32(slot), length = get32(slot + 4), expected = (size_t)(row->next - row->start);
  if (offset != expected) return fault(row->error, "variable part starts at %zu instead of %zu", offset, expected);
  size_t room = (size_t)(row->end - row->next);
  if (length > room) return fault(row->error, "variable part has %zu bytes, %zu are left", length, room);
  const uint8_t *start = row->next;
  row->next += length;
  return read_row(row->arena, schema, start, row->next, value, row->error);
}

static bool check_spare_bits(const uint8_t *bitmap, size_t count, wc_error *error) {
  if (count % 8 != 0 && bitmap[count / 8] >> (count % 8) != 0) return fault(error, "spare bits of the null bitmap are set");
  return true;
}

/* Reads `count` slots of one kind into every `step`th value. */
static bool read_all(slots *row, const wc_schema *schema, size_t count, const uint8_t *bitmap, const uint8_t *slot,
                     wc_value *values, size_t step) {
  if (!check_spare_bits(bitmap, count, row->error)) return false;
  for (size_t i = 0; i < count; i++, slot += slot_width(schema)) {
    if (!read_slot(row, schema, slot, is_set(bitmap, i), &values[i * step])) return within(row->error, "item %zu", i);
  }
  return true;
}

static bool at_end(const slots *row) {
  if (row->next == row->end) return true;
  return fault(row->error, "has %zu bytes after its end", (size_t)(row->end - row->next));
}

static bool read_struct(slots *row, const wc_schema *schema, wc_value *value) {
  size_t count = schema->field_count, fixed = bitmap_bytes(count), size = (size_t)(row->end - row->start);
  for (size_t i = 0; i < count; i++) fixed += slot_width(schema->fields[i].schema);
  if (size < fixed) return fault(row->error, "struct wants %zu bytes, has %zu", fixed, size);
  if (!check_spare_bits(row->start, count, row->error)) return false;
  row->next = row->start + fixed;
  wc_value *values = wc_alloc(row->arena, count * sizeof(wc_value));
  const uint8_t *slot = row->start + bitmap_bytes(count);
  for (size_t i = 0; i < count; i++) {
    const wc_field *field = &schema->fields[i];
    if (!read_slot(row, field->schema, slot, is_set(row->start, i), &values[i])) {
      return within(row->error, "field \"%.*s\"", WC_ARG(field->name));
    }
    slot += slot_width(field->schema);
  }
  *value = wc_list(WC_STRUCT, values, count);
  return at_end(row);
}

static bool read_collection(slots *row, const wc_schema *schema, wc_value *value) {
  size_t each = schema->type == WC_MAP ? 2 : 1, size = (size_t)(row->end - row->start);
  size_t key_width = each == 2 ? slot_width(schema->keys) : 0, width = key_width + slot_width(schema->values);
  if (size < 4) return fault(row->error, "count is cut off");
  uint64_t count = get32(row->start), bitmap = (count + 7) / 8;
  if (4 + each * bitmap + width * count > size) {
    return fault(row->error, "%llu items do not fit into %zu bytes", (unsigned long long)count, size);
  }
  const uint8_t *bitmaps = row->start + 4, *keys = bitmaps + each * bitmap, *items = keys + key_width * count;
  row->next = items + slot_width(schema->values) * count;
  wc_value *values = wc_alloc(row->arena, (size_t)count * each * sizeof(wc_value));
  if (each == 2 && !read_all(row, schema->keys, (size_t)count, bitmaps, keys, values, 2)) return within(row->error, "key");
  if (!read_all(row, schema->values, (size_t)count, bitmaps + (each - 1) * bitmap, items, values + each - 1, each)) return false;
  *value = wc_list(schema->type, values, (size_t)count * each);
  return at_end(row);
}

bool read_row(wc_arena *arena, const wc_schema *schema, const uint8_t *start, const uint8_t *end, wc_value *value, wc_error *error) {
  slots row = {arena, start, end, end, error};
  size_t size = (size_t)(end - start);
  switch (schema->type) {
    case WC_STRING: return read_text(start, end, value, error);
    case WC_BYTES: *value = wc_blob((wc_bytes){start, size}); return true;
    case WC_STRUCT: return read_struct(&row, schema, value);
    case WC_ARRAY:
    case WC_MAP: return read_collection(&row, schema, value);
    default:
      if (size != scalar_width(schema->type)) {
        return fault(error, "has %zu bytes instead of %zu", size, scalar_width(schema->type));
      }
      return read_scalar(start, schema->type, value, error);
  }
}

/* === writing by a schema */

static bool mismatch(enum wc_type type, const wc_value *value, wc_error *error) {
  return wc_fail(error, WC_FATAL, "%s is no value of Schema{%s}", wc_type_name(value->type), wc_type_name(type));
}

static bool write_text(buffer *into, wc_text text, wc_error *error) {
  if (!is_utf8((const uint8_t *)text.at, text.length)) return wc_fail(error, WC_FATAL, "text is not valid UTF-8");
  buffer_put(into, text.at, text.length);
  return true;
}

/* Writes what stands for one value at `slot`; nested rows go to the end. */
static bool write_slot(buffer *into, size_t row, size_t slot, const wc_schema *schema, const wc_value *value, wc_error *error) {
  if (scalar_width(schema->type) > 0) return write_scalar(into->at + slot, schema->type, value, error);
  size_t start = into->length;
  if (!write_row(into, schema, value, error)) return false;
  put_number(into->at + slot, start - row, 4);
  put_number(into->at + slot + 4, into->length - start, 4);
  return true;
}

static void set_null(buffer *into, size_t bitmap, size_t i) { into->at[bitmap + i / 8] |= (uint8_t)(1 << (i % 8)); }

static bool write_struct(buffer *into, const wc_schema *schema, const wc_value *value, wc_error *error) {
  size_t count = schema->field_count, fixed = bitmap_bytes(count);
  if (value->list.count != count) return wc_fail(error, WC_FATAL, "Struct schemas do not match.");
  for (size_t i = 0; i < count; i++) fixed += slot_width(schema->fields[i].schema);
  size_t row = buffer_reserve(into, fixed), slot = row + bitmap_bytes(count);
  for (size_t i = 0; i < count; i++) {
    const wc_field *field = &schema->fields[i];
    const wc_value *item = &value->list.items[i];
    if (item->type == WC_NULL) {
      set_null(into, row, i);
    } else if (!write_slot(into, row, slot, field->schema, item, error)) {
      return within(error, "field \"%.*s\"", WC_ARG(field->name));
    }
    slot += slot_width(field->schema);
  }
  return true;
}

static bool write_all(buffer *into, size_t row, const wc_schema *schema, size_t bitmap, size_t slot, const wc_value *values,
                      size_t count, size_t step, wc_error *error) {
  for (size_t i = 0; i < count; i++, slot += slot_width(schema)) {
    const wc_value *item = &values[i * step];
    if (item->type == WC_NULL) {
      set_null(into, bitmap, i);
    } else if (!write_slot(into, row, slot, schema, item, error)) {
      return within(error, "item %zu", i);
    }
  }
  return true;
}

static bool write_collection(buffer *into, const wc_schema *schema, const wc_value *value, wc_error *error) {
  size_t each = schema->type == WC_MAP ? 2 : 1, count = value->list.count / each, bitmap = bitmap_bytes(count);
  size_t key_width = each == 2 ? slot_width(schema->keys) : 0;
  size_t row = buffer_reserve(into, 4 + each * bitmap + count * (key_width + slot_width(schema->values)));
  put_number(into->at + row, count, 4);
  size_t keys = row + 4 + each * bitmap;
  const wc_value *items = value->list.items;
  if (each == 2 && !write_all(into, row, schema->keys, row + 4, keys, items, count, 2, error)) return within(error, "key");
  return write_all(into, row, schema->values, row + 4 + (each - 1) * bitmap, keys + count * key_width, items + (each - 1), count,
                   each, error);
}

bool write_row(buffer *into, const wc_schema *schema, const wc_value *value, wc_error *error) {
  if (value->type != schema->type) return mismatch(schema->type, value, error);
  switch (schema->type) {
    case WC_STRING: return write_text(into, value->string, error);
    case WC_BYTES: buffer_put(into, value->bytes.at, value->bytes.length); return true;
    case WC_STRUCT: return write_struct(into, schema, value, error);
    case WC_ARRAY:
    case WC_MAP: return write_collection(into, schema, value, error);
    default: {
      size_t at = buffer_reserve(into, scalar_width(schema->type));
      return write_scalar(into->at + at, schema->type, value, error);
    }
  }
}

/* === without a schema */

static bool next_tagged(cursor *at, wc_arena *arena, wc_value *value, int depth);

static bool tagged_items(cursor *at, wc_arena *arena, wc_value *value, int depth) {
  size_t each = value->type == WC_MAP ? 2 : 1;
  uint32_t count;
  if (!take_count(at, &count, each, "count")) return false;
  wc_value *items = wc_alloc(arena, count * each * sizeof(wc_value));
  for (size_t i = 0; i < count * each; i++) {
    if (!next_tagged(at, arena, &items[i], depth)) return within(at->error, "item %zu", i / each);
  }
  if (left(at) > 0) return fault(at->error, "%s has %zu bytes after its end", wc_type_name(value->type), left(at));
  value->list.items = items;
  value->list.count = count * each;
  return true;
}

static bool next_tagged(cursor *at, wc_arena *arena, wc_value *value, int depth) {
  uint8_t tag;
  if (!take8(at, &tag, "tag")) return false;
  *value = WC_NULL_VALUE;
  if (tag == WC_NULL) return true;
  if (depth == 0) return fault(at->error, "nested too deep");
  if (tag > WC_MAP) return fault(at->error, "unknown tag %d", tag);
  enum wc_type type = (enum wc_type)tag;
  size_t width = scalar_width(type);
  if (width > 0) {
    const uint8_t *scalar = take(at, width, wc_type_name(type));
    return scalar != NULL && read_scalar(scalar, type, value, at->error);
  }
  uint32_t length;
  if (!take32(at, &length, wc_type_name(type))) return false;
  const uint8_t *start = take(at, length, wc_type_name(type));
  if (start == NULL) return false;
  value->type = type;
  if (type == WC_STRING) return read_text(start, start + length, value, at->error);
  if (type == WC_BYTES) {
    value->bytes = (wc_bytes){start, length};
    return true;
  }
  cursor content = {start, start + length, at->error};
  return tagged_items(&content, arena, value, depth - 1);
}

bool read_tagged(wc_arena *arena, const uint8_t *start, const uint8_t *end, wc_value *value, wc_error *error) {
  cursor at = {start, end, error};
  if (!next_tagged(&at, arena, value, MAX_DEPTH)) return false;
  if (value->type == WC_NULL) return fault(error, "null has a row");
  if (left(&at) > 0) return fault(error, "has %zu bytes after its end", left(&at));
  return true;
}

static bool write_next(buffer *into, const wc_value *value, int depth, wc_error *error) {
  buffer_number(into, value->type, 1);
  if (value->type == WC_NULL) return true;
  if (depth == 0) return wc_fail(error, WC_FATAL, "value is nested deeper than %d", MAX_DEPTH);
  if (value->type == WC_STRUCT) return wc_fail(error, WC_FATAL, "a struct has no schemaless form");
  size_t width = scalar_width(value->type);
  if (width > 0) {
    size_t at = buffer_reserve(into, width);
    return write_scalar(into->at + at, value->type, value, error);
  }
  size_t length_at = buffer_reserve(into, 4);
  if (value->type == WC_STRING) {
    if (!write_text(into, value->string, error)) return false;
  } else if (value->type == WC_BYTES) {
    buffer_put(into, value->bytes.at, value->bytes.length);
  } else {
    buffer_number(into, value->list.count / (value->type == WC_MAP ? 2 : 1), 4);
    for (size_t i = 0; i < value->list.count; i++) {
      if (!write_next(into, &value->list.items[i], depth - 1, error)) return within(error, "item %zu", i);
    }
  }
  put_number(into->at + length_at, into->length - length_at - 4, 4);
  return true;
}

bool write_tagged(buffer *into, const wc_value *value, wc_error *error) { return write_next(into, value, MAX_DEPTH, error); }
