/* From calls of the worker to the classes of a plugin. */
#include "plugin.h"

#include <stdarg.h>
#include <stdlib.h>

#include "internal.h"

/* What this instance was started as. */
static struct {
  const wc_connector *connector;
  /* Of the connector, which lives as long as the instance. */
  wc_arena *arena;
  wc_config config;
  const wc_source *source;
  const wc_sink *sink;
  void *task;
} running;

/* === classes */

static const wc_source *find_source(wc_text class_name) {
  for (size_t i = 0; i < wc_exported.source_count; i++) {
    if (wc_equal(wc_str(wc_exported.sources[i].connector.class_name), class_name)) return &wc_exported.sources[i];
  }
  return NULL;
}

static const wc_sink *find_sink(wc_text class_name) {
  for (size_t i = 0; i < wc_exported.sink_count; i++) {
    if (wc_equal(wc_str(wc_exported.sinks[i].connector.class_name), class_name)) return &wc_exported.sinks[i];
  }
  return NULL;
}

const wc_connector *wc_find_connector(wc_text class_name) {
  const wc_source *source = find_source(class_name);
  const wc_sink *sink = find_sink(class_name);
  return source != NULL ? &source->connector : sink != NULL ? &sink->connector : NULL;
}

static bool no_class(wc_text class_name, wc_error *error) {
  return wc_fail(error, WC_CONFIG, "this component has no such class %.*s", WC_ARG(class_name));
}

/* === connectors */

static const char *noun(void) {
  if (running.connector != NULL) return "a connector";
  return running.source != NULL ? "a source task" : running.sink != NULL ? "a sink task" : "nothing";
}

static bool is_fresh(wc_error *error) {
  bool fresh = running.connector == NULL && running.source == NULL && running.sink == NULL;
  return fresh || wc_fail(error, WC_FATAL, "start: this instance is %s already", noun());
}

static wc_text copy(wc_arena *arena, wc_text text) {
  char *memory = wc_alloc(arena, text.length + 1);
  if (text.length > 0) memcpy(memory, text.at, text.length);
  return (wc_text){memory, text.length};
}

bool wc_start_connector(wc_text class_name, const wc_setting *settings, size_t count, wc_error *error) {
  const wc_connector *connector = wc_find_connector(class_name);
  if (!is_fresh(error)) return false;
  if (connector == NULL) return no_class(class_name, error);
  running.arena = wc_arena_new();
  wc_setting *kept = wc_alloc(running.arena, count * sizeof(wc_setting));
  for (size_t i = 0; i < count; i++) {
    kept[i] = (wc_setting){copy(running.arena, settings[i].name), copy(running.arena, settings[i].value)};
  }
  running.connector = connector;
  running.config = (wc_config){kept, count, connector->keys, connector->key_count};
  return true;
}

static bool is_connector(const char *call, wc_error *error) {
  if (running.connector != NULL) return true;
  return wc_fail(error, WC_FATAL, "%s: this instance was started as %s, not as a connector", call, noun());
}

void wc_add_task(wc_task_configs *configs, const wc_setting *settings, size_t count) {
  if (configs->count == configs->max_tasks) return;
  const wc_config *connector = configs->connector;
  wc_setting *all = wc_alloc(configs->arena, (connector->count + count) * sizeof(wc_setting));
  size_t length = 0;
  for (size_t i = 0; i < connector->count; i++) {
    bool is_changed = false;
    for (size_t j = 0; j < count; j++) is_changed |= wc_equal(settings[j].name, connector->settings[i].name);
    if (!is_changed) all[length++] = connector->settings[i];
  }
  for (size_t j = 0; j < count; j++) all[length++] = settings[j];
  configs->tasks[configs->count++] = (wc_config){all, length, connector->keys, connector->key_count};
}

bool wc_run_task_configs(wc_arena *arena, uint32_t max_tasks, wc_task_configs *configs, wc_error *error) {
  if (!is_connector("task-configs", error)) return false;
  *configs = (wc_task_configs){.arena = arena, .connector = &running.config, .max_tasks = max_tasks};
  configs->tasks = wc_alloc(arena, max_tasks * sizeof(wc_config));
  if (running.connector->task_configs != NULL) return running.connector->task_configs(&running.config, configs, error);
  wc_add_task(configs, NULL, 0);
  return true;
}

bool wc_run_monitor(int64_t *next_ms, wc_error *error) {
  *next_ms = -1;
  if (!is_connector("monitor", error)) return false;
  return running.connector->monitor == NULL || running.connector->monitor(&running.config, next_ms, error);
}

/* === tasks */

bool wc_start_source_task(wc_arena *arena, wc_text class_name, const wc_setting *settings, size_t count, wc_error *error) {
  const wc_source *source = find_source(class_name);
  if (!is_fresh(error)) return false;
  if (source == NULL) return no_class(class_name, error);
  wc_config config = {settings, count, source->connector.keys, source->connector.key_count};
  running.task = source->start(arena, &config, error);
  if (running.task == NULL) return false;
  running.source = source;
  return true;
}

bool wc_start_sink_task(wc_arena *arena, wc_text class_name, const wc_setting *settings, size_t count, wc_error *error) {
  const wc_sink *sink = find_sink(class_name);
  if (!is_fresh(error)) return false;
  if (sink == NULL) return no_class(class_name, error);
  wc_config config = {settings, count, sink->connector.keys, sink->connector.key_count};
  running.task = sink->start(arena, &config, error);
  if (running.task == NULL) return false;
  running.sink = sink;
  return true;
}

const wc_source *wc_running_source(const char *call, void **task, wc_error *error) {
  *task = running.task;
  if (running.source == NULL) wc_fail(error, WC_FATAL, "%s: this instance was started as %s, not as a source task", call, noun());
  return running.source;
}

const wc_sink *wc_running_sink(const char *call, void **task, wc_error *error) {
  *task = running.task;
  if (running.sink == NULL) wc_fail(error, WC_FATAL, "%s: this instance was started as %s, not as a sink task", call, noun());
  return running.sink;
}

void wc_run_stop(void) {
  if (running.source != NULL && running.source->stop != NULL) running.source->stop(running.task);
  if (running.sink != NULL && running.sink->stop != NULL) running.sink->stop(running.task);
  wc_arena_free(running.arena);
  memset(&running, 0, sizeof running);
}

/* === records */

bool wc_is_full(const wc_records *records) {
  return wc_writer_count(records->writer) >= records->max_records || wc_writer_size(records->writer) >= records->max_bytes;
}

bool wc_next_record(wc_put *put, size_t *position, wc_record *record, wc_error *error) {
  error->message[0] = '\0';
  size_t count = wc_batch_count(put->batch);
  while (*position < count && wc_batch_is_hole(put->batch, *position)) ++*position;
  return *position < count && wc_batch_record(put->batch, (*position)++, record, error);
}

void wc_refuse(wc_put *put, size_t position, const char *format, ...) {
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  format_message(message, sizeof message, format, arguments);
  va_end(arguments);
  wc_refusal *refusal = wc_alloc(put->arena, sizeof(wc_refusal));
  *refusal = (wc_refusal){put->refused, position, copy(put->arena, wc_str(message))};
  put->refused = refusal;
}

/* === log */

void wc_log(enum wc_level level, const char *format, ...) {
  if (!wc_log_enabled(level)) return;
  char line[2048];
  va_list arguments;
  va_start(arguments, format);
  format_message(line, sizeof line, format, arguments);
  va_end(arguments);
  wc_log_line(level, wc_str(line));
}
