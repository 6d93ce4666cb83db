/* From calls of the worker to the stages of a plugin: a batch in, a batch of the same positions out. */
#include "stage.h"

#include "internal.h"

/* What this instance was configured as. */
static struct {
  /* NULL: nothing. */
  const wc_class *class;
  enum wc_stage_kind kind;
  enum wc_role role;
  void *stage;
} running;

/* === classes */

size_t wc_stage_count(enum wc_stage_kind kind) {
  const size_t counts[] = {wc_exported.transformation_count, wc_exported.predicate_count, wc_exported.converter_count,
                           wc_exported.header_converter_count};
  return counts[kind];
}

const wc_class *wc_stage_class(enum wc_stage_kind kind, size_t position) {
  switch (kind) {
    case WC_TRANSFORMATION: return &wc_exported.transformations[position].of;
    case WC_PREDICATE: return &wc_exported.predicates[position].of;
    case WC_CONVERTER: return &wc_exported.converters[position].of;
    default: return &wc_exported.header_converters[position].of;
  }
}

static const wc_class *find(enum wc_stage_kind kind, wc_text class_name) {
  for (size_t i = 0; i < wc_stage_count(kind); i++) {
    if (wc_equal(wc_str(wc_stage_class(kind, i)->class_name), class_name)) return wc_stage_class(kind, i);
  }
  return NULL;
}

const wc_class *wc_find_stage(wc_text class_name) {
  const wc_class *found = NULL;
  for (int kind = 0; kind < WC_STAGE_KINDS && found == NULL; kind++) found = find((enum wc_stage_kind)kind, class_name);
  return found;
}

/* The stage itself, of which the class is the first member. */
static const wc_transformation *transformation(const wc_class *class) { return (const wc_transformation *)(const void *)class; }
static const wc_predicate *predicate(const wc_class *class) { return (const wc_predicate *)(const void *)class; }
static const wc_converter *converter(const wc_class *class) { return (const wc_converter *)(const void *)class; }

bool wc_configure_stage(wc_arena *arena, enum wc_stage_kind kind, enum wc_role role, wc_text class_name, const wc_setting *settings,
                        size_t count, wc_error *error) {
  const wc_class *class = find(kind, class_name);
  if (running.class != NULL) return wc_fail(error, WC_FATAL, "configure: this instance is a %s already", running.class->class_name);
  if (class == NULL) return wc_fail(error, WC_CONFIG, "this component has no such class %.*s", WC_ARG(class_name));
  wc_config config = {settings, count, class->keys, class->key_count};
  void *stage = kind == WC_TRANSFORMATION ? transformation(class)->configure(arena, &config, error)
                : kind == WC_PREDICATE    ? predicate(class)->configure(arena, &config, error)
                                          : converter(class)->configure(arena, &config, role, error);
  if (stage == NULL) return false;
  running.class = class;
  running.kind = kind;
  running.role = role;
  running.stage = stage;
  return true;
}

void wc_run_close(void) {
  if (running.class != NULL && running.kind == WC_TRANSFORMATION && transformation(running.class)->close != NULL) {
    transformation(running.class)->close(running.stage);
  }
  if (running.class != NULL && running.kind == WC_PREDICATE && predicate(running.class)->close != NULL) {
    predicate(running.class)->close(running.stage);
  }
  memset(&running, 0, sizeof running);
}

/* === batches */

/* What a stage makes of a record. */
typedef enum wc_fate process(wc_arena *arena, wc_record *record, wc_error *error);

static void refuse(wc_arena *arena, wc_outcome *outcome, size_t position, const wc_error *error) {
  wc_refusal *refusal = wc_alloc(arena, sizeof(wc_refusal));
  *refusal = (wc_refusal){outcome->failed, position, wc_format(arena, "%s", error->message)};
  outcome->failed = refusal;
}

/* A record that cannot be read, or what became of which cannot be written, is to blame itself. */
static enum wc_fate process_record(wc_arena *arena, const wc_batch *batch, size_t position, process *process, wc_writer *writer,
                                   wc_error *error) {
  wc_record record;
  if (!wc_batch_record(batch, position, &record, error)) {
    error->kind = WC_DATA;
    return WC_FAILED;
  }
  enum wc_fate fate = process(arena, &record, error);
  if (fate != WC_KEEP) return fate;
  if (!wc_writer_add(writer, &record, error)) {
    error->kind = WC_DATA;
    return WC_FAILED;
  }
  return WC_KEEP;
}

static bool process_batch(wc_arena *arena, wc_bytes bytes, process *process, wc_outcome *outcome, wc_error *error) {
  const wc_batch *batch = wc_batch_read(arena, bytes, error);
  if (batch == NULL) return false;
  *outcome = (wc_outcome){.writer = wc_writer_new()};
  for (size_t i = 0; i < wc_batch_count(batch); i++) {
    bool is_hole = wc_batch_is_hole(batch, i);
    enum wc_fate fate = is_hole ? WC_DROP : process_record(arena, batch, i, process, outcome->writer, error);
    if (fate == WC_FAILED && error->kind != WC_DATA) {
      wc_writer_free(outcome->writer);
      return false;
    }
    if (fate == WC_FAILED) refuse(arena, outcome, i, error);
    if (fate != WC_KEEP) wc_writer_hole(outcome->writer);
  }
  return true;
}

static bool is_a(const char *call, bool is_right, wc_error *error) {
  return (running.class != NULL && is_right) || wc_fail(error, WC_FATAL, "%s: this instance was not configured as what that is for", call);
}

static enum wc_fate apply(wc_arena *arena, wc_record *record, wc_error *error) {
  enum wc_fate fate = transformation(running.class)->apply(running.stage, arena, record, error);
  /* Where it was read is the worker's to know. */
  record->original_topic = record->source_partition = record->source_offset = WC_NONE;
  record->original_partition = -1;
  record->commit_after = record->abort_after = false;
  return fate;
}

bool wc_run_apply(wc_arena *arena, wc_bytes batch, wc_outcome *outcome, wc_error *error) {
  return is_a("apply", running.kind == WC_TRANSFORMATION, error) && process_batch(arena, batch, apply, outcome, error);
}

bool wc_run_test(wc_arena *arena, wc_bytes bytes, wc_bytes *bits, wc_error *error) {
  if (!is_a("test", running.kind == WC_PREDICATE, error)) return false;
  const wc_batch *batch = wc_batch_read(arena, bytes, error);
  if (batch == NULL) return false;
  size_t count = wc_batch_count(batch);
  uint8_t *set = wc_alloc(arena, (count + 7) / 8);
  for (size_t i = 0; i < count; i++) {
    wc_record record;
    bool holds = false;
    if (wc_batch_is_hole(batch, i)) continue;
    if (!wc_batch_record(batch, i, &record, error)) return false;
    if (!predicate(running.class)->test(running.stage, &record, &holds, error)) return false;
    set[i / 8] |= (uint8_t)(holds << (i % 8));
  }
  *bits = (wc_bytes){set, (count + 7) / 8};
  return true;
}

/* === converters */

typedef bool convert(wc_arena *arena, wc_part part, wc_payload *payload, wc_error *error);

static bool to_kafka(wc_arena *arena, wc_part part, wc_payload *payload, wc_error *error) {
  wc_bytes to = {NULL, 0};
  if (!converter(running.class)->from_connect(running.stage, arena, part, payload, &to, error)) return false;
  *payload = to.at == NULL ? (wc_payload){NULL, WC_NULL_VALUE} : (wc_payload){wc_plain(WC_BYTES, true), wc_blob(to)};
  return true;
}

static bool of_kafka(wc_arena *arena, wc_part part, wc_payload *payload, wc_error *error) {
  if (payload->value.type != WC_NULL && payload->value.type != WC_BYTES) {
    return wc_fail(error, WC_FATAL, "to-connect: a part is neither bytes nor null but %s", wc_type_name(payload->value.type));
  }
  wc_bytes from = payload->value.type == WC_NULL ? (wc_bytes){NULL, 0} : payload->value.bytes;
  *payload = (wc_payload){NULL, WC_NULL_VALUE};
  return converter(running.class)->to_connect(running.stage, arena, part, from, payload, error);
}

/* The converted part of a record, and nothing else. */
static enum wc_fate convert_record(wc_arena *arena, convert *convert, wc_record *record, wc_error *error) {
  wc_part part = {record->topic, WC_NONE};
  wc_record to = WC_RECORD;
  bool success = true;
  if (running.role == WC_KEY) {
    to.key = record->key;
    success = convert(arena, part, &to.key, error);
  } else if (running.role == WC_VALUE) {
    to.value = record->value;
    success = convert(arena, part, &to.value, error);
  } else {
    wc_header *headers = wc_alloc(arena, record->header_count * sizeof(wc_header));
    for (size_t i = 0; i < record->header_count && success; i++) {
      headers[i] = record->headers[i];
      part.name = headers[i].name;
      success = convert(arena, part, &headers[i].payload, error);
    }
    to.headers = headers;
    to.header_count = record->header_count;
  }
  *record = to;
  return success ? WC_KEEP : WC_FAILED;
}

static enum wc_fate record_to_kafka(wc_arena *arena, wc_record *record, wc_error *error) {
  return convert_record(arena, to_kafka, record, error);
}

static enum wc_fate record_of_kafka(wc_arena *arena, wc_record *record, wc_error *error) {
  return convert_record(arena, of_kafka, record, error);
}

static bool is_converter(const char *call, wc_error *error) {
  return is_a(call, running.kind == WC_CONVERTER || running.kind == WC_HEADER_CONVERTER, error);
}

bool wc_run_from_connect(wc_arena *arena, wc_bytes batch, wc_outcome *outcome, wc_error *error) {
  return is_converter("from-connect", error) && process_batch(arena, batch, record_to_kafka, outcome, error);
}

bool wc_run_to_connect(wc_arena *arena, wc_bytes batch, wc_outcome *outcome, wc_error *error) {
  return is_converter("to-connect", error) && process_batch(arena, batch, record_of_kafka, outcome, error);
}
