/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/execute.h"

#include "base/fd.h"
#include "kernel/ns.h"
#include "kernel/procfs.h"
#include "kernel/userns.h"
#include "runtime/clos.h"
#include "runtime/unapplied.h"
#include "runtime/unit.h"

#include <errno.h>

static int write_idmaps(struct host_ctx *c, const struct plan_idmap_write *op, struct err *reterr)
{
    const pid_t pid = c->inter.pid ? c->inter.pid : c->init.pid;
    AUTO_CLOSE int dir = procfs_open_pid(pid, reterr);

    return dir < 0 ? dir : userns_write_maps(dir, pid, op, reterr);
}

/* What this kernel turns out not to have may be left out, if the caller said so. */
static int write_cgroup(struct host_ctx *c, const struct plan_op *op, struct err *reterr)
{
    struct err e;
    int r;

    err_init(&e);
    r = cgroup_set_write(&c->cgroups, &op->cgroup_write, &e);
    if (r < 0 && unapplied_may_be(op, r))
        return unapplied_leave(&c->arena, &c->state, op, &e, &c->rt->log, reterr);
    if (r < 0 && reterr)
        *reterr = e;
    return r;
}

static int join_cgroup(struct host_ctx *c, const struct plan_cgroup_join *op, struct err *reterr)
{
    if (op->hierarchy == PLAN_CGROUP2 && c->in_cgroup2)
        return 0;
    return cgroup_set_join(&c->cgroups, op, c->init.pid, reterr);
}

/* For an ordinary user init has done it (runtime/stage_init): its files are not ours any more. */
static int set_oom_score_adj(struct host_ctx *c, int64_t value, struct err *reterr)
{
    AUTO_CLOSE int dir = c->facts.rootless ? -1 : procfs_open_pid(c->init.pid, reterr);

    if (c->facts.rootless)
        return 0;
    return dir < 0 ? dir : procattr_oom_score_adj(dir, value, false, reterr);
}

/* Into the namespace that init was born in, or joins. */
static int move_net_device(struct host_ctx *c, const struct plan_net_device *op, struct err *reterr)
{
    int *netns = &c->ns_fds[NS_NETWORK];

    if (*netns < 0) {
        AUTO_CLOSE int dir = procfs_open_pid(c->init.pid, reterr);

        if (dir < 0)
            return dir;
        *netns = ns_open_pid(dir, NS_NETWORK, reterr);
        if (*netns < 0)
            return *netns;
    }
    return netdev_move(&c->netdevs, *netns, op->host_name, op->name, reterr);
}

int execute_host_op(struct host_ctx *c, const struct plan_op *op, struct err *reterr)
{
    switch (op->kind) {
    case OP_CGROUP_CREATE: return cgroup_set_create(&c->cgroups, &op->cgroup_create, reterr);
    case OP_CGROUP_WRITE_EARLY:
    case OP_CGROUP_WRITE: return write_cgroup(c, op, reterr);
    case OP_CGROUP_DEVICES: return cgroup_set_devices(&c->cgroups, &op->cgroup_devices, reterr);
    case OP_SYSTEMD_SCOPE: return unit_start(c, &op->systemd_scope, reterr);
    case OP_IDMAP_WRITE: return write_idmaps(c, &op->idmap_write, reterr);
    case OP_CGROUP_JOIN: return join_cgroup(c, &op->cgroup_join, reterr);
    case OP_INTEL_RDT: return clos_enter(c, &op->intel_rdt, reterr);
    case OP_OOM_SCORE_ADJ: return set_oom_score_adj(c, op->oom_score_adj, reterr);
    case OP_RLIMIT_RAISE: return procattr_rlimit_raise(c->init.pid, &op->rlimit, reterr);
    case OP_NET_DEVICE: return move_net_device(c, &op->net_device, reterr);
    default: return err_internal(reterr, ENOSYS, "operation %s is not the runtime's", plan_op_name(op->kind));
    }
}
