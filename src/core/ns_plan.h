/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: which the clone of init makes, which are joined by path, by whom and in which order, who maps
 * the ids, and how many processes it takes (namespaces(7), setns(2), user_namespaces(7), time_namespaces(7)).
 *
 * One clone makes everything new in the common case. What does not fit into it:
 *
 *   - cgroup: a new one is unshared by init once it is in its cgroup, because the root of the namespace is
 *     the cgroup that the process is in at that moment
 *   - pid: joined by the process that clones, since setns takes effect on its children only; the runtime does
 *     it itself and goes back afterwards
 *   - time: joined likewise; a new one is unshared before the clone, because a process that is born in it
 *     finds the offsets frozen
 *   - user: joined before everything that is new is made, so that it belongs to that user namespace. The
 *     runtime could not come back, so an intermediate process does it
 *   - others: joined by init; but with a user namespace in play they may belong to its parent, where init has
 *     no rights any more, and the intermediate process joins them first
 *
 * Order of what the intermediate process joins: a privileged caller (euid 0) has every capability in its own
 * user namespace and those below, and loses them by joining: the user namespace comes last. For anybody else
 * it is what gives the capabilities: it comes first.
 */
#pragma once

#include "base/err.h"
#include "core/config.h"
#include "core/facts.h"

struct ns_plan_join {
    enum ns_type type;
    const char *path;    /* of the configuration */
    const char *pointer; /* "/linux/namespaces/3" */
};

struct ns_plan {
    uint64_t clone_flags; /* CLONE_NEW* of the clone that makes init; never CLONE_NEWCGROUP */
    /* by the process that clones: CLONE_NEWTIME; CLONE_NEWUSER only if it is the intermediate one */
    uint64_t unshare_before_flags;
    uint64_t unshare_init_flags; /* by init, once its cgroup was joined: CLONE_NEWCGROUP */
    bool intermediate;           /* a process between the runtime and init does what comes before the clone */
    struct ns_plan_join before[NS_TYPE_COUNT]; /* by the process that clones, in this order */
    size_t n_before;
    struct ns_plan_join in_init[NS_TYPE_COUNT]; /* by init, in this order */
    size_t n_in_init;

    bool maps_ids;       /* a new user namespace: the runtime writes its maps */
    bool deny_setgroups; /* the kernel demands it of a caller without privilege who maps only itself */
    bool use_helpers;    /* newuidmap, newgidmap: a caller without privilege wants more than its own id */
};

/*
 * `c` must have passed validate (no type twice, ...). Errors at /linux/namespaces: no mount namespace (mounts
 * of the container would be the host's), no user namespace for a caller without privilege, a namespace that
 * this kernel does not have. -EINVAL, -ENOMEM.
 */
int ns_plan(struct arena *a, const struct config *c, const struct facts *f, struct ns_plan *ret,
            struct err *reterr);
