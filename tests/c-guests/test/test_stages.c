/* The stages on this machine: what the SDK's stand-in for the worker makes of them. */
#include <stdio.h>
#include <string.h>

#include "wasm_connect/testing.h"

static wc_record record_of(wc_value value) {
  wc_record record = WC_RECORD;
  record.topic = wc_str("t");
  record.partition = 3;
  record.offset = 7;
  record.key = (wc_payload){wc_plain(WC_INT64, true), wc_int64(1)};
  record.value.value = value;
  return record;
}

static wc_record text(const char *of) { return record_of(wc_string(wc_str(of))); }

static void what_a_transform_does_not_change_stays(void) {
  wc_error error;
  wc_record changed, given = text("four");
  wc_header headers[] = {{wc_str("first"), {NULL, wc_boolean(true)}}};
  given.headers = headers;
  given.header_count = 1;
  wc_test_begin();
  WC_CHECK(wc_test_configure("tests.c.Tags", &error, "header", "length", NULL));
  WC_CHECK(wc_test_apply(&given, &changed, &error) == WC_KEEP);
  WC_CHECK(wc_equal(changed.topic, given.topic) && changed.partition == 3 && changed.offset == 7);
  WC_CHECK(changed.key.schema == given.key.schema && changed.key.value.integer == 1);
  WC_CHECK(wc_equal(changed.value.value.string, wc_str("four")));
  WC_CHECK(changed.header_count == 2 && changed.headers[0].payload.value.boolean);
  WC_CHECK(wc_equal(changed.headers[1].payload.value.string, wc_str("4")));
  wc_test_stop();
  WC_CHECK(wc_test_logged("is closed"));
}

static void a_transform_drops_and_refuses(void) {
  wc_error error;
  wc_record changed, drop = text("drop"), refuse = text("refuse");
  wc_test_begin();
  WC_CHECK(!wc_test_configure("tests.c.Tags", &error, NULL) && error.kind == WC_CONFIG);
  WC_CHECK(!wc_test_configure("tests.c.None", &error, NULL) && error.kind == WC_CONFIG);
  WC_CHECK(wc_test_configure("tests.c.Tags", &error, "header", "length", NULL));
  WC_CHECK(!wc_test_configure("tests.c.Tags", &error, "header", "length", NULL) && error.kind == WC_FATAL);
  WC_CHECK(wc_test_apply(&drop, &changed, &error) == WC_DROP);
  WC_CHECK(wc_test_apply(&refuse, &changed, &error) == WC_FAILED && error.kind == WC_DATA);
  WC_CHECK(strcmp(error.message, "it was told to refuse") == 0);
}

static void a_predicate_holds_or_not(void) {
  wc_error error;
  wc_record begins = text("below"), other = text("above"), tombstone = record_of(WC_NULL_VALUE);
  bool holds;
  wc_test_begin();
  WC_CHECK(wc_test_configure("tests.c.Begins", &error, "with", "be", NULL));
  WC_CHECK(wc_test_test(&begins, &holds, &error) && holds);
  WC_CHECK(wc_test_test(&other, &holds, &error) && !holds);
  WC_CHECK(wc_test_test(&tombstone, &holds, &error) && !holds);
  wc_record changed;
  WC_CHECK(wc_test_apply(&begins, &changed, &error) == WC_FAILED && error.kind == WC_FATAL);
}

static void what_is_no_text_is_not_in_messages(void) {
  wc_error error;
  wc_fail(&error, WC_DATA, "%s: %s", "\xff\xfe", "\xe2\x82\xac \xe2\x82");
  WC_CHECK(strcmp(error.message, "??: \xe2\x82\xac ??") == 0);
}

int main(void) {
  what_a_transform_does_not_change_stays();
  a_transform_drops_and_refuses();
  a_predicate_holds_or_not();
  what_is_no_text_is_not_in_messages();
  wc_test_begin();
  puts("4 passed, 0 failed");
  return 0;
}
