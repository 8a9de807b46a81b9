/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/clone.h"

#include "kernel/sys.h"

#include <errno.h>
#include <stdatomic.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#define INTO_CGROUP 0x200000000ULL /* CLONE_INTO_CGROUP */
#define NEWTIME     0x00000080ULL  /* CLONE_NEWTIME: clone(2) has its bits for the exit signal */

static pid_t with_clone3(const struct clone_request *req, bool into_cgroup, int *pidfd)
{
    struct sys_clone_args args = {
        .flags = req->flags | (req->no_pidfd ? 0 : CLONE_PIDFD),
        .pidfd = req->no_pidfd ? 0 : (uint64_t)(uintptr_t)pidfd,
        /* The kernel refuses a signal beside CLONE_PARENT: it takes the caller's. */
        .exit_signal = req->flags & CLONE_PARENT ? 0 : SIGCHLD,
    };

    if (req->pid_at) {
        args.flags |= CLONE_PARENT_SETTID;
        args.parent_tid = (uint64_t)(uintptr_t)req->pid_at;
    }
    if (into_cgroup) {
        args.flags |= INTO_CGROUP;
        args.cgroup = (uint64_t)req->cgroup_fd;
    }
    return sys_clone3(&args);
}

/*
 * The child may not be born in the cgroup for reasons that do not hold for a migration (or that the migration
 * will report better): no such kernel, a threaded or populated cgroup, no permission on the common ancestor.
 */
static bool cgroup_refused(int r)
{
    switch (-r) {
    case EOPNOTSUPP:
    case EBUSY:
    case EACCES:
    case EINVAL:
    case E2BIG:
    case EBADF: return true;
    default: return false;
    }
}

/* ENOSYS: before 5.3, or a filter that cannot look into the arguments. EPERM: an older filter. */
static bool clone3_missing(int r)
{
    return r == -ENOSYS || r == -EPERM;
}

static pid_t with_clone(const struct clone_request *req, int *pidfd)
{
    pid_t pid = -EINVAL;

    if (req->flags & NEWTIME)
        return -ENOSYS;
    if (!req->no_pidfd)
        pid = sys_clone((unsigned long)req->flags | CLONE_PIDFD | SIGCHLD, pidfd);
    /* EINVAL: a kernel before 5.2 refuses the flag, or uses the bit otherwise. */
    if (pid == -EINVAL) {
        *pidfd = -1;
        pid = sys_clone((unsigned long)req->flags | SIGCHLD, NULL);
    }
    if (pid > 0 && req->pid_at) /* its place in the call is taken by the pidfd */
        atomic_store_explicit(req->pid_at, pid, memory_order_release);
    return pid;
}

int clone_process(const struct clone_request *req, struct clone_child *ret, struct err *reterr)
{
    const bool into_cgroup = req->cgroup_fd >= 0;
    bool in_cgroup = into_cgroup;
    int pidfd = -1;
    pid_t pid = with_clone3(req, into_cgroup, &pidfd);

    if (into_cgroup && cgroup_refused(pid)) {
        in_cgroup = false;
        pid = with_clone3(req, false, &pidfd);
    }
    if (clone3_missing(pid)) {
        in_cgroup = false;
        pid = with_clone(req, &pidfd);
    }
    if (pid < 0)
        return err_system(reterr, pid, "clone", "flags 0x%llx", (unsigned long long)req->flags);
    *ret = (struct clone_child){.pid = pid, .pidfd = pid ? pidfd : -1, .in_cgroup = in_cgroup};
    return pid > 0;
}
