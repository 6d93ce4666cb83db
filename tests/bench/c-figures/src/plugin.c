/* What records cost in C: a source and a sink that do what any plugin must, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "wasm_connect.h"

enum { FIELDS = 10, TEXT_LENGTH = 100 };

static const char PARTITION[] = "{\"figures\":\"all\"}";

static const wc_config_key SOURCE_KEYS[] = {
    {.name = "value",
     .type = WC_CONFIG_STRING,
     .fallback = "text",
     .validators = {{.kind = WC_ONE_OF, .one_of = (const char *const[]){"text", "struct", NULL}}},
     .doc = "What it brings."},
};

/* === the source: as many records as a poll may have, a text of 100 letters each, or a struct of ten fields that is made anew */

typedef struct {
  wc_arena *arena;
  /* Of structs; NULL: it brings text. */
  const wc_schema *schema;
  char text[TEXT_LENGTH];
  int64_t next;
} source_task;

static const wc_schema *row_schema(wc_arena *arena, wc_error *error) {
  const wc_field fields[FIELDS] = {
      {wc_str("id"), wc_plain(WC_INT64, false)},        {wc_str("at"), wc_plain(WC_INT64, false)},
      {wc_str("count"), wc_plain(WC_INT32, false)},     {wc_str("rank"), wc_plain(WC_INT32, false)},
      {wc_str("price"), wc_plain(WC_FLOAT64, false)},   {wc_str("weight"), wc_plain(WC_FLOAT64, false)},
      {wc_str("paid"), wc_plain(WC_BOOLEAN, false)},    {wc_str("customer"), wc_plain(WC_STRING, false)},
      {wc_str("city"), wc_plain(WC_STRING, false)},     {wc_str("note"), wc_plain(WC_STRING, true)},
  };
  /* Fields are not copied with the schema. */
  wc_field *kept = wc_alloc(arena, sizeof fields);
  memcpy(kept, fields, sizeof fields);
  const wc_schema schema = {.type = WC_STRUCT, .name = wc_str("bench.Row"), .fields = kept, .field_count = FIELDS};
  return wc_schema_new(arena, &schema, error);
}

static void source_stop(void *given) {
  source_task *task = given;
  wc_arena_free(task->arena);
  free(task);
}

static void *source_start(wc_arena *arena, const wc_config *config, wc_error *error) {
  (void)arena;
  wc_text value;
  if (!wc_config_text(config, "value", &value, error)) return NULL;
  source_task *task = calloc(1, sizeof *task);
  if (task == NULL) abort();
  task->arena = wc_arena_new();
  memset(task->text, 'x', sizeof task->text);
  if (!wc_equal(value, wc_str("struct"))) return task;
  task->schema = row_schema(task->arena, error);
  if (task->schema != NULL) return task;
  source_stop(task);
  return NULL;
}

static bool poll(void *given, wc_records *records, wc_error *error) {
  source_task *task = given;
  wc_record record = WC_RECORD;
  record.topic = wc_str("figures");
  record.source_partition = wc_str(PARTITION);
  while (!wc_is_full(records)) {
    int64_t next = task->next++;
    const wc_value row[FIELDS] = {
        wc_int64(next),
        wc_int64(1700000000000 + next),
        wc_int32(7),
        wc_int32(-1),
        wc_float64((double)next / 8),
        wc_float64(0.5),
        wc_boolean(true),
        wc_string(wc_str("Ada Lovelace")),
        wc_string(wc_str("London")),
        WC_NULL_VALUE,
    };
    if (task->schema != NULL) {
      record.value = (wc_payload){task->schema, wc_list(WC_STRUCT, row, FIELDS)};
    } else {
      record.value = (wc_payload){wc_plain(WC_STRING, false), wc_string((wc_text){task->text, sizeof task->text})};
    }
    record.source_offset = wc_format(records->arena, "{\"next\":%lld}", (long long)task->next);
    if (!wc_writer_add(records->writer, &record, error)) return false;
  }
  return true;
}

/* === the sink: looks at the text of each record, or at all fields of its struct */

typedef struct {
  size_t seen;
} sink_task;

static void *sink_start(wc_arena *arena, const wc_config *config, wc_error *error) {
  (void)arena, (void)config, (void)error;
  sink_task *task = calloc(1, sizeof *task);
  if (task == NULL) abort();
  return task;
}

static bool put(void *given, wc_put *put, wc_error *error) {
  sink_task *task = given;
  wc_record record;
  size_t position = 0;
  while (wc_next_record(put, &position, &record, error)) {
    const wc_value *value = &record.value.value;
    if (value->type == WC_STRING) {
      task->seen += value->string.length;
    } else if (value->type == WC_STRUCT) {
      for (size_t i = 0; i < value->list.count; i++) task->seen += value->list.items[i].type != WC_NULL;
    } else {
      return wc_fail(error, WC_FATAL, "the value is neither text nor a struct");
    }
  }
  return error->message[0] == '\0';
}

static const wc_source SOURCE = {
    .connector =
        {
            .class_name = "bench.FiguresSource",
            .task_class = "bench.FiguresSourceTask",
            .version = "0.1.0",
            .keys = SOURCE_KEYS,
            .key_count = sizeof SOURCE_KEYS / sizeof SOURCE_KEYS[0],
        },
    .start = source_start,
    .poll = poll,
    .stop = source_stop,
};

static const wc_sink SINK = {
    .connector = {.class_name = "bench.FiguresSink", .task_class = "bench.FiguresSinkTask", .version = "0.1.0"},
    .start = sink_start,
    .put = put,
    .stop = free,
};

const wc_plugin wc_exported = {.sources = &SOURCE, .source_count = 1, .sinks = &SINK, .sink_count = 1};
