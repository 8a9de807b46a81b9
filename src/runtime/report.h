/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What init tells the runtime without sending a message: one mapping that both share. Init writes where it is
 * and why it failed; the end of file of their channel (or init's death) tells the runtime to read. A message
 * for each of these would cost a wake-up of another processor each time.
 *
 * Init is the only writer (of all but host_pid and handed_over) until it is gone. execve(2) drops the
 * mapping: the container's program never sees it. But a container that may trace could write in init's place
 * where it sees it: the runtime believes nothing of it that it acts on (report_error), and learns init's pid
 * from a page that init does not have (report_pid_new).
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
    /*
     * runtime/hand_over: init has its filter, and the descriptor in its hands is this one less one (0: not
     * yet, -1: there will be none); the process that shares its descriptors has handed it over (1), or could
     * not (-1).
     */
    _Atomic int32_t listener;
    _Atomic int32_t handed_over;
    _Atomic int32_t host_pid; /* init's number in the runtime's pid namespace, for init; by the runtime */
    uint32_t n_started;       /* 0 unless traced: capacity of the next; for init */
    uint64_t started_ns[];    /* CLOCK_MONOTONIC at the start of each operation */
};

/* A fresh report for a plan of n_ops operations; times only when traced. NULL on failure. */
struct init_report *report_new(size_t n_ops, bool traced, struct err *reterr);
/* n_ops and traced as they were given to report_new: what stands in there is not believed. */
void report_free(struct init_report *r, size_t n_ops, bool traced);

/* What init said when it failed: -code and *reterr, whatever stands there. */
int report_error(const struct init_report *r, struct err *reterr);

/*
 * A page in which the process that clones init (or exec's process) leaves its pid for the runtime, by
 * CLONE_PARENT_SETTID. NULL on failure. report_pid_keep, by who clones, before: its child does not inherit
 * the page.
 */
_Atomic int32_t *report_pid_new(struct err *reterr);
int report_pid_keep(_Atomic int32_t *pid, struct err *reterr);
void report_pid_free(_Atomic int32_t *pid);

/* Init: "I am at operation `op`." */
void report_at(struct init_report *r, uint32_t op);
/* Init: the end. */
void report_failure(struct init_report *r, const struct err *e);
