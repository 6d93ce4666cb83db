/* The plugin on this machine, with a stand-in for the worker, and sockets that are real. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../src/syslog.h"
#include "wasm_connect/testing.h"

static const char CLASS[] = "wasmconnect.syslog.SyslogSourceConnector";

static bool is(wc_text text, const char *expected) { return wc_equal(text, wc_str(expected)); }

static void feed(stream *to, const char *text) { stream_append(to, (const uint8_t *)text, strlen(text)); }

static void lines_and_counted_messages_come_out_of_a_stream(void) {
  stream from = {0};
  wc_text message;
  feed(&from, "<34>one\r\n\n5 <1>a\n12 <2>half");
  WC_CHECK(next_message(&from, 100, false, &message) && is(message, "<34>one"));
  WC_CHECK(next_message(&from, 100, false, &message) && is(message, "<1>a\n"));
  WC_CHECK(!next_message(&from, 100, false, &message));
  feed(&from, "\n1234long line\nrest");
  WC_CHECK(next_message(&from, 4, false, &message) && is(message, "<2>h"));
  WC_CHECK(next_message(&from, 100, false, &message) && is(message, "long line"));
  WC_CHECK(!next_message(&from, 100, false, &message));
  WC_CHECK(next_message(&from, 100, true, &message) && is(message, "rest") && from.length == 0);
  stream_free(&from);
}

static void priorities_are_read(void) {
  int facility, severity;
  WC_CHECK(priority_of(wc_str("<165>1 x"), &facility, &severity) && facility == 20 && severity == 5);
  WC_CHECK(priority_of(wc_str("<0>x"), &facility, &severity) && facility == 0 && severity == 0);
  const char *const WRONG[] = {"", "<>x", "<192>x", "<1x", "34>", "<1234>x"};
  for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) WC_CHECK(!priority_of(wc_str(WRONG[i]), &facility, &severity));
}

static void what_is_no_utf8_is_replaced(void) {
  wc_arena *arena = wc_arena_new();
  WC_CHECK(is(as_utf8(arena, wc_str("a\xff\xc3\xa4\xe2\x82")), "a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd"));
  wc_arena_free(arena);
}

/* A port that nobody has now. */
static int free_port(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int found = socket(AF_INET, SOCK_STREAM, 0);
  WC_CHECK(bind(found, (struct sockaddr *)&address, sizeof address) == 0);
  WC_CHECK(getsockname(found, (struct sockaddr *)&address, &length) == 0);
  close(found);
  return ntohs(address.sin_port);
}

static void send_to(int port, const char *text) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int to = socket(AF_INET, SOCK_STREAM, 0);
  WC_CHECK(connect(to, (struct sockaddr *)&address, sizeof address) == 0);
  WC_CHECK(send(to, text, strlen(text), 0) == (ssize_t)strlen(text));
  close(to);
}

static void messages_become_records_whose_count_goes_on_over_a_restart(void) {
  char address[32], partition[64];
  int port = free_port();
  snprintf(address, sizeof address, "127.0.0.1:%d", port);
  snprintf(partition, sizeof partition, "{\"listen\":\"%s\"}", address);
  wc_error error;
  const wc_record *records;
  size_t count = 0;
  uint32_t idle_ms;
  wc_test_begin();
  wc_test_commit(partition, "{\"received\":41}");
  WC_CHECK(wc_test_start(CLASS, &error, "listen", address, "topic", "logs", NULL));
  WC_CHECK(wc_test_logged("goes on after message 41"));
  WC_CHECK(wc_test_poll(10, &records, &count, &idle_ms, &error) && count == 0 && idle_ms == 50);
  send_to(port, "<34>first\nsecond\n");
  /* It comes within a few tries: this machine's loopback is not that slow. */
  for (int i = 0; i < 1000 && count == 0; i++) {
    WC_CHECK(wc_test_poll(1, &records, &count, &idle_ms, &error));
    if (count == 0) usleep(1000);
  }
  WC_CHECK(count == 1 && idle_ms == 0 && is(records[0].value.value.string, "<34>first") && is(records[0].topic, "logs"));
  WC_CHECK(is(records[0].source_partition, partition) && is(records[0].source_offset, "{\"received\":42}"));
  WC_CHECK(records[0].header_count == 3 && records[0].headers[0].payload.value.integer == 41);
  WC_CHECK(records[0].headers[1].payload.value.integer == 4 && records[0].headers[2].payload.value.integer == 2);
  WC_CHECK(wc_test_poll(10, &records, &count, &idle_ms, &error) && count == 1 && records[0].header_count == 1);
  wc_test_stop();
}

static void a_wrong_configuration_says_why(void) {
  wc_error error;
  wc_test_begin();
  WC_CHECK(!wc_test_start(CLASS, &error, "listen", "nowhere", "topic", "t", NULL) && error.kind == WC_CONFIG);
  WC_CHECK(strstr(error.message, "nowhere is no address") != NULL);
  WC_CHECK(!wc_test_start(CLASS, &error, "listen", "127.0.0.1:1", "topic", "t", "message.max.bytes", "x", NULL));
  WC_CHECK(strcmp(error.message, "Invalid value x for configuration message.max.bytes: Not a number of type INT") == 0);
  WC_CHECK(!wc_test_start(CLASS, &error, "topic", "t", NULL));
  WC_CHECK(strcmp(error.message, "Missing required configuration \"listen\" which has no default value.") == 0);
}

int main(void) {
  lines_and_counted_messages_come_out_of_a_stream();
  priorities_are_read();
  what_is_no_utf8_is_replaced();
  messages_become_records_whose_count_goes_on_over_a_restart();
  a_wrong_configuration_says_why();
  puts("5 passed, 0 failed");
  return 0;
}
