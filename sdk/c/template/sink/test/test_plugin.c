/* my-plugin on this machine, with a stand-in for the worker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wasm_connect/testing.h"

static wc_record record_of(wc_value value) {
  wc_record record = WC_RECORD;
  record.topic = wc_str("numbers");
  record.value.value = value;
  return record;
}

static void strings_become_lines_and_other_values_are_refused(void) {
  char path[] = "/tmp/my-plugin-XXXXXX", text[64] = "";
  close(mkstemp(path));
  wc_error error;
  size_t refused;
  wc_record records[] = {record_of(wc_string(wc_str("one"))), record_of(wc_int32(2)), record_of(wc_string(wc_str("three")))};
  wc_test_begin();
  WC_CHECK(wc_test_start("com.example.MyPluginConnector", &error, "file", path, NULL));
  WC_CHECK(wc_test_put(records, 3, &refused, &error) && refused == 1);
  WC_CHECK(wc_test_flush(&error));
  wc_test_stop();
  FILE *file = fopen(path, "r");
  WC_CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0);
  fclose(file);
  remove(path);
  WC_CHECK(strcmp(text, "one\nthree\n") == 0);
}

int main(void) {
  strings_become_lines_and_other_values_are_refused();
  puts("1 passed, 0 failed");
  return 0;
}
