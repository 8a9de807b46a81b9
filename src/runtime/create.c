/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole tree of processes:
 *
 *     caller ── lorica create ── init ── execve ── program         (create: init waits in between for
 * `start`) │             │ decides        performs the INIT operations of the plan records performs the HOST
 * operations
 *
 *   1. decide   bundle + facts + options -> plan, seccomp filter. Nothing has been touched so far.
 *   2. reserve  the state directory, with a record of what is about to be made.
 *   3. prepare  HOST operations before the clone: cgroups, device rules; fifos, channel, namespaces to join.
 *   4. clone    one clone3 with all namespace flags, into the v2 cgroup. Only where a user namespace is
 *               joined, or something is joined beside one, a process stands between (runtime/stage_inter).
 *   5. serve    HOST operations after the clone, hooks, START (runtime/stage_host.c); init in parallel
 *               (runtime/stage_init.c).
 *
 * Whatever fails, host_destroy() takes back what was made, in reverse. A runtime that is killed leaves the
 * record of step 2, and init dies with it until START; `delete --force` does the rest.
 */
#include "runtime/create.h"

#include "base/fd.h"
#include "core/activation.h"
#include "core/path.h"
#include "kernel/io.h"
#include "kernel/ns.h"
#include "kernel/probe.h"
#include "runtime/checkpoint.h"
#include "runtime/clos.h"
#include "runtime/execute.h"
#include "runtime/filter.h"
#include "runtime/host.h"
#include "runtime/pidfd_socket.h"
#include "runtime/preserved.h"
#include "runtime/record.h"
#include "runtime/sources.h"
#include "runtime/stage_host.h"
#include "runtime/stage_init.h"
#include "runtime/stage_inter.h"
#include "runtime/store.h"
#include "runtime/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>

/* ---- 1. decide ---- */

static unsigned facts_wanted(const struct config *config)
{
    const struct config_resources *res = config->linux_.resources;
    unsigned more = 0;

    if (res && res->n_hugepage_limits)
        more |= PROBE_HUGEPAGES;
    if (res && res->has_memory && res->memory.swap.has)
        more |= PROBE_SWAP;
    if (config->linux_.intel_rdt)
        more |= PROBE_RESCTRL;
    if (config->linux_.mount_label ||
        (config->process && (config->process->apparmor_profile || config->process->selinux_label)))
        more |= PROBE_LSM;
    return more;
}

/* Sockets of a service manager come first: sd_listen_fds(3). */
static uint32_t preserved(const struct host_ctx *c)
{
    return c->rt->listen_fds + c->req->preserve_fds;
}

static struct plan_options plan_options_of(const struct host_ctx *c)
{
    return (struct plan_options){
        .id = c->req->id,
        .bundle = c->bundle.dir,
        .no_pivot = c->req->no_pivot,
        .no_new_keyring = c->req->no_new_keyring,
        .systemd_cgroup = c->rt->systemd_cgroup,
        .no_cgroup = c->rt->no_cgroup,
        .unsupported_warn = c->rt->unsupported_warn,
        .wait_start = !c->req->run,
        .preserve_fds = preserved(c),
    };
}

/* The host as root would find it (or an ordinary user), whoever asks. */
static void pretend(struct facts *f, bool rootless)
{
    f->rootless = f->systemd_user = rootless;
    if (rootless && f->euid)
        return;
    f->euid = f->egid = rootless ? 1000 : 0;
    f->cgroup_writable = !rootless;
    f->cgroup_parent_writable = false;
    f->in_userns = false;
    f->bounding_caps = rootless ? 0 : (UINT64_C(2) << f->last_cap) - 1;
}

/* What a service manager gave to us is added to what the bundle asks for. */
static int activate(struct host_ctx *c, struct err *reterr)
{
    struct activation add = {.n_fds = c->rt->listen_fds, .fd_names = c->rt->listen_fdnames};
    int r = 0;

    if (c->rt->notify_socket)
        r = notify_host_dir(&c->arena, c->rt->root_path, c->req->id, &add.notify_dir, reterr);
    return r < 0 ? r : activation_apply(&c->arena, c->bundle.config, &add, &c->bundle.config, reterr);
}

/* Bundle and host to plan: everything that can be refused without having touched anything. */
static int decide(struct host_ctx *c, bool to_execute, struct err *reterr)
{
    struct plan_options options;
    int r = to_execute ? container_id_check(c->req->id, reterr) : 0;

    if (r < 0)
        return r;
    trace_phase(&c->trace, "bundle");
    r = bundle_load(&c->arena, c->req->bundle, &c->bundle, reterr);
    if (r == 0 && to_execute)
        r = activate(c, reterr);
    if (r < 0)
        return r;
    trace_phase(&c->trace, "facts");
    r = probe_facts(&c->arena, &c->facts, reterr);
    if (r == 0)
        r = probe_more(&c->arena, &c->facts, facts_wanted(c->bundle.config), reterr);
    if (r < 0)
        return r;
    if (c->rt->resctrl)
        c->facts.resctrl = c->rt->resctrl;
    trace_phase(&c->trace, "plan");
    options = plan_options_of(c);
    if (!to_execute)
        pretend(&c->facts, c->req->plan_rootless);
    else if (c->rt->rootless.has)
        c->facts.rootless = c->rt->rootless.v;
    if (to_execute && options.systemd_cgroup) {
        r = unit_connect(c, reterr);
        if (r < 0)
            return r;
    }
    r = plan_build(&c->arena, c->bundle.config, &c->facts, &options, &c->plan, reterr);
    if (r == 0)
        r = plan_check(c->plan, c->bundle.config, reterr);
    if (r < 0)
        return r;
    proto_init(&c->proto, c->plan);
    return 0;
}

static int compile_seccomp(struct host_ctx *c, struct err *reterr)
{
    int r;

    if (plan_find_seccomp(c->plan))
        trace_phase(&c->trace, "seccomp");
    r = filter_compile(c->rt, &c->arena, c->root_fd, c->plan, &c->facts, &c->seccomp, reterr);
    c->has_seccomp = r == 1;
    return r < 0 ? r : 0;
}

/* ---- 2. reserve ---- */

static int reserve(struct host_ctx *c, struct err *reterr)
{
    int r;

    trace_phase(&c->trace, "reserve");
    c->dir_fd = store_reserve(c->root_fd, c->req->id, reterr);
    if (c->dir_fd < 0)
        return c->dir_fd;
    r = cgroup_set_prepare(&c->cgroups, c->plan->cgroups, c->plan->n_cgroups, reterr);
    if (r == 0)
        r = cgroup_set_check_unused(&c->cgroups, reterr);
    if (r < 0)
        return r;
    r = record_fill(c, reterr);
    if (r == 0)
        r = clos_reserve(c, reterr);
    if (r == 0)
        r = record_write(c, STATE_CREATING, reterr);
    if (r == 0)
        r = store_write(c->dir_fd, STORE_CONFIG_FILE, c->bundle.text, c->bundle.len, true, reterr);
    return r;
}

/* ---- 3. prepare ---- */

static int make_fifo(struct host_ctx *c, const char *name, struct err *reterr)
{
    int fd;

    if (mkfifoat(c->dir_fd, name, 0600) < 0)
        return err_system(reterr, errno, "mkfifoat", "%s", name);
    if (fchmodat(c->dir_fd, name, 0600, 0) < 0) /* the caller's umask may take our own bits */
        return err_system(reterr, errno, "fchmodat", "%s", name);
    /* Both ways, so that opening never waits and the other end's death is no end of file for init. */
    fd = openat(c->dir_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? err_system(reterr, errno, "openat", "%s", name) : fd;
}

/* `start` listens for a container that waits for it. */
static int prepare_notify(struct host_ctx *c, struct err *reterr)
{
    int r;

    if (!c->rt->notify_socket)
        return 0;
    c->notify.host = c->rt->notify_socket;
    c->notify.log = &c->rt->log;
    r = notify_make(c->dir_fd, reterr);
    return r < 0 || !c->req->run ? r : notify_bind(&c->notify, c->dir_fd, reterr);
}

static int prepare(struct host_ctx *c, struct chan *init_side, struct err *reterr)
{
    int r = prepare_notify(c, reterr);

    if (r == 0)
        r = sources_open_namespaces(c, reterr);
    if (r == 0)
        r = sources_open_mounts(c, reterr);
    if (r < 0)
        return r;
    trace_phase(&c->trace, "cgroups");
    for (size_t i = 0; i < c->plan->n_ops && c->plan->ops[i].kind != OP_CLONE; i++) {
        const struct plan_op *op = &c->plan->ops[i];

        r = execute_host_op(c, op, reterr);
        if (r < 0)
            return err_phase(reterr, plan_op_name(op->kind));
    }
    if (!c->req->run) {
        c->exec_fifo = make_fifo(c, STORE_EXEC_FIFO, reterr);
        if (c->exec_fifo < 0)
            return c->exec_fifo;
        c->result_fifo = make_fifo(c, STORE_RESULT_FIFO, reterr);
        if (c->result_fifo < 0)
            return c->result_fifo;
    }
    r = chan_pair(&c->chan, init_side, reterr);
    if (r < 0)
        return r;
    c->report = report_new(c->plan->n_ops, c->trace.on, reterr);
    return c->report ? 0 : -ENOMEM;
}

/* ---- 4. clone ---- */

static NORETURN void become_init(struct host_ctx *c, struct chan init_side)
{
    const struct plan_clone *clone = &plan_find(c->plan, OP_CLONE)->clone;
    struct init_ctx init = {
        .plan = c->plan,
        .facts = &c->facts,
        .config = c->bundle.config,
        .seccomp = c->has_seccomp ? &c->seccomp : NULL,
        .chan = init_side,
        .report = c->report,
        .pid_at = c->init_pid,
        .exec_fifo = c->exec_fifo,
        .result_fifo = c->result_fifo,
        .join_fd = -1,
        .affinity = &c->affinity,
        .mount_fds = c->mount_fds,
        .cgroups = host_init_joins(c) ? &c->cgroups : NULL,
    };

    chan_close(&c->chan); /* our copy of the runtime's end would hide its death from us */
    memcpy(init.ns_fds, c->ns_fds, sizeof(init.ns_fds));
    proto_init(&init.proto, c->plan);
    if (clone->intermediate)
        stage_inter(&init);
    else /* joined already, by the runtime */
        init.ns_fds[NS_PID] = init.ns_fds[NS_TIME] = -1;
    stage_init(&init);
}

/*
 * Pid and time namespaces take effect on our children: we join them, or unshare, for the clone alone and go
 * back to our own right after.
 */
struct borrowed {
    int own_pid, own_time; /* -1: never left */
};

static int borrow_time(const struct plan_clone *op, struct err *reterr)
{
    AUTO_CLOSE int offsets = ns_open_time_offsets(reterr);
    int r = offsets < 0 ? offsets : ns_unshare(CLONE_NEWTIME, reterr);

    return r < 0 ? r : ns_write_time_offsets(offsets, op->time_offsets, op->n_time_offsets, reterr);
}

static int borrow(struct host_ctx *c, const struct plan_clone *op, struct borrowed *b, struct err *reterr)
{
    int r = 0;

    if (op->join_pid) {
        b->own_pid = ns_open("/proc/self/ns/pid", NS_PID, reterr);
        r = b->own_pid < 0 ? b->own_pid : ns_join(c->ns_fds[NS_PID], NS_PID, reterr);
    }
    if (r == 0 && (op->join_time || op->unshare_flags)) {
        b->own_time = ns_open("/proc/self/ns/time", NS_TIME, reterr);
        r = b->own_time < 0 ? b->own_time
            : op->join_time ? ns_join(c->ns_fds[NS_TIME], NS_TIME, reterr)
                            : borrow_time(op, reterr);
    }
    return r;
}

static int give_back(struct borrowed *b, struct err *reterr)
{
    int r = b->own_time >= 0 ? ns_join(b->own_time, NS_TIME, reterr) : 0;
    int r2 = b->own_pid >= 0 ? ns_join(b->own_pid, NS_PID, r < 0 ? NULL : reterr) : 0;

    fd_close(&b->own_time);
    fd_close(&b->own_pid);
    return r < 0 ? r : r2;
}

/* One clone with all namespace flags. */
static int clone_at_once(struct host_ctx *c, const struct plan_clone *op, struct chan init_side,
                         struct err *reterr)
{
    struct clone_request req = {
        .flags = op->flags,
        .cgroup_fd = op->into_cgroup2 ? cgroup_set_cgroup2_fd(&c->cgroups) : -1,
    };
    struct borrowed b = {-1, -1};
    struct clone_child child;
    int r = borrow(c, op, &b, reterr), back;

    if (r == 0) {
        r = clone_process(&req, &child, reterr);
        if (r == 0)
            become_init(c, init_side);
    }
    back = give_back(&b, r < 0 ? NULL : reterr);
    if (r < 0)
        return r;
    atomic_store_explicit(&c->report->host_pid, child.pid, memory_order_release);
    pidfd_adopt(&c->init, child.pid, child.pidfd);
    c->in_cgroup2 = child.in_cgroup;
    return back;
}

/* By way of a process that need not come back. Init is born in the cgroup that it was born in. */
static int clone_in_steps(struct host_ctx *c, const struct plan_clone *op, struct chan init_side,
                          struct err *reterr)
{
    const struct clone_request req = {
        .cgroup_fd = op->into_cgroup2 ? cgroup_set_cgroup2_fd(&c->cgroups) : -1,
    };
    struct clone_child child;
    int r;

    c->init_pid = report_pid_new(reterr);
    r = c->init_pid ? clone_process(&req, &child, reterr) : -ENOMEM;
    if (r == 0)
        become_init(c, init_side);
    if (r < 0)
        return r;
    pidfd_adopt(&c->inter, child.pid, child.pidfd);
    c->in_cgroup2 = child.in_cgroup;
    return host_inter(c, reterr);
}

static int clone_init(struct host_ctx *c, struct chan init_side, struct err *reterr)
{
    const struct plan_clone *op = &plan_find(c->plan, OP_CLONE)->clone;
    int r;

    trace_phase(&c->trace, "clone");
    procattr_pin(&c->affinity); /* a wake-up across processors costs more than the work of either */
    r = op->intermediate ? clone_in_steps(c, op, init_side, reterr) : clone_at_once(c, op, init_side, reterr);
    c->chan.peer_pidfd = c->init.fd;
    return r;
}

/* ---- the commands ---- */

static int open_console(struct host_ctx *c, struct err *reterr)
{
    const struct config_process *process = c->bundle.config->process;
    const struct console_request req = {
        .terminal = process && process->terminal,
        .detach = !c->req->run || c->req->detach,
        .socket = c->req->console_socket,
    };

    return console_open(&c->console, &req, reterr);
}

static int make_container(struct host_ctx *c, struct err *reterr)
{
    struct chan init_side = CHAN_INIT;
    int r = preserved_check(preserved(c), reterr);

    if (r == 0)
        r = decide(c, true, reterr);
    if (r == 0 && c->req->run && !c->bundle.config->process)
        r = err_config(reterr, "/process", "process property must not be empty");
    if (r == 0)
        r = open_console(c, reterr);
    if (r == 0)
        r = pidfd_socket_open(c->req->pidfd_socket, &c->pidfd_socket, reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < c->plan->warnings.n; i++)
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", c->plan->warnings.v[i]);
    log_message(&c->rt->log, LOG_LEVEL_DEBUG, NULL, 0, "container %s: %zu operations planned", c->plan->id,
                c->plan->n_ops);
    c->root_fd = store_open_root(c->rt->root_path, true, reterr);
    if (c->root_fd < 0)
        return c->root_fd;
    if (c->req->restore) {
        r = reserve(c, reterr);
        return r < 0 ? r : restore_container(c, c->req->restore, reterr);
    }
    r = compile_seccomp(c, reterr);
    if (r == 0)
        r = reserve(c, reterr);
    if (r == 0)
        r = prepare(c, &init_side, reterr);
    if (r == 0)
        r = clone_init(c, init_side, reterr);
    chan_close(&init_side);
    if (r == 0)
        r = stage_host(c, reterr);
    procattr_unpin(0, &c->affinity);
    return r;
}

static void write_trace(struct host_ctx *c)
{
    struct err e;

    if (!c->trace.on || !c->plan)
        return;
    err_init(&e);
    if (trace_write(&c->trace, c->req->trace, c->plan, c->report, &e) < 0)
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", e.message);
}

int host_create(struct host_ctx *c, struct err *reterr)
{
    int r = make_container(c, reterr);

    if (r == 0 && c->req->run && !c->req->restore)
        r = host_hooks(c, HOOK_POSTSTART, reterr);
    write_trace(c);
    if (r == 0)
        netdev_set_done(&c->netdevs); /* from here on they are the container's */
    if (r < 0) {
        host_destroy(c, c->hooks_ran);
        if (c->req->pid_file && c->recorded)
            unlink(c->req->pid_file);
    }
    return r;
}

int container_create(struct runtime *rt, const struct create_request *req, struct err *reterr)
{
    struct host_ctx c;
    int r;

    host_init(&c, rt, req);
    r = host_create(&c, reterr);
    host_done(&c);
    return r;
}

int container_plan(struct runtime *rt, const struct create_request *req, bool json, struct buf *out,
                   struct err *reterr)
{
    struct host_ctx c;
    int r;

    host_init(&c, rt, req);
    r = decide(&c, false, reterr);
    if (r == 0 && json)
        plan_print_json(c.plan, out);
    else if (r == 0)
        plan_print_text(c.plan, out);
    host_done(&c);
    return r < 0                ? r
           : buf_error(out) < 0 ? err_internal(reterr, -buf_error(out), "cannot print the plan")
                                : 0;
}
