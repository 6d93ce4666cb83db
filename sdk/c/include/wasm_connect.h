/* What a Kafka Connect plugin in C is written with. The names are Kafka Connect's.
 *
 * A plugin defines `wc_exported`, a table of its classes, whose members are functions. A function that can fail answers whether it has
 * not, and says why in `error`. NULL members mean the default. What is in the arena that a function is given (configurations, records)
 * goes when it returns: copy what is to be kept.
 */
#ifndef WASM_CONNECT_H
#define WASM_CONNECT_H

#include "wasm_connect/batch.h"

/* === configurations */

/* The type of a key's value (Java's ConfigDef.Type). */
enum wc_config_type {
  WC_CONFIG_BOOLEAN,
  WC_CONFIG_STRING,
  WC_CONFIG_INT,
  WC_CONFIG_SHORT,
  WC_CONFIG_LONG,
  WC_CONFIG_DOUBLE,
  WC_CONFIG_LIST,
  WC_CONFIG_CLASS,
  WC_CONFIG_PASSWORD,
};

enum wc_importance { WC_MEDIUM, WC_HIGH, WC_LOW };

enum wc_width { WC_WIDTH_NONE, WC_WIDTH_SHORT, WC_WIDTH_MEDIUM, WC_WIDTH_LONG };

/* What the value of a key asks the worker to open. The worker's allowlist has the last word. */
enum wc_grant_kind {
  WC_NO_GRANT,
  WC_READ_FILE,
  WC_WRITE_FILE,
  WC_READ_DIR,
  WC_WRITE_DIR,
  /* The host, host:port or URL that the value names. */
  WC_CONNECT,
  /* The address that the value names. */
  WC_LISTEN,
  WC_STDIN_IF_ABSENT,
  WC_STDOUT_IF_ABSENT,
};

typedef struct {
  enum wc_grant_kind kind;
  /* The key that holds the port; NULL: none. */
  const char *port_key;
  /* The port where neither value nor key says one; 0: none. */
  uint16_t default_port;
} wc_grant;

/* Checks that the worker makes before it asks the plugin. */
enum wc_validator_kind { WC_NO_VALIDATOR, WC_MIN, WC_MAX, WC_ONE_OF, WC_NON_EMPTY, WC_PATTERN };

typedef struct {
  enum wc_validator_kind kind;
  /* Of min and max. */
  double number;
  /* Of one-of: ended by NULL. */
  const char *const *one_of;
  /* A regular expression of Java's, matched as a whole. */
  const char *pattern;
} wc_validator;

/* The most grants, and the most validators, of a key. */
enum { WC_MOST = 4 };

/* One key. Not required and without a default: null when absent. */
typedef struct {
  const char *name;
  enum wc_config_type type;
  bool required;
  /* As text; NULL: none. */
  const char *fallback;
  enum wc_importance importance;
  const char *doc;
  /* Where forms show the key: group, and place in it from 1. */
  const char *group;
  int32_t order_in_group;
  enum wc_width width;
  const char *display_name;
  /* Keys whose validity depends on this one, ended by NULL. */
  const char *const *dependents;
  wc_grant grants[WC_MOST];
  wc_validator validators[WC_MOST];
} wc_config_key;

/* Names and values, both text, as the worker hands them in. */
typedef struct {
  wc_text name;
  wc_text value;
} wc_setting;

typedef struct {
  const wc_setting *settings;
  size_t count;
  /* The keys of the class, for defaults and checks. */
  const wc_config_key *keys;
  size_t key_count;
} wc_config;

/* The value as it stands in the configuration; none: there is no such setting. */
wc_text wc_config_get(const wc_config *config, const char *name);
/* A value checked with Java's texts, its default filled in. A text without a value is none; for the others see `wc_config_has`. */
bool wc_config_text(const wc_config *config, const char *name, wc_text *value, wc_error *error);
bool wc_config_int(const wc_config *config, const char *name, int32_t *value, wc_error *error);
bool wc_config_long(const wc_config *config, const char *name, int64_t *value, wc_error *error);
bool wc_config_double(const wc_config *config, const char *name, double *value, wc_error *error);
bool wc_config_boolean(const wc_config *config, const char *name, bool *value, wc_error *error);
/* Whether there is a value, or a default. */
bool wc_config_has(const wc_config *config, const char *name);
/* The next item of a LIST, whose rest is left in `rest`; false: there is none. */
bool wc_next_item(wc_text *rest, wc_text *item);

/* What the plugin says about the value of one key. */
typedef struct {
  const char *name;
  /* Why the value is wrong; none: it is not. */
  wc_text error;
  /* Forms do not show the key, because other values make it moot. */
  bool is_hidden;
} wc_config_value;

/* === source partitions and offsets: flat JSON objects, such as {"file":"a.txt"} and {"position":42} */

/* A member of an object; false: there is none, or it is no whole number, or no text. */
bool wc_json_long(wc_text object, const char *name, int64_t *number);
bool wc_json_text(wc_arena *arena, wc_text object, const char *name, wc_text *text);
/* A text as JSON has it, with its quotes. */
wc_text wc_json_quote(wc_arena *arena, wc_text text);

/* === splitting work (Java's ConnectorUtils) */

/* Where run number `group` of `groups` starts and ends, when `count` things are split as evenly as possible. */
void wc_group_partitions(size_t count, size_t groups, size_t group, size_t *start, size_t *end);

/* === what may be asked of the worker */

enum wc_level { WC_TRACE, WC_DEBUG, WC_INFO, WC_WARN, WC_ERROR };

typedef struct {
  wc_text topic;
  int32_t partition;
} wc_topic_partition;

/* `offset` is that of the next record to be read, as everywhere in Kafka's consumer offsets. */
typedef struct {
  wc_text topic;
  int32_t partition;
  int64_t offset;
} wc_partition_offset;

/* A line of the worker's log, as `printf`; what nobody reads is not formatted. */
void wc_log(enum wc_level level, const char *format, ...);
/* Numbers for the worker's metrics (Java's PluginMetrics). */
void wc_metric_add(const char *counter, uint64_t delta);
void wc_metric_set(const char *gauge, double value);
void wc_metric_observe(const char *histogram, double value);
/* Connectors: have the tasks configured anew; fail with a message. */
void wc_request_task_reconfiguration(void);
void wc_raise_error(const char *message);
/* Tasks: sleeps, but not past a stop; true: the task is being stopped, return soon. */
bool wc_sleep(uint32_t milliseconds);
bool wc_stopping(void);
/* Sources: the committed offset of a source partition; none: nothing committed. */
bool wc_committed_offset(wc_arena *arena, wc_text partition, wc_text *offset, wc_error *error);
/* Sink tasks. */
void wc_assignment(wc_arena *arena, const wc_topic_partition **partitions, size_t *count);
bool wc_rewind(const wc_partition_offset *offsets, size_t count, wc_error *error);
bool wc_pause(const wc_topic_partition *partitions, size_t count, wc_error *error);
bool wc_resume(const wc_topic_partition *partitions, size_t count, wc_error *error);
void wc_timeout(uint32_t milliseconds);
void wc_request_commit(void);
bool wc_report_errant_record(wc_topic_partition partition, int64_t offset, const char *message, wc_error *error);

/* === sources */

/* What a poll brings. */
typedef struct {
  wc_writer *writer;
  /* For what is needed until the poll returns. */
  wc_arena *arena;
  uint32_t max_records;
  uint32_t max_bytes;
  uint32_t max_wait_ms;
  /* For how many milliseconds there is nothing after these records; 0: there may be more at once. */
  uint32_t idle_ms;
} wc_records;

/* Whether the poll has brought enough. */
bool wc_is_full(const wc_records *records);

/* The configuration of one task: settings that come before those of the connector, which follow. */
typedef struct {
  wc_arena *arena;
  const wc_config *connector;
  uint32_t max_tasks;
  wc_config *tasks;
  size_t count;
} wc_task_configs;

/* Adds a task, whose configuration is the connector's with these settings added or changed. */
void wc_add_task(wc_task_configs *configs, const wc_setting *settings, size_t count);

/* What connectors of both kinds have. */
typedef struct {
  /* The full class name, as configurations name it. Aliases follow from it by Connect's rules. */
  const char *class_name;
  const char *task_class;
  const char *version;
  const char *documentation;
  const wc_config_key *keys;
  size_t key_count;
  /* Appends what there is to say about values that depend on each other; answers how many. */
  size_t (*validate)(wc_arena *arena, const wc_config *config, wc_config_value *values, size_t room);
  /* By default there is one task, with the connector's configuration. */
  bool (*task_configs)(const wc_config *config, wc_task_configs *configs, wc_error *error);
  /* First called right after the start: look at the system, then say in how many milliseconds to be called again; -1: never. */
  bool (*monitor)(const wc_config *config, int64_t *next_ms, wc_error *error);
} wc_connector;

/* A source connector and its task. */
typedef struct {
  wc_connector connector;
  /* The task, which is handed to the other functions; NULL: it failed. */
  void *(*start)(wc_arena *arena, const wc_config *config, wc_error *error);
  /* Adds records until there are no more for now or `wc_is_full`. Never wait: set `idle_ms` and return. */
  bool (*poll)(void *task, wc_records *records, wc_error *error);
  /* What became of the records, if the task wants to hear of it (Java's commitRecord). */
  bool (*acknowledged)(void *task, const wc_ack *acks, size_t count, wc_error *error);
  /* The offsets of all records acknowledged so far are committed, if the task wants to hear of it. */
  bool (*commit)(void *task, wc_error *error);
  /* Lets go of the task. */
  void (*stop)(void *task);
  /* Whether these offsets may be set (KIP-875); an offset that is none deletes. By default not. */
  bool (*alter_offset)(const wc_config *config, wc_text partition, wc_text offset);
} wc_source;

/* === sinks */

/* What a put has taken. */
typedef struct {
  const wc_batch *batch;
  /* For records and what else is needed until the put returns. */
  wc_arena *arena;
  /* Set by `wc_refuse`. */
  struct wc_refusal *refused;
} wc_put;

/* A record that cannot be taken (Java's DataException), by its position in the batch; `errors.tolerance` decides about it. */
void wc_refuse(wc_put *put, size_t position, const char *format, ...);
/* The next record, from `*position` on, which is then behind it; false: there is none, or `error` says why it is none. */
bool wc_next_record(wc_put *put, size_t *position, wc_record *record, wc_error *error);

/* A sink connector and its task. */
typedef struct {
  wc_connector connector;
  void *(*start)(wc_arena *arena, const wc_config *config, wc_error *error);
  /* Partitions that the task gets, and loses. */
  bool (*open)(void *task, const wc_topic_partition *partitions, size_t count, wc_error *error);
  bool (*close)(void *task, const wc_topic_partition *partitions, size_t count, wc_error *error);
  /* Takes the records; also called without any, so that writers that go by time get a turn. False: none was taken. */
  bool (*put)(void *task, wc_put *put, wc_error *error);
  /* Makes what was put durable, before offsets are committed. */
  bool (*flush)(void *task, wc_error *error);
  void (*stop)(void *task);
} wc_sink;

/* === stages: transforms, predicates and converters
 *
 * The worker makes an instance of the component for each place in the chain of a task. What it does with a record must not depend on
 * the records before: after a trap a fresh instance goes on. An error of the kind WC_DATA is of this record alone, for `errors.tolerance`
 * to decide about; after WC_RETRIABLE the whole batch comes again, for as long as `errors.retry.timeout` says. */

/* What stages of every kind have. */
typedef struct {
  /* The full class name, as configurations name it. Aliases follow from it by Connect's rules. */
  const char *class_name;
  const char *version;
  const char *documentation;
  /* The keys of its place, without their prefix (transforms.ALIAS. and so on). */
  const wc_config_key *keys;
  size_t key_count;
  /* As that of a connector. */
  size_t (*validate)(wc_arena *arena, const wc_config *config, wc_config_value *values, size_t room);
} wc_class;

/* What becomes of a record. `return wc_fail(...)` is WC_FAILED. */
enum wc_fate { WC_FAILED = 0, WC_KEEP, WC_DROP };

/* A single message transform (Java's Transformation). */
typedef struct {
  wc_class of;
  /* The transform, which is handed to the other functions; NULL: it failed. */
  void *(*configure)(wc_arena *arena, const wc_config *config, wc_error *error);
  /* Changes the record as it is to go on; what it changes to may be in the arena. Where it was read (offset, source partition and so on)
   * does not change. */
  enum wc_fate (*apply)(void *transformation, wc_arena *arena, wc_record *record, wc_error *error);
  /* Lets go of it. */
  void (*close)(void *transformation);
} wc_transformation;

/* Says which records a transform is for (Java's Predicate); negating it is the worker's part. */
typedef struct {
  wc_class of;
  void *(*configure)(wc_arena *arena, const wc_config *config, wc_error *error);
  /* Whether it holds for a record. An error fails the task. */
  bool (*test)(void *predicate, const wc_record *record, bool *holds, wc_error *error);
  void (*close)(void *predicate);
} wc_predicate;

/* Which part of a record a converter is for (Java's converter.type). */
enum wc_role { WC_KEY, WC_VALUE, WC_HEADERS };

/* What is converted: something of a topic, and of a header its name. */
typedef struct {
  wc_text topic;
  wc_text name;
} wc_part;

/* Translates between Kafka's bytes and Connect's data (Java's Converter, and HeaderConverter). */
typedef struct {
  wc_class of;
  void *(*configure)(wc_arena *arena, const wc_config *config, enum wc_role role, wc_error *error);
  /* The bytes for Kafka, in the arena; `at` is NULL: null. */
  bool (*from_connect)(void *converter, wc_arena *arena, wc_part part, const wc_payload *from, wc_bytes *to, wc_error *error);
  /* What Kafka's bytes mean, of which NULL is null. */
  bool (*to_connect)(void *converter, wc_arena *arena, wc_part part, wc_bytes from, wc_payload *to, wc_error *error);
} wc_converter;

/* === what the component has */

typedef struct {
  const wc_source *sources;
  size_t source_count;
  const wc_sink *sinks;
  size_t sink_count;
  const wc_transformation *transformations;
  size_t transformation_count;
  const wc_predicate *predicates;
  size_t predicate_count;
  const wc_converter *converters;
  size_t converter_count;
  const wc_converter *header_converters;
  size_t header_converter_count;
} wc_plugin;

/* Defined by the plugin. */
extern const wc_plugin wc_exported;

#endif
