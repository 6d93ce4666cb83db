/* Reads a batch, and lists of acks: every bound is checked once, in one pass; records are decoded when they are asked for. */
#include "internal.h"

struct wc_batch {
  wc_arena *arena;
  const uint8_t *bytes;
  const uint8_t *index;
  size_t count;
  wc_text *strings;
  size_t string_count;
  schemas schemas;
};

static bool check_magic(wc_bytes bytes, const char *magic, const char *noun, wc_error *error) {
  if (memcmp(bytes.at, magic, 3) != 0) {
    return fault(error, "is no %s: starts with [%d, %d, %d]", noun, bytes.at[0], bytes.at[1], bytes.at[2]);
  }
  if (bytes.at[3] != FORMAT_VERSION) {
    return fault(error, "is of version %d, this reader knows version %d", bytes.at[3], FORMAT_VERSION);
  }
  return true;
}

static bool check_size(wc_bytes bytes, size_t header, wc_error *error) {
  if (bytes.length > MAX_FOREIGN_BYTES) return fault(error, "has %zu bytes, the most is %zu", bytes.length, MAX_FOREIGN_BYTES);
  if (bytes.length < header) return fault(error, "header wants %zu bytes, %zu are left", header, bytes.length);
  return true;
}

/* === frames */

static bool check_string(const wc_batch *batch, const uint8_t *at, const char *noun, wc_error *error) {
  uint32_t id = get32(at);
  if (id != NONE && id >= batch->string_count) return fault(error, "%s: there is no string %u", noun, (unsigned)id);
  return true;
}

static bool check_schema(const wc_batch *batch, const uint8_t *at, const char *noun, wc_error *error) {
  const wc_schema *schema;
  if (!schema_by_id(&batch->schemas, get32(at), &schema)) return fault(error, "%s: there is no schema %u", noun, (unsigned)get32(at));
  return true;
}

static bool check_partition(const uint8_t *at, const char *noun, wc_error *error) {
  int32_t partition = (int32_t)get32(at);
  return partition >= -1 || fault(error, "%s is %d", noun, (int)partition);
}

static bool check_header(const wc_batch *batch, cursor *at) {
  const uint8_t *header = take(at, HEADER, "header");
  if (header == NULL) return false;
  if (get32(header) >= batch->string_count) return fault(at->error, "there is no string %u", (unsigned)get32(header));
  if (!check_schema(batch, header + 4, "value", at->error)) return false;
  uint32_t length = get32(header + 8);
  return length == NONE || take(at, length, "value") != NULL;
}

/* Checks the frame at the cursor, and passes over it. */
static bool check_frame(const wc_batch *batch, cursor *at) {
  wc_error *error = at->error;
  const uint8_t *frame = take(at, FRAME, "frame");
  if (frame == NULL) return false;
  unsigned flags = get16(frame + AT_FLAGS), timestamp_type = flags >> TIMESTAMP_SHIFT & 3;
  size_t key = get32(frame + AT_KEY_LENGTH), value = get32(frame + AT_VALUE_LENGTH);
  size_t source_offset = get32(frame + AT_SOURCE_OFFSET_LENGTH);
  if (flags & ~(unsigned)FRAME_FLAGS) return fault(error, "unknown flags %u", flags);
  if (timestamp_type == 3) return fault(error, "unknown timestamp type 3");
  if (timestamp_type == 0 && get64(frame + AT_TIMESTAMP) != 0) return fault(error, "timestamp is set, its type is none");
  if ((flags & NULL_KEY) && key > 0) return fault(error, "key is null and has bytes");
  if ((flags & NULL_VALUE) && value > 0) return fault(error, "value is null and has bytes");
  if (!check_partition(frame + AT_PARTITION, "partition", error) ||
      !check_partition(frame + AT_ORIGINAL_PARTITION, "original partition", error) ||
      !check_string(batch, frame + AT_TOPIC, "topic", error) ||
      !check_string(batch, frame + AT_ORIGINAL_TOPIC, "original topic", error) ||
      !check_string(batch, frame + AT_SOURCE_PARTITION, "source partition", error) ||
      !check_schema(batch, frame + AT_KEY_SCHEMA, "key", error) ||
      !check_schema(batch, frame + AT_VALUE_SCHEMA, "value", error) || take(at, key, "key") == NULL ||
      take(at, value, "value") == NULL) {
    return false;
  }
  if (source_offset > 0 && get32(frame + AT_SOURCE_PARTITION) == NONE) {
    return fault(error, "has a source offset without a source partition");
  }
  const uint8_t *text = take(at, source_offset, "source offset");
  if (text == NULL) return false;
  if (!is_utf8(text, source_offset)) return fault(error, "source offset: string is not valid UTF-8");
  for (unsigned i = 0, count = get16(frame + AT_HEADERS); i < count; i++) {
    if (!check_header(batch, at)) return within(error, "header %u", i);
  }
  return true;
}

static bool check_frames(const wc_batch *batch, wc_error *error) {
  cursor at = {batch->bytes + BATCH_HEADER, batch->index, error};
  for (size_t i = 0; i < batch->count; i++) {
    uint32_t start = get32(batch->index + 4 * i);
    if (start == NONE) continue;
    size_t expected = (size_t)(at.at - batch->bytes);
    bool is_right = start == expected || fault(error, "frame starts at %u instead of %zu", (unsigned)start, expected);
    if (!is_right || !check_frame(batch, &at)) {
      error->record = (int64_t)i;
      return false;
    }
  }
  return left(&at) == 0 || fault(error, "%zu bytes follow the last frame", left(&at));
}

static bool read_batch(wc_batch *batch, wc_bytes bytes, wc_error *error) {
  if (!check_size(bytes, BATCH_HEADER, error) || !check_magic(bytes, "KCB", "batch", error)) return false;
  const uint8_t *header = bytes.at;
  size_t count = get32(header + 8), index = get32(header + 12), strings = get32(header + 16), own = get32(header + 20);
  if (get32(header + 4) != 0) return fault(error, "has unknown flags %u", (unsigned)get32(header + 4));
  if (count > MAX_RECORDS) return fault(error, "has %zu records, the most is %d", count, MAX_RECORDS);
  if (get32(header + 24) != bytes.length) {
    return fault(error, "has %zu bytes, its header says %u", bytes.length, (unsigned)get32(header + 24));
  }
  if (index < BATCH_HEADER || strings < index || own < strings || bytes.length < own) {
    return fault(error, "sections at %zu, %zu and %zu of %zu bytes are out of order", index, strings, own, bytes.length);
  }
  if (strings - index != 4 * count) return fault(error, "index has %zu bytes for %zu records", strings - index, count);
  batch->bytes = bytes.at;
  batch->index = bytes.at + index;
  batch->count = count;
  return read_strings(batch->arena, bytes.at + strings, bytes.at + own, &batch->strings, &batch->string_count, error) &&
         read_schemas(batch->arena, bytes.at + own, bytes.at + bytes.length, &batch->schemas, error) &&
         check_frames(batch, error);
}

const wc_batch *wc_batch_read(wc_arena *arena, wc_bytes bytes, wc_error *error) {
  wc_batch *batch = wc_alloc(arena, sizeof(wc_batch));
  batch->arena = arena;
  if (read_batch(batch, bytes, error)) return batch;
  if (error->record < 0) {
    within(error, "malformed batch");
  } else {
    within(error, "malformed batch: record %lld", (long long)error->record);
  }
  return NULL;
}

size_t wc_batch_count(const wc_batch *batch) { return batch->count; }

bool wc_batch_is_hole(const wc_batch *batch, size_t position) { return get32(batch->index + 4 * position) == NONE; }

size_t wc_batch_string_count(const wc_batch *batch) { return batch->string_count; }

wc_text wc_batch_string(const wc_batch *batch, size_t position) { return batch->strings[position]; }

size_t wc_batch_schema_count(const wc_batch *batch) { return batch->schemas.count; }

const wc_schema *wc_batch_schema(const wc_batch *batch, size_t position) { return batch->schemas.own[position]; }

/* === records */

static wc_text string_of(const wc_batch *batch, const uint8_t *at) {
  uint32_t id = get32(at);
  return id == NONE ? WC_NONE : batch->strings[id];
}

/* A payload whose row is at `at`, if there is one. */
static bool read_payload(const wc_batch *batch, uint32_t schema, bool is_null, const uint8_t *at, size_t length,
                         wc_payload *payload, wc_error *error) {
  *payload = (wc_payload){.value = WC_NULL_VALUE};
  schema_by_id(&batch->schemas, schema, &payload->schema);
  if (is_null) return true;
  if (payload->schema == NULL) return read_tagged(batch->arena, at, at + length, &payload->value, error);
  return read_row(batch->arena, payload->schema, at, at + length, &payload->value, error);
}

static bool read_record(const wc_batch *batch, const uint8_t *frame, wc_record *record, wc_error *error) {
  unsigned flags = get16(frame + AT_FLAGS);
  size_t key = get32(frame + AT_KEY_LENGTH), value = get32(frame + AT_VALUE_LENGTH);
  size_t source_offset = get32(frame + AT_SOURCE_OFFSET_LENGTH), count = get16(frame + AT_HEADERS);
  const uint8_t *at = frame + FRAME;
  wc_header *headers = wc_alloc(batch->arena, count * sizeof(wc_header));
  *record = (wc_record){
      .topic = string_of(batch, frame + AT_TOPIC),
      .partition = (int32_t)get32(frame + AT_PARTITION),
      .original_topic = string_of(batch, frame + AT_ORIGINAL_TOPIC),
      .original_partition = (int32_t)get32(frame + AT_ORIGINAL_PARTITION),
      .offset = (int64_t)get64(frame + AT_OFFSET),
      .timestamp = (int64_t)get64(frame + AT_TIMESTAMP),
      .timestamp_type = (enum wc_timestamp_type)(flags >> TIMESTAMP_SHIFT & 3),
      .source_partition = string_of(batch, frame + AT_SOURCE_PARTITION),
      .source_offset = source_offset == 0 ? WC_NONE : (wc_text){(const char *)at + key + value, source_offset},
      .headers = headers,
      .header_count = count,
      .commit_after = flags & COMMIT_AFTER,
      .abort_after = flags & ABORT_AFTER,
  };
  if (!read_payload(batch, get32(frame + AT_KEY_SCHEMA), flags & NULL_KEY, at, key, &record->key, error)) {
    return within(error, "key");
  }
  at += key;
  if (!read_payload(batch, get32(frame + AT_VALUE_SCHEMA), flags & NULL_VALUE, at, value, &record->value, error)) {
    return within(error, "value");
  }
  at += value + source_offset;
  for (size_t i = 0; i < count; i++) {
    uint32_t length = get32(at + 8);
    bool is_null = length == NONE;
    headers[i].name = string_of(batch, at);
    if (!read_payload(batch, get32(at + 4), is_null, at + HEADER, is_null ? 0 : length, &headers[i].payload, error)) {
      return within(error, "header %zu", i);
    }
    at += HEADER + (is_null ? 0 : length);
  }
  return true;
}

bool wc_batch_record(const wc_batch *batch, size_t position, wc_record *record, wc_error *error) {
  if (read_record(batch, batch->bytes + get32(batch->index + 4 * position), record, error)) return true;
  within(error, "malformed batch: record %zu", position);
  error->record = (int64_t)position;
  return false;
}

/* === acks */

static bool read_acks(wc_arena *arena, wc_bytes bytes, wc_ack **acks, size_t *found, wc_error *error) {
  if (!check_size(bytes, ACKS_HEADER, error) || !check_magic(bytes, "KCA", "list of acks", error)) return false;
  uint64_t count = get32(bytes.at + 4), strings_at = get32(bytes.at + 8);
  if (get32(bytes.at + 12) != bytes.length) {
    return fault(error, "has %zu bytes, its header says %u", bytes.length, (unsigned)get32(bytes.at + 12));
  }
  if (count > MAX_RECORDS) return fault(error, "has %llu records, the most is %d", (unsigned long long)count, MAX_RECORDS);
  if (strings_at != ACKS_HEADER + ACK * count || strings_at > bytes.length) {
    return fault(error, "strings are at %llu behind %llu acks", (unsigned long long)strings_at, (unsigned long long)count);
  }
  wc_text *strings;
  size_t string_count;
  if (!read_strings(arena, bytes.at + strings_at, bytes.at + bytes.length, &strings, &string_count, error)) return false;
  *acks = wc_alloc(arena, (size_t)count * sizeof(wc_ack));
  *found = (size_t)count;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *at = bytes.at + ACKS_HEADER + ACK * i;
    uint32_t topic = get32(at + 8);
    wc_ack ack = {get64(at), WC_NONE, (int32_t)get32(at + 12), (int64_t)get64(at + 16), (int64_t)get64(at + 24)};
    if (topic == NONE) {
      if (ack.partition != -1 || ack.offset != -1 || ack.timestamp != -1) {
        return fault(error, "ack %zu: has no topic, but a partition, offset or timestamp", i);
      }
    } else if (topic >= string_count) {
      return fault(error, "ack %zu: there is no string %u", i, (unsigned)topic);
    } else if (ack.partition < 0) {
      return fault(error, "ack %zu: partition is %d", i, (int)ack.partition);
    } else {
      ack.topic = strings[topic];
    }
    (*acks)[i] = ack;
  }
  return true;
}

bool wc_acks_read(wc_arena *arena, wc_bytes bytes, const wc_ack **acks, size_t *count, wc_error *error) {
  wc_ack *found;
  if (!read_acks(arena, bytes, &found, count, error)) return within(error, "malformed batch");
  *acks = found;
  return true;
}
