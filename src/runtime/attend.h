/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attached supervision, for run and exec (and whoever else stays until a process of a container has ended):
 * signals are forwarded to it, its terminal is relayed, what it leaves to us is reaped, its exit status is
 * handed on.
 *
 *     attend_begin    before the clone: from here no signal is lost, and none ends us half-way
 *     attend          until the process has ended, and its last output is out
 *     attend_end      signals as before
 *
 * Forwarded is every signal but SIGCHLD, SIGURG, SIGWINCH, and the SIGPIPE that is our own.
 */
#pragma once

#include "base/err.h"
#include "kernel/pidfd.h"
#include "runtime/console.h"
#include "runtime/notify.h"

#include <stdbool.h>
#include <stdint.h>

struct attended {
    struct pidfd *process;   /* our child; pid becomes 0 when it is reaped */
    struct console *console; /* NULL, or without a relay: none */
    struct notify *notify;   /* NULL, or without a socket: none */
    int *wait_status;        /* NULL, or takes the status as of waitpid(2) */
};

/* subreaper: orphans of the process become our children (PR_SET_CHILD_SUBREAPER). */
int attend_begin(bool subreaper, uint64_t *ret_mask, struct err *reterr);
void attend_end(uint64_t mask);

/* *exit_status: 0-255, 128 + n after signal n. On failure the process is left as it is. */
int attend(const struct attended *a, int *exit_status, struct err *reterr);
