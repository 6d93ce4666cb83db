/* Configurations: values checked with Java's texts, defaults filled in; flat JSON objects; splitting work. */
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "wasm_connect.h"

wc_text wc_config_get(const wc_config *config, const char *name) {
  for (size_t i = 0; i < config->count; i++) {
    if (wc_equal(config->settings[i].name, wc_str(name))) return config->settings[i].value;
  }
  return WC_NONE;
}

static const wc_config_key *key_of(const wc_config *config, const char *name) {
  for (size_t i = 0; i < config->key_count; i++) {
    if (strcmp(config->keys[i].name, name) == 0) return &config->keys[i];
  }
  return NULL;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static wc_text trim(wc_text text) {
  while (text.length > 0 && is_space(text.at[0])) text.at++, text.length--;
  while (text.length > 0 && is_space(text.at[text.length - 1])) text.length--;
  return text;
}

bool wc_config_has(const wc_config *config, const char *name) {
  const wc_config_key *key = key_of(config, name);
  return wc_config_get(config, name).at != NULL || (key != NULL && key->fallback != NULL);
}

bool wc_config_text(const wc_config *config, const char *name, wc_text *value, wc_error *error) {
  const wc_config_key *key = key_of(config, name);
  *value = wc_config_get(config, name);
  if (key == NULL) return wc_fail(error, WC_FATAL, "the key %s is not defined", name);
  if (value->at == NULL) *value = wc_str(key->fallback);
  if (value->at == NULL && key->required) {
    return wc_fail(error, WC_CONFIG, "Missing required configuration \"%s\" which has no default value.", name);
  }
  *value = trim(*value);
  return true;
}

static bool invalid(const char *name, wc_text value, const char *why, wc_error *error) {
  return wc_fail(error, WC_CONFIG, "Invalid value %.*s for configuration %s: %s", WC_ARG(value), name, why);
}

/* The text of a value that there must be. */
static bool present(const wc_config *config, const char *name, wc_text *value, wc_error *error) {
  if (!wc_config_text(config, name, value, error)) return false;
  return value->at != NULL || wc_fail(error, WC_CONFIG, "the configuration %s has no value", name);
}

/* A whole number between two bounds. */
static bool parse_long(wc_text text, int64_t least, int64_t most, int64_t *number) {
  bool is_negative = text.length > 0 && text.at[0] == '-';
  size_t i = text.length > 0 && (text.at[0] == '-' || text.at[0] == '+') ? 1 : 0;
  if (i == text.length) return false;
  int64_t found = 0;
  for (; i < text.length; i++) {
    if (text.at[i] < '0' || text.at[i] > '9') return false;
    int digit = text.at[i] - '0';
    /* Counted downwards, as there is one more number below zero. */
    if (found < (INT64_MIN + digit) / 10) return false;
    found = found * 10 - digit;
  }
  if (!is_negative && found == INT64_MIN) return false;
  *number = is_negative ? found : -found;
  return *number >= least && *number <= most;
}

bool wc_config_long(const wc_config *config, const char *name, int64_t *value, wc_error *error) {
  wc_text text;
  if (!present(config, name, &text, error)) return false;
  return parse_long(text, INT64_MIN, INT64_MAX, value) || invalid(name, text, "Not a number of type LONG", error);
}

bool wc_config_int(const wc_config *config, const char *name, int32_t *value, wc_error *error) {
  wc_text text;
  int64_t number;
  if (!present(config, name, &text, error)) return false;
  if (!parse_long(text, INT32_MIN, INT32_MAX, &number)) return invalid(name, text, "Not a number of type INT", error);
  *value = (int32_t)number;
  return true;
}

bool wc_config_double(const wc_config *config, const char *name, double *value, wc_error *error) {
  wc_text text;
  char copy[64], *end;
  if (!present(config, name, &text, error)) return false;
  snprintf(copy, sizeof copy, "%.*s", WC_ARG(text));
  *value = strtod(copy, &end);
  bool is_number = text.length > 0 && text.length < sizeof copy && *end == '\0';
  return is_number || invalid(name, text, "Not a number of type DOUBLE", error);
}

static bool is_word(wc_text text, const char *word) {
  if (text.length != strlen(word)) return false;
  for (size_t i = 0; i < text.length; i++) {
    if ((text.at[i] | 0x20) != word[i]) return false;
  }
  return true;
}

bool wc_config_boolean(const wc_config *config, const char *name, bool *value, wc_error *error) {
  wc_text text;
  if (!present(config, name, &text, error)) return false;
  *value = is_word(text, "true");
  return *value || is_word(text, "false") || invalid(name, text, "Expected value to be either true or false", error);
}

bool wc_next_item(wc_text *rest, wc_text *item) {
  if (rest->at == NULL || rest->length == 0) return false;
  const char *comma = memchr(rest->at, ',', rest->length);
  size_t length = comma == NULL ? rest->length : (size_t)(comma - rest->at);
  *item = trim((wc_text){rest->at, length});
  size_t passed = comma == NULL ? length : length + 1;
  *rest = (wc_text){rest->at + passed, rest->length - passed};
  return true;
}

/* === flat JSON objects */

static const char *skip_spaces(const char *at, const char *end) {
  while (at < end && is_space(*at)) at++;
  return at;
}

/* Behind the text or scalar at `at`; NULL: there is none. */
static const char *skip_scalar(const char *at, const char *end) {
  if (at < end && *at == '"') {
    for (at++; at < end && *at != '"'; at++) {
      if (*at == '\\') at++;
    }
    return at < end ? at + 1 : NULL;
  }
  const char *start = at;
  while (at < end && *at != ',' && *at != '}' && !is_space(*at)) at++;
  return at == start ? NULL : at;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool code_unit(const char *at, const char *end, uint32_t *unit) {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
  *unit = 0;
  for (int i = 2; i < 6; i++) {
    int digit = hex_digit(at[i]);
    if (digit < 0) return false;
    *unit = *unit << 4 | (uint32_t)digit;
  }
  return true;
}

static char *put_utf8(char *to, uint32_t code) {
  if (code < 0x80) {
    *to++ = (char)code;
  } else if (code < 0x800) {
    *to++ = (char)(0xc0 | code >> 6);
    *to++ = (char)(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *to++ = (char)(0xe0 | code >> 12);
    *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    *to++ = (char)(0x80 | (code & 0x3f));
  } else {
    *to++ = (char)(0xf0 | code >> 18);
    *to++ = (char)(0x80 | (code >> 12 & 0x3f));
    *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    *to++ = (char)(0x80 | (code & 0x3f));
  }
  return to;
}

/* The content of a text that stands in quotes. */
static bool unquote(wc_arena *arena, const char *at, const char *end, wc_text *text) {
  static const char ESCAPES[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
  if (end - at < 2 || *at != '"') return false;
  /* Nothing gets longer. */
  char *copy = wc_alloc(arena, (size_t)(end - at)), *to = copy;
  for (at++, end--; at < end;) {
    if (*at != '\\') {
      *to++ = *at++;
      continue;
    }
    uint32_t unit, low;
    const char *escape = at + 1 < end ? strchr(ESCAPES, at[1]) : NULL;
    if (escape != NULL && *escape != '\0') {
      *to++ = MEANT[escape - ESCAPES];
      at += 2;
    } else if (code_unit(at, end, &unit)) {
      at += 6;
      if (unit >= 0xd800 && unit < 0xdc00 && code_unit(at, end, &low) && low >= 0xdc00 && low < 0xe000) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      } else if (unit >= 0xd800 && unit < 0xe000) {
        return false;
      }
      to = put_utf8(to, unit);
    } else {
      return false;
    }
  }
  *text = (wc_text){copy, (size_t)(to - copy)};
  return true;
}

/* Where the value of a member is; names are compared as they stand. */
static bool find_member(wc_text object, const char *name, const char **start, const char **stop) {
  if (object.at == NULL) return false;
  const char *at = object.at, *end = at + object.length;
  at = skip_spaces(at, end);
  if (at == end || *at != '{') return false;
  do {
    const char *key = skip_spaces(at + 1, end), *behind = skip_scalar(key, end);
    if (behind == NULL || *key != '"') return false;
    at = skip_spaces(behind, end);
    if (at == end || *at != ':') return false;
    *start = skip_spaces(at + 1, end);
    *stop = skip_scalar(*start, end);
    if (*stop == NULL) return false;
    if (wc_equal((wc_text){key + 1, (size_t)(behind - key - 2)}, wc_str(name))) return true;
    at = skip_spaces(*stop, end);
  } while (at < end && *at == ',');
  return false;
}

bool wc_json_long(wc_text object, const char *name, int64_t *number) {
  const char *start, *stop;
  return find_member(object, name, &start, &stop) &&
         parse_long((wc_text){start, (size_t)(stop - start)}, INT64_MIN, INT64_MAX, number);
}

bool wc_json_text(wc_arena *arena, wc_text object, const char *name, wc_text *text) {
  const char *start, *stop;
  return find_member(object, name, &start, &stop) && unquote(arena, start, stop, text);
}

wc_text wc_json_quote(wc_arena *arena, wc_text text) {
  /* An escape takes six at most. */
  char *quoted = wc_alloc(arena, 6 * text.length + 2), *to = quoted;
  *to++ = '"';
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.at[i];
    /* From 8 on; 11 has none. */
    char shown = c >= 8 && c <= 13 ? "btn fr"[c - 8] : ' ';
    if (c == '"' || c == '\\') {
      *to++ = '\\';
      *to++ = (char)c;
    } else if (c < 0x20 && shown != ' ') {
      *to++ = '\\';
      *to++ = shown;
    } else if (c < 0x20) {
      to += snprintf(to, 7, "\\u%04X", c);
    } else {
      *to++ = (char)c;
    }
  }
  *to++ = '"';
  return (wc_text){quoted, (size_t)(to - quoted)};
}

/* === splitting work */

void wc_group_partitions(size_t count, size_t groups, size_t group, size_t *start, size_t *end) {
  size_t each = count / groups, longer = count % groups;
  *start = group * each + (group < longer ? group : longer);
  *end = *start + each + (group < longer);
}
