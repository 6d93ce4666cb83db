/* What the files that are only in a component share. */
#ifndef WASM_CONNECT_COMPONENT_H
#define WASM_CONNECT_COMPONENT_H

#include "wasm_connect/batch.h"

/* Of the call that runs, with what the worker has handed in. */
wc_arena *wc_call_arena(void);
/* The call is over: lets go of its arena. */
void wc_call_done(void);

#endif
