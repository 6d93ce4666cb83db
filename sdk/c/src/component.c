/* The exports and imports of the component, on the bindings that wit-bindgen has made of the contract.
 *
 * What the worker hands in lies in one arena, by our own `cabi_realloc`, and goes when the call is over; what is answered is allocated
 * for itself, and freed by the bindings when the worker has read it. So no call leaves anything behind.
 */
#include <stdlib.h>

#include "component.h"
#include "connect.h"
#include "internal.h"
#include "stage.h"

/* Of the call that runs. */
static wc_arena *call;
/* For how many milliseconds there is nothing, as a poll that brought records has said. */
static uint32_t idle_after;

__attribute__((__export_name__("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t new_size) {
  if (new_size == 0) return (void *)align;
  if (call == NULL) call = wc_arena_new();
  void *memory = wc_alloc(call, new_size);
  if (old_size > 0) memcpy(memory, old, old_size < new_size ? old_size : new_size);
  return memory;
}

/* For what stands between the C library and WASI, which keeps what it asks for. */
__attribute__((__export_name__("cabi_realloc_adapter"))) void *cabi_realloc_adapter(void *old, size_t old_size, size_t align,
                                                                                   size_t new_size) {
  (void)old_size;
  /* It wants a page at its beginning, and only once. */
  return old == NULL ? checked(aligned_alloc(align, (new_size + align - 1) / align * align)) : checked(realloc(old, new_size));
}

/* The bindings refer to an object with the contract's types, which `wasm-connect plugins package` does without. */
void __component_type_object_force_link_connect(void);
void __component_type_object_force_link_connect(void) {}

wc_arena *wc_call_arena(void) {
  if (call == NULL) call = wc_arena_new();
  return call;
}

static wc_arena *arena(void) { return wc_call_arena(); }

void wc_call_done(void) {
  if (call != NULL) wc_arena_reset(call);
}

static bool done(bool success) {
  wc_call_done();
  return success;
}

/* === text and errors */

static wc_text from(connect_string_t string) { return (wc_text){(const char *)string.ptr, string.len}; }

/* For imports, which only read it. */
static connect_string_t borrow(wc_text text) { return (connect_string_t){(uint8_t *)(uintptr_t)text.at, text.length}; }

static connect_string_t own(wc_text text) {
  if (text.length == 0) return (connect_string_t){NULL, 0};
  uint8_t *copy = checked(malloc(text.length));
  memcpy(copy, text.at, text.length);
  return (connect_string_t){copy, text.length};
}

static connect_option_string_t option(const char *text) {
  return (connect_option_string_t){text != NULL, own(wc_str(text))};
}

static void *own_list(size_t count, size_t size) { return count == 0 ? NULL : checked(calloc(count, size)); }

static bool answer_error(kafka_connect_types_error_t *answer, const wc_error *error) {
  static const uint8_t TAGS[] = {
      [WC_FATAL] = KAFKA_CONNECT_TYPES_ERROR_FATAL,
      [WC_RETRIABLE] = KAFKA_CONNECT_TYPES_ERROR_RETRIABLE,
      [WC_CONFIG] = KAFKA_CONNECT_TYPES_ERROR_CONFIG,
      [WC_DATA] = KAFKA_CONNECT_TYPES_ERROR_FATAL,
  };
  answer->tag = TAGS[error->kind];
  answer->val.fatal = own(wc_str(error->message));
  return done(false);
}

static bool asked(bool success, const kafka_connect_types_error_t *answer, wc_error *error) {
  if (success) return true;
  enum wc_error_kind kind = answer->tag == KAFKA_CONNECT_TYPES_ERROR_RETRIABLE ? WC_RETRIABLE
                            : answer->tag == KAFKA_CONNECT_TYPES_ERROR_CONFIG  ? WC_CONFIG
                                                                               : WC_FATAL;
  return wc_fail(error, kind, "%.*s", WC_ARG(from(answer->val.fatal)));
}

/* A configuration as the contract has it is one of ours. */
_Static_assert(sizeof(connect_tuple2_string_string_t) == sizeof(wc_setting), "a setting is two texts");
static const wc_setting *settings(const kafka_connect_types_config_t *config) { return (const wc_setting *)config->ptr; }

_Static_assert(sizeof(kafka_connect_types_topic_partition_t) == sizeof(wc_topic_partition), "a partition is a text and a number");
_Static_assert(sizeof(kafka_connect_types_partition_offset_t) == sizeof(wc_partition_offset), "a place is a partition and a number");

/* === plugin */

static wc_class class_of(const wc_connector *of) {
  return (wc_class){of->class_name, of->version, of->documentation, of->keys, of->key_count, of->validate};
}

static exports_kafka_connect_plugin_description_t description_of(wc_class of, const char *task_class, uint8_t kind) {
  return (exports_kafka_connect_plugin_description_t){
      .class_ = own(wc_str(of.class_name)),
      .kind = kind,
      .task_class = option(task_class),
      .version = own(wc_str(of.version)),
      .documentation = own(wc_str(of.documentation)),
  };
}

void exports_kafka_connect_plugin_describe(exports_kafka_connect_plugin_list_description_t *ret) {
  static const uint8_t KINDS[WC_STAGE_KINDS] = {
      [WC_TRANSFORMATION] = EXPORTS_KAFKA_CONNECT_PLUGIN_KIND_TRANSFORMATION,
      [WC_PREDICATE] = EXPORTS_KAFKA_CONNECT_PLUGIN_KIND_PREDICATE,
      [WC_CONVERTER] = EXPORTS_KAFKA_CONNECT_PLUGIN_KIND_CONVERTER,
      [WC_HEADER_CONVERTER] = EXPORTS_KAFKA_CONNECT_PLUGIN_KIND_HEADER_CONVERTER,
  };
  ret->len = wc_exported.source_count + wc_exported.sink_count;
  for (int kind = 0; kind < WC_STAGE_KINDS; kind++) ret->len += wc_stage_count((enum wc_stage_kind)kind);
  ret->ptr = own_list(ret->len, sizeof *ret->ptr);
  exports_kafka_connect_plugin_description_t *next = ret->ptr;
  for (size_t i = 0; i < wc_exported.source_count; i++) {
    const wc_connector *of = &wc_exported.sources[i].connector;
    *next++ = description_of(class_of(of), of->task_class, EXPORTS_KAFKA_CONNECT_PLUGIN_KIND_SOURCE);
  }
  for (size_t i = 0; i < wc_exported.sink_count; i++) {
    const wc_connector *of = &wc_exported.sinks[i].connector;
    *next++ = description_of(class_of(of), of->task_class, EXPORTS_KAFKA_CONNECT_PLUGIN_KIND_SINK);
  }
  for (int kind = 0; kind < WC_STAGE_KINDS; kind++) {
    for (size_t i = 0; i < wc_stage_count((enum wc_stage_kind)kind); i++) {
      *next++ = description_of(*wc_stage_class((enum wc_stage_kind)kind, i), NULL, KINDS[kind]);
    }
  }
}

/* The class of that name, whatever it is of. As the contract says: there is no error to be answered. */
static wc_class class_named(connect_string_t name) {
  const wc_connector *connector = wc_find_connector(from(name));
  const wc_class *stage = wc_find_stage(from(name));
  if (connector == NULL && stage == NULL) abort();
  return connector != NULL ? class_of(connector) : *stage;
}

static connect_list_string_t texts(const char *const *given) {
  size_t count = 0;
  while (given != NULL && given[count] != NULL) count++;
  connect_list_string_t list = {own_list(count, sizeof(connect_string_t)), count};
  for (size_t i = 0; i < count; i++) list.ptr[i] = own(wc_str(given[i]));
  return list;
}

static exports_kafka_connect_plugin_list_grant_t grants_of(const wc_config_key *key) {
  size_t count = 0;
  while (count < WC_MOST && key->grants[count].kind != WC_NO_GRANT) count++;
  exports_kafka_connect_plugin_list_grant_t list = {own_list(count, sizeof *list.ptr), count};
  for (size_t i = 0; i < count; i++) {
    const wc_grant *grant = &key->grants[i];
    list.ptr[i].tag = (uint8_t)(grant->kind - WC_READ_FILE);
    if (grant->kind == WC_CONNECT || grant->kind == WC_LISTEN) {
      list.ptr[i].val.connect.port_key = option(grant->port_key);
      list.ptr[i].val.connect.default_port = (connect_option_u16_t){grant->default_port != 0, grant->default_port};
    }
  }
  return list;
}

static exports_kafka_connect_plugin_list_validator_t validators_of(const wc_config_key *key) {
  size_t count = 0;
  while (count < WC_MOST && key->validators[count].kind != WC_NO_VALIDATOR) count++;
  exports_kafka_connect_plugin_list_validator_t list = {own_list(count, sizeof *list.ptr), count};
  for (size_t i = 0; i < count; i++) {
    const wc_validator *validator = &key->validators[i];
    list.ptr[i].tag = (uint8_t)(validator->kind - WC_MIN);
    if (validator->kind == WC_ONE_OF) {
      list.ptr[i].val.one_of = texts(validator->one_of);
    } else if (validator->kind == WC_PATTERN) {
      list.ptr[i].val.pattern = own(wc_str(validator->pattern));
    } else if (validator->kind != WC_NON_EMPTY) {
      list.ptr[i].val.min = validator->number;
    }
  }
  return list;
}

void exports_kafka_connect_plugin_config_def(connect_string_t *class_, exports_kafka_connect_plugin_list_config_key_t *ret) {
  static const uint8_t IMPORTANCE[] = {
      [WC_MEDIUM] = EXPORTS_KAFKA_CONNECT_PLUGIN_IMPORTANCE_MEDIUM,
      [WC_HIGH] = EXPORTS_KAFKA_CONNECT_PLUGIN_IMPORTANCE_HIGH,
      [WC_LOW] = EXPORTS_KAFKA_CONNECT_PLUGIN_IMPORTANCE_LOW,
  };
  wc_class class = class_named(*class_);
  ret->len = class.key_count;
  ret->ptr = own_list(ret->len, sizeof *ret->ptr);
  for (size_t i = 0; i < ret->len; i++) {
    const wc_config_key *key = &class.keys[i];
    ret->ptr[i] = (exports_kafka_connect_plugin_config_key_t){
        .name = own(wc_str(key->name)),
        .type = (uint8_t)key->type,
        .default_value = option(key->required ? NULL : key->fallback),
        .required = key->required,
        .importance = IMPORTANCE[key->importance],
        .documentation = own(wc_str(key->doc)),
        .group = option(key->group),
        .order_in_group = key->order_in_group == 0 ? -1 : key->order_in_group,
        .width = (uint8_t)key->width,
        .display_name = own(wc_str(key->display_name != NULL ? key->display_name : key->name)),
        .dependents = texts(key->dependents),
        .grants = grants_of(key),
        .validators = validators_of(key),
    };
  }
  done(true);
}

void exports_kafka_connect_plugin_validate(connect_string_t *class_, exports_kafka_connect_plugin_config_t *config,
                                           exports_kafka_connect_plugin_list_config_value_t *ret) {
  wc_class class = class_named(*class_);
  wc_config given = {settings(config), config->len, class.keys, class.key_count};
  size_t room = class.key_count;
  wc_config_value *values = wc_alloc(arena(), room * sizeof(wc_config_value));
  ret->len = class.validate == NULL ? 0 : class.validate(arena(), &given, values, room);
  ret->ptr = own_list(ret->len, sizeof *ret->ptr);
  for (size_t i = 0; i < ret->len; i++) {
    exports_kafka_connect_plugin_config_value_t *value = &ret->ptr[i];
    value->name = own(wc_str(values[i].name));
    value->visible = !values[i].is_hidden;
    if (values[i].error.at != NULL) {
      value->errors = (connect_list_string_t){own_list(1, sizeof(connect_string_t)), 1};
      value->errors.ptr[0] = own(values[i].error);
    }
  }
  done(true);
}

/* === connectors */

static bool start_connector(connect_string_t *class_, kafka_connect_types_config_t *config, kafka_connect_types_error_t *err) {
  wc_error error;
  if (!wc_start_connector(from(*class_), settings(config), config->len, &error)) return answer_error(err, &error);
  return done(true);
}

static bool task_configs(uint32_t max_tasks, exports_kafka_connect_source_connector_list_config_t *ret,
                         kafka_connect_types_error_t *err) {
  wc_error error;
  wc_task_configs configs;
  if (!wc_run_task_configs(arena(), max_tasks, &configs, &error)) return answer_error(err, &error);
  ret->len = configs.count;
  ret->ptr = own_list(ret->len, sizeof *ret->ptr);
  for (size_t i = 0; i < ret->len; i++) {
    const wc_config *task = &configs.tasks[i];
    ret->ptr[i].len = task->count;
    ret->ptr[i].ptr = own_list(task->count, sizeof(connect_tuple2_string_string_t));
    for (size_t j = 0; j < task->count; j++) {
      ret->ptr[i].ptr[j].f0 = own(task->settings[j].name);
      ret->ptr[i].ptr[j].f1 = own(task->settings[j].value);
    }
  }
  return done(true);
}

static bool monitor(connect_option_u32_t *ret, kafka_connect_types_error_t *err) {
  wc_error error;
  int64_t next_ms;
  if (!wc_run_monitor(&next_ms, &error)) return answer_error(err, &error);
  *ret = (connect_option_u32_t){next_ms >= 0, next_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)next_ms};
  return done(true);
}

static void stop(void) {
  wc_run_stop();
  idle_after = 0;
  done(true);
}

bool exports_kafka_connect_source_connector_start(connect_string_t *class_, exports_kafka_connect_source_connector_config_t *config,
                                                  exports_kafka_connect_source_connector_error_t *err) {
  return start_connector(class_, config, err);
}

bool exports_kafka_connect_source_connector_task_configs(uint32_t max_tasks,
                                                         exports_kafka_connect_source_connector_list_config_t *ret,
                                                         exports_kafka_connect_source_connector_error_t *err) {
  return task_configs(max_tasks, ret, err);
}

bool exports_kafka_connect_source_connector_monitor(connect_option_u32_t *ret, exports_kafka_connect_source_connector_error_t *err) {
  return monitor(ret, err);
}

void exports_kafka_connect_source_connector_stop(void) { stop(); }

uint8_t exports_kafka_connect_source_connector_exactly_once_support(connect_string_t *class_,
                                                                    exports_kafka_connect_source_connector_config_t *config) {
  (void)class_, (void)config;
  done(true);
  return EXPORTS_KAFKA_CONNECT_SOURCE_CONNECTOR_EXACTLY_ONCE_UNKNOWN;
}

bool exports_kafka_connect_source_connector_can_define_transaction_boundaries(
    connect_string_t *class_, exports_kafka_connect_source_connector_config_t *config) {
  (void)class_, (void)config;
  done(true);
  return false;
}

bool exports_kafka_connect_source_connector_alter_offsets(
    connect_string_t *class_, exports_kafka_connect_source_connector_config_t *config,
    exports_kafka_connect_source_connector_list_tuple2_source_partition_option_source_offset_t *offsets, bool *ret,
    exports_kafka_connect_source_connector_error_t *err) {
  (void)err;
  *ret = false;
  for (size_t i = 0; i < wc_exported.source_count; i++) {
    const wc_source *source = &wc_exported.sources[i];
    if (!wc_equal(wc_str(source->connector.class_name), from(*class_)) || source->alter_offset == NULL) continue;
    wc_config given = {settings(config), config->len, source->connector.keys, source->connector.key_count};
    *ret = true;
    for (size_t j = 0; j < offsets->len && *ret; j++) {
      wc_text offset = offsets->ptr[j].f1.is_some ? from(offsets->ptr[j].f1.val) : WC_NONE;
      *ret = source->alter_offset(&given, from(offsets->ptr[j].f0), offset);
    }
  }
  return done(true);
}

bool exports_kafka_connect_sink_connector_start(connect_string_t *class_, exports_kafka_connect_sink_connector_config_t *config,
                                                exports_kafka_connect_sink_connector_error_t *err) {
  return start_connector(class_, config, err);
}

bool exports_kafka_connect_sink_connector_task_configs(uint32_t max_tasks, exports_kafka_connect_sink_connector_list_config_t *ret,
                                                       exports_kafka_connect_sink_connector_error_t *err) {
  exports_kafka_connect_source_connector_list_config_t list = {NULL, 0};
  bool success = task_configs(max_tasks, &list, err);
  ret->ptr = list.ptr;
  ret->len = list.len;
  return success;
}

bool exports_kafka_connect_sink_connector_monitor(connect_option_u32_t *ret, exports_kafka_connect_sink_connector_error_t *err) {
  return monitor(ret, err);
}

void exports_kafka_connect_sink_connector_stop(void) { stop(); }

bool exports_kafka_connect_sink_connector_alter_offsets(connect_string_t *class_, exports_kafka_connect_sink_connector_config_t *config,
                                                        exports_kafka_connect_sink_connector_list_tuple2_topic_partition_option_s64_t *offsets,
                                                        bool *ret, exports_kafka_connect_sink_connector_error_t *err) {
  (void)class_, (void)config, (void)offsets, (void)err;
  /* There is no objection. */
  *ret = true;
  return done(true);
}

/* === source tasks */

bool exports_kafka_connect_source_task_start(connect_string_t *class_, exports_kafka_connect_source_task_config_t *config,
                                             exports_kafka_connect_source_task_options_t *ret,
                                             exports_kafka_connect_source_task_error_t *err) {
  wc_error error;
  void *task;
  if (!wc_start_source_task(arena(), from(*class_), settings(config), config->len, &error)) return answer_error(err, &error);
  const wc_source *source = wc_running_source("start", &task, &error);
  ret->acknowledge_records = source->acknowledged != NULL;
  ret->commit = source->commit != NULL;
  return done(true);
}

/* The batch is handed on as it is; the bindings free it. */
static void answer_batch(wc_writer *writer, exports_kafka_connect_source_task_polled_t *ret) {
  wc_bytes batch = wc_writer_finish(writer);
  ret->tag = EXPORTS_KAFKA_CONNECT_SOURCE_TASK_POLLED_RECORDS;
  ret->val.records.ptr = wc_writer_release(writer);
  ret->val.records.len = batch.length;
}

bool exports_kafka_connect_source_task_poll(exports_kafka_connect_source_task_limits_t *limits,
                                            exports_kafka_connect_source_task_polled_t *ret,
                                            exports_kafka_connect_source_task_error_t *err) {
  wc_error error;
  void *task;
  const wc_source *source = wc_running_source("poll", &task, &error);
  if (source == NULL) return answer_error(err, &error);
  ret->tag = EXPORTS_KAFKA_CONNECT_SOURCE_TASK_POLLED_IDLE;
  ret->val.idle = idle_after;
  if (idle_after > 0) {
    idle_after = 0;
    return done(true);
  }
  wc_records records = {wc_writer_new(), arena(), limits->max_records, limits->max_bytes, limits->max_wait_ms, 0};
  bool success = source->poll(task, &records, &error);
  if (success && wc_writer_count(records.writer) > 0) {
    idle_after = records.idle_ms;
    answer_batch(records.writer, ret);
  } else if (success) {
    ret->val.idle = records.idle_ms;
  }
  wc_writer_free(records.writer);
  return success ? done(true) : answer_error(err, &error);
}

bool exports_kafka_connect_source_task_acknowledged(connect_list_u8_t *acks, exports_kafka_connect_source_task_error_t *err) {
  wc_error error;
  void *task;
  const wc_ack *list;
  size_t count;
  const wc_source *source = wc_running_source("acknowledged", &task, &error);
  bool success = source != NULL && wc_acks_read(arena(), (wc_bytes){acks->ptr, acks->len}, &list, &count, &error) &&
                 (source->acknowledged == NULL || source->acknowledged(task, list, count, &error));
  return success ? done(true) : answer_error(err, &error);
}

bool exports_kafka_connect_source_task_commit(exports_kafka_connect_source_task_error_t *err) {
  wc_error error;
  void *task;
  const wc_source *source = wc_running_source("commit", &task, &error);
  bool success = source != NULL && (source->commit == NULL || source->commit(task, &error));
  return success ? done(true) : answer_error(err, &error);
}

void exports_kafka_connect_source_task_stop(void) { stop(); }

/* === sink tasks */

bool exports_kafka_connect_sink_task_start(connect_string_t *class_, exports_kafka_connect_sink_task_config_t *config,
                                           exports_kafka_connect_sink_task_error_t *err) {
  wc_error error;
  if (!wc_start_sink_task(arena(), from(*class_), settings(config), config->len, &error)) return answer_error(err, &error);
  return done(true);
}

bool exports_kafka_connect_sink_task_open(exports_kafka_connect_sink_task_list_topic_partition_t *partitions,
                                          exports_kafka_connect_sink_task_list_partition_offset_t *ret,
                                          exports_kafka_connect_sink_task_error_t *err) {
  wc_error error;
  void *task;
  const wc_sink *sink = wc_running_sink("open", &task, &error);
  const wc_topic_partition *list = (const wc_topic_partition *)(const void *)partitions->ptr;
  ret->len = 0;
  ret->ptr = NULL;
  bool success = sink != NULL && (sink->open == NULL || sink->open(task, list, partitions->len, &error));
  return success ? done(true) : answer_error(err, &error);
}

bool exports_kafka_connect_sink_task_close(exports_kafka_connect_sink_task_list_topic_partition_t *partitions,
                                           exports_kafka_connect_sink_task_error_t *err) {
  wc_error error;
  void *task;
  const wc_sink *sink = wc_running_sink("close", &task, &error);
  const wc_topic_partition *list = (const wc_topic_partition *)(const void *)partitions->ptr;
  bool success = sink != NULL && (sink->close == NULL || sink->close(task, list, partitions->len, &error));
  return success ? done(true) : answer_error(err, &error);
}

bool exports_kafka_connect_sink_task_put(connect_list_u8_t *batch, exports_kafka_connect_sink_task_list_record_error_t *ret,
                                         exports_kafka_connect_sink_task_error_t *err) {
  wc_error error;
  void *task;
  const wc_sink *sink = wc_running_sink("put", &task, &error);
  if (sink == NULL) return answer_error(err, &error);
  wc_put put = {.arena = arena(), .batch = wc_batch_read(arena(), (wc_bytes){batch->ptr, batch->len}, &error)};
  if (put.batch == NULL || !sink->put(task, &put, &error)) return answer_error(err, &error);
  ret->len = 0;
  for (wc_refusal *of = put.refused; of != NULL; of = of->before) ret->len++;
  ret->ptr = own_list(ret->len, sizeof *ret->ptr);
  size_t i = ret->len;
  for (wc_refusal *of = put.refused; of != NULL; of = of->before) {
    ret->ptr[--i].index = (uint32_t)of->position;
    ret->ptr[i].message = own(of->message);
  }
  return done(true);
}

bool exports_kafka_connect_sink_task_pre_commit(exports_kafka_connect_sink_task_list_partition_offset_t *delivered,
                                                exports_kafka_connect_sink_task_list_partition_offset_t *ret,
                                                exports_kafka_connect_sink_task_error_t *err) {
  wc_error error;
  void *task;
  const wc_sink *sink = wc_running_sink("pre-commit", &task, &error);
  if (sink == NULL || (sink->flush != NULL && !sink->flush(task, &error))) return answer_error(err, &error);
  ret->len = delivered->len;
  ret->ptr = own_list(ret->len, sizeof *ret->ptr);
  for (size_t i = 0; i < ret->len; i++) {
    ret->ptr[i] = delivered->ptr[i];
    ret->ptr[i].topic = own(from(delivered->ptr[i].topic));
  }
  return done(true);
}

void exports_kafka_connect_sink_task_stop(void) { stop(); }

/* === imports */

bool wc_log_enabled(enum wc_level level) { return kafka_connect_logging_enabled((uint8_t)level); }

void wc_log_line(enum wc_level level, wc_text line) {
  connect_string_t target = borrow(wc_str("plugin")), message = borrow(line);
  kafka_connect_logging_log((uint8_t)level, &target, &message);
}

void wc_metric_add(const char *counter, uint64_t delta) {
  connect_string_t name = borrow(wc_str(counter));
  kafka_connect_metrics_add(&name, &(kafka_connect_metrics_labels_t){NULL, 0}, delta);
}

void wc_metric_set(const char *gauge, double value) {
  connect_string_t name = borrow(wc_str(gauge));
  kafka_connect_metrics_set(&name, &(kafka_connect_metrics_labels_t){NULL, 0}, value);
}

void wc_metric_observe(const char *histogram, double value) {
  connect_string_t name = borrow(wc_str(histogram));
  kafka_connect_metrics_observe(&name, &(kafka_connect_metrics_labels_t){NULL, 0}, value);
}

void wc_request_task_reconfiguration(void) { kafka_connect_connector_context_request_task_reconfiguration(); }

void wc_raise_error(const char *message) {
  connect_string_t text = borrow(wc_str(message));
  kafka_connect_connector_context_raise_error(&text);
}

bool wc_sleep(uint32_t milliseconds) { return kafka_connect_task_context_sleep(milliseconds); }

bool wc_stopping(void) { return kafka_connect_task_context_stopping(); }

bool wc_committed_offset(wc_arena *into, wc_text partition, wc_text *offset, wc_error *error) {
  (void)into; /* The answer is in the arena of the call. */
  connect_string_t asked_for = borrow(partition);
  kafka_connect_offset_reader_list_source_partition_t partitions = {&asked_for, 1};
  kafka_connect_offset_reader_list_option_source_offset_t found = {NULL, 0};
  kafka_connect_offset_reader_error_t why;
  if (!asked(kafka_connect_offset_reader_offsets(&partitions, &found, &why), &why, error)) return false;
  *offset = found.len == 1 && found.ptr[0].is_some ? from(found.ptr[0].val) : WC_NONE;
  return true;
}

void wc_assignment(wc_arena *into, const wc_topic_partition **partitions, size_t *count) {
  (void)into;
  kafka_connect_sink_context_list_topic_partition_t found;
  kafka_connect_sink_context_assignment(&found);
  *partitions = (const wc_topic_partition *)(const void *)found.ptr;
  *count = found.len;
}

bool wc_rewind(const wc_partition_offset *offsets, size_t count, wc_error *error) {
  kafka_connect_sink_context_list_partition_offset_t list = {(void *)(uintptr_t)offsets, count};
  kafka_connect_sink_context_error_t why;
  return asked(kafka_connect_sink_context_rewind(&list, &why), &why, error);
}

bool wc_pause(const wc_topic_partition *partitions, size_t count, wc_error *error) {
  kafka_connect_sink_context_list_topic_partition_t list = {(void *)(uintptr_t)partitions, count};
  kafka_connect_sink_context_error_t why;
  return asked(kafka_connect_sink_context_pause(&list, &why), &why, error);
}

bool wc_resume(const wc_topic_partition *partitions, size_t count, wc_error *error) {
  kafka_connect_sink_context_list_topic_partition_t list = {(void *)(uintptr_t)partitions, count};
  kafka_connect_sink_context_error_t why;
  return asked(kafka_connect_sink_context_resume(&list, &why), &why, error);
}

void wc_timeout(uint32_t milliseconds) { kafka_connect_sink_context_timeout(milliseconds); }

void wc_request_commit(void) { kafka_connect_sink_context_request_commit(); }

bool wc_report_errant_record(wc_topic_partition partition, int64_t offset, const char *message, wc_error *error) {
  kafka_connect_sink_context_topic_partition_t place = {borrow(partition.topic), partition.partition};
  connect_string_t text = borrow(wc_str(message));
  kafka_connect_sink_context_error_t why;
  return asked(kafka_connect_sink_context_report_errant_record(&place, offset, &text, &why), &why, error);
}
