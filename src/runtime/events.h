/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of a container, once or at an interval, and news of it: lines of JSON (core/stats.h).
 */
#pragma once

#include "base/err.h"
#include "runtime/runtime.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line with its newline. A result other than 0 ends the events and becomes theirs. */
typedef int (*events_emit)(void *arg, const char *line, size_t len);

/*
 * once: one stats event. Otherwise a stats event after each interval (> 0) and an oom event whenever a
 * process was killed for lack of memory, until the container's init has ended. "container with id ID is not
 * running" for one that has stopped. Holds no lock while it waits.
 */
int container_events(struct runtime *rt, const char *id, int64_t interval_ms, bool once, events_emit emit,
                     void *arg, struct err *reterr);
