/* Stages in C for tests: a transform, a predicate, a converter and a header converter. */
#include <stdlib.h>
#include <string.h>

#include "wasm_connect.h"

#define COUNT(of) (sizeof(of) / sizeof(of)[0])

/* A text of the plugin's own, terminated. */
static char *owned(wc_arena *arena, wc_text text) { return strdup(wc_format(arena, "%.*s", WC_ARG(text)).at); }

/* === Tags: a header with the length of the text; obeys "drop", "refuse" and "trap" */

static const wc_config_key TAGS_KEYS[] = {
    {.name = "header", .type = WC_CONFIG_STRING, .required = true, .doc = "The name of the header."},
};

static void *tags_configure(wc_arena *arena, const wc_config *config, wc_error *error) {
  wc_text header;
  return wc_config_text(config, "header", &header, error) ? owned(arena, header) : NULL;
}

static enum wc_fate tags_apply(void *header, wc_arena *arena, wc_record *record, wc_error *error) {
  const wc_value *value = &record->value.value;
  if (value->type != WC_STRING) return WC_KEEP;
  if (wc_equal(value->string, wc_str("drop"))) return WC_DROP;
  if (wc_equal(value->string, wc_str("refuse"))) return wc_fail(error, WC_DATA, "it was told to refuse");
  if (wc_equal(value->string, wc_str("trap"))) abort();
  wc_header *headers = wc_alloc(arena, (record->header_count + 1) * sizeof(wc_header));
  if (record->header_count > 0) memcpy(headers, record->headers, record->header_count * sizeof(wc_header));
  wc_text length = wc_format(arena, "%zu", value->string.length);
  headers[record->header_count] = (wc_header){wc_str(header), {wc_plain(WC_STRING, false), wc_string(length)}};
  record->headers = headers;
  record->header_count++;
  return WC_KEEP;
}

static void tags_close(void *header) {
  wc_log(WC_INFO, "the transform in C is closed");
  free(header);
}

/* === Begins: whether the text begins with another one */

static const wc_config_key BEGINS_KEYS[] = {
    {.name = "with", .type = WC_CONFIG_STRING, .required = true, .doc = "What the text begins with."},
};

static void *begins_configure(wc_arena *arena, const wc_config *config, wc_error *error) {
  wc_text with;
  return wc_config_text(config, "with", &with, error) ? owned(arena, with) : NULL;
}

static bool begins_test(void *with, const wc_record *record, bool *holds, wc_error *error) {
  (void)error;
  const wc_value *value = &record->value.value;
  size_t length = strlen(with);
  *holds = value->type == WC_STRING && value->string.length >= length && memcmp(value->string.at, with, length) == 0;
  return true;
}

/* === Angled: text between angle brackets in Kafka */

static void *stateless(wc_arena *arena, const wc_config *config, enum wc_role role, wc_error *error) {
  static char nothing;
  (void)arena, (void)config, (void)role, (void)error;
  return &nothing;
}

static bool angled_from_connect(void *self, wc_arena *arena, wc_part part, const wc_payload *from, wc_bytes *to, wc_error *error) {
  (void)self, (void)part;
  if (from->value.type == WC_NULL) return true;
  if (from->value.type != WC_STRING) return wc_fail(error, WC_DATA, "only text goes between brackets");
  wc_text text = wc_format(arena, "<%.*s>", WC_ARG(from->value.string));
  *to = (wc_bytes){(const uint8_t *)text.at, text.length};
  return true;
}

static bool angled_to_connect(void *self, wc_arena *arena, wc_part part, wc_bytes from, wc_payload *to, wc_error *error) {
  (void)self, (void)arena, (void)part;
  if (from.at == NULL) return true;
  if (from.length < 2 || from.at[0] != '<' || from.at[from.length - 1] != '>') {
    return wc_fail(error, WC_DATA, "there are no brackets: %.*s", (int)from.length, (const char *)from.at);
  }
  *to = (wc_payload){wc_plain(WC_STRING, false), wc_string((wc_text){(const char *)from.at + 1, from.length - 2})};
  return true;
}

/* === Named: a header's name before its text in Kafka */

static bool named_from_connect(void *self, wc_arena *arena, wc_part part, const wc_payload *from, wc_bytes *to, wc_error *error) {
  (void)self;
  if (from->value.type != WC_STRING) return wc_fail(error, WC_DATA, "%.*s is no text", WC_ARG(part.name));
  wc_text text = wc_format(arena, "%.*s:%.*s", WC_ARG(part.name), WC_ARG(from->value.string));
  *to = (wc_bytes){(const uint8_t *)text.at, text.length};
  return true;
}

static bool named_to_connect(void *self, wc_arena *arena, wc_part part, wc_bytes from, wc_payload *to, wc_error *error) {
  (void)self;
  wc_text prefix = wc_format(arena, "%.*s:", WC_ARG(part.name));
  if (from.length < prefix.length || memcmp(from.at, prefix.at, prefix.length) != 0) {
    return wc_fail(error, WC_DATA, "it is not of %.*s", WC_ARG(part.name));
  }
  wc_text text = {(const char *)from.at + prefix.length, from.length - prefix.length};
  *to = (wc_payload){wc_plain(WC_STRING, false), wc_string(text)};
  return true;
}

/* === what there is */

static const wc_transformation TAGS = {
    .of = {.class_name = "tests.c.Tags", .version = "1.0.0", .keys = TAGS_KEYS, .key_count = COUNT(TAGS_KEYS)},
    .configure = tags_configure,
    .apply = tags_apply,
    .close = tags_close,
};

static const wc_predicate BEGINS = {
    .of = {.class_name = "tests.c.Begins", .version = "1.0.0", .keys = BEGINS_KEYS, .key_count = COUNT(BEGINS_KEYS)},
    .configure = begins_configure,
    .test = begins_test,
    .close = free,
};

static const wc_converter ANGLED = {
    .of = {.class_name = "tests.c.Angled", .version = "1.0.0"},
    .configure = stateless,
    .from_connect = angled_from_connect,
    .to_connect = angled_to_connect,
};

static const wc_converter NAMED = {
    .of = {.class_name = "tests.c.Named", .version = "1.0.0"},
    .configure = stateless,
    .from_connect = named_from_connect,
    .to_connect = named_to_connect,
};

const wc_plugin wc_exported = {
    .transformations = &TAGS,
    .transformation_count = 1,
    .predicates = &BEGINS,
    .predicate_count = 1,
    .converters = &ANGLED,
    .converter_count = 1,
    .header_converters = &NAMED,
    .header_converter_count = 1,
};
