/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a container ended. Its init is the child of whoever created it, or of nobody by now, so there are three
 * sources, asked in this order:
 *
 *     the record        an attached run, or an earlier `wait`, has written it down
 *     /proc             init is a zombie that its parent has not reaped yet
 *     the pidfd         from Linux 6.15 on, for who held one while init lived
 *
 * A container that ended while nobody of ours looked, and was reaped by its engine, has no exit status that
 * could be known: that is said, never guessed.
 */
#pragma once

#include "base/buf.h"
#include "runtime/container.h"
#include "runtime/host.h"

enum wait_format { WAIT_CODE, WAIT_JSON };

/*
 * Wait until the container's init has ended, or until timeout_ms have passed (-1: for ever; -ETIMEDOUT).
 * Prints the exit code and a newline, or one JSON object. "exit status unknown: ..." (-ENODATA) where that is
 * so.
 */
int container_wait(struct runtime *rt, const char *id, int64_t timeout_ms, enum wait_format format,
                   struct buf *out, struct err *reterr);

/* What can be seen right now of a stopped container whose record does not know its end: c->state->exit. */
void wait_look(struct container *c);

/* The attached runtime has reaped init: into the record when the container stays, and to a `wait` in any
 * case. */
void wait_tell(struct host_ctx *c, int wait_status, bool keep);

/* Now, for the members of the state that are times. NULL without memory. */
const char *wait_now(struct arena *a);
