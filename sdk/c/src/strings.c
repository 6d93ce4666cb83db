/* The table of strings: where each ends, then all their bytes. */
#include <stdlib.h>

#include "internal.h"

bool read_strings(wc_arena *arena, const uint8_t *start, const uint8_t *end, wc_text **strings, size_t *count, wc_error *error) {
  cursor at = {start, end, error};
  uint32_t found;
  if (!take_count(&at, &found, 4, "string count")) return false;
  if (found > MAX_STRINGS) return fault(error, "has %u strings, the most is %d", (unsigned)found, MAX_STRINGS);
  wc_text *texts = wc_alloc(arena, found * sizeof(wc_text));
  const uint8_t *ends = at.at;
  const uint8_t *text = ends + (size_t)4 * found;
  size_t size = (size_t)(end - text), begin = 0;
  for (uint32_t i = 0; i < found; i++) {
    size_t stop = get32(ends + (size_t)4 * i);
    if (stop < begin || stop > size) return fault(error, "string %u is at %zu..%zu of %zu bytes", (unsigned)i, begin, stop, size);
    if (!is_utf8(text + begin, stop - begin)) return fault(error, "string %u: string is not valid UTF-8", (unsigned)i);
    texts[i] = (wc_text){(const char *)text + begin, stop - begin};
    begin = stop;
  }
  if (begin != size) return fault(error, "%zu bytes follow the last string", size - begin);
  *strings = texts;
  *count = found;
  return true;
}

/* === writing */

/* FNV-1a. */
static uint32_t hash(wc_text text) {
  uint32_t number = 0x811c9dc5;
  for (size_t i = 0; i < text.length; i++) number = (number ^ (uint8_t)text.at[i]) * 0x01000193;
  return number;
}

/* Where the text is or would be. */
static uint32_t *slot_of(const string_table *table, wc_text text) {
  for (size_t i = hash(text);; i++) {
    uint32_t *slot = &table->slots[i & (table->slot_count - 1)];
    if (*slot == 0 || wc_equal(table->texts[*slot - 1], text)) return slot;
  }
}

static void grow(string_table *table) {
  table->capacity = table->capacity == 0 ? 16 : 2 * table->capacity;
  table->texts = checked(realloc(table->texts, table->capacity * sizeof(wc_text)));
  /* Half of the slots are free at least. */
  table->slot_count = 2 * table->capacity;
  free(table->slots);
  table->slots = checked(calloc(table->slot_count, sizeof(uint32_t)));
  for (size_t i = 0; i < table->count; i++) *slot_of(table, table->texts[i]) = (uint32_t)i + 1;
}

uint32_t string_table_intern(string_table *table, wc_text text) {
  if (table->count == table->capacity) grow(table);
  uint32_t *slot = slot_of(table, text);
  if (*slot == 0) {
    char *copy = wc_alloc(table->arena, text.length);
    if (text.length > 0) memcpy(copy, text.at, text.length);
    table->texts[table->count++] = (wc_text){copy, text.length};
    table->size += 4 + text.length;
    *slot = (uint32_t)table->count;
  }
  return *slot - 1;
}

void string_table_write(const string_table *table, buffer *into) {
  buffer_number(into, table->count, 4);
  size_t end = 0;
  for (size_t i = 0; i < table->count; i++) buffer_number(into, end += table->texts[i].length, 4);
  for (size_t i = 0; i < table->count; i++) buffer_put(into, table->texts[i].at, table->texts[i].length);
}

void string_table_free(string_table *table) {
  free(table->texts);
  free(table->slots);
}
