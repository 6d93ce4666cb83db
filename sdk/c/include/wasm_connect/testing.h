/* Unit tests of a plugin on this machine: a stand-in for the worker, and calls as the worker makes them. Link src/testing.c in place of
 * src/component.c and src/tcp.c. */
#ifndef WASM_CONNECT_TESTING_H
#define WASM_CONNECT_TESTING_H

#include "wasm_connect.h"

/* Begins a test: forgets what was committed, logged and started before. */
void wc_test_begin(void);
/* Makes `offset` the committed offset of `partition`. */
void wc_test_commit(const char *partition, const char *offset);
/* What `wc_stopping` and every sleep answer. */
void wc_test_stopping(bool is_stopping);
/* Whether a line with that part was logged. */
bool wc_test_logged(const char *part);

/* Starts a task of the class with settings, which are ended by NULL: "topic", "t", NULL. */
bool wc_test_start(const char *class_name, wc_error *error, ...);
/* One poll, through a batch as the worker gets it; the records are good until the next one. False: it failed. */
bool wc_test_poll(uint32_t max_records, const wc_record **records, size_t *count, uint32_t *idle_ms, wc_error *error);
/* One put of the records; `refused` is how many were refused. */
bool wc_test_put(const wc_record *records, size_t count, size_t *refused, wc_error *error);
/* A flush, as before a commit. */
bool wc_test_flush(wc_error *error);
/* Stops a task, closes a stage. */
void wc_test_stop(void);

/* Configures a transform or a predicate of the class, with settings as those of a start. */
bool wc_test_configure(const char *class_name, wc_error *error, ...);
/* What a transform makes of a record, which stays where it is: WC_KEEP, and what has become of it, good until the next call. */
enum wc_fate wc_test_apply(const wc_record *record, wc_record *changed, wc_error *error);
/* Whether a predicate holds for a record; false: it failed. */
bool wc_test_test(const wc_record *record, bool *holds, wc_error *error);

/* Fails the test with the line, if the condition is not true. */
#define WC_CHECK(condition) wc_test_check((condition), #condition, __FILE__, __LINE__)
void wc_test_check(bool holds, const char *condition, const char *file, int line);

#endif
