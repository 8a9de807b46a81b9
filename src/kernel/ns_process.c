/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/ns_process.h"

#include "base/fd.h"
#include "kernel/ns.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"

#include <errno.h>

int ns_process_differing(const struct pidfd *p, uint64_t *ret_flags, struct err *reterr)
{
    AUTO_CLOSE int dir = procfs_open_pid(p->pid, reterr);
    AUTO_CLOSE int own = dir < 0 ? -1 : procfs_open_pid(getpid(), reterr);

    if (dir < 0 || own < 0)
        return dir < 0 ? dir : own;
    *ret_flags = 0;
    for (int type = 0; type < NS_TYPE_COUNT; type++) {
        struct stat theirs, ours;
        char path[32];
        int r;

        snprintf(path, sizeof(path), "ns/%s", ns_file_name((enum ns_type)type));
        r = sys_fstatat(own, path, &ours, 0);
        if (r == -ENOENT)
            continue;
        if (r == 0)
            r = sys_fstatat(dir, path, &theirs, 0);
        if (r < 0)
            return err_system(reterr, r == -ENOENT ? ESRCH : r, "stat", "/proc/%d/%s", (int)p->pid, path);
        if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
            *ret_flags |= (uint64_t)ns_clone_flag((enum ns_type)type);
    }
    /* What we looked at was still that process. */
    return pidfd_alive(p) == 1 ? 0 : err_state(reterr, ESRCH, "process %d is gone", (int)p->pid);
}

struct joins {
    int fds[NS_TYPE_COUNT];
};

static int open_all(const struct pidfd *p, uint64_t flags, struct joins *j, struct err *reterr)
{
    AUTO_CLOSE int dir = procfs_open_pid(p->pid, reterr);

    if (dir < 0)
        return dir;
    for (int type = 0; type < NS_TYPE_COUNT; type++) {
        if (!(flags & (uint64_t)ns_clone_flag((enum ns_type)type)))
            continue;
        j->fds[type] = ns_open_pid(dir, (enum ns_type)type, reterr);
        if (j->fds[type] < 0)
            return j->fds[type];
    }
    return pidfd_alive(p) == 1 ? 0 : err_state(reterr, ESRCH, "process %d is gone", (int)p->pid);
}

static int join_all(struct joins *j, bool user_first, struct err *reterr)
{
    /* The mount namespace late: paths mean something else afterwards. */
    static const enum ns_type order[] = {NS_NETWORK, NS_IPC, NS_UTS, NS_CGROUP, NS_PID, NS_TIME, NS_MOUNT};
    int r = user_first && j->fds[NS_USER] >= 0 ? ns_join(j->fds[NS_USER], NS_USER, reterr) : 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(order); i++)
        if (j->fds[order[i]] >= 0)
            r = ns_join(j->fds[order[i]], order[i], reterr);
    if (r == 0 && !user_first && j->fds[NS_USER] >= 0)
        r = ns_join(j->fds[NS_USER], NS_USER, reterr);
    return r;
}

static int join_one_by_one(const struct pidfd *p, uint64_t flags, bool user_first, struct err *reterr)
{
    struct joins j;
    int r;

    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        j.fds[i] = -1;
    r = open_all(p, flags, &j, reterr);
    if (r == 0)
        r = join_all(&j, user_first, reterr);
    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        fd_close(&j.fds[i]);
    return r;
}

int ns_process_join(const struct pidfd *p, uint64_t flags, bool user_first, struct err *reterr)
{
    int r = -ENOSYS;

    if (!flags)
        return 0;
    if (p->fd >= 0)
        r = ns_join_pidfd(p->fd, flags, reterr);
    return r == -ENOSYS ? join_one_by_one(p, flags, user_first, reterr) : r;
}
