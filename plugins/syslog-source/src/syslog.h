/* Syslog over TCP (RFC 6587): messages out of a stream, and what stands at their beginning. */
#ifndef SYSLOG_H
#define SYSLOG_H

#include "wasm_connect/batch.h"

/* Bytes that have come and are no whole message yet. */
typedef struct {
  char *at;
  size_t length;
  size_t capacity;
} stream;

void stream_append(stream *into, const uint8_t *bytes, size_t length);
/* Takes the next whole message out of the stream, up to `most` bytes of it: what follows a length (octet counting), or a line. The text
 * is good until the next call; false: there is none yet. `rest`: take what there is, as nothing more will come. */
bool next_message(stream *of, size_t most, bool rest, wc_text *message);
void stream_free(stream *of);

/* Facility and severity out of `<34>` at the beginning; false: there are none. */
bool priority_of(wc_text message, int *facility, int *severity);
/* How many bytes of it are UTF-8 from its beginning on: the rest is replaced. */
wc_text as_utf8(wc_arena *arena, wc_text message);

#endif
