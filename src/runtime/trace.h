/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the time of a start goes: `--trace FILE` writes a Chrome trace (load it in a trace viewer) with one
 * row for the runtime and one for init, an event per phase and per operation. Without the option nothing is
 * recorded and trace_phase is one comparison.
 *
 * Format: the "JSON Object Format" of the Trace Event Format; timestamps are microseconds of CLOCK_MONOTONIC.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"
#include "runtime/report.h"

#define TRACE_PHASES_MAX 48u

struct trace {
    bool on;
    uint32_t n;
    struct {
        const char *name; /* static text */
        uint64_t start_ns;
    } phases[TRACE_PHASES_MAX];
};

/* The runtime enters a phase; the one before ends here. `name` must be a literal. */
void trace_phase(struct trace *t, const char *name);

/* Everything recorded, to a file that is replaced. report may be NULL. */
int trace_write(struct trace *t, const char *path, const struct plan *plan, const struct init_report *report,
                struct err *reterr);
