/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/execute.h"

#include "base/fd.h"
#include "kernel/capset.h"
#include "kernel/cred.h"
#include "kernel/dev.h"
#include "core/seccomp_policy.h"
#include "kernel/exec.h"
#include "kernel/fs.h"
#include "kernel/io.h"
#include "kernel/keyring.h"
#include "kernel/loopback.h"
#include "kernel/lsm.h"
#include "kernel/ns.h"
#include "kernel/pivot.h"
#include "kernel/seccomp_load.h"
#include "kernel/stdio.h"
#include "kernel/tty.h"
#include "runtime/container_hooks.h"
#include "runtime/hand_over.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

/* ---- arms that are more than one call ---- */

static int join_namespace(struct init_ctx *c, enum ns_type type, struct err *reterr)
{
    int r = ns_join(c->ns_fds[type], type, reterr);

    fd_close(&c->ns_fds[type]);
    return r;
}

static int prepare_root(struct init_ctx *c, const struct plan_root_prepare *op, struct err *reterr)
{
    int r = pivot_prepare(op, reterr);

    if (r < 0)
        return r;
    c->root_fd = r;
    mount_ctx_init(&c->mounts, c->root_fd, c->plan, c->facts, &c->procfs);
    mask_init(&c->masks, c->root_fd);
    return 0;
}

static int apply_mount(struct init_ctx *c, const struct plan_op *op, struct err *reterr)
{
    int *source = &c->mount_fds[op - c->plan->ops];
    int r = mount_apply(&c->mounts, &op->mount, *source, reterr);

    fd_close(source);
    return r;
}

/* The runtime runs prestart and createRuntime in its own namespaces, while we stand still. */
static int ask_for_hooks(struct init_ctx *c, struct err *reterr)
{
    struct chan_msg msg;
    int r = proto_step(&c->proto, PROTO_INIT, PROTO_HOOKS, reterr);

    if (r < 0)
        return r;
    r = chan_send(&c->chan, PROTO_HOOKS, NULL, 0, -1, IO_NO_DEADLINE, reterr);
    if (r < 0)
        return r;
    r = chan_recv(&c->chan, &msg, NULL, 0, IO_NO_DEADLINE, reterr);
    return r < 0 ? r : proto_step(&c->proto, PROTO_HOST, (enum proto_message)msg.type, reterr);
}

static int make_cwd(struct init_ctx *c, const char *path, struct err *reterr)
{
    AUTO_CLOSE int fd = fs_mkdir_p(c->root_fd, path, 0755, reterr);

    return fd < 0 ? fd : 0;
}

static bool needs_procfs(const struct plan *plan)
{
    static const enum plan_op_kind users[] = {OP_CONSOLE, OP_SYSCTL, OP_APPARMOR, OP_SELINUX};

    for (size_t i = 0; i < ARRAY_SIZE(users); i++)
        if (plan_find(plan, users[i]))
            return true;
    return false;
}

/* HOME is looked up at once: limits and the identity that follow might not let us. */
static int enter_root(struct init_ctx *c, const struct plan_pivot *op, struct err *reterr)
{
    const struct plan_op *exec = plan_find(c->plan, OP_EXEC), *identity = plan_find(c->plan, OP_IDENTITY);
    int r = 0;

    /* Our own procfs is made while the host's /proc, on which its older ways rest, is still in reach. */
    if (needs_procfs(c->plan))
        r = procfs_open_root(&c->procfs, reterr);
    if (r == 0)
        r = pivot_enter(c->root_fd, op, reterr);
    if (r == 0 && exec && identity && !exec->exec.has_home)
        init_find_home(c, identity->identity.uid);
    return r;
}

/* Through a procfs of our own; of the container's, anything could be mounted over parts. */
static int set_label(struct init_ctx *c, int (*set)(struct procfs *, const char *, struct err *),
                     const char *label, struct err *reterr)
{
    int r = set(&c->procfs, label, reterr);

    procfs_done(&c->procfs);
    return r;
}

/* The label for new keys ends with execve(2). */
static int join_keyring(struct init_ctx *c, const struct plan_name *op, struct err *reterr)
{
    int r = op->label ? lsm_selinux_keycreate(&c->procfs, op->label, reterr) : 0;

    return r < 0 ? r : keyring_join(op->name, reterr);
}

static int dress_console(struct init_ctx *c, const struct plan_console *op, const struct tty_pair *p,
                         struct err *reterr)
{
    const struct tty_size size = {.rows = (uint16_t)op->height, .columns = (uint16_t)op->width};
    int r = 0;

    if (op->height || op->width)
        r = tty_set_size(p->master, size);
    if (r < 0)
        return err_system(reterr, r, "ioctl", "TIOCSWINSZ of /dev/pts/%u", (unsigned)p->number);
    r = tty_give_to(p, op->uid, reterr);
    if (r == 0 && op->bind)
        r = tty_bind_console(p, c->root_fd, &c->procfs, reterr);
    return r;
}

/* The runtime gets the master, the program the slave. */
static int make_console(struct init_ctx *c, const struct plan_console *op, struct err *reterr)
{
    struct tty_pair p = TTY_PAIR_INIT;
    int r = tty_pair_open(c->root_fd, &p, reterr);

    if (r == 0)
        r = dress_console(c, op, &p, reterr);
    if (r == 0)
        r = proto_step(&c->proto, PROTO_INIT, PROTO_CONSOLE, reterr);
    if (r == 0)
        r = chan_send(&c->chan, PROTO_CONSOLE, NULL, 0, p.master, IO_NO_DEADLINE, reterr);
    if (r == 0 && !c->session_later)
        r = tty_control(p.slave, reterr);
    if (r == 0)
        r = tty_to_stdio(&p, reterr);
    tty_pair_close(&p);
    return r;
}

/* Refused as root (a file system that does not know our root): CHDIR tries again as the user. */
static int chdir_early(struct init_ctx *c, const char *path, struct err *reterr)
{
    int r = cred_chdir(path, reterr);

    c->chdir_refused = r == -EACCES || r == -EPERM;
    return c->chdir_refused ? 0 : r;
}

static int set_identity(struct init_ctx *c, const struct plan_identity *id, struct err *reterr)
{
    int r = id->uid ? stdio_give_to(id->uid, reterr) : 0;

    if (r < 0)
        return r;
    r = capset_keep(true, reterr); /* CAPS decides what is left; the change of uid alone must not */
    if (r == 0)
        r = cred_set_identity(id, &c->procfs, reterr);
    /* A change of ids takes it back: fs.suid_dumpable decides then (proc(5)). */
    return r < 0 ? r : procattr_set_dumpable(false, reterr);
}

/* Init may wait for long: it keeps no descriptor of the root, of a procfs or of the host's /dev/null
 * meanwhile. */
static void release_root(struct init_ctx *c)
{
    mask_done(&c->masks);
    mount_ctx_done(&c->mounts);
    procfs_done(&c->procfs);
    fd_close(&c->root_fd);
}

static int wait_start_byte(struct init_ctx *c, struct err *reterr)
{
    char byte;
    ssize_t n;

    do
        n = read(c->exec_fifo, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_system(reterr, errno, "read", "exec.fifo");
    fd_close(&c->exec_fifo);
    c->started = true;
    return 0;
}

static int receive_start(struct init_ctx *c, struct err *reterr)
{
    struct chan_msg msg;
    int r = chan_recv(&c->chan, &msg, NULL, 0, IO_NO_DEADLINE, reterr);

    return r < 0 ? r : proto_step(&c->proto, PROTO_HOST, (enum proto_message)msg.type, reterr);
}

/*
 * The runtime has recorded the container (START): from here its death is not ours. In `create` the channel
 * ends here, which tells the runtime that all is well; in `run` it ends at execve.
 */
static int wait_start(struct init_ctx *c, struct err *reterr)
{
    int r = 0;

    release_root(c);
    if (!c->start_taken)
        r = receive_start(c, reterr);
    if (r == 0 && !c->pdeathsig_off)
        r = procattr_set_pdeathsig(0, 0, reterr);
    if (r < 0 || c->exec_fifo < 0)
        return r;
    if (!plan_find(c->plan, OP_HOOKS_START_CONTAINER)) /* which are given it */
        init_forget_environment();
    report_at(c->report, REPORT_AT_EXEC);
    chan_close(&c->chan);
    return wait_start_byte(c, reterr);
}

/* Hooks are told init's pid as the host counts it, which the runtime writes down right after the clone. */
static pid_t host_pid(struct init_ctx *c)
{
    pid_t pid;

    while ((pid = atomic_load_explicit(&c->report->host_pid, memory_order_acquire)) == 0)
        sched_yield();
    return pid;
}

static int run_hooks(struct init_ctx *c, enum hook_kind kind, struct err *reterr)
{
    struct container_hooks hooks = {
        .config = c->config,
        .id = c->plan->id,
        .pid = host_pid(c),
        .bundle = c->plan->bundle,
        .affinity = c->affinity,
    };

    return container_hooks_run(&hooks, kind, reterr);
}

/* They make files on the host, where our own umask of 0 would leave them open to everybody. */
static int run_create_container_hooks(struct init_ctx *c, struct err *reterr)
{
    umask(c->umask);
    int r = run_hooks(c, HOOK_CREATE_CONTAINER, reterr);
    umask(0);
    return r;
}

static int load_seccomp(struct init_ctx *c, struct err *reterr)
{
    if (!c->seccomp)
        return err_internal(reterr, EINVAL, "the plan has a seccomp policy that was not compiled");
    if (c->seccomp->flags & SECCOMP_FLAG_NEW_LISTENER)
        return hand_over_load(c, reterr);
    return seccomp_filter_load(c->seccomp->insns, c->seccomp->n, c->seccomp->flags, reterr);
}

static int mark_fds(struct init_ctx *c, uint32_t preserve, struct err *reterr)
{
    int r = c->fds_marked ? 0 : procattr_cloexec_from(3 + preserve, reterr);

    c->fds_marked = true;
    return r;
}

/*
 * What is still to come and a filter might refuse, before it is in force: a policy is written for the
 * program, not for us. Once the wish to die with the runtime is withdrawn, its death is noticed on the
 * channel.
 */
static int load_seccomp_early(struct init_ctx *c, struct err *reterr)
{
    const struct plan_op *close_fds = plan_find(c->plan, OP_CLOSE_FDS);
    int r;

    release_root(c);
    procattr_unpin(0, c->affinity);
    procattr_affinity_done(c->affinity);
    r = mark_fds(c, close_fds->preserve_fds, reterr);
    if (r == 0)
        r = procattr_set_pdeathsig(0, 0, reterr);
    c->pdeathsig_off = true;
    return r < 0 ? r : load_seccomp(c, reterr);
}

static int set_scheduler(struct init_ctx *c, const struct plan_scheduler *op, struct err *reterr)
{
    enum { DEADLINE = 6 }; /* SCHED_DEADLINE: only for who may run on every processor, sched(7) */

    if (op->policy == DEADLINE)
        procattr_unpin(0, c->affinity);
    return procattr_scheduler(op, reterr);
}

static int find_program(struct init_ctx *c, const struct plan_exec *op, struct err *reterr)
{
    return exec_find(op->args[0], op->search_path, c->executable, reterr);
}

static int run_program(struct init_ctx *c, const struct plan_exec *op, struct err *reterr)
{
    const char **env = (const char **)(uintptr_t)op->env;

    if (c->home) {
        env = malloc((op->n_env + 2) * sizeof(*env));
        if (!env)
            return err_nomem(reterr);
        memcpy(env, op->env, op->n_env * sizeof(*env));
        env[op->n_env] = c->home;
        env[op->n_env + 1] = NULL;
    }
    procattr_unpin(0, c->affinity);
    report_at(c->report, REPORT_AT_EXEC);
    return exec_run(c->executable, (char *const *)(uintptr_t)op->args, (char *const *)(uintptr_t)env, reterr);
}

/* ---- the switch ---- */

int execute_init_op(struct init_ctx *c, const struct plan_op *op, struct err *reterr)
{
    int r;

    switch (op->kind) {
    case OP_NS_JOIN: return join_namespace(c, op->ns_join.type, reterr);
    case OP_NS_UNSHARE:
        r = init_wait_go(c, reterr);
        return r < 0 ? r : ns_unshare(op->ns_unshare.flags, reterr);
    case OP_KEYRING: return join_keyring(c, &op->name, reterr);
    case OP_LOOPBACK_UP: return loopback_up(reterr);
    case OP_ROOT_PREPARE: return prepare_root(c, &op->root_prepare, reterr);
    case OP_MOUNT: return apply_mount(c, op, reterr);
    case OP_DEVICE: return dev_make(c->root_fd, &op->device, reterr);
    case OP_DEV_SYMLINK: return dev_symlink(c->root_fd, &op->symlink, reterr);
    case OP_READONLY_PATH: r = mask_read_only(&c->masks, op->path.path, reterr); return r < 0 ? r : 0;
    case OP_MASK_PATH: r = mask_path(&c->masks, op->path.path, reterr); return r < 0 ? r : 0;
    case OP_HOOKS_RUNTIME: return ask_for_hooks(c, reterr);
    case OP_HOOKS_CREATE_CONTAINER: return run_create_container_hooks(c, reterr);
    case OP_PIVOT: return enter_root(c, &op->pivot, reterr);
    case OP_ROOT_PROPAGATION: return pivot_set_propagation(&op->root_propagation, reterr);
    case OP_CONSOLE: return make_console(c, &op->console, reterr);
    case OP_MKDIR_CWD: return make_cwd(c, op->path.path, reterr);
    case OP_MOUNTS_READONLY: return mount_finish(&c->mounts, reterr);
    case OP_ROOT_READONLY: return pivot_set_read_only(c->root_fd, reterr);
    case OP_SETSID: return setsid() < 0 ? err_system(reterr, errno, "setsid", "%s", "") : 0;
    case OP_HOSTNAME: return ns_set_hostname(op->name.name, reterr);
    case OP_DOMAINNAME: return ns_set_domainname(op->name.name, reterr);
    case OP_SYSCTL: return procfs_sysctl(&c->procfs, &op->sysctl, reterr);
    case OP_PERSONALITY: return procattr_personality(op->personality, reterr);
    case OP_APPARMOR: return set_label(c, lsm_apparmor_exec, op->name.name, reterr);
    case OP_SELINUX: return set_label(c, lsm_selinux_exec, op->name.name, reterr);
    case OP_CPU_AFFINITY:
        return procattr_set_affinity_words(0, op->cpu_affinity.mask, op->cpu_affinity.n_words, reterr);
    case OP_SCHEDULER: return set_scheduler(c, &op->scheduler, reterr);
    case OP_IO_PRIORITY: return procattr_io_priority(&op->io_priority, reterr);
    case OP_MEMORY_POLICY: return procattr_memory_policy(&op->memory_policy, reterr);
    case OP_RLIMIT: return procattr_rlimit(0, &op->rlimit, reterr);
    case OP_UMASK: umask(op->umask == PLAN_UMASK_CALLER ? c->umask : (mode_t)op->umask); return 0;
    case OP_SECCOMP_PRIVILEGED:
    case OP_SECCOMP: return load_seccomp(c, reterr);
    case OP_SECCOMP_LISTENER: return load_seccomp_early(c, reterr);
    case OP_CAPS_BOUNDING: return capset_drop_bounding(op->caps.bounding, reterr);
    case OP_IDENTITY: return set_identity(c, &op->identity, reterr);
    case OP_CHDIR_EARLY: return chdir_early(c, op->path.path, reterr);
    case OP_CHDIR: return c->chdir_refused ? cred_chdir(op->path.path, reterr) : 0;
    case OP_CAPS: return capset_apply(&op->caps, reterr);
    case OP_NO_NEW_PRIVS: return procattr_no_new_privs(reterr);
    case OP_FIND_EXECUTABLE: return find_program(c, &plan_find(c->plan, OP_EXEC)->exec, reterr);
    case OP_WAIT_START: return wait_start(c, reterr);
    case OP_HOOKS_START_CONTAINER: return run_hooks(c, HOOK_START_CONTAINER, reterr);
    case OP_CLOSE_FDS: return mark_fds(c, op->preserve_fds, reterr);
    case OP_EXEC: return run_program(c, &op->exec, reterr);
    default: return err_internal(reterr, ENOSYS, "operation %s is not init's", plan_op_name(op->kind));
    }
}
