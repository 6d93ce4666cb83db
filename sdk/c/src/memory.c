/* Arenas, growing bytes, text, and errors. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

/* === memory */

/* A block of an arena; its memory follows. */
typedef struct block {
  struct block *next;
  size_t size;
  size_t used;
  _Alignas(max_align_t) uint8_t memory[];
} block;

struct wc_arena {
  block *first;
};

static const size_t BLOCK_BYTES = 16 * 1024;

void *checked(void *memory) {
  if (memory == NULL) abort();
  return memory;
}

wc_arena *wc_arena_new(void) { return checked(calloc(1, sizeof(wc_arena))); }

void wc_arena_reset(wc_arena *arena) {
  /* One block is kept: the next use will want it. */
  while (arena->first != NULL && arena->first->next != NULL) {
    block *next = arena->first->next;
    free(arena->first);
    arena->first = next;
  }
  if (arena->first != NULL) arena->first->used = 0;
}

void wc_arena_free(wc_arena *arena) {
  if (arena == NULL) return;
  wc_arena_reset(arena);
  free(arena->first);
  free(arena);
}

void *wc_alloc(wc_arena *arena, size_t size) {
  size_t align = _Alignof(max_align_t);
  if (size > SIZE_MAX / 2) abort();
  size = (size + align - 1) / align * align;
  block *first = arena->first;
  if (first == NULL || first->size - first->used < size) {
    size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    block *made = checked(malloc(sizeof(block) + capacity));
    *made = (block){.next = first, .size = capacity};
    arena->first = first = made;
  }
  void *memory = first->memory + first->used;
  first->used += size;
  return memset(memory, 0, size);
}

size_t buffer_reserve(buffer *into, size_t count) {
  size_t start = into->length;
  if (count > into->capacity - start) {
    size_t capacity = 2 * into->capacity < start + count ? start + count + 256 : 2 * into->capacity;
    into->at = checked(realloc(into->at, capacity));
    into->capacity = capacity;
  }
  memset(into->at + start, 0, count);
  into->length = start + count;
  return start;
}

void buffer_put(buffer *into, const void *bytes, size_t count) {
  size_t start = buffer_reserve(into, count);
  if (count > 0) memcpy(into->at + start, bytes, count);
}

void buffer_number(buffer *into, uint64_t number, size_t width) {
  size_t start = buffer_reserve(into, width);
  put_number(into->at + start, number, width);
}

void buffer_text(buffer *into, wc_text text) {
  buffer_number(into, text.length, 4);
  buffer_put(into, text.at, text.length);
}

/* === text */

wc_text wc_str(const char *text) { return (wc_text){text, text == NULL ? 0 : strlen(text)}; }

bool wc_equal(wc_text some, wc_text other) {
  return some.length == other.length && (some.length == 0 || memcmp(some.at, other.at, some.length) == 0);
}

wc_text wc_format(wc_arena *arena, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0) return WC_NONE;
  char *text = wc_alloc(arena, (size_t)length + 1);
  va_start(arguments, format);
  vsnprintf(text, (size_t)length + 1, format, arguments);
  va_end(arguments);
  return (wc_text){text, (size_t)length};
}

/* Bytes of the character at the start; 0: it is none. */
static size_t character(const uint8_t *at, const uint8_t *end) {
  uint8_t lead = *at;
  if (lead < 0x80) return 1;
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - at) < length) return 0;
  /* Neither longer than it must be, nor half a surrogate pair, nor beyond U+10FFFF. */
  uint8_t least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  uint8_t most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (at[1] < least || at[1] > most) return 0;
  for (size_t i = 2; i < length; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
  }
  return length;
}

bool is_utf8(const uint8_t *at, size_t length) {
  const uint8_t *end = at + length;
  while (at < end) {
    size_t next = character(at, end);
    if (next == 0) return false;
    at += next;
  }
  return true;
}

void format_message(char *into, size_t size, const char *format, va_list arguments) {
  vsnprintf(into, size, format, arguments);
  uint8_t *at = (uint8_t *)into, *end = at + strlen(into);
  while (at < end) {
    size_t next = character(at, end);
    if (next == 0) *at = '?';
    at += next == 0 ? 1 : next;
  }
}

static void format_text(char *into, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  format_message(into, size, format, arguments);
  va_end(arguments);
}

/* === errors */

static bool set(wc_error *error, enum wc_error_kind kind, const char *format, va_list arguments) {
  error->kind = kind;
  error->record = -1;
  format_message(error->message, sizeof error->message, format, arguments);
  return false;
}

bool wc_fail(wc_error *error, enum wc_error_kind kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set(error, kind, format, arguments);
  va_end(arguments);
  return false;
}

bool fault(wc_error *error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  set(error, WC_FATAL, format, arguments);
  va_end(arguments);
  return false;
}

bool within(wc_error *error, const char *format, ...) {
  char before[sizeof error->message];
  memcpy(before, error->message, sizeof before);
  va_list arguments;
  va_start(arguments, format);
  format_message(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  size_t length = strlen(error->message), room = sizeof error->message - length;
  format_text(error->message + length, room, ": %s", before);
  return false;
}

/* === cursors */

const uint8_t *take(cursor *of, size_t count, const char *noun) {
  if (count > left(of)) {
    fault(of->error, "%s wants %zu bytes, %zu are left", noun, count, left(of));
    return NULL;
  }
  const uint8_t *start = of->at;
  of->at += count;
  return start;
}

bool take8(cursor *of, uint8_t *number, const char *noun) {
  const uint8_t *at = take(of, 1, noun);
  if (at != NULL) *number = *at;
  return at != NULL;
}

bool take32(cursor *of, uint32_t *number, const char *noun) {
  const uint8_t *at = take(of, 4, noun);
  if (at != NULL) *number = get32(at);
  return at != NULL;
}

bool take_text(cursor *of, wc_text *text, const char *noun) {
  uint32_t length;
  if (!take32(of, &length, noun)) return false;
  const uint8_t *at = take(of, length, noun);
  if (at == NULL) return false;
  if (!is_utf8(at, length)) return fault(of->error, "%s: string is not valid UTF-8", noun);
  *text = (wc_text){(const char *)at, length};
  return true;
}

bool take_count(cursor *of, uint32_t *count, size_t least, const char *noun) {
  if (!take32(of, count, noun)) return false;
  if (*count > left(of) / least) {
    return fault(of->error, "%s %u does not fit into the %zu bytes that are left", noun, (unsigned)*count, left(of));
  }
  return true;
}
