/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole tree of processes:
 *
 *     caller ── lorica exec ──┬── between              joins cgroups and namespaces, and ends
 *                 decides     └── process ── program   (a child of the runtime: CLONE_PARENT)
 *
 *   1. decide   stored configuration + process file + flags + facts -> plan, seccomp filter.
 *   2. clone    the process between, into the v2 cgroup. It is in our pid namespace: the container does not
 *               see it. It enters the v1 cgroups, closes every descriptor of the host, joins all namespaces
 * of the container's init with one setns(2), becomes what the process shall be (user, capabilities, limits,
 * label, terminal, seccomp filter: core/exec_order), and clones the process, which is born in the container
 * with nothing in its hands (CVE-2016-9962, CVE-2024-21626): a container that may trace it gains nothing.
 * Both are not dumpable and run from the sealed copy (CVE-2019-5736).
 *   3. wait     for the end of their channel: execve(2), or a failure that stands in the shared report.
 *   4. attached: runtime/attend.
 *
 * The base of the process is what the container was created from, not what its bundle says by now. The
 * container is locked (shared) until the program runs, unless it is frozen: resuming must not wait for us.
 */
#include "runtime/exec.h"

#include "base/fd.h"
#include "core/decode.h"
#include "core/exec_cgroup.h"
#include "core/exec_order.h"
#include "core/json.h"
#include "core/validate.h"
#include "kernel/clone.h"
#include "kernel/io.h"
#include "kernel/ns_process.h"
#include "kernel/probe.h"
#include "runtime/agent.h"
#include "runtime/attend.h"
#include "runtime/clos.h"
#include "runtime/container.h"
#include "runtime/filter.h"
#include "runtime/pid_file.h"
#include "runtime/pidfd_socket.h"
#include "runtime/preserved.h"
#include "runtime/stage_exec.h"
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define EXEC_STALL_MS (120 * 1000) /* at one operation */
#define EXEC_REAP_MS  10000
#define INIT_END_MS   500

struct exec_ctx {
    struct runtime *rt;
    const struct exec_request *req;
    struct container container;
    struct arena *arena; /* the container's */

    /* decided */
    const struct config *config; /* the stored one, with the process to execute */
    struct facts facts;
    struct plan *plan;
    struct seccomp_filter seccomp;
    bool has_seccomp;

    /* made */
    struct cgroup_set cgroups;
    struct chan chan;
    struct init_report *report;
    _Atomic int32_t *process_pid;      /* left by the process between, out of the process' reach */
    struct procattr_affinity affinity; /* ours, while we are pinned */
    struct pidfd between;              /* pid 0: none, or reaped */
    struct pidfd process;
    struct console console;
    int pidfd_socket; /* connected; -1: none */
    struct proto proto;
};

/* ---- 1. decide ---- */

static int check_status(struct exec_ctx *c, struct err *reterr)
{
    switch (c->container.status) {
    case STATUS_CREATED:
    case STATUS_RUNNING: return 0;
    case STATUS_STOPPED: return err_state(reterr, ESRCH, "cannot exec in a stopped container");
    case STATUS_PAUSED:
        return c->req->ignore_paused
                   ? 0
                   : err_state(reterr, EBUSY,
                               "cannot exec in a paused container (use --ignore-paused to override)");
    case STATUS_CREATING: break;
    }
    return err_state(reterr, EINVAL, "container is not running");
}

static int read_file(struct exec_ctx *c, const char *path, struct config_process **ret, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(JSON_BYTES_MAX);
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int r = fd < 0 ? -errno : io_read_all(fd, &text);

    if (r < 0)
        return err_system(reterr, r, fd < 0 ? "open" : "read", "process file %s", path);
    r = process_decode(c->arena, buf_cstr(&text), text.len, ret, reterr);
    return r < 0 ? err_prefix(reterr, "process file %s", path) : 0;
}

static int check_process(struct exec_ctx *c, const struct config_process *p, struct err *reterr)
{
    struct validate_report report;
    int r = validate_process(c->arena, p, &report);

    if (r < 0)
        return err_nomem(reterr);
    r = validate_report_error(&report, NULL, 0, reterr);
    return r < 0 && c->req->process_file ? err_prefix(reterr, "process file %s", c->req->process_file) : r;
}

static int make_config(struct exec_ctx *c, struct err *reterr)
{
    struct config *config = NULL;
    struct config_process *file = NULL;
    char *text;
    size_t len;
    int r = store_read(c->arena, c->container.dir_fd, STORE_CONFIG_FILE, JSON_BYTES_MAX, &text, &len, reterr);

    if (r == 0)
        r = config_decode(c->arena, text, len, &config, reterr);
    if (r == 0 && c->req->process_file)
        r = read_file(c, c->req->process_file, &file, reterr);
    if (r == 0)
        r = exec_flags_merge(c->arena, &c->req->flags, config_process_or_none(config), file, &config->process,
                             reterr);
    if (r == 0)
        r = check_process(c, config->process, reterr);
    c->config = config;
    return r;
}

static int make_plan(struct exec_ctx *c, struct err *reterr)
{
    const struct state *s = c->container.state;
    struct plan_exec_options options = {.common = {.id = s->id,
                                                   .bundle = s->bundle,
                                                   .no_new_keyring = s->no_new_keyring,
                                                   .preserve_fds = c->req->preserve_fds},
                                        .rootfs = s->rootfs};
    struct plan_intel_rdt rdt;
    struct exec_cgroups cgroups;
    int r = probe_caller(&c->facts, reterr);

    if (r == 0 && (c->config->process->apparmor_profile || c->config->process->selinux_label))
        r = probe_more(c->arena, &c->facts, PROBE_LSM, reterr);
    if (r == 0)
        r = ns_process_differing(&c->container.init, &options.join_flags, reterr);
    if (r == 0)
        r = exec_cgroups_resolve(c->arena, s, &c->req->cgroups, &cgroups, reterr);
    if (r < 0)
        return r;
    options.cgroups = cgroups.v;
    options.n_cgroups = cgroups.n;
    options.or_init_cgroup = cgroups.or_init;
    options.intel_rdt = clos_joined(s, &rdt) ? &rdt : NULL;
    r = plan_exec_build(c->arena, c->config, &c->facts, &options, &c->plan, reterr);
    return r < 0 ? r : plan_exec_check(c->plan, c->config, reterr);
}

static int open_console(struct exec_ctx *c, struct err *reterr)
{
    const struct console_request req = {
        .terminal = c->config->process->terminal, .detach = c->req->detach, .socket = c->req->console_socket};

    return console_open(&c->console, &req, reterr);
}

static int decide(struct exec_ctx *c, struct err *reterr)
{
    int r = preserved_check(c->req->preserve_fds, reterr);

    if (r == 0)
        r = container_open(&c->container, c->req->id, CONTAINER_LOOK, reterr);
    if (r == 0)
        r = check_status(c, reterr);
    if (r == 0)
        r = make_config(c, reterr);
    if (r == 0)
        r = make_plan(c, reterr);
    if (r == 0)
        r = open_console(c, reterr);
    if (r == 0)
        r = pidfd_socket_open(c->req->pidfd_socket, &c->pidfd_socket, reterr);
    if (r < 0)
        return r;
    proto_init(&c->proto, c->plan);
    for (size_t i = 0; i < c->plan->warnings.n; i++)
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", c->plan->warnings.v[i]);
    r = filter_compile(c->rt, c->arena, c->container.root_fd, c->plan, &c->facts, &c->seccomp, reterr);
    c->has_seccomp = r == 1;
    return r < 0 ? r : 0;
}

/* ---- 2. clone ---- */

static int open_cgroups(struct exec_ctx *c, struct err *reterr)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < c->plan->n_cgroups; i++) {
        const struct cgroup_ref ref = {.hierarchy = c->plan->cgroups[i].hierarchy,
                                       .mountpoint = c->plan->cgroups[i].mountpoint,
                                       .path = c->plan->cgroups[i].path};
        r = cgroup_set_add(&c->cgroups, &ref, reterr);
    }
    /* What --cgroup names has to be there; what an ordinary user could not make need not. */
    return r < 0
               ? r
               : cgroup_set_open(&c->cgroups, c->container.state->rootless && c->req->cgroups.n == 0, reterr);
}

static NORETURN void become_between(struct exec_ctx *c, struct chan side, bool in_cgroup2, pid_t runtime)
{
    static struct procattr_affinity none;
    struct exec_between between = {
        .order = c->has_seccomp ? exec_order_of(c->plan, c->seccomp.insns, c->seccomp.n, c->seccomp.flags)
                                : exec_order_of(c->plan, NULL, 0, 0),
        .container = &c->container,
        .cgroups = &c->cgroups,
        .in_cgroup2 = in_cgroup2,
        .runtime = runtime,
        .init = {.plan = c->plan,
                 .facts = &c->facts,
                 .config = c->config,
                 .seccomp = c->has_seccomp ? &c->seccomp : NULL,
                 .chan = side,
                 .report = c->report,
                 .pid_at = c->process_pid,
                 .exec_fifo = -1,
                 .result_fifo = -1,
                 .join_fd = -1,
                 .affinity = &none,
                 .root_fd = -1,
                 .procfs = PROCFS_INIT},
    };

    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        between.init.ns_fds[i] = -1;
    proto_init(&between.init.proto, c->plan);
    stage_exec(&between);
}

/* On our processor until the program runs: a wake-up across them costs more than the work of either. */
static int set_affinity(struct exec_ctx *c, struct err *reterr)
{
    const struct plan_op *op = plan_find(c->plan, OP_CPU_AFFINITY_INITIAL);

    procattr_pin(&c->affinity);
    if (!op)
        return 0;
    int r = procattr_set_affinity_words(0, op->cpu_affinity.mask, op->cpu_affinity.n_words, reterr);
    return r < 0 ? err_phase(reterr, plan_op_name(op->kind)) : 0;
}

static int clone_between(struct exec_ctx *c, struct err *reterr)
{
    const struct plan_clone *op = &plan_find(c->plan, OP_CLONE)->clone;
    struct clone_request req = {.cgroup_fd = op->into_cgroup2 ? cgroup_set_cgroup2_fd(&c->cgroups) : -1};
    struct chan side = CHAN_INIT;
    struct clone_child child;
    pid_t runtime = getpid();
    int r = chan_pair(&c->chan, &side, reterr);

    if (r < 0)
        return r;
    c->report = report_new(c->plan->n_ops, false, reterr);
    c->process_pid = report_pid_new(reterr);
    r = c->report && c->process_pid ? set_affinity(c, reterr) : -ENOMEM;
    if (r == 0)
        r = clone_process(&req, &child, reterr);
    if (r == 0)
        become_between(c, side, child.in_cgroup, runtime);
    chan_close(&side);
    if (r < 0)
        return r;
    pidfd_adopt(op->intermediate ? &c->between : &c->process, child.pid, child.pidfd);
    return 0;
}

/* ---- 3. wait ---- */

static const char *phase_of(const struct exec_ctx *c)
{
    uint32_t at = atomic_load_explicit(&c->report->at, memory_order_acquire);

    return at < c->plan->n_ops ? plan_op_name(c->plan->ops[at].kind) : "start";
}

static int stalled(const struct exec_ctx *c, struct err *reterr)
{
    const char *phase = phase_of(c);

    err_proto(reterr, ETIMEDOUT, "the process made no progress for %d s in phase %s", EXEC_STALL_MS / 1000,
              phase);
    return err_phase(reterr, phase);
}

/* Whom the process between has cloned, if it has. */
static void find_process(struct exec_ctx *c)
{
    int32_t pid = atomic_load_explicit(c->process_pid, memory_order_acquire);

    if (pid > 0 && c->process.pid <= 0)
        pidfd_adopt(&c->process, pid, -1);
}

/* The process has its filter, and waits until the agent has the listener. */
static int give_to_agent(struct exec_ctx *c, int listener, struct err *reterr)
{
    const struct state *s = c->container.state;
    struct process_state state = {
        .state = {.id = s->id,
                  .status = "running",
                  .pid = c->container.init.pid,
                  .bundle = s->bundle,
                  .annotations = &c->config->annotations},
    };
    int r;

    find_process(c);
    state.pid = c->process.pid;
    r = agent_send(c->plan, &state, listener, reterr);
    if (r == 0)
        r = proto_step(&c->proto, PROTO_HOST, PROTO_LISTENING, reterr);
    if (r < 0)
        return r;
    r = chan_send(&c->chan, PROTO_LISTENING, NULL, 0, -1, io_now_ms() + EXEC_STALL_MS, reterr);
    return r == -ECONNRESET ? 0 : r; /* why it is gone is judged later */
}

/* Its messages are the terminal and the listener of its seccomp filter. */
static int heed(struct exec_ctx *c, const struct chan_msg *msg, struct err *reterr)
{
    AUTO_CLOSE int fd = msg->fd;
    int r = proto_step(&c->proto, PROTO_INIT, (enum proto_message)msg->type, reterr);

    if (r == 0 && fd < 0)
        r = err_proto(reterr, EPROTO, "\"%s\" came without its descriptor",
                      proto_message_name((enum proto_message)msg->type));
    if (r < 0)
        return r;
    return msg->type == PROTO_LISTENER ? give_to_agent(c, fd, reterr)
                                       : console_take(&c->console, take_fd(&fd), reterr);
}

static int wait_for_end(struct exec_ctx *c, struct err *reterr)
{
    uint32_t last = atomic_load(&c->report->at);

    for (;;) {
        struct chan_msg msg;
        int64_t deadline = c->req->ignore_paused ? IO_NO_DEADLINE : io_now_ms() + EXEC_STALL_MS;
        int r = chan_recv(&c->chan, &msg, NULL, 0, deadline, reterr);
        uint32_t at = atomic_load(&c->report->at);

        if (r == -ECONNRESET)
            return 0;
        if (r == 0)
            r = heed(c, &msg, reterr);
        else if (r == -ETIMEDOUT && at == last)
            return stalled(c, reterr);
        else if (r == -ETIMEDOUT)
            r = 0;
        if (r < 0)
            return r;
        last = at;
    }
}

static int reap(struct pidfd *p, int *ret_status)
{
    int r = p->pid > 0 ? pidfd_reap(p, io_now_ms() + EXEC_REAP_MS, ret_status, NULL) : -ECHILD;

    if (r == 0) {
        pidfd_done(p);
        *p = PIDFD_INIT;
    }
    return r;
}

/* The end of a pid namespace kills all that is in it, and waits for us to reap ours before it is over. */
static bool ended_with_container(struct exec_ctx *c)
{
    return pidfd_wait_exit(&c->container.init, io_now_ms() + INIT_END_MS, NULL) == 0;
}

static int explain_death(struct exec_ctx *c, struct err *reterr)
{
    const char *phase = phase_of(c);
    int status = 0, r = reap(&c->process, &status);

    if (r == 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && ended_with_container(c))
        return err_state(reterr, ESRCH, "cannot exec in a stopped container: it ended meanwhile");
    if (r == 0 && WIFSIGNALED(status))
        err_proto(reterr, EPROTO, "the process was ended by signal %d in phase %s%s", WTERMSIG(status), phase,
                  WTERMSIG(status) == SIGKILL ? " (memory limit too low?)" : "");
    else
        err_proto(reterr, EPROTO, "the process ended in phase %s", phase);
    return err_phase(reterr, phase);
}

/* The end of the channel: what was it? */
static int judge(struct exec_ctx *c, struct err *reterr)
{
    int status = 0;

    reap(&c->between, &status);
    find_process(c);
    if (atomic_load_explicit(&c->report->failed, memory_order_acquire))
        return report_error(c->report, reterr);
    if (atomic_load_explicit(&c->report->at, memory_order_acquire) == REPORT_AT_EXEC && c->process.pid > 0)
        return 0;
    return explain_death(c, reterr);
}

static int start(struct exec_ctx *c, struct err *reterr)
{
    int r = open_cgroups(c, reterr);

    if (r == 0)
        r = clone_between(c, reterr);
    if (r == 0 && c->container.status == STATUS_PAUSED)
        store_unlock(c->container.dir_fd);
    if (r == 0) {
        r = wait_for_end(c, reterr);
        if (r < 0)
            find_process(c);
    }
    if (r == 0)
        r = judge(c, reterr);
    procattr_unpin(0, &c->affinity);
    if (r == 0 && c->req->pid_file)
        r = pid_file_write(c->req->pid_file, c->process.pid, reterr);
    if (r == 0)
        r = pidfd_socket_send(&c->pidfd_socket, &c->process, PIDFD_SOCKET_EXEC_TEXT, reterr);
    return r;
}

/* ---- the command ---- */

/* Whatever failed, is that why? A process that is ending has no namespaces any more before it counts as dead.
 */
static bool ended_meanwhile(const struct exec_ctx *c, const struct err *e)
{
    if (c->container.init.pid <= 0)
        return false;
    return pidfd_alive(&c->container.init) == 0 || (e && e->kind == ERR_SYSTEM && e->code == ESRCH);
}

static int execute(struct exec_ctx *c, int *exit_status, struct err *reterr)
{
    const struct attended attended = {.process = &c->process, .console = &c->console};
    int r = decide(c, reterr);

    if (r == 0)
        r = start(c, reterr);
    if (r < 0) {
        if (c->between.pid > 0)
            pidfd_kill_and_reap(&c->between);
        if (c->process.pid > 0)
            pidfd_kill_and_reap(&c->process);
        if (ended_meanwhile(c, reterr))
            r = err_state(reterr, ESRCH, "cannot exec in a stopped container: it ended meanwhile");
        return r;
    }
    store_unlock(c->container.dir_fd);
    if (c->req->detach)
        return 0;
    r = attend(&attended, exit_status, reterr);
    if (r < 0 && c->process.pid > 0) /* nobody would stay with it */
        pidfd_kill_and_reap(&c->process);
    return r;
}

static void init_ctx(struct exec_ctx *c, struct runtime *rt, const struct exec_request *req)
{
    *c = (struct exec_ctx){.rt = rt,
                           .req = req,
                           .chan = CHAN_INIT,
                           .between = PIDFD_INIT,
                           .process = PIDFD_INIT,
                           .console = CONSOLE_INIT,
                           .pidfd_socket = -1};
    container_init(&c->container, rt);
    c->arena = &c->container.arena;
    cgroup_set_init(&c->cgroups);
}

static void done_ctx(struct exec_ctx *c)
{
    console_done(&c->console);
    fd_close(&c->pidfd_socket);
    cgroup_set_done(&c->cgroups);
    chan_close(&c->chan);
    report_pid_free(c->process_pid);
    if (c->report)
        report_free(c->report, c->plan->n_ops, false);
    procattr_affinity_done(&c->affinity);
    pidfd_done(&c->between);
    pidfd_done(&c->process);
    container_close(&c->container);
}

int container_exec(struct runtime *rt, const struct exec_request *req, int *exit_status, struct err *reterr)
{
    struct exec_ctx c;
    uint64_t mask = 0;
    int r = req->detach ? 0 : attend_begin(false, &mask, reterr);

    *exit_status = 0;
    if (r < 0)
        return r;
    init_ctx(&c, rt, req);
    r = execute(&c, exit_status, reterr);
    done_ctx(&c);
    if (!req->detach)
        attend_end(mask);
    return r;
}
