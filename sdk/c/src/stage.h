/* Between the exports of a component and its stages: an instance is one of them. Used by the component, and by the stand-in that tests
 * have for the worker. */
#ifndef WASM_CONNECT_STAGE_H
#define WASM_CONNECT_STAGE_H

#include "plugin.h"

/* What an instance is configured as. */
enum wc_stage_kind { WC_TRANSFORMATION, WC_PREDICATE, WC_CONVERTER, WC_HEADER_CONVERTER, WC_STAGE_KINDS };

/* What a stage made of a batch: a batch of as many positions, and the records that failed. */
typedef struct {
  wc_writer *writer;
  wc_refusal *failed;
} wc_outcome;

size_t wc_stage_count(enum wc_stage_kind kind);
/* The class at a position, which all stages begin with. */
const wc_class *wc_stage_class(enum wc_stage_kind kind, size_t position);
/* NULL: there is no stage of that name, of whatever kind. */
const wc_class *wc_find_stage(wc_text class_name);
/* `role` is for converters. */
bool wc_configure_stage(wc_arena *arena, enum wc_stage_kind kind, enum wc_role role, wc_text class_name, const wc_setting *settings,
                        size_t count, wc_error *error);
/* If it fails, there is no writer; else it is the caller's to free. */
bool wc_run_apply(wc_arena *arena, wc_bytes batch, wc_outcome *outcome, wc_error *error);
bool wc_run_from_connect(wc_arena *arena, wc_bytes batch, wc_outcome *outcome, wc_error *error);
bool wc_run_to_connect(wc_arena *arena, wc_bytes batch, wc_outcome *outcome, wc_error *error);
/* One bit a record, least significant first, in the arena. */
bool wc_run_test(wc_arena *arena, wc_bytes batch, wc_bytes *bits, wc_error *error);
void wc_run_close(void);

#endif
