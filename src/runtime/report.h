/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What init tells the runtime without sending a message: one mapping that both share. Init writes where it is
 * and why it failed; the end of file of their channel (or init's death) tells the runtime to read. A message
 * for each of these would cost a wake-up of another processor each time.
 *
 * Init is the only writer (of all but host_pid) until it is gone. execve(2) drops the mapping: the
 * container's program never sees it.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"

#include <stdatomic.h>

#define REPORT_AT_EXEC UINT32_MAX /* init has reached execve, or waits for `start` */

struct init_report {
    _Atomic uint32_t at;     /* index of the operation init is working on, or REPORT_AT_EXEC */
    _Atomic uint32_t failed; /* err below is complete */
    struct err err;
    _Atomic int32_t host_pid; /* init's number in the runtime's pid namespace; by who clones init */
    uint32_t n_started;       /* 0 unless traced: capacity of the next */
    uint64_t started_ns[];    /* CLOCK_MONOTONIC at the start of each operation */
};

/* A fresh report for a plan of n_ops operations; times only when traced. NULL on failure. */
struct init_report *report_new(size_t n_ops, bool traced, struct err *reterr);
void report_free(struct init_report *r);

/* Init: "I am at operation `op`." */
void report_at(struct init_report *r, uint32_t op);
/* Init: the end. */
void report_failure(struct init_report *r, const struct err *e);
