/* my-plugin: a source that counts, and goes on where it was when it is restarted. */
#include <stdlib.h>

#include "wasm_connect.h"

static const char PARTITION[] = "{\"counter\":\"the only one\"}";

static const wc_config_key KEYS[] = {
    {.name = "topic", .type = WC_CONFIG_STRING, .required = true, .doc = "Where the numbers go."},
    {.name = "from", .type = WC_CONFIG_LONG, .fallback = "1", .validators = {{.kind = WC_MIN}}, .doc = "The first number."},
};

/* What a task keeps from poll to poll. */
typedef struct {
  wc_arena *arena;
  wc_text topic;
  int64_t next;
} my_plugin_task;

static void stop(void *given) {
  my_plugin_task *task = given;
  wc_arena_free(task->arena);
  free(task);
}

static bool configure(my_plugin_task *task, wc_arena *arena, const wc_config *config, wc_error *error) {
  wc_text topic, committed;
  if (!wc_config_text(config, "topic", &topic, error) || !wc_config_long(config, "from", &task->next, error) ||
      !wc_committed_offset(arena, wc_str(PARTITION), &committed, error)) {
    return false;
  }
  /* The configuration goes when the start is over. */
  task->topic = wc_format(task->arena, "%.*s", WC_ARG(topic));
  /* Where the last run of this connector got to, if there was one. */
  wc_json_long(committed, "next", &task->next);
  wc_log(WC_INFO, "counts from %lld", (long long)task->next);
  return true;
}

static void *start(wc_arena *arena, const wc_config *config, wc_error *error) {
  my_plugin_task *task = calloc(1, sizeof *task);
  if (task == NULL) abort();
  task->arena = wc_arena_new();
  if (configure(task, arena, config, error)) return task;
  stop(task);
  return NULL;
}

static bool poll(void *given, wc_records *records, wc_error *error) {
  my_plugin_task *task = given;
  wc_record record = WC_RECORD;
  record.topic = task->topic;
  record.value.schema = wc_plain(WC_STRING, false);
  record.value.value = wc_string(wc_format(records->arena, "%lld", (long long)task->next));
  task->next++;
  record.source_partition = wc_str(PARTITION);
  record.source_offset = wc_format(records->arena, "{\"next\":%lld}", (long long)task->next);
  /* The worker waits, not the task. */
  records->idle_ms = 1000;
  return wc_writer_add(records->writer, &record, error);
}

static const wc_source MY_PLUGIN = {
    .connector =
        {
            .class_name = "com.example.MyPluginConnector",
            .task_class = "com.example.MyPluginTask",
            .version = "0.1.0",
            .documentation = "Counts.",
            .keys = KEYS,
            .key_count = sizeof KEYS / sizeof KEYS[0],
        },
    .start = start,
    .poll = poll,
    .stop = stop,
};

const wc_plugin wc_exported = {.sources = &MY_PLUGIN, .source_count = 1};
