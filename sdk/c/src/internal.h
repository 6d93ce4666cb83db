/* What the files of the codec share: growing bytes, cursors, faults, and the numbers of the format (wit/BATCH.md). */
#ifndef WASM_CONNECT_INTERNAL_H
#define WASM_CONNECT_INTERNAL_H

#include <stdarg.h>
#include <string.h>

#include "wasm_connect/batch.h"

enum {
  BATCH_HEADER = 28,
  FRAME = 60,
  HEADER = 12,
  ACKS_HEADER = 16,
  ACK = 32,
  FORMAT_VERSION = 1,
  OWN_SCHEMAS = 32,
  MAX_DEPTH = 100,
  MAX_NODES = 65536,
};

/* No string; in the index, a hole; as a header's length, null. */
#define NONE UINT32_MAX
/* So that every offset fits into 32 bits. */
#define MAX_BYTES ((size_t)1 << 31)

/* Flags of a frame. */
enum { NULL_KEY = 1, NULL_VALUE = 2, TIMESTAMP_SHIFT = 2, COMMIT_AFTER = 16, ABORT_AFTER = 32, FRAME_FLAGS = 63 };
/* Where the fields of a frame are. */
enum {
  AT_FLAGS = 0,
  AT_HEADERS = 2,
  AT_TOPIC = 4,
  AT_PARTITION = 8,
  AT_ORIGINAL_TOPIC = 12,
  AT_ORIGINAL_PARTITION = 16,
  AT_OFFSET = 20,
  AT_TIMESTAMP = 28,
  AT_KEY_SCHEMA = 36,
  AT_VALUE_SCHEMA = 40,
  AT_KEY_LENGTH = 44,
  AT_VALUE_LENGTH = 48,
  AT_SOURCE_PARTITION = 52,
  AT_SOURCE_OFFSET_LENGTH = 56,
};
/* Flags of a schema. */
enum { OPTIONAL = 1, NAMED = 2, VERSIONED = 4, DOCUMENTED = 8, PARAMETERS = 16, DEFAULT = 32, SCHEMA_FLAGS = 63 };

/* How much of a foreign batch is accepted. */
enum { MAX_RECORDS = 1000000, MAX_STRINGS = 1000000, MAX_SCHEMAS = 10000 };
#define MAX_FOREIGN_BYTES ((size_t)256 << 20)
#define MAX_SCHEMA_BYTES ((size_t)4 << 20)

/* === little endian */

static inline uint32_t get32(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}
static inline uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }
static inline uint64_t get64(const uint8_t *at) { return get32(at) | (uint64_t)get32(at + 4) << 32; }
static inline void put_number(uint8_t *at, uint64_t number, size_t width) {
  for (size_t i = 0; i < width; i++) at[i] = (uint8_t)(number >> (8 * i));
}

/* === memory */

/* Bytes that grow as they are written. */
typedef struct {
  uint8_t *at;
  size_t length;
  size_t capacity;
} buffer;

/* Makes room for so many more, which are zero; answers where they start. */
size_t buffer_reserve(buffer *into, size_t count);
void buffer_put(buffer *into, const void *bytes, size_t count);
void buffer_number(buffer *into, uint64_t number, size_t width);
void buffer_text(buffer *into, wc_text text);
void *checked(void *memory);

/* === faults */

/* `message` of a malformed batch. */
bool fault(wc_error *error, const char *format, ...);
/* Puts where it happened before the message; answers false. */
bool within(wc_error *error, const char *format, ...);

/* === reading */

/* Reads on and on; each read says what it wanted if the bytes end. */
typedef struct {
  const uint8_t *at;
  const uint8_t *end;
  wc_error *error;
} cursor;

static inline size_t left(const cursor *of) { return (size_t)(of->end - of->at); }
/* NULL: there are not as many. */
const uint8_t *take(cursor *of, size_t count, const char *noun);
bool take8(cursor *of, uint8_t *number, const char *noun);
bool take32(cursor *of, uint32_t *number, const char *noun);
bool take_text(cursor *of, wc_text *text, const char *noun);
/* A count of things that take at least `least` bytes each. */
bool take_count(cursor *of, uint32_t *count, size_t least, const char *noun);

bool is_utf8(const uint8_t *at, size_t length);
/* A text for people, cut off where there is no room: what is not UTF-8, which the contract's strings are, becomes question marks. */
void format_message(char *into, size_t size, const char *format, va_list arguments);

/* The table of strings between two positions. */
bool read_strings(wc_arena *arena, const uint8_t *start, const uint8_t *end, wc_text **strings, size_t *count, wc_error *error);

/* The schemas of a batch. */
typedef struct {
  const wc_schema **own;
  size_t count;
} schemas;

bool read_schemas(wc_arena *arena, const uint8_t *start, const uint8_t *end, schemas *found, wc_error *error);
/* Whether there is a schema of that id; NULL is the one of none. */
bool schema_by_id(const schemas *of, uint32_t id, const wc_schema **schema);

/* The row of a value that is not null. */
bool read_row(wc_arena *arena, const wc_schema *schema, const uint8_t *start, const uint8_t *end, wc_value *value, wc_error *error);
/* The same without a schema. */
bool read_tagged(wc_arena *arena, const uint8_t *start, const uint8_t *end, wc_value *value, wc_error *error);

/* === writing */

bool write_row(buffer *into, const wc_schema *schema, const wc_value *value, wc_error *error);
bool write_tagged(buffer *into, const wc_value *value, wc_error *error);
/* Of a type with a width, its bytes, else 0. */
size_t scalar_width(enum wc_type type);
bool write_scalar(uint8_t *at, enum wc_type type, const wc_value *value, wc_error *error);
bool read_scalar(const uint8_t *at, enum wc_type type, wc_value *value, wc_error *error);

/* Strings that are written, each once. */
typedef struct {
  wc_text *texts;
  size_t count;
  size_t capacity;
  /* Of the section. */
  size_t size;
  /* Positions by hash, one more than they are; 0: free. */
  uint32_t *slots;
  size_t slot_count;
  wc_arena *arena;
} string_table;

uint32_t string_table_intern(string_table *table, wc_text text);
void string_table_write(const string_table *table, buffer *into);
void string_table_free(string_table *table);

/* The memory of a batch that is finished, to be freed by whoever takes it. */
uint8_t *wc_writer_release(wc_writer *writer);

#endif
