/* Addresses such as 127.0.0.1:1514, for both implementations of TCP. */
#include "address.h"

#include <stdio.h>

bool wc_parse_address(wc_text text, uint8_t ip[4], uint16_t *port, wc_error *error) {
  char copy[32];
  unsigned a, b, c, d, number;
  int end = 0;
  snprintf(copy, sizeof copy, "%.*s", WC_ARG(text));
  bool is_address = text.length < sizeof copy && sscanf(copy, "%3u.%3u.%3u.%3u:%5u%n", &a, &b, &c, &d, &number, &end) == 5 &&
                    copy[end] == '\0' && a < 256 && b < 256 && c < 256 && d < 256 && number < 65536;
  if (!is_address) return wc_fail(error, WC_CONFIG, "%.*s is no address such as 127.0.0.1:1514", WC_ARG(text));
  ip[0] = (uint8_t)a, ip[1] = (uint8_t)b, ip[2] = (uint8_t)c, ip[3] = (uint8_t)d;
  *port = (uint16_t)number;
  return true;
}
