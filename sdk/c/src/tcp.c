/* TCP by wasi:sockets, which has no functions of the C library's yet. */
#include "wasm_connect/tcp.h"

#include <stdlib.h>

#include "address.h"
#include "internal.h"
#include "sockets.h"

struct wc_listener {
  wasi_sockets_tcp_own_tcp_socket_t socket;
  wasi_sockets_instance_network_own_network_t network;
};

struct wc_connection {
  wasi_sockets_tcp_own_tcp_socket_t socket;
  wasi_io_streams_own_input_stream_t input;
  wasi_io_streams_own_output_stream_t output;
};

/* As in component.c: plugins package does without. */
void __component_type_object_force_link_sockets(void);
void __component_type_object_force_link_sockets(void) {}

static bool refused(wc_text address, uint8_t code, wc_error *error) {
  const char *why = code == WASI_SOCKETS_NETWORK_ERROR_CODE_ACCESS_DENIED     ? "access-denied"
                    : code == WASI_SOCKETS_NETWORK_ERROR_CODE_ADDRESS_IN_USE  ? "address-in-use"
                    : code == WASI_SOCKETS_NETWORK_ERROR_CODE_ADDRESS_NOT_BINDABLE ? "address-not-bindable"
                                                                              : "refused";
  enum wc_error_kind kind = code == WASI_SOCKETS_NETWORK_ERROR_CODE_ADDRESS_IN_USE ? WC_RETRIABLE : WC_FATAL;
  return wc_fail(error, kind, "cannot listen on %.*s: %s (%d)", WC_ARG(address), why, code);
}

static bool bind_and_listen(const wc_listener *listener, wasi_sockets_tcp_ip_socket_address_t *address, uint8_t *code) {
  wasi_sockets_tcp_borrow_tcp_socket_t socket = wasi_sockets_tcp_borrow_tcp_socket(listener->socket);
  wasi_sockets_tcp_borrow_network_t network = wasi_sockets_network_borrow_network(listener->network);
  return wasi_sockets_tcp_method_tcp_socket_start_bind(socket, network, address, code) &&
         wasi_sockets_tcp_method_tcp_socket_finish_bind(socket, code) &&
         wasi_sockets_tcp_method_tcp_socket_start_listen(socket, code) &&
         wasi_sockets_tcp_method_tcp_socket_finish_listen(socket, code);
}

wc_listener *wc_listen(wc_text address, wc_error *error) {
  wasi_sockets_tcp_ip_socket_address_t local = {.tag = WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV4};
  uint8_t ip[4], code;
  if (!wc_parse_address(address, ip, &local.val.ipv4.port, error)) return NULL;
  local.val.ipv4.address.f0 = ip[0], local.val.ipv4.address.f1 = ip[1];
  local.val.ipv4.address.f2 = ip[2], local.val.ipv4.address.f3 = ip[3];
  wc_listener *listener = checked(calloc(1, sizeof(wc_listener)));
  if (!wasi_sockets_tcp_create_socket_create_tcp_socket(WASI_SOCKETS_NETWORK_IP_ADDRESS_FAMILY_IPV4, &listener->socket, &code)) {
    free(listener);
    refused(address, code, error);
    return NULL;
  }
  listener->network = wasi_sockets_instance_network_instance_network();
  if (bind_and_listen(listener, &local, &code)) return listener;
  wc_listener_close(listener);
  refused(address, code, error);
  return NULL;
}

void wc_listener_close(wc_listener *listener) {
  wasi_sockets_tcp_tcp_socket_drop_own(listener->socket);
  wasi_sockets_network_network_drop_own(listener->network);
  free(listener);
}

wc_connection *wc_accept(wc_listener *listener) {
  wasi_sockets_tcp_tuple3_own_tcp_socket_own_input_stream_own_output_stream_t accepted;
  uint8_t code;
  if (!wasi_sockets_tcp_method_tcp_socket_accept(wasi_sockets_tcp_borrow_tcp_socket(listener->socket), &accepted, &code)) return NULL;
  wc_connection *connection = checked(calloc(1, sizeof(wc_connection)));
  *connection = (wc_connection){accepted.f0, accepted.f1, accepted.f2};
  return connection;
}

ptrdiff_t wc_receive(wc_connection *connection, uint8_t *bytes, size_t room) {
  /* In the arena of the call: by our own cabi_realloc. */
  sockets_list_u8_t found;
  wasi_io_streams_stream_error_t why;
  if (!wasi_io_streams_method_input_stream_read(wasi_io_streams_borrow_input_stream(connection->input), room, &found, &why)) {
    wasi_io_streams_stream_error_free(&why);
    return -1;
  }
  if (found.len > 0) memcpy(bytes, found.ptr, found.len);
  return (ptrdiff_t)found.len;
}

void wc_connection_close(wc_connection *connection) {
  /* Streams before their socket. */
  wasi_io_streams_input_stream_drop_own(connection->input);
  wasi_io_streams_output_stream_drop_own(connection->output);
  wasi_sockets_tcp_tcp_socket_drop_own(connection->socket);
  free(connection);
}
