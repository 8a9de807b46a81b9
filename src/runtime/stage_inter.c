/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stage_inter.h"

#include "base/fd.h"
#include "core/idmap.h"
#include "kernel/clone.h"
#include "kernel/io.h"
#include "kernel/ns.h"
#include "kernel/procfs.h"
#include "kernel/userns.h"
#include "runtime/execute.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define INTER_EXIT_FAILED 255
#define INTER_STALL_MS    (60 * 1000)

/* ---- in the intermediate process ---- */

static bool joins_user(const struct plan_clone *op)
{
    for (size_t i = 0; i < op->n_joins; i++)
        if (op->joins[i].type == NS_USER)
            return true;
    return false;
}

/* What init shall have from its birth, while we are still who the runtime is. */
static int prepare(struct init_ctx *c, const struct plan_clone *op, struct err *reterr)
{
    const struct plan_op *oom = plan_find(c->plan, OP_OOM_SCORE_ADJ);
    int r = procattr_set_pdeathsig(SIGKILL, 0, reterr);

    if (r == 0 && c->cgroups)
        r = cgroup_set_join_self(c->cgroups, reterr);
    c->cgroups = NULL;
    if (r == 0 && oom)
        r = procattr_oom_score_adj(-1, oom->oom_score_adj, c->facts->rootless, reterr);
    /* Whoever lives in that namespace must not look into a copy of the runtime. */
    if (r == 0 && joins_user(op))
        r = procattr_set_dumpable(false, reterr);
    return r;
}

static int join_all(struct init_ctx *c, const struct plan_clone *op, struct err *reterr)
{
    for (size_t i = 0; i < op->n_joins; i++) {
        const enum ns_type type = op->joins[i].type;
        int r = ns_join(c->ns_fds[type], type, reterr);

        if (r == -EPERM)
            err_prefix(reterr, "%s: privilege is needed in the user namespace that owns it",
                       op->joins[i].path);
        else if (r < 0)
            err_prefix(reterr, "%s", op->joins[i].path);
        if (r < 0)
            return r;
        fd_close(&c->ns_fds[type]);
    }
    return 0;
}

/* In a new user namespace nothing more can be done before the runtime has mapped our ids. */
static int wait_mapped(struct init_ctx *c, struct err *reterr)
{
    struct chan_msg msg;
    int r = proto_step(&c->proto, PROTO_INIT, PROTO_UNSHARED, reterr);

    if (r == 0)
        r = chan_send(&c->chan, PROTO_UNSHARED, NULL, 0, -1, IO_NO_DEADLINE, reterr);
    if (r == 0)
        r = chan_recv(&c->chan, &msg, NULL, 0, IO_NO_DEADLINE, reterr);
    return r < 0 ? r : proto_step(&c->proto, PROTO_HOST, (enum proto_message)msg.type, reterr);
}

static int leave(struct init_ctx *c, const struct plan_clone *op, struct err *reterr)
{
    AUTO_CLOSE int offsets = -1;
    int r = 0;

    if (op->unshare_flags & CLONE_NEWTIME) {
        offsets = ns_open_time_offsets(reterr);
        r = offsets < 0 ? offsets : 0;
    }
    if (r == 0)
        r = prepare(c, op, reterr);
    if (r == 0)
        r = join_all(c, op, reterr);
    if (r == 0 && op->unshare_flags)
        r = ns_unshare(op->unshare_flags, reterr);
    if (r == 0 && (op->unshare_flags & CLONE_NEWUSER))
        r = wait_mapped(c, reterr);
    if (r == 0 && offsets >= 0)
        r = ns_write_time_offsets(offsets, op->time_offsets, op->n_time_offsets, reterr);
    return r;
}

void stage_inter(struct init_ctx *c)
{
    const struct plan_op *op = plan_find(c->plan, OP_CLONE);
    const struct clone_request req = {
        .flags = op->clone.flags | CLONE_PARENT, .cgroup_fd = -1, .pid_at = c->pid_at};
    struct clone_child child;
    struct err e;
    int r;

    err_init(&e);
    report_at(c->report, (uint32_t)(op - c->plan->ops));
    r = leave(c, &op->clone, &e);
    if (r == 0)
        r = report_pid_keep(c->pid_at, &e);
    if (r == 0)
        r = clone_process(&req, &child, &e);
    if (r < 0) {
        err_phase(&e, plan_op_name(OP_CLONE));
        report_failure(c->report, &e);
        _exit(INTER_EXIT_FAILED);
    }
    if (r == 0)
        return; /* init */
    _exit(0);
}

/* ---- in the runtime ---- */

bool host_inter_does(const struct host_ctx *c, const struct plan_op *op)
{
    const struct plan_clone *clone = &plan_find(c->plan, OP_CLONE)->clone;

    if (!clone->intermediate)
        return false;
    return op->kind == OP_OOM_SCORE_ADJ ||
           (op->kind == OP_IDMAP_WRITE && (clone->unshare_flags & CLONE_NEWUSER));
}

static int answer(struct host_ctx *c, struct err *reterr)
{
    struct chan_msg msg;
    int r = chan_recv(&c->chan, &msg, NULL, 0, io_now_ms() + INTER_STALL_MS, reterr);

    if (r == 0)
        r = proto_step(&c->proto, PROTO_INIT, (enum proto_message)msg.type, reterr);
    for (size_t i = 0; i < c->plan->n_ops && r == 0; i++)
        if (c->plan->ops[i].kind == OP_IDMAP_WRITE) {
            r = execute_host_op(c, &c->plan->ops[i], reterr);
            if (r < 0)
                return err_phase(reterr, plan_op_name(OP_IDMAP_WRITE));
        }
    if (r == 0)
        r = proto_step(&c->proto, PROTO_HOST, PROTO_MAPPED, reterr);
    return r < 0 ? r : chan_send(&c->chan, PROTO_MAPPED, NULL, 0, -1, io_now_ms() + INTER_STALL_MS, reterr);
}

/* Its end: 0 when it has made init. */
static int see_it_end(struct host_ctx *c, int answered, struct err *reterr)
{
    int status = 0, r = 0;

    /* An answer that failed because it is gone is explained by its own words. */
    if (answered == 0 || answered == -ECONNRESET || answered == -EPIPE)
        r = pidfd_reap(&c->inter, io_now_ms() + INTER_STALL_MS, &status, reterr);
    else
        r = answered;
    if (r < 0) {
        pidfd_kill_and_reap(&c->inter);
        return r;
    }
    if (atomic_load_explicit(&c->report->failed, memory_order_acquire))
        return report_error(c->report, reterr);
    if (status == 0 && atomic_load_explicit(c->init_pid, memory_order_acquire))
        return 0;
    err_proto(reterr, EPROTO, "the intermediate process was ended by %s %d",
              WIFSIGNALED(status) ? "signal" : "status",
              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return err_phase(reterr, plan_op_name(OP_CLONE));
}

/* Mappings beside the path of a user namespace say what the configuration's writer takes it to be. */
static int check_joined_maps(struct host_ctx *c, struct err *reterr)
{
    const struct config_linux *l = &c->bundle.config->linux_;
    AUTO_CLOSE int dir = -1;
    struct config_idmaps uids, gids;
    int r;

    if (!joins_user(&plan_find(c->plan, OP_CLONE)->clone) || (!l->uid_mappings.n && !l->gid_mappings.n))
        return 0;
    dir = procfs_open_pid(c->init.pid, reterr);
    r = dir < 0 ? dir : userns_read_maps(&c->arena, dir, &uids, &gids, reterr);
    if (r < 0)
        return r;
    if (l->uid_mappings.n && !idmap_equal(&l->uid_mappings, &uids))
        return err_config(reterr, "/linux/uidMappings",
                          "other mappings than those of the user namespace that is joined");
    if (l->gid_mappings.n && !idmap_equal(&l->gid_mappings, &gids))
        return err_config(reterr, "/linux/gidMappings",
                          "other mappings than those of the user namespace that is joined");
    return 0;
}

int host_inter(struct host_ctx *c, struct err *reterr)
{
    int r = 0, pid;

    c->chan.peer_pidfd = c->inter.fd;
    if (proto_turn(&c->proto, PROTO_INIT) == PROTO_UNSHARED)
        r = answer(c, reterr);
    r = see_it_end(c, r, reterr);
    c->chan.peer_pidfd = -1;
    pidfd_done(&c->inter);
    c->inter.pid = 0;
    /* Init may be there even so, and is ours to end then. */
    pid = atomic_load_explicit(c->init_pid, memory_order_acquire);
    if (pid > 0) {
        atomic_store_explicit(&c->report->host_pid, pid, memory_order_release);
        pidfd_adopt(&c->init, pid, -1);
    }
    return r < 0 ? r : check_joined_maps(c, reterr);
}
