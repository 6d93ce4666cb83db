/* my-plugin on this machine, with a stand-in for the worker. */
#include <stdio.h>

#include "wasm_connect/testing.h"

static const char CLASS[] = "com.example.MyPluginConnector";

static void it_counts_and_goes_on_from_its_offset(void) {
  wc_error error;
  const wc_record *records;
  size_t count;
  uint32_t idle_ms;
  wc_test_begin();
  wc_test_commit("{\"counter\":\"the only one\"}", "{\"next\":6}");
  WC_CHECK(wc_test_start(CLASS, &error, "topic", "numbers", "from", "5", NULL));
  WC_CHECK(wc_test_poll(10, &records, &count, &idle_ms, &error));
  WC_CHECK(count == 1 && idle_ms == 1000 && wc_equal(records[0].value.value.string, wc_str("6")));
  WC_CHECK(wc_equal(records[0].source_offset, wc_str("{\"next\":7}")));
  wc_test_stop();
}

static void a_missing_topic_is_an_error_of_the_configuration(void) {
  wc_error error;
  wc_test_begin();
  WC_CHECK(!wc_test_start(CLASS, &error, NULL) && error.kind == WC_CONFIG);
}

int main(void) {
  it_counts_and_goes_on_from_its_offset();
  a_missing_topic_is_an_error_of_the_configuration();
  puts("2 passed, 0 failed");
  return 0;
}
