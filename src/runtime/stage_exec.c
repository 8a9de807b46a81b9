/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stage_exec.h"

#include "base/fd.h"
#include "core/path.h"
#include "kernel/clone.h"
#include "kernel/io.h"
#include "kernel/ns_process.h"
#include "kernel/probe.h"
#include "kernel/resctrl.h"
#include "kernel/tty.h"
#include "kernel/userns.h"
#include "runtime/container.h"
#include "runtime/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/stat.h>

#define EXEC_EXIT_FAILED 255

static NORETURN void give_up(struct init_ctx *c, const struct err *e)
{
    report_failure(c->report, e);
    _exit(EXEC_EXIT_FAILED);
}

/* ---- the process between: still the runtime's, with the host in reach and nobody of the container looking
 * ---- */

/* Where init is, if that lies in the container's cgroup: a manager inside may have moved it (systemd does).
 */
static int path_of_init(const struct exec_between *b, const char *base, struct arena *a, const char **ret,
                        struct err *reterr)
{
    AUTO_CLOSE int dir = procfs_open_pid(b->container->init.pid, reterr);
    AUTO_BUF struct buf text = BUF_INIT(1u << 16);
    AUTO_CLOSE int fd = dir < 0 ? -1 : openat(dir, "cgroup", O_RDONLY | O_CLOEXEC);
    struct probe_cgroup *v;
    size_t n;
    int r = fd < 0 ? (dir < 0 ? dir : -errno) : io_read_all(fd, &text);

    if (r < 0)
        return err_system(reterr, r, "read", "/proc/%d/cgroup", (int)b->container->init.pid);
    r = probe_parse_cgroup(a, buf_cstr(&text), text.len, &v, &n, reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++)
        if (!*v[i].controllers && path_is_clean(v[i].path) && path_is_beneath(base, v[i].path)) {
            *ret = v[i].path;
            return 0;
        }
    return err_state(reterr, EBUSY,
                     "the cgroup of the container cannot hold processes, and its init is not in it");
}

static int join_like_init(struct exec_between *b, const struct plan_cgroup *g, struct err *reterr)
{
    struct arena arena;
    AUTO_CGROUP_SET struct cgroup_set set;
    struct cgroup_ref ref = {.hierarchy = PLAN_CGROUP2, .mountpoint = g->mountpoint};
    int r;

    cgroup_set_init(&set);
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = path_of_init(b, g->path, &arena, &ref.path, reterr);
    if (r == 0)
        r = cgroup_set_add(&set, &ref, reterr);
    if (r == 0)
        r = cgroup_set_open(&set, false, reterr);
    if (r == 0)
        r = cgroup_set_join_self2(&set, reterr);
    arena_done(&arena);
    return r;
}

static int join_unified(struct exec_between *b, const struct plan_cgroup_join *op, struct err *reterr)
{
    const struct plan *plan = b->init.plan;
    int r = b->in_cgroup2 ? 0 : cgroup_set_join_self2(b->cgroups, reterr);

    if (r != -EBUSY || !op->or_init)
        return r;
    for (size_t i = 0; i < plan->n_cgroups; i++)
        if (plan->cgroups[i].hierarchy == PLAN_CGROUP2)
            return join_like_init(b, &plan->cgroups[i], reterr);
    return r;
}

/* What we write to is ours, by the host's /proc: that of the container, from here on, does not know us. */
static int keep_procfs(struct exec_between *b, struct err *reterr)
{
    const struct plan *plan = b->init.plan;

    if (!b->order.reduced ||
        !(plan_find(plan, OP_APPARMOR) || plan_find(plan, OP_SELINUX) || b->init.facts->in_userns))
        return 0;
    return procfs_open_root(&b->init.procfs, reterr);
}

/* All descriptors of the host are closed before: from the clone that follows, the container may see us. */
static int join_container(struct exec_between *b, const struct plan_join *op, struct err *reterr)
{
    const struct plan_op *close_fds = plan_find(b->init.plan, OP_CLOSE_FDS);
    int r = keep_procfs(b, reterr);

    b->init.join_fd = b->container->init.fd;
    /* not before: the files of a process that is not dumpable, as oom_score_adj, are root's */
    if (r == 0)
        r = procattr_set_dumpable(false, reterr);
    if (r == 0)
        r = init_close_inherited(&b->init, close_fds ? close_fds->preserve_fds : 0, reterr);
    if (r == 0)
        r = ns_process_join(&b->container->init, op->flags, op->user_first, reterr);
    fd_close(&b->init.join_fd);
    if (r == 0 && (op->flags & CLONE_NEWUSER))
        r = userns_become_root(reterr);
    /* A change of ids takes both back (prctl(2)). */
    if (r == 0)
        r = procattr_set_dumpable(false, reterr);
    return r;
}

static int execute_between(struct exec_between *b, const struct plan_op *op, bool *joined_v1,
                           struct err *reterr)
{
    int r = 0;

    switch (op->kind) {
    case OP_CGROUP_JOIN:
        if (op->cgroup_join.hierarchy == PLAN_CGROUP2)
            return join_unified(b, &op->cgroup_join, reterr);
        if (!*joined_v1)
            r = cgroup_set_join_self(b->cgroups, reterr);
        *joined_v1 = true;
        return r;
    case OP_INTEL_RDT:
        return resctrl_join(op->intel_rdt.mountpoint, op->intel_rdt.clos_id, op->intel_rdt.monitoring_group,
                            getpid(), reterr);
    case OP_OOM_SCORE_ADJ:
        return procattr_oom_score_adj(-1, op->oom_score.value, op->oom_score.on_eperm == EPERM_SKIP, reterr);
    case OP_RLIMIT_RAISE: return procattr_rlimit_raise(0, &op->rlimit, reterr);
    case OP_RLIMIT_BETWEEN: return procattr_rlimit_at_most(0, &op->rlimit, reterr);
    case OP_JOIN: return join_container(b, &op->join, reterr);
    default: return err_internal(reterr, ENOSYS, "operation %s is not for exec", plan_op_name(op->kind));
    }
}

static int enter_container(struct exec_between *b, struct err *reterr)
{
    const struct plan *plan = b->init.plan;
    bool cloned = false, joined_v1 = false;
    int r = procattr_set_pdeathsig(SIGKILL, b->runtime, reterr);

    for (size_t i = 0; r == 0 && i < plan->n_ops; i++) {
        const struct plan_op *op = &plan->ops[i];

        if (op->kind == OP_CLONE) {
            cloned = true;
        } else if (cloned && plan_op_actor(op->kind) == PLAN_HOST) {
            report_at(b->init.report, (uint32_t)i);
            r = execute_between(b, op, &joined_v1, reterr);
            if (r < 0)
                return err_phase(reterr, plan_op_name(op->kind));
        }
    }
    return r;
}

/* ---- either of them ---- */

/* In the container: a process that owes nothing to its parent. */
static int settle(struct init_ctx *c, struct err *reterr)
{
    const struct plan_op *exec = plan_find(c->plan, OP_EXEC), *identity = plan_find(c->plan, OP_IDENTITY);
    int r = procattr_reset_signals(reterr);

    if (r < 0)
        return r;
    c->umask = umask(0);
    c->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (c->root_fd < 0)
        return err_system(reterr, errno, "open", "the container's /");
    if (!exec->exec.has_home)
        init_find_home(c, identity->identity.uid);
    return 0;
}

/* ---- the process between becomes what the process shall be ---- */

static int become_process(struct exec_between *b, struct err *reterr)
{
    struct init_ctx *c = &b->init;
    int r = settle(c, reterr);

    c->session_later = true;
    for (size_t i = 0; r == 0 && i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];

        if (plan_op_actor(op->kind) != PLAN_INIT || !exec_order_between(&b->order, op))
            continue;
        if (op->kind == OP_SECCOMP || op->kind == OP_SECCOMP_PRIVILEGED)
            fd_close(&c->root_fd);
        report_at(c->report, (uint32_t)i);
        r = execute_init_op(c, op, reterr);
        if (r == 0 && op->kind == OP_IDENTITY) /* a change of ids takes it back */
            r = procattr_set_pdeathsig(SIGKILL, b->runtime, reterr);
        if (r < 0)
            err_phase(reterr, plan_op_name(op->kind));
    }
    procfs_done(&c->procfs);
    fd_close(&c->root_fd);
    return r;
}

/* ---- the process itself: in the container, and seen there ---- */

static int execute_process(const struct exec_between *b, struct init_ctx *c, const struct plan_op *op,
                           struct err *reterr)
{
    if (!exec_order_between(&b->order, op))
        return execute_init_op(c, op, reterr);
    return op->kind == OP_CONSOLE ? tty_control(STDIN_FILENO, reterr) : 0;
}

static NORETURN void run_process(struct exec_between *b)
{
    struct init_ctx *c = &b->init;
    struct err e;

    err_init(&e);
    if (procattr_set_pdeathsig(SIGKILL, 0, &e) < 0 || (!b->order.reduced && settle(c, &e) < 0))
        give_up(c, &e);
    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];
        int r = 0;

        if (plan_op_actor(op->kind) != PLAN_INIT)
            continue;
        report_at(c->report, (uint32_t)i);
        /* Nothing is left that could take long: the program is not to die with the runtime. */
        if (op->kind == OP_CLOSE_FDS)
            r = procattr_set_pdeathsig(0, 0, &e);
        if (r < 0 || execute_process(b, c, op, &e) < 0) {
            err_phase(&e, plan_op_name(op->kind));
            give_up(c, &e);
        }
    }
    err_internal(&e, EINVAL, "the plan ends without a program");
    give_up(c, &e);
}

/* What the process will find in its memory is a copy of ours. */
static int prepare_clone(struct exec_between *b, struct err *reterr)
{
    int r = report_pid_keep(b->init.pid_at, reterr);

    init_forget_environment();
    return r < 0 || !b->order.reduced ? r : become_process(b, reterr);
}

void stage_exec(struct exec_between *b)
{
    const struct clone_request req = {
        .flags = CLONE_PARENT, .cgroup_fd = -1, .no_pidfd = true, .pid_at = b->init.pid_at};
    struct clone_child child;
    struct err e;
    int r;

    err_init(&e);
    if (enter_container(b, &e) < 0)
        give_up(&b->init, &e);
    if (!plan_find(b->init.plan, OP_CLONE)->clone.intermediate)
        run_process(b);
    if (prepare_clone(b, &e) < 0)
        give_up(&b->init, &e);
    r = clone_process(&req, &child, &e);
    if (r < 0) {
        err_phase(&e, plan_op_name(OP_CLONE));
        give_up(&b->init, &e);
    }
    if (r == 0)
        run_process(b);
    _exit(0);
}
