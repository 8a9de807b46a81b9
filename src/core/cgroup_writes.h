/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where core/cgroup_v1 and core/cgroup_v2 put what they translate: the writes of one container, early and
 * late (core/cgroup_plan.h says which is which), in the order in which they are added. The first failure
 * sticks: add freely, look at `rc` once at the end.
 */
#pragma once

#include "core/op_list.h"

struct cgroup_writes {
    struct arena *arena;
    const struct config_resources *r;
    const struct facts *facts;
    const struct plan_cgroup *cgroups; /* where the container lives */
    size_t n_cgroups;
    bool update; /* it runs already: defaults are written too, so that a setting can be taken back */
    bool pids_zero_limits; /* pids.limit 0 is a limit of 0 processes: see cgroup_pids_zero_limits() */
    struct op_list *early;
    struct op_list *late;
    bool may_drop; /* what this host does not have is left out, and listed */
    struct unapplied_list unapplied;
    const char **warnings; /* on the arena */
    size_t n_warnings;
    struct err *reterr;
    int rc;                            /* 0, or the first failure */
    const struct plan_cgroup *current; /* where writes go: set by cgroup_writes_to() */
    struct plan_op scratch;            /* what a failed add gives */
};

/*
 * From now on writes go to the hierarchy of `controller`. false when there is none, which is left
 * (cgroup_writes_leave, "cannot set WHAT: ...").
 */
bool cgroup_writes_to(struct cgroup_writes *w, const char *controller, const char *what, const char *pointer);

/*
 * One write; the value is formatted. The result may be amended (alternative file, what to do without it, ...)
 * until the next add; it is never NULL. `file` and `pointer` must live as long as the arena.
 */
struct plan_cgroup_write *cgroup_writes_early(struct cgroup_writes *w, const char *pointer, const char *file,
                                              const char *fmt, ...) PRINTF_LIKE(4, 5);
struct plan_cgroup_write *cgroup_writes_late(struct cgroup_writes *w, const char *pointer, const char *file,
                                             const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Text on the arena; "" after a failure. */
const char *cgroup_writes_text(struct cgroup_writes *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Set the error, unless there is one: a config error at `pointer`. */
void cgroup_writes_refuse(struct cgroup_writes *w, const char *pointer, const char *fmt, ...)
    PRINTF_LIKE(3, 4) COLD;

/*
 * This host does not have what is at `pointer`: refused, or left out with a warning where that is allowed
 * (core/resource_fate).
 */
void cgroup_writes_leave(struct cgroup_writes *w, const char *pointer, const char *fmt, ...)
    PRINTF_LIKE(3, 4) COLD;

void cgroup_writes_warn(struct cgroup_writes *w, const char *text);

/* ---- what both versions of cgroups say the same way ---- */

/* Ranges and combinations that no version allows: negative limits, weights, cpu.idle, burst above quota, ...
 */
void cgroup_writes_check(struct cgroup_writes *w);

/*
 * Does pids.limit 0 mean "no process", as runtime-spec says since 1.3, or "no limit"? Engines that write
 * documents of an older version (Podman 4.3 for --pids-limit -1) mean no limit. An unreadable version counts
 * as older.
 */
bool cgroup_pids_zero_limits(const char *oci_version);

void cgroup_writes_pids(struct cgroup_writes *w);   /* pids.max */
void cgroup_writes_cpuset(struct cgroup_writes *w); /* cpuset.cpus, cpuset.mems; early */
void cgroup_writes_rdma(struct cgroup_writes *w);   /* rdma.max */

/* hugetlb.SIZE.SUFFIX, and hugetlb.SIZE.rsvd.SUFFIX where the kernel has it (5.7) */
void cgroup_writes_hugetlb(struct cgroup_writes *w, const char *suffix);
