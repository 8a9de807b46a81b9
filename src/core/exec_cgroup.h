/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cgroups a process of `exec` joins: the container's own, or sub-cgroups of them (--cgroup). Lexical; a
 * path never leaves the container's cgroup.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/plan.h"
#include "core/state.h"

struct exec_cgroups {
    struct plan_cgroup *v; /* hierarchy: index into state->cgroups, PLAN_CGROUP2 for the unified one */
    size_t n;
    /* nothing was asked for: where the container's own unified cgroup cannot hold processes, init's can */
    bool or_init;
};

/*
 * Each argument is PATH (one, for every hierarchy; "/" is the container's own cgroup) or
 * CONTROLLER[,CONTROLLER]:PATH (v1; any number, each controller once; a named hierarchy is "name=X").
 * ERR_USAGE, -EINVAL: "bad sub cgroup path: ..." and what else is wrong. -ENOMEM.
 */
int exec_cgroups_resolve(struct arena *a, const struct state *state, const struct strings *args,
                         struct exec_cgroups *ret, struct err *reterr);
