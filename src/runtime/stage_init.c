/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stage_init.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "kernel/userns.h"
#include "runtime/execute.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define INIT_EXIT_FAILED 255

/* Tell whoever still listens, and end. */
static NORETURN void give_up(struct init_ctx *c, const struct err *e)
{
    if (c->started && c->result_fifo >= 0) {
        unsigned char message[CHAN_ERR_MAX];
        size_t len = chan_pack_err(e, message);

        io_write_once(c->result_fifo, message, len);
    } else {
        report_failure(c->report, e);
    }
    _exit(INIT_EXIT_FAILED);
}

/*
 * In a new user namespace we are nobody until our ids are mapped. Until then we stay dumpable: an
 * unprivileged runtime could not open our maps otherwise. In one that was joined others live already, and we
 * were not dumpable from the start (runtime/stage_inter).
 */
static int enter_user_namespace(struct init_ctx *c, struct err *reterr)
{
    int r;

    if (!plan_has_userns(c->plan))
        return 0;
    r = init_wait_go(c, reterr);
    return r < 0 ? r : userns_become_root(reterr);
}

/*
 * Files of a process that is not dumpable are root's, also for the runtime that is its parent. While we are
 * who an ordinary user's runtime is, and dumpable, we may write ours.
 */
static int set_oom_score_adj(const struct init_ctx *c, struct err *reterr)
{
    const struct plan_op *op = c->facts->rootless ? plan_find(c->plan, OP_OOM_SCORE_ADJ) : NULL;
    int r = op ? procattr_oom_score_adj(-1, op->oom_score_adj, true, reterr) : 0;

    return r < 0 ? err_phase(reterr, plan_op_name(OP_OOM_SCORE_ADJ)) : 0;
}

/* Before the first operation: a process that owes nothing to its parent. */
static int become_init(struct init_ctx *c, struct err *reterr)
{
    const struct plan_op *close_fds = plan_find(c->plan, OP_CLOSE_FDS);
    int r = c->cgroups ? cgroup_set_join_self(c->cgroups, reterr) : 0;

    if (r < 0)
        return err_phase(reterr, plan_op_name(OP_CGROUP_JOIN));
    r = set_oom_score_adj(c, reterr);
    /* systemd moves us, and may deny all devices for a moment while it sets their rules */
    if (r == 0 && plan_find(c->plan, OP_SYSTEMD_SCOPE))
        r = init_wait_go(c, reterr);
    if (r == 0)
        r = enter_user_namespace(c, reterr);

    /* After the change of ids, which takes it back. A runtime that has died before is noticed on the channel.
     */
    if (r == 0)
        r = procattr_set_pdeathsig(SIGKILL, 0, reterr);
    if (r < 0)
        return r;
    /* From here on nothing in the container's pid namespace may trace us or open our descriptors. */
    r = procattr_set_dumpable(false, reterr);
    if (r < 0)
        return r;
    r = procattr_reset_signals(reterr);
    if (r < 0)
        return r;
    c->umask = umask(0); /* modes of what we make are exact; UMASK sets the container's, or this one again */
    return init_close_inherited(c, close_fds ? close_fds->preserve_fds : 0, reterr);
}

void stage_init(struct init_ctx *c)
{
    struct err e;

    err_init(&e);
    c->root_fd = -1;
    c->procfs = PROCFS_INIT;
    if (become_init(c, &e) < 0)
        give_up(c, &e);
    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];

        if (plan_op_actor(op->kind) != PLAN_INIT)
            continue;
        report_at(c->report, (uint32_t)i);
        if (execute_init_op(c, op, &e) < 0) {
            err_phase(&e, plan_op_name(op->kind));
            give_up(c, &e);
        }
    }
    err_internal(&e, EINVAL, "the plan ends without a program");
    give_up(c, &e);
}
