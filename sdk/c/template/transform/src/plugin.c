/* my-plugin: a transform that writes string values in upper case. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "wasm_connect.h"

/* In a connector's configuration: transforms.ALIAS.suffix */
static const wc_config_key KEYS[] = {
    {.name = "suffix", .type = WC_CONFIG_STRING, .fallback = "", .doc = "What is put behind each value."},
};

/* The transform, as it stands in one place of a connector's transforms. */
typedef struct {
  char *suffix;
} my_plugin;

static void *configure(wc_arena *arena, const wc_config *config, wc_error *error) {
  wc_text suffix;
  if (!wc_config_text(config, "suffix", &suffix, error)) return NULL;
  my_plugin *plugin = malloc(sizeof(my_plugin));
  /* What is in the arena goes when this returns. */
  plugin->suffix = strdup(wc_format(arena, "%.*s", WC_ARG(suffix)).at);
  return plugin;
}

static enum wc_fate apply(void *self, wc_arena *arena, wc_record *record, wc_error *error) {
  const my_plugin *plugin = self;
  const wc_value *value = &record->value.value;
  /* A tombstone goes on as it is. */
  if (value->type == WC_NULL) return WC_KEEP;
  /* Fails this record alone: the connector's errors.tolerance decides what becomes of it. */
  if (value->type != WC_STRING) return wc_fail(error, WC_DATA, "the value is no string");
  if (value->string.length == 0) return WC_DROP;
  size_t length = value->string.length, suffix = strlen(plugin->suffix);
  char *loud = wc_alloc(arena, length + suffix);
  for (size_t i = 0; i < length; i++) loud[i] = (char)toupper((unsigned char)value->string.at[i]);
  memcpy(loud + length, plugin->suffix, suffix);
  record->value = (wc_payload){wc_plain(WC_STRING, false), wc_string((wc_text){loud, length + suffix})};
  return WC_KEEP;
}

static void close_plugin(void *self) {
  my_plugin *plugin = self;
  free(plugin->suffix);
  free(plugin);
}

static const wc_transformation MY_PLUGIN = {
    .of =
        {
            .class_name = "com.example.MyPlugin",
            .version = "0.1.0",
            .documentation = "Writes string values in upper case.",
            .keys = KEYS,
            .key_count = sizeof KEYS / sizeof KEYS[0],
        },
    .configure = configure,
    .apply = apply,
    .close = close_plugin,
};

const wc_plugin wc_exported = {.transformations = &MY_PLUGIN, .transformation_count = 1};
