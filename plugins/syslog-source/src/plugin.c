/* SyslogSource: listens for syslog over TCP, and brings a record for each message. */
#include <stdlib.h>
#include <time.h>

#include "syslog.h"
#include "wasm_connect.h"
#include "wasm_connect/tcp.h"

enum { MOST_CONNECTIONS = 64, CHUNK_BYTES = 64 * 1024, IDLE_MS = 50 };

static const wc_config_key KEYS[] = {
    {.name = "listen",
     .type = WC_CONFIG_STRING,
     .required = true,
     .importance = WC_HIGH,
     .grants = {{.kind = WC_LISTEN}},
     .doc = "The address to listen on, such as 127.0.0.1:1514. The worker's sandbox.net.listen must cover it."},
    {.name = "topic",
     .type = WC_CONFIG_STRING,
     .required = true,
     .importance = WC_HIGH,
     .validators = {{.kind = WC_NON_EMPTY}},
     .doc = "Where the messages go."},
    {.name = "message.max.bytes",
     .type = WC_CONFIG_INT,
     .fallback = "8192",
     .validators = {{.kind = WC_MIN, .number = 1}, {.kind = WC_MAX, .number = 1 << 20}},
     .doc = "What is longer is cut off."},
};

typedef struct {
  wc_connection *connection;
  stream stream;
  bool is_closed;
} peer;

typedef struct {
  wc_arena *arena;
  wc_listener *listener;
  wc_text topic;
  wc_text partition;
  size_t most;
  /* Messages that have been received since the connector was made. */
  int64_t received;
  peer peers[MOST_CONNECTIONS];
  size_t peer_count;
  uint8_t chunk[CHUNK_BYTES];
} syslog_task;

static void stop(void *given) {
  syslog_task *task = given;
  for (size_t i = 0; i < task->peer_count; i++) {
    wc_connection_close(task->peers[i].connection);
    stream_free(&task->peers[i].stream);
  }
  if (task->listener != NULL) wc_listener_close(task->listener);
  wc_arena_free(task->arena);
  free(task);
}

static bool configure(syslog_task *task, wc_arena *arena, const wc_config *config, wc_error *error) {
  wc_text address, topic, committed;
  int32_t most;
  if (!wc_config_text(config, "listen", &address, error) || !wc_config_text(config, "topic", &topic, error) ||
      !wc_config_int(config, "message.max.bytes", &most, error)) {
    return false;
  }
  task->topic = wc_format(task->arena, "%.*s", WC_ARG(topic));
  wc_text quoted = wc_json_quote(arena, address);
  task->partition = wc_format(task->arena, "{\"listen\":%.*s}", WC_ARG(quoted));
  task->most = (size_t)most;
  if (!wc_committed_offset(arena, task->partition, &committed, error)) return false;
  wc_json_long(committed, "received", &task->received);
  task->listener = wc_listen(address, error);
  if (task->listener == NULL) return false;
  wc_log(WC_INFO, "listens on %.*s, goes on after message %lld", WC_ARG(address), (long long)task->received);
  return true;
}

static void *start(wc_arena *arena, const wc_config *config, wc_error *error) {
  syslog_task *task = calloc(1, sizeof(syslog_task));
  if (task == NULL) abort();
  task->arena = wc_arena_new();
  if (configure(task, arena, config, error)) return task;
  stop(task);
  return NULL;
}

static bool bring(syslog_task *task, wc_records *records, wc_text message, int64_t now, wc_error *error) {
  wc_header headers[3];
  size_t count = 0;
  int facility, severity;
  headers[count++] = (wc_header){wc_str("syslog.sequence"), {wc_plain(WC_INT64, false), wc_int64(task->received)}};
  if (priority_of(message, &facility, &severity)) {
    headers[count++] = (wc_header){wc_str("syslog.facility"), {wc_plain(WC_INT32, false), wc_int32(facility)}};
    headers[count++] = (wc_header){wc_str("syslog.severity"), {wc_plain(WC_INT32, false), wc_int32(severity)}};
  }
  task->received++;
  wc_record record = WC_RECORD;
  record.topic = task->topic;
  record.timestamp = now;
  record.timestamp_type = WC_CREATE_TIME;
  record.value = (wc_payload){wc_plain(WC_STRING, false), wc_string(as_utf8(records->arena, message))};
  record.source_partition = task->partition;
  record.source_offset = wc_format(records->arena, "{\"received\":%lld}", (long long)task->received);
  record.headers = headers;
  record.header_count = count;
  return wc_writer_add(records->writer, &record, error);
}

/* Takes what one peer has sent; `*is_busy` if there was something. */
static bool drain(syslog_task *task, peer *peer, wc_records *records, int64_t now, bool *is_busy, wc_error *error) {
  if (!peer->is_closed && peer->stream.length <= task->most) {
    ptrdiff_t length = wc_receive(peer->connection, task->chunk, sizeof task->chunk);
    if (length > 0) stream_append(&peer->stream, task->chunk, (size_t)length);
    if (length != 0) *is_busy = true;
    peer->is_closed = length < 0;
  }
  wc_text message;
  while (!wc_is_full(records) && next_message(&peer->stream, task->most, peer->is_closed, &message)) {
    *is_busy = true;
    if (!bring(task, records, message, now, error)) return false;
  }
  return true;
}

static bool poll(void *given, wc_records *records, wc_error *error) {
  syslog_task *task = given;
  struct timespec time;
  timespec_get(&time, TIME_UTC);
  int64_t now = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
  bool is_busy = false;
  while (task->peer_count < MOST_CONNECTIONS) {
    wc_connection *connection = wc_accept(task->listener);
    if (connection == NULL) break;
    task->peers[task->peer_count++] = (peer){.connection = connection};
  }
  for (size_t i = 0; i < task->peer_count;) {
    peer *peer = &task->peers[i];
    if (!drain(task, peer, records, now, &is_busy, error)) return false;
    if (peer->is_closed && peer->stream.length == 0) {
      wc_connection_close(peer->connection);
      stream_free(&peer->stream);
      *peer = task->peers[--task->peer_count];
    } else {
      i++;
    }
  }
  records->idle_ms = is_busy ? 0 : IDLE_MS;
  return true;
}

static bool alter_offset(const wc_config *config, wc_text partition, wc_text offset) {
  int64_t received;
  (void)config, (void)partition;
  return offset.at == NULL || wc_json_long(offset, "received", &received);
}

static const wc_source SYSLOG = {
    .connector =
        {
            .class_name = "wasmconnect.syslog.SyslogSourceConnector",
            .task_class = "wasmconnect.syslog.SyslogSourceTask",
            .version = "1.0.0",
            .documentation = "Listens for syslog over TCP, and brings a record for each message.",
            .keys = KEYS,
            .key_count = sizeof KEYS / sizeof KEYS[0],
        },
    .start = start,
    .poll = poll,
    .stop = stop,
    .alter_offset = alter_offset,
};

const wc_plugin wc_exported = {.sources = &SYSLOG, .source_count = 1};
