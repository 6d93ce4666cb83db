/* my-plugin on this machine. */
#include <stdio.h>

#include "wasm_connect/testing.h"

static wc_record record_of(wc_value value) {
  wc_record record = WC_RECORD;
  record.topic = wc_str("numbers");
  record.value.value = value;
  return record;
}

static void strings_are_loud_and_other_values_are_refused(void) {
  wc_error error;
  wc_record one = record_of(wc_string(wc_str("one"))), empty = record_of(wc_string(wc_str(""))), number = record_of(wc_int32(2));
  wc_record tombstone = record_of(WC_NULL_VALUE), changed;
  wc_test_begin();
  WC_CHECK(wc_test_configure("com.example.MyPlugin", &error, "suffix", "!", NULL));
  WC_CHECK(wc_test_apply(&one, &changed, &error) == WC_KEEP && wc_equal(changed.value.value.string, wc_str("ONE!")));
  WC_CHECK(wc_test_apply(&empty, &changed, &error) == WC_DROP);
  WC_CHECK(wc_test_apply(&number, &changed, &error) == WC_FAILED && wc_equal(wc_str(error.message), wc_str("the value is no string")));
  WC_CHECK(wc_test_apply(&tombstone, &changed, &error) == WC_KEEP && changed.value.value.type == WC_NULL);
  wc_test_stop();
}

int main(void) {
  strings_are_loud_and_other_values_are_refused();
  puts("1 passed, 0 failed");
  return 0;
}
