/* Kafka Connect's data model and the batch format of wit/BATCH.md, in C11.
 *
 * Memory: what a function makes lives in the arena that it is given, and goes with it; nothing else is kept or freed behind the
 * caller's back. There is no "out of memory" to be handled: it aborts, which in a component is a trap that fails the task.
 */
#ifndef WASM_CONNECT_BATCH_H
#define WASM_CONNECT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* === memory, text and errors */

/* Memory that is let go of all at once. */
typedef struct wc_arena wc_arena;

wc_arena *wc_arena_new(void);
/* Lets go of all that is in it, for the next use. */
void wc_arena_reset(wc_arena *arena);
void wc_arena_free(wc_arena *arena);
/* Zeroed, aligned for anything. */
void *wc_alloc(wc_arena *arena, size_t size);

/* Text in UTF-8, without a terminator. `at` is NULL: none. */
typedef struct {
  const char *at;
  size_t length;
} wc_text;

typedef struct {
  const uint8_t *at;
  size_t length;
} wc_bytes;

/* For `printf`: "%.*s", WC_ARG(text) */
#define WC_ARG(text) (int)(text).length, (text).at

#define WC_NONE ((wc_text){NULL, 0})

/* Of a terminated text, which is not copied; NULL is none. */
wc_text wc_str(const char *text);
bool wc_equal(wc_text some, wc_text other);
/* As `sprintf`, into an arena; also terminated. */
wc_text wc_format(wc_arena *arena, const char *format, ...);

/* Why a call failed, by what the worker does about it. */
enum wc_error_kind {
  /* The connector or task fails (Java's ConnectException). */
  WC_FATAL,
  /* Call again with the same arguments after a back-off (Java's RetriableException). */
  WC_RETRIABLE,
  /* The configuration cannot work (Java's ConfigException). */
  WC_CONFIG,
  /* The record that a stage was given is to blame (Java's DataException): `errors.tolerance` decides. Elsewhere it is fatal. */
  WC_DATA,
};

typedef struct {
  enum wc_error_kind kind;
  /* Of a malformed batch: the record whose fault it is; -1: of the whole batch. */
  int64_t record;
  char message[1024];
} wc_error;

/* Sets the error; answers false, so that `return wc_fail(error, WC_FATAL, "...")` is all that there is to do. */
bool wc_fail(wc_error *error, enum wc_error_kind kind, const char *format, ...);

/* === schemas and values */

/* Connect's types; the value is the number of the format. */
enum wc_type {
  /* Of a value only. */
  WC_NULL = 0,
  WC_INT8 = 1,
  WC_INT16,
  WC_INT32,
  WC_INT64,
  WC_FLOAT32,
  WC_FLOAT64,
  WC_BOOLEAN,
  WC_STRING,
  WC_BYTES,
  WC_ARRAY,
  WC_MAP,
  WC_STRUCT,
};

typedef struct wc_value wc_value;
typedef struct wc_schema wc_schema;

/* A value. Logical types are their base type's value. */
struct wc_value {
  enum wc_type type;
  union {
    /* int8 to int64 */
    int64_t integer;
    float float32;
    double float64;
    bool boolean;
    wc_text string;
    wc_bytes bytes;
    /* Array: its items. Struct: a value for each field, in their order. Map: key, value, key, value ... */
    struct {
      const wc_value *items;
      /* Items; of a map, twice its entries. */
      size_t count;
    } list;
  };
};

#define WC_NULL_VALUE ((wc_value){.type = WC_NULL})
static inline wc_value wc_int8(int8_t number) { return (wc_value){.type = WC_INT8, .integer = number}; }
static inline wc_value wc_int16(int16_t number) { return (wc_value){.type = WC_INT16, .integer = number}; }
static inline wc_value wc_int32(int32_t number) { return (wc_value){.type = WC_INT32, .integer = number}; }
static inline wc_value wc_int64(int64_t number) { return (wc_value){.type = WC_INT64, .integer = number}; }
static inline wc_value wc_float32(float number) { return (wc_value){.type = WC_FLOAT32, .float32 = number}; }
static inline wc_value wc_float64(double number) { return (wc_value){.type = WC_FLOAT64, .float64 = number}; }
static inline wc_value wc_boolean(bool truth) { return (wc_value){.type = WC_BOOLEAN, .boolean = truth}; }
static inline wc_value wc_string(wc_text text) { return (wc_value){.type = WC_STRING, .string = text}; }
static inline wc_value wc_blob(wc_bytes bytes) { return (wc_value){.type = WC_BYTES, .bytes = bytes}; }
/* `count` items, or of a map keys and values, or of a struct fields. */
static inline wc_value wc_list(enum wc_type type, const wc_value *items, size_t count) {
  return (wc_value){.type = type, .list = {items, count}};
}

typedef struct {
  wc_text name;
  const wc_schema *schema;
} wc_field;

typedef struct {
  wc_text key;
  wc_text value;
} wc_parameter;

/* A schema. Fill in what there is and hand it to `wc_schema_new`; read it as it is. */
struct wc_schema {
  enum wc_type type;
  /* Whether null is a value of this schema. */
  bool optional;
  bool has_version;
  int32_t version;
  wc_text name;
  wc_text doc;
  const wc_parameter *parameters;
  size_t parameter_count;
  /* What stands for a null; NULL if there is none. */
  const wc_value *fallback;
  /* Of a struct. */
  const wc_field *fields;
  size_t field_count;
  /* Of a map. */
  const wc_schema *keys;
  /* Of a map; the items of an array. */
  const wc_schema *values;

  /* Set by `wc_schema_new`: levels, nodes when written out as a tree, and the format's constant id of a plain primitive, else 0. */
  uint32_t depth;
  uint32_t nodes;
  uint32_t builtin_id;
};

/* The schema of a primitive without anything else to it; lives for ever. */
const wc_schema *wc_plain(enum wc_type type, bool optional);
/* A checked copy in the arena, which refers to the same texts, children and so on; NULL: Connect does not allow it. Make it once. */
const wc_schema *wc_schema_new(wc_arena *arena, const wc_schema *schema, wc_error *error);
/* The position of the field of that name; -1: there is none. */
ptrdiff_t wc_field_position(const wc_schema *schema, wc_text name);
/* A field's value, or its schema's default where it is null (Java's Struct.get); null for a field that there is not. */
wc_value wc_get(const wc_schema *schema, const wc_value *row, const char *field);
/* Whether a value is one of a schema as ConnectSchema.validateValue sees it. */
bool wc_validate(const wc_schema *schema, const wc_value *value, wc_error *error);
/* `value`, one of `source`, as one of `target`, in the arena (Java's SchemaProjector). */
bool wc_project(wc_arena *arena, const wc_schema *source, const wc_value *value, const wc_schema *target, wc_value *projected,
                wc_error *error);
/* Java's name of a type: INT8 ... */
const char *wc_type_name(enum wc_type type);

/* === records */

enum wc_timestamp_type { WC_NO_TIMESTAMP = 0, WC_CREATE_TIME = 1, WC_LOG_APPEND_TIME = 2 };

/* A value with its schema; without one, a schemaless value. */
typedef struct {
  const wc_schema *schema;
  wc_value value;
} wc_payload;

typedef struct {
  wc_text name;
  wc_payload payload;
} wc_header;

typedef struct {
  wc_text topic;
  /* -1: none, the partitioner decides. */
  int32_t partition;
  /* Before transforms (KIP-793), to which a sink's offsets and reports refer. */
  wc_text original_topic;
  int32_t original_partition;
  /* A sink record's offset in Kafka; 0 for source records. */
  int64_t offset;
  /* Milliseconds since the epoch. */
  int64_t timestamp;
  enum wc_timestamp_type timestamp_type;
  wc_payload key;
  wc_payload value;
  /* A source record's, as flat JSON objects: {"file":"a.txt"} and {"position":42}, where to read on after it. */
  wc_text source_partition;
  wc_text source_offset;
  const wc_header *headers;
  size_t header_count;
  /* Source: commit or abort the transaction after this record (KIP-618). */
  bool commit_after;
  bool abort_after;
} wc_record;

/* What a record has that says nothing else. */
#define WC_RECORD ((wc_record){.partition = -1, .original_partition = -1})

/* === writing */

/* Writes records one after the other; one writer, one batch. */
typedef struct wc_writer wc_writer;

wc_writer *wc_writer_new(void);
void wc_writer_free(wc_writer *writer);
/* Appends a record, copying all of it. If it fails, the record was never there. */
bool wc_writer_add(wc_writer *writer, const wc_record *record, wc_error *error);
/* A record that was dropped or failed, so that the positions of the others stay. */
void wc_writer_hole(wc_writer *writer);
/* Records so far, holes included. */
size_t wc_writer_count(const wc_writer *writer);
/* Bytes of the whole batch if it were finished now. */
size_t wc_writer_size(const wc_writer *writer);
/* The batch, which lives as long as the writer. Once. */
wc_bytes wc_writer_finish(wc_writer *writer);
/* Enters a string or a schema, which `wc_writer_add` does by itself. */
bool wc_writer_string(wc_writer *writer, wc_text string, uint32_t *id, wc_error *error);
bool wc_writer_schema(wc_writer *writer, const wc_schema *schema, uint32_t *id, wc_error *error);

/* === reading */

/* A batch whose bounds were checked. */
typedef struct wc_batch wc_batch;

/* NULL: the bytes are malformed. They must live as long as the batch, which is in the arena. */
const wc_batch *wc_batch_read(wc_arena *arena, wc_bytes bytes, wc_error *error);
/* Records, holes included. */
size_t wc_batch_count(const wc_batch *batch);
/* Whether there is no record at a position, as a stage has dropped or failed it. */
bool wc_batch_is_hole(const wc_batch *batch, size_t position);
/* Decodes the record at a position, which is no hole, into the arena. */
bool wc_batch_record(const wc_batch *batch, size_t position, wc_record *record, wc_error *error);
/* The batch's own strings and schemas. */
size_t wc_batch_string_count(const wc_batch *batch);
wc_text wc_batch_string(const wc_batch *batch, size_t position);
size_t wc_batch_schema_count(const wc_batch *batch);
const wc_schema *wc_batch_schema(const wc_batch *batch, size_t position);

/* === acks */

/* What became of a record of a source task. */
typedef struct {
  /* Which of the task's records, from 0, counted over all polls. */
  uint64_t sequence;
  /* None: a transform dropped it, or its error was tolerated. */
  wc_text topic;
  int32_t partition;
  /* -1: the broker did not say. */
  int64_t offset;
  int64_t timestamp;
} wc_ack;

/* The acks of a list, in the arena; false: it is malformed. */
bool wc_acks_read(wc_arena *arena, wc_bytes bytes, const wc_ack **acks, size_t *count, wc_error *error);
/* A list of acks, in the arena, for tests; the strings are entered before the acks. */
wc_bytes wc_acks_write(wc_arena *arena, const wc_text *strings, size_t string_count, const wc_ack *acks, size_t count);

#endif
