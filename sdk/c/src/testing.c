/* The stand-in for the worker, and TCP of this machine. */
#define _POSIX_C_SOURCE 200809L
#include "wasm_connect/testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "internal.h"
#include "stage.h"
#include "wasm_connect/tcp.h"

enum { MOST_OFFSETS = 16, MOST_SETTINGS = 32 };

static struct {
  wc_arena *arena;
  /* Of the poll or put that was made last. */
  wc_arena *call;
  struct {
    wc_text partition;
    wc_text offset;
  } committed[MOST_OFFSETS];
  size_t committed_count;
  buffer log;
  bool is_stopping;
} worker;

void wc_test_begin(void) {
  wc_test_stop();
  wc_arena_free(worker.arena);
  wc_arena_free(worker.call);
  free(worker.log.at);
  memset(&worker, 0, sizeof worker);
  worker.arena = wc_arena_new();
  worker.call = wc_arena_new();
}

void wc_test_commit(const char *partition, const char *offset) {
  size_t i = 0;
  while (i < worker.committed_count && !wc_equal(worker.committed[i].partition, wc_str(partition))) i++;
  WC_CHECK(i < MOST_OFFSETS);
  worker.committed[i].partition = wc_format(worker.arena, "%s", partition);
  worker.committed[i].offset = wc_format(worker.arena, "%s", offset);
  if (i == worker.committed_count) worker.committed_count++;
}

void wc_test_stopping(bool is_stopping) { worker.is_stopping = is_stopping; }

bool wc_test_logged(const char *part) {
  buffer_number(&worker.log, 0, 1);
  worker.log.length--;
  return strstr((const char *)worker.log.at, part) != NULL;
}

void wc_test_check(bool holds, const char *condition, const char *file, int line) {
  if (holds) return;
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, condition);
  exit(1);
}

/* === calls */

/* Names and values, up to NULL. */
static const wc_setting *settings_of(va_list arguments, size_t *count) {
  wc_setting *settings = wc_alloc(worker.arena, MOST_SETTINGS * sizeof(wc_setting));
  *count = 0;
  for (const char *name; (name = va_arg(arguments, const char *)) != NULL && *count < MOST_SETTINGS; ++*count) {
    settings[*count] = (wc_setting){wc_str(name), wc_str(va_arg(arguments, const char *))};
  }
  return settings;
}

bool wc_test_start(const char *class_name, wc_error *error, ...) {
  size_t count;
  va_list arguments;
  va_start(arguments, error);
  const wc_setting *settings = settings_of(arguments, &count);
  va_end(arguments);
  for (size_t i = 0; i < wc_exported.sink_count; i++) {
    if (strcmp(wc_exported.sinks[i].connector.class_name, class_name) == 0) {
      return wc_start_sink_task(worker.arena, wc_str(class_name), settings, count, error);
    }
  }
  return wc_start_source_task(worker.arena, wc_str(class_name), settings, count, error);
}

/* The batch, in the arena of the call; the writer is gone. */
static wc_bytes finished(wc_writer *writer) {
  wc_bytes written = wc_writer_finish(writer);
  uint8_t *copy = wc_alloc(worker.call, written.length);
  memcpy(copy, written.at, written.length);
  wc_writer_free(writer);
  return (wc_bytes){copy, written.length};
}

bool wc_test_poll(uint32_t max_records, const wc_record **records, size_t *count, uint32_t *idle_ms, wc_error *error) {
  void *task;
  const wc_source *source = wc_running_source("poll", &task, error);
  if (source == NULL) return false;
  wc_arena_reset(worker.call);
  wc_records made = {wc_writer_new(), worker.call, max_records, 16 << 20, 0, 0};
  bool success = source->poll(task, &made, error);
  *idle_ms = made.idle_ms;
  if (success) {
    const wc_batch *batch = wc_batch_read(worker.call, finished(made.writer), error);
    WC_CHECK(batch != NULL);
    *count = wc_batch_count(batch);
    wc_record *read = wc_alloc(worker.call, *count * sizeof(wc_record));
    for (size_t i = 0; i < *count; i++) WC_CHECK(wc_batch_record(batch, i, &read[i], error));
    *records = read;
  } else {
    wc_writer_free(made.writer);
  }
  return success;
}

/* Records as the worker hands them in, in the arena of the call. */
static wc_bytes batch_of(const wc_record *records, size_t count, wc_error *error) {
  wc_arena_reset(worker.call);
  wc_writer *writer = wc_writer_new();
  for (size_t i = 0; i < count; i++) WC_CHECK(wc_writer_add(writer, &records[i], error));
  return finished(writer);
}

bool wc_test_put(const wc_record *records, size_t count, size_t *refused, wc_error *error) {
  void *task;
  const wc_sink *sink = wc_running_sink("put", &task, error);
  if (sink == NULL) return false;
  wc_bytes batch = batch_of(records, count, error);
  wc_put put = {.arena = worker.call, .batch = wc_batch_read(worker.call, batch, error)};
  WC_CHECK(put.batch != NULL);
  bool success = sink->put(task, &put, error);
  *refused = 0;
  for (wc_refusal *of = put.refused; of != NULL; of = of->before) ++*refused;
  return success;
}

bool wc_test_flush(wc_error *error) {
  void *task;
  const wc_sink *sink = wc_running_sink("pre-commit", &task, error);
  return sink != NULL && (sink->flush == NULL || sink->flush(task, error));
}

void wc_test_stop(void) {
  wc_run_stop();
  wc_run_close();
}

bool wc_test_configure(const char *class_name, wc_error *error, ...) {
  size_t count;
  va_list arguments;
  va_start(arguments, error);
  const wc_setting *settings = settings_of(arguments, &count);
  va_end(arguments);
  enum wc_stage_kind kind = WC_PREDICATE;
  for (size_t i = 0; i < wc_exported.transformation_count; i++) {
    if (strcmp(wc_exported.transformations[i].of.class_name, class_name) == 0) kind = WC_TRANSFORMATION;
  }
  return wc_configure_stage(worker.arena, kind, WC_VALUE, wc_str(class_name), settings, count, error);
}

enum wc_fate wc_test_apply(const wc_record *record, wc_record *changed, wc_error *error) {
  wc_outcome outcome;
  if (!wc_run_apply(worker.call, batch_of(record, 1, error), &outcome, error)) return WC_FAILED;
  const wc_batch *batch = wc_batch_read(worker.call, finished(outcome.writer), error);
  WC_CHECK(batch != NULL && wc_batch_count(batch) == 1);
  if (outcome.failed != NULL) {
    wc_fail(error, WC_DATA, "%.*s", WC_ARG(outcome.failed->message));
    return WC_FAILED;
  }
  if (wc_batch_is_hole(batch, 0)) return WC_DROP;
  WC_CHECK(wc_batch_record(batch, 0, changed, error));
  return WC_KEEP;
}

bool wc_test_test(const wc_record *record, bool *holds, wc_error *error) {
  wc_bytes bits;
  if (!wc_run_test(worker.call, batch_of(record, 1, error), &bits, error)) return false;
  *holds = bits.at[0] & 1;
  return true;
}

/* === what the worker answers */

bool wc_log_enabled(enum wc_level level) {
  (void)level;
  return true;
}

void wc_log_line(enum wc_level level, wc_text line) {
  (void)level;
  buffer_put(&worker.log, line.at, line.length);
  buffer_put(&worker.log, "\n", 1);
}

void wc_metric_add(const char *counter, uint64_t delta) { (void)counter, (void)delta; }
void wc_metric_set(const char *gauge, double value) { (void)gauge, (void)value; }
void wc_metric_observe(const char *histogram, double value) { (void)histogram, (void)value; }
void wc_request_task_reconfiguration(void) {}
void wc_raise_error(const char *message) { (void)message; }

bool wc_sleep(uint32_t milliseconds) {
  (void)milliseconds;
  return worker.is_stopping;
}

bool wc_stopping(void) { return worker.is_stopping; }

bool wc_committed_offset(wc_arena *arena, wc_text partition, wc_text *offset, wc_error *error) {
  (void)arena, (void)error;
  *offset = WC_NONE;
  for (size_t i = 0; i < worker.committed_count; i++) {
    if (wc_equal(worker.committed[i].partition, partition)) *offset = worker.committed[i].offset;
  }
  return true;
}

void wc_assignment(wc_arena *arena, const wc_topic_partition **partitions, size_t *count) {
  (void)arena;
  *partitions = NULL;
  *count = 0;
}

bool wc_rewind(const wc_partition_offset *offsets, size_t count, wc_error *error) {
  (void)offsets, (void)count, (void)error;
  return true;
}

bool wc_pause(const wc_topic_partition *partitions, size_t count, wc_error *error) {
  (void)partitions, (void)count, (void)error;
  return true;
}

bool wc_resume(const wc_topic_partition *partitions, size_t count, wc_error *error) { return wc_pause(partitions, count, error); }

void wc_timeout(uint32_t milliseconds) { (void)milliseconds; }
void wc_request_commit(void) {}

bool wc_report_errant_record(wc_topic_partition partition, int64_t offset, const char *message, wc_error *error) {
  (void)partition, (void)offset, (void)message, (void)error;
  return true;
}

/* === TCP of this machine */

struct wc_listener {
  int socket;
};

struct wc_connection {
  int socket;
};

static int without_waiting(int socket) {
  fcntl(socket, F_SETFL, O_NONBLOCK);
  return socket;
}

wc_listener *wc_listen(wc_text address, wc_error *error) {
  struct sockaddr_in local = {.sin_family = AF_INET};
  uint8_t ip[4];
  uint16_t port;
  if (!wc_parse_address(address, ip, &port, error)) return NULL;
  memcpy(&local.sin_addr, ip, sizeof ip);
  local.sin_port = htons(port);
  int on = 1, found = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(found, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(found, (struct sockaddr *)&local, sizeof local) != 0 || listen(found, 16) != 0) {
    close(found);
    wc_fail(error, WC_FATAL, "cannot listen on %.*s", WC_ARG(address));
    return NULL;
  }
  wc_listener *listener = checked(calloc(1, sizeof(wc_listener)));
  listener->socket = without_waiting(found);
  return listener;
}

void wc_listener_close(wc_listener *listener) {
  close(listener->socket);
  free(listener);
}

wc_connection *wc_accept(wc_listener *listener) {
  int accepted = accept(listener->socket, NULL, NULL);
  if (accepted < 0) return NULL;
  wc_connection *connection = checked(calloc(1, sizeof(wc_connection)));
  connection->socket = without_waiting(accepted);
  return connection;
}

ptrdiff_t wc_receive(wc_connection *connection, uint8_t *bytes, size_t room) {
  ssize_t length = recv(connection->socket, bytes, room, 0);
  return length > 0 ? length : length == 0 ? -1 : 0;
}

void wc_connection_close(wc_connection *connection) {
  close(connection->socket);
  free(connection);
}
