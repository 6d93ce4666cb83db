/* Messages out of a stream. */
#include "syslog.h"

#include <stdlib.h>
#include <string.h>

/* A length has so many digits at most. */
enum { MOST_DIGITS = 9 };

void stream_append(stream *into, const uint8_t *bytes, size_t length) {
  if (length > into->capacity - into->length) {
    into->capacity = 2 * (into->length + length);
    into->at = realloc(into->at, into->capacity);
    if (into->at == NULL) abort();
  }
  memcpy(into->at + into->length, bytes, length);
  into->length += length;
}

void stream_free(stream *of) {
  free(of->at);
  *of = (stream){0};
}

/* The length that a message begins with, and how many bytes it takes; 0: there is none, so that it is a line. */
static size_t counted(const stream *of, size_t *length) {
  size_t digits = 0;
  *length = 0;
  while (digits < of->length && digits < MOST_DIGITS && of->at[digits] >= '0' && of->at[digits] <= '9') {
    *length = 10 * *length + (size_t)(of->at[digits++] - '0');
  }
  bool is_length = digits > 0 && digits < of->length && of->at[digits] == ' ' && of->at[0] != '0';
  return is_length ? digits + 1 : 0;
}

/* The memory of the last message, which has been taken out of the stream. */
static char *taken;

static wc_text take_out(stream *of, size_t start, size_t length, size_t most, size_t passed) {
  size_t kept = length < most ? length : most;
  taken = realloc(taken, kept + 1);
  if (taken == NULL) abort();
  memcpy(taken, of->at + start, kept);
  of->length -= passed;
  memmove(of->at, of->at + passed, of->length);
  return (wc_text){taken, kept};
}

bool next_message(stream *of, size_t most, bool rest, wc_text *message) {
  while (of->length > 0) {
    size_t length, start = counted(of, &length);
    if (start > 0 && of->length - start >= length) {
      *message = take_out(of, start, length, most, start + length);
    } else if (start > 0) {
      if (!rest) return false;
      *message = take_out(of, start, of->length - start, most, of->length);
    } else {
      const char *end = memchr(of->at, '\n', of->length);
      /* A line without an end that is longer than it may be is one. */
      if (end == NULL && !rest && of->length <= most) return false;
      size_t line = end == NULL ? of->length : (size_t)(end - of->at), passed = end == NULL ? line : line + 1;
      size_t trimmed = line > 0 && of->at[line - 1] == '\r' ? line - 1 : line;
      *message = take_out(of, 0, trimmed, most, passed);
    }
    if (message->length > 0) return true;
  }
  return false;
}

bool priority_of(wc_text message, int *facility, int *severity) {
  int number = 0;
  size_t i = 1;
  if (message.length < 3 || message.at[0] != '<') return false;
  for (; i < message.length && i < 4 && message.at[i] >= '0' && message.at[i] <= '9'; i++) number = 10 * number + message.at[i] - '0';
  if (i == 1 || i >= message.length || message.at[i] != '>' || number > 191) return false;
  *facility = number / 8;
  *severity = number % 8;
  return true;
}

/* How many bytes the character at `at` has; 0: it is none. */
static size_t character(const unsigned char *at, size_t left) {
  size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
  if (length == 1) return 1;
  if (at[0] < 0xc2 || at[0] > 0xf4 || length > left) return 0;
  if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f)) return 0;
  if ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f)) return 0;
  for (size_t i = 1; i < length; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
  }
  return length;
}

wc_text as_utf8(wc_arena *arena, wc_text message) {
  static const char REPLACEMENT[] = "\xef\xbf\xbd";
  char *text = wc_alloc(arena, 3 * message.length + 1), *to = text;
  for (size_t i = 0; i < message.length;) {
    size_t length = character((const unsigned char *)message.at + i, message.length - i);
    memcpy(to, length == 0 ? REPLACEMENT : message.at + i, length == 0 ? 3 : length);
    to += length == 0 ? 3 : length;
    i += length == 0 ? 1 : length;
  }
  return (wc_text){text, (size_t)(to - text)};
}
