/* SPDX-License-Identifier: Apache-2.0 */
/* What is still in a cgroup when the patience for it has ended, for the message. */
#include "kernel/cgroup_dir.h"

#include "base/str.h"
#include "kernel/procfs.h"

#define SHOWN 6

const char *cgroup_leftover(const struct cgroup *c, int dirfd, char out[CGROUP_LEFTOVER_MAX])
{
    AUTO_CGROUP_PIDS struct cgroup_pids pids = CGROUP_PIDS_INIT;
    char one[PROCFS_DESCRIBE_MAX], frozen[8];
    size_t len;

    if (dirfd >= 0)
        (void)cgroup_dir_pids(dirfd, &pids);
    len = (size_t)snprintf(out, CGROUP_LEFTOVER_MAX, "%zu process(es) left%s", pids.n, pids.n ? ":" : "");
    for (size_t i = 0; i < pids.n && i < SHOWN; i++)
        len += (size_t)snprintf(out + len, CGROUP_LEFTOVER_MAX - len, " %s", procfs_describe(pids.v[i], one));
    if (pids.n > SHOWN)
        len += (size_t)snprintf(out + len, CGROUP_LEFTOVER_MAX - len, " ...");
    /* v1: who is frozen from above dies only when that is thawed, and that is not ours to do */
    if (c->hierarchy != PLAN_CGROUP2 && dirfd >= 0 &&
        cgroup_dir_read(dirfd, "freezer.parent_freezing", frozen, sizeof(frozen)) > 0 && streq(frozen, "1"))
        snprintf(out + len, CGROUP_LEFTOVER_MAX - len, "; a cgroup above is frozen");
    return out;
}
