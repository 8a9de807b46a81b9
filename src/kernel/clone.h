/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process with namespaces: clone3(2) (5.3, into a cgroup 5.7), else clone(2).
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct clone_request {
    uint64_t flags; /* CLONE_NEW*, CLONE_PARENT, CLONE_FILES (with no_pidfd: it would be in both); nothing
                       that shares memory */
    bool no_pidfd;  /* a descriptor more than the caller may have (RLIMIT_NOFILE) */
    int cgroup_fd;  /* v2 cgroup directory to be born in; -1: none */
    /*
     * The child's pid is written here, in shared memory perhaps, before the child runs (CLONE_PARENT_SETTID;
     * before 5.3: by the caller right after). NULL: nowhere.
     */
    _Atomic int32_t *pid_at;
};

struct clone_child {
    pid_t pid; /* as seen by the parent; 0 in the child */
    int pidfd; /* close-on-exec, the caller's only; -1 when the kernel has none (before 5.2), or no_pidfd */
    bool in_cgroup; /* false: the caller must still write cgroup.procs */
};

/*
 * Like fork: returns 1 in the parent, 0 in the child, a negative errno. SIGCHLD at exit (with CLONE_PARENT:
 * what the caller itself sends to its parent). The child is a copy
 * of the single-threaded caller; libc's own state (pid caches, atfork) is not told, so it only calls what
 * kernel/ offers. Ladder: clone3 with cgroup -> clone3 -> clone with CLONE_PIDFD -> clone. A child that
 * cannot be born in the cgroup (EOPNOTSUPP, EBUSY, EACCES, ENOSYS, EINVAL, E2BIG) is born outside, and
 * in_cgroup says so; other errors are final.
 */
int clone_process(const struct clone_request *req, struct clone_child *ret, struct err *reterr) NODISCARD;
