/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup.h"

#include "kernel/cgroup_dir.h"

#include <errno.h>

struct sum {
    uint64_t kills;
    bool known;
};

/* v1 counts each cgroup on its own. */
static int add_kills(int dirfd, void *arg)
{
    struct sum *sum = arg;
    uint64_t n;

    if (cgroup_dir_read_key(dirfd, "memory.oom_control", "oom_kill", &n) == 0) {
        sum->kills += n;
        sum->known = true;
    }
    return 0;
}

int cgroup_set_oom_kills(struct cgroup_set *s, uint64_t *ret)
{
    struct sum sum = {.known = false};

    for (size_t i = 0; i < s->n; i++) {
        struct cgroup *c = &s->v[i];
        bool v2 = c->hierarchy == PLAN_CGROUP2;

        if (c->left_out || (!v2 && c->controllers && !strstr(c->controllers, "memory")) ||
            cgroup_member_open(c, NULL) < 0)
            continue;
        if (v2 && cgroup_dir_read_key(c->fd, "memory.events", "oom_kill", ret) == 0)
            return 0;
        if (!v2)
            (void)cgroup_dir_walk(c->fd, add_kills, &sum);
    }
    *ret = sum.kills;
    return sum.known ? 0 : -ENODATA;
}
