/* The exports of stages: the interfaces transformation, predicate and converter, as the canonical ABI has them.
 *
 * What is answered lives until the worker has read it, which `cabi_post_...` says.
 */
#include <stdlib.h>

#include "component.h"
#include "internal.h"
#include "stage.h"

#define EXPORT(name) __attribute__((__export_name__(name)))

/* A result of these interfaces: a case, and at 4 an error, a list of bytes, or an outcome of a batch and a list of refusals. */
typedef struct {
  uint32_t is_error;
  union {
    struct {
      uint32_t kind;
      wc_text message;
    } error;
    wc_bytes bits;
    struct {
      wc_bytes batch;
      struct refusal {
        uint32_t index;
        wc_text message;
      } *failed;
      size_t count;
    } outcome;
  };
} result;
_Static_assert(sizeof(result) == 20, "a result has a case, and at most two lists");

/* There is one at a time; what it refers to is in the arena, but for the batch, which is the writer's. */
static struct {
  result result;
  wc_arena *arena;
  wc_writer *writer;
} answer;

static wc_arena *kept(void) {
  if (answer.arena == NULL) answer.arena = wc_arena_new();
  return answer.arena;
}

static wc_text keep(wc_text text) { return wc_format(kept(), "%.*s", WC_ARG(text)); }

static result *done(bool success, const wc_error *error) {
  if (!success) {
    static const uint32_t CASES[] = {[WC_RETRIABLE] = 0, [WC_CONFIG] = 1, [WC_FATAL] = 2, [WC_DATA] = 2};
    answer.result.is_error = 1;
    answer.result.error.kind = CASES[error->kind];
    answer.result.error.message = keep(wc_str(error->message));
  }
  wc_call_done();
  return &answer.result;
}

static void read_by_worker(void) {
  wc_writer_free(answer.writer);
  if (answer.arena != NULL) wc_arena_reset(answer.arena);
  answer.writer = NULL;
  memset(&answer.result, 0, sizeof answer.result);
}

static result *configure(enum wc_stage_kind kind, enum wc_role role, wc_text class_name, const wc_setting *config, size_t count) {
  wc_error error;
  return done(wc_configure_stage(wc_call_arena(), kind, role, class_name, config, count, &error), &error);
}

typedef bool run(wc_arena *arena, wc_bytes batch, wc_outcome *outcome, wc_error *error);

static result *process(run *run, wc_bytes batch) {
  wc_error error;
  wc_outcome outcome;
  if (!run(wc_call_arena(), batch, &outcome, &error)) return done(false, &error);
  size_t count = 0;
  for (wc_refusal *of = outcome.failed; of != NULL; of = of->before) count++;
  struct refusal *failed = wc_alloc(kept(), count * sizeof(struct refusal));
  answer.writer = outcome.writer;
  answer.result.outcome.batch = wc_writer_finish(outcome.writer);
  answer.result.outcome.failed = failed;
  answer.result.outcome.count = count;
  for (wc_refusal *of = outcome.failed; of != NULL; of = of->before) {
    failed[--count] = (struct refusal){(uint32_t)of->position, keep(of->message)};
  }
  return done(true, NULL);
}

/* === transformation */

EXPORT("kafka:connect/transformation@0.1.0#configure")
result *wc_transformation_configure(const char *at, size_t length, const wc_setting *config, size_t count) {
  return configure(WC_TRANSFORMATION, WC_VALUE, (wc_text){at, length}, config, count);
}

EXPORT("kafka:connect/transformation@0.1.0#apply")
result *wc_transformation_apply(const uint8_t *at, size_t length) { return process(wc_run_apply, (wc_bytes){at, length}); }

EXPORT("kafka:connect/transformation@0.1.0#close")
void wc_transformation_close(void) { wc_run_close(); }

EXPORT("cabi_post_kafka:connect/transformation@0.1.0#configure")
void wc_transformation_configured(const result *of) { (void)of, read_by_worker(); }

EXPORT("cabi_post_kafka:connect/transformation@0.1.0#apply")
void wc_transformation_applied(const result *of) { (void)of, read_by_worker(); }

/* === predicate */

EXPORT("kafka:connect/predicate@0.1.0#configure")
result *wc_predicate_configure(const char *at, size_t length, const wc_setting *config, size_t count) {
  return configure(WC_PREDICATE, WC_VALUE, (wc_text){at, length}, config, count);
}

EXPORT("kafka:connect/predicate@0.1.0#test")
result *wc_predicate_test(const uint8_t *at, size_t length) {
  wc_error error;
  wc_bytes bits;
  if (!wc_run_test(wc_call_arena(), (wc_bytes){at, length}, &bits, &error)) return done(false, &error);
  uint8_t *copy = wc_alloc(kept(), bits.length);
  memcpy(copy, bits.at, bits.length);
  answer.result.bits = (wc_bytes){copy, bits.length};
  return done(true, NULL);
}

EXPORT("kafka:connect/predicate@0.1.0#close")
void wc_predicate_close(void) { wc_run_close(); }

EXPORT("cabi_post_kafka:connect/predicate@0.1.0#configure")
void wc_predicate_configured(const result *of) { (void)of, read_by_worker(); }

EXPORT("cabi_post_kafka:connect/predicate@0.1.0#test")
void wc_predicate_tested(const result *of) { (void)of, read_by_worker(); }

/* === converter */

EXPORT("kafka:connect/converter@0.1.0#configure")
result *wc_converter_configure(const char *at, size_t length, const wc_setting *config, size_t count, uint32_t role) {
  enum wc_stage_kind kind = role == WC_HEADERS ? WC_HEADER_CONVERTER : WC_CONVERTER;
  return configure(kind, (enum wc_role)role, (wc_text){at, length}, config, count);
}

EXPORT("kafka:connect/converter@0.1.0#from-connect")
result *wc_converter_from_connect(const uint8_t *at, size_t length) { return process(wc_run_from_connect, (wc_bytes){at, length}); }

EXPORT("kafka:connect/converter@0.1.0#to-connect")
result *wc_converter_to_connect(const uint8_t *at, size_t length) { return process(wc_run_to_connect, (wc_bytes){at, length}); }

EXPORT("cabi_post_kafka:connect/converter@0.1.0#configure")
void wc_converter_configured(const result *of) { (void)of, read_by_worker(); }

EXPORT("cabi_post_kafka:connect/converter@0.1.0#from-connect")
void wc_converter_from_connected(const result *of) { (void)of, read_by_worker(); }

EXPORT("cabi_post_kafka:connect/converter@0.1.0#to-connect")
void wc_converter_to_connected(const result *of) { (void)of, read_by_worker(); }
