/* my-plugin: a sink that appends the values of records to a file, a line each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wasm_connect.h"

static const wc_config_key KEYS[] = {
    /* Nothing else can be opened, and this only if the worker's sandbox.fs.write covers it. */
    {.name = "file",
     .type = WC_CONFIG_STRING,
     .required = true,
     .grants = {{.kind = WC_WRITE_FILE}},
     .doc = "The file that lines are appended to."},
};

static void *start(wc_arena *arena, const wc_config *config, wc_error *error) {
  wc_text path;
  if (!wc_config_text(config, "file", &path, error)) return NULL;
  /* `wc_format` ends what it makes. */
  FILE *file = fopen(wc_format(arena, "%.*s", WC_ARG(path)).at, "a");
  if (file == NULL) wc_fail(error, WC_FATAL, "cannot open %.*s: %s", WC_ARG(path), strerror(errno));
  return file;
}

static bool put(void *file, wc_put *put, wc_error *error) {
  wc_record record;
  size_t position = 0;
  while (wc_next_record(put, &position, &record, error)) {
    const wc_value *value = &record.value.value;
    if (value->type != WC_STRING) {
      wc_refuse(put, position - 1, "the value is no string");
    } else {
      fwrite(value->string.at, 1, value->string.length, file);
      fputc('\n', file);
    }
  }
  if (error->message[0] != '\0') return false;
  return !ferror(file) || wc_fail(error, WC_FATAL, "cannot write the lines: %s", strerror(errno));
}

static bool flush(void *file, wc_error *error) {
  if (fflush(file) == 0 && fsync(fileno(file)) == 0) return true;
  return wc_fail(error, WC_FATAL, "cannot sync the file: %s", strerror(errno));
}

static void stop(void *file) { fclose(file); }

static const wc_sink MY_PLUGIN = {
    .connector =
        {
            .class_name = "com.example.MyPluginConnector",
            .task_class = "com.example.MyPluginTask",
            .version = "0.1.0",
            .documentation = "Appends the values of records to a file, a line each.",
            .keys = KEYS,
            .key_count = sizeof KEYS / sizeof KEYS[0],
        },
    .start = start,
    .put = put,
    .flush = flush,
    .stop = stop,
};

const wc_plugin wc_exported = {.sinks = &MY_PLUGIN, .sink_count = 1};
