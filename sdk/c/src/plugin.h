/* Between the exports of a component and its classes: an instance is one connector or one task. Used by the component, and by the
 * stand-in that tests have for the worker. */
#ifndef WASM_CONNECT_PLUGIN_H
#define WASM_CONNECT_PLUGIN_H

#include "wasm_connect.h"

/* Refusals of a put, from the last one on. */
typedef struct wc_refusal {
  struct wc_refusal *before;
  size_t position;
  wc_text message;
} wc_refusal;

const wc_connector *wc_find_connector(wc_text class_name);
bool wc_start_connector(wc_text class_name, const wc_setting *settings, size_t count, wc_error *error);
bool wc_run_task_configs(wc_arena *arena, uint32_t max_tasks, wc_task_configs *configs, wc_error *error);
bool wc_run_monitor(int64_t *next_ms, wc_error *error);
bool wc_start_source_task(wc_arena *arena, wc_text class_name, const wc_setting *settings, size_t count, wc_error *error);
bool wc_start_sink_task(wc_arena *arena, wc_text class_name, const wc_setting *settings, size_t count, wc_error *error);
/* What was started; NULL: something else was, and the error says so. */
const wc_source *wc_running_source(const char *call, void **task, wc_error *error);
const wc_sink *wc_running_sink(const char *call, void **task, wc_error *error);
void wc_run_stop(void);

/* The worker's log, as a line. */
bool wc_log_enabled(enum wc_level level);
void wc_log_line(enum wc_level level, wc_text line);

#endif
