/* Writes a batch in one pass: frames as they come, then index, strings and schemas; and lists of acks. */
#include <stdlib.h>

#include "internal.h"

/* A schema that was entered, by its address and its definition's place. */
typedef struct {
  const wc_schema *schema;
  uint32_t id;
} known;

struct wc_writer {
  buffer frames;
  buffer index;
  size_t count;
  string_table strings;
  /* The definitions, and where each ends. */
  buffer definitions;
  buffer ends;
  uint32_t schema_count;
  known *known;
  size_t known_count;
  size_t known_capacity;
};

wc_writer *wc_writer_new(void) {
  wc_writer *writer = checked(calloc(1, sizeof(wc_writer)));
  writer->strings = (string_table){.size = 4, .arena = wc_arena_new()};
  buffer_reserve(&writer->frames, BATCH_HEADER);
  return writer;
}

void wc_writer_free(wc_writer *writer) {
  if (writer == NULL) return;
  wc_arena_free(writer->strings.arena);
  string_table_free(&writer->strings);
  free(writer->frames.at);
  free(writer->index.at);
  free(writer->definitions.at);
  free(writer->ends.at);
  free(writer->known);
  free(writer);
}

bool wc_writer_string(wc_writer *writer, wc_text string, uint32_t *id, wc_error *error) {
  if (!is_utf8((const uint8_t *)string.at, string.length)) return wc_fail(error, WC_FATAL, "text is not valid UTF-8");
  *id = string_table_intern(&writer->strings, string);
  return true;
}

/* === schemas */

static bool check_texts(const wc_schema *schema, wc_error *error) {
  bool right = is_utf8((const uint8_t *)schema->name.at, schema->name.length) &&
               is_utf8((const uint8_t *)schema->doc.at, schema->doc.length);
  for (size_t i = 0; i < schema->field_count && right; i++) {
    right = is_utf8((const uint8_t *)schema->fields[i].name.at, schema->fields[i].name.length);
  }
  for (size_t i = 0; i < schema->parameter_count && right; i++) {
    right = is_utf8((const uint8_t *)schema->parameters[i].key.at, schema->parameters[i].key.length) &&
            is_utf8((const uint8_t *)schema->parameters[i].value.at, schema->parameters[i].value.length);
  }
  return right || wc_fail(error, WC_FATAL, "schema cannot be written: text is not valid UTF-8");
}

/* The definition, whose children are written before. */
static bool define(wc_writer *writer, buffer *into, const wc_schema *schema, wc_error *error) {
  uint32_t id;
  if (!check_texts(schema, error)) return false;
  buffer_number(into, schema->type, 1);
  int flags = (schema->optional ? OPTIONAL : 0) | (schema->name.at != NULL ? NAMED : 0) | (schema->has_version ? VERSIONED : 0) |
              (schema->doc.at != NULL ? DOCUMENTED : 0) | (schema->parameter_count > 0 ? PARAMETERS : 0) |
              (schema->fallback != NULL ? DEFAULT : 0);
  buffer_number(into, (uint64_t)flags, 1);
  if (schema->type == WC_MAP) {
    if (!wc_writer_schema(writer, schema->keys, &id, error)) return false;
    buffer_number(into, id, 4);
  }
  if (schema->type == WC_MAP || schema->type == WC_ARRAY) {
    if (!wc_writer_schema(writer, schema->values, &id, error)) return false;
    buffer_number(into, id, 4);
  }
  if (schema->type == WC_STRUCT) {
    buffer_number(into, schema->field_count, 4);
    for (size_t i = 0; i < schema->field_count; i++) {
      if (!wc_writer_schema(writer, schema->fields[i].schema, &id, error)) return false;
      buffer_text(into, schema->fields[i].name);
      buffer_number(into, id, 4);
    }
  }
  if (schema->name.at != NULL) buffer_text(into, schema->name);
  if (schema->has_version) buffer_number(into, (uint32_t)schema->version, 4);
  if (schema->doc.at != NULL) buffer_text(into, schema->doc);
  if (schema->parameter_count > 0) {
    buffer_number(into, schema->parameter_count, 4);
    for (size_t i = 0; i < schema->parameter_count; i++) {
      buffer_text(into, schema->parameters[i].key);
      buffer_text(into, schema->parameters[i].value);
    }
  }
  if (schema->fallback == NULL) return true;
  size_t length_at = buffer_reserve(into, 4);
  if (!write_row(into, schema, schema->fallback, error)) return false;
  put_number(into->at + length_at, into->length - length_at - 4, 4);
  return true;
}

/* The id of a definition, which is entered if there is none like it. */
static uint32_t enter(wc_writer *writer, const buffer *definition) {
  size_t start = 0;
  for (uint32_t i = 0; i < writer->schema_count; i++) {
    size_t end = get32(writer->ends.at + (size_t)4 * i);
    if (end - start == definition->length && memcmp(writer->definitions.at + start, definition->at, definition->length) == 0) {
      return OWN_SCHEMAS + i;
    }
    start = end;
  }
  buffer_put(&writer->definitions, definition->at, definition->length);
  buffer_number(&writer->ends, writer->definitions.length, 4);
  return OWN_SCHEMAS + writer->schema_count++;
}

bool wc_writer_schema(wc_writer *writer, const wc_schema *schema, uint32_t *id, wc_error *error) {
  *id = schema == NULL ? 0 : schema->builtin_id;
  if (schema == NULL || *id != 0) return true;
  for (size_t i = 0; i < writer->known_count; i++) {
    if (writer->known[i].schema == schema) {
      *id = writer->known[i].id;
      return true;
    }
  }
  buffer definition = {0};
  bool defined = define(writer, &definition, schema, error);
  if (defined) {
    *id = enter(writer, &definition);
    if (writer->known_count == writer->known_capacity) {
      writer->known_capacity = 2 * writer->known_capacity + 8;
      writer->known = checked(realloc(writer->known, writer->known_capacity * sizeof(known)));
    }
    writer->known[writer->known_count++] = (known){schema, *id};
  }
  free(definition.at);
  return defined;
}

/* === records */

static bool write_payload(wc_writer *writer, const wc_payload *payload, uint32_t *id, wc_error *error) {
  if (!wc_writer_schema(writer, payload->schema, id, error)) return false;
  if (payload->value.type == WC_NULL) return true;
  if (payload->schema == NULL) return write_tagged(&writer->frames, &payload->value, error);
  return write_row(&writer->frames, payload->schema, &payload->value, error);
}

static bool put_string(wc_writer *writer, uint8_t *at, wc_text string, wc_error *error) {
  uint32_t id = NONE;
  if (string.at != NULL && !wc_writer_string(writer, string, &id, error)) return false;
  put_number(at, id, 4);
  return true;
}

static bool write_header(wc_writer *writer, const wc_header *header, wc_error *error) {
  buffer *frames = &writer->frames;
  size_t at = buffer_reserve(frames, HEADER);
  uint32_t name, schema;
  if (!wc_writer_string(writer, header->name, &name, error) || !write_payload(writer, &header->payload, &schema, error)) return false;
  bool is_null = header->payload.value.type == WC_NULL;
  put_number(frames->at + at, name, 4);
  put_number(frames->at + at + 4, schema, 4);
  put_number(frames->at + at + 8, is_null ? NONE : frames->length - at - HEADER, 4);
  return true;
}

static unsigned flags_of(const wc_record *record) {
  return (record->key.value.type == WC_NULL ? NULL_KEY : 0u) | (record->value.value.type == WC_NULL ? NULL_VALUE : 0u) |
         (unsigned)record->timestamp_type << TIMESTAMP_SHIFT | (record->commit_after ? COMMIT_AFTER : 0u) |
         (record->abort_after ? ABORT_AFTER : 0u);
}

static bool write_frame(wc_writer *writer, size_t start, const wc_record *record, wc_error *error) {
  buffer *frames = &writer->frames;
  uint8_t *frame = frames->at + start;
  if (record->header_count > UINT16_MAX) return wc_fail(error, WC_FATAL, "record has %zu headers, the most is 65535", record->header_count);
  if (record->source_offset.at != NULL && record->source_partition.at == NULL) {
    return wc_fail(error, WC_FATAL, "source offset without a source partition");
  }
  if (!is_utf8((const uint8_t *)record->source_offset.at, record->source_offset.length)) {
    return wc_fail(error, WC_FATAL, "source offset: text is not valid UTF-8");
  }
  if (!put_string(writer, frame + AT_TOPIC, record->topic, error) ||
      !put_string(writer, frame + AT_ORIGINAL_TOPIC, record->original_topic, error) ||
      !put_string(writer, frame + AT_SOURCE_PARTITION, record->source_partition, error)) {
    return false;
  }
  put_number(frame + AT_FLAGS, flags_of(record), 2);
  put_number(frame + AT_HEADERS, record->header_count, 2);
  put_number(frame + AT_PARTITION, (uint32_t)(record->partition < 0 ? -1 : record->partition), 4);
  put_number(frame + AT_ORIGINAL_PARTITION, (uint32_t)(record->original_partition < 0 ? -1 : record->original_partition), 4);
  put_number(frame + AT_OFFSET, (uint64_t)record->offset, 8);
  put_number(frame + AT_TIMESTAMP, record->timestamp_type == WC_NO_TIMESTAMP ? 0 : (uint64_t)record->timestamp, 8);
  put_number(frame + AT_SOURCE_OFFSET_LENGTH, record->source_offset.length, 4);

  uint32_t key, value;
  if (!write_payload(writer, &record->key, &key, error)) return within(error, "key");
  size_t value_at = frames->length;
  if (!write_payload(writer, &record->value, &value, error)) return within(error, "value");
  /* The frames may have moved. */
  frame = frames->at + start;
  put_number(frame + AT_KEY_SCHEMA, key, 4);
  put_number(frame + AT_VALUE_SCHEMA, value, 4);
  put_number(frame + AT_KEY_LENGTH, value_at - start - FRAME, 4);
  put_number(frame + AT_VALUE_LENGTH, frames->length - value_at, 4);
  buffer_put(frames, record->source_offset.at, record->source_offset.length);
  for (size_t i = 0; i < record->header_count; i++) {
    if (!write_header(writer, &record->headers[i], error)) return within(error, "header %zu", i);
  }
  return frames->length <= MAX_BYTES || wc_fail(error, WC_FATAL, "batch would be larger than 2 GiB");
}

bool wc_writer_add(wc_writer *writer, const wc_record *record, wc_error *error) {
  size_t start = buffer_reserve(&writer->frames, FRAME);
  if (!write_frame(writer, start, record, error)) {
    writer->frames.length = start;
    return false;
  }
  buffer_number(&writer->index, start, 4);
  writer->count++;
  return true;
}

void wc_writer_hole(wc_writer *writer) {
  buffer_number(&writer->index, NONE, 4);
  writer->count++;
}

size_t wc_writer_count(const wc_writer *writer) { return writer->count; }

size_t wc_writer_size(const wc_writer *writer) {
  return writer->frames.length + writer->index.length + writer->strings.size + 4 + writer->definitions.length;
}

wc_bytes wc_writer_finish(wc_writer *writer) {
  buffer *frames = &writer->frames;
  size_t index_at = frames->length, strings_at = index_at + writer->index.length;
  size_t schemas_at = strings_at + writer->strings.size, total = schemas_at + 4 + writer->definitions.length;
  buffer_put(frames, writer->index.at, writer->index.length);
  string_table_write(&writer->strings, frames);
  buffer_number(frames, writer->schema_count, 4);
  buffer_put(frames, writer->definitions.at, writer->definitions.length);
  memcpy(frames->at, "KCB\1", 4);
  const size_t header[] = {0, writer->count, index_at, strings_at, schemas_at, total};
  for (size_t i = 0; i < 6; i++) put_number(frames->at + 4 + 4 * i, header[i], 4);
  return (wc_bytes){frames->at, frames->length};
}

uint8_t *wc_writer_release(wc_writer *writer) {
  uint8_t *batch = writer->frames.at;
  writer->frames = (buffer){0};
  return batch;
}

/* === acks */

wc_bytes wc_acks_write(wc_arena *arena, const wc_text *strings, size_t string_count, const wc_ack *acks, size_t count) {
  string_table table = {.size = 4, .arena = arena};
  buffer list = {0};
  buffer_put(&list, "KCA\1", 4);
  buffer_number(&list, count, 4);
  buffer_number(&list, ACKS_HEADER + ACK * count, 4);
  buffer_number(&list, 0, 4);
  for (size_t i = 0; i < string_count; i++) string_table_intern(&table, strings[i]);
  for (size_t i = 0; i < count; i++) {
    bool is_placed = acks[i].topic.at != NULL;
    buffer_number(&list, acks[i].sequence, 8);
    buffer_number(&list, is_placed ? string_table_intern(&table, acks[i].topic) : NONE, 4);
    buffer_number(&list, (uint32_t)(is_placed ? acks[i].partition : -1), 4);
    buffer_number(&list, (uint64_t)(is_placed ? acks[i].offset : -1), 8);
    buffer_number(&list, (uint64_t)(is_placed ? acks[i].timestamp : -1), 8);
  }
  string_table_write(&table, &list);
  put_number(list.at + 12, list.length, 4);
  uint8_t *copy = wc_alloc(arena, list.length);
  memcpy(copy, list.at, list.length);
  wc_bytes written = {copy, list.length};
  free(list.at);
  string_table_free(&table);
  return written;
}
