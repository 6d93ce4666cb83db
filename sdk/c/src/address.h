/* Addresses such as 127.0.0.1:1514. */
#ifndef WASM_CONNECT_ADDRESS_H
#define WASM_CONNECT_ADDRESS_H

#include "wasm_connect/batch.h"

bool wc_parse_address(wc_text text, uint8_t ip[4], uint16_t *port, wc_error *error);

#endif
