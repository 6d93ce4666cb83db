/* TCP without waiting: a listener, on an address that the configuration grants, and its connections. */
#ifndef WASM_CONNECT_TCP_H
#define WASM_CONNECT_TCP_H

#include "wasm_connect/batch.h"

typedef struct wc_listener wc_listener;
typedef struct wc_connection wc_connection;

/* Listens on an address such as 127.0.0.1:1514; NULL: it failed. */
wc_listener *wc_listen(wc_text address, wc_error *error);
void wc_listener_close(wc_listener *listener);
/* A connection that somebody has made; NULL: there is none now. */
wc_connection *wc_accept(wc_listener *listener);
/* Up to `room` bytes that have come; 0: none now; -1: no more will come. */
ptrdiff_t wc_receive(wc_connection *connection, uint8_t *bytes, size_t room);
void wc_connection_close(wc_connection *connection);

#endif
