/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec on the side of the container: the process between, which joins it, and the one that executes the
 * program. runtime/exec draws both.
 */
#pragma once

#include "core/exec_order.h"
#include "kernel/pidfd.h"
#include "runtime/init.h"

struct exec_between {
    struct exec_order order;
    const struct container *container; /* its init is joined */
    const struct cgroup_set *cgroups;  /* open; of the plan */
    bool in_cgroup2;                   /* born in the unified one */
    bool rootless;
    pid_t runtime;        /* our parent */
    struct init_ctx init; /* of what becomes the program */
};

/* After the clone, in the child. */
NORETURN void stage_exec(struct exec_between *b);
