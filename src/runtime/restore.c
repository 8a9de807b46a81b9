/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     runtime ──────────────── criu, a child in the container's cgroups and in a mount namespace of its own
 *        │  RESTORE ─────────►   makes the processes; init is its sibling: our child
 *        │ ◄─ setup-namespaces   namespaces are there, nothing runs: recorded; prestart, createRuntime hooks
 *        │ ◄─ orphan-pts-master  the terminal, for the console
 *        │ ◄─ post-restore       everything is in place, nothing runs yet
 *        ▼                       they run; criu ends
 *     record RUNNING, pid file
 *
 * criu works with paths, so it gets a mount namespace that vanishes with it: the root file system as a mount
 * of its own, on a tmpfs that covers the container's (otherwise empty) state directory there. Mount points
 * are made before, beneath the root's descriptor, as create does.
 */
#include "base/fd.h"
#include "core/decode.h"
#include "core/json.h"
#include "core/path.h"
#include "kernel/fs.h"
#include "kernel/mount.h"
#include "kernel/mount_live.h"
#include "kernel/ns.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"
#include "runtime/checkpoint.h"
#include "runtime/criu_talk.h"
#include "runtime/execute.h"
#include "runtime/host.h"
#include "runtime/pid_file.h"
#include "runtime/record.h"
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct restore {
    struct host_ctx *c;
    const struct criu_request *req;
    struct criu_dirs dirs;
    struct criu_opts opts;
    struct criu_start start;
    int ns_fds[NS_TYPE_COUNT];
    int null_fd;
    int tty_fds[3]; /* standard descriptors opened anew */
    struct criu_talk talk;
    const char *stage; /* where the child puts the root */
    struct config_mount *added;
    size_t n_added;
    struct state_mount *back; /* those that are there again */
    size_t n_back;
};

/* ---- in the child, before it becomes criu ---- */

static int mount_at(const char *source, const char *target, const char *type, unsigned long flags,
                    struct err *reterr)
{
    int r = sys_mount(source, target, type, flags, NULL);

    return r < 0 ? err_system(reterr, r, "mount", "%s", target) : 0;
}

/* criu restores what is in a tmpfs; on everything else a mount point must be there. */
static bool is_on_tmpfs(const struct plan *plan, const char *target)
{
    for (size_t i = 0; i < plan->n_ops; i++) {
        const struct plan_mount *m = &plan->ops[i].mount;

        if (plan->ops[i].kind == OP_MOUNT && m->kind != MOUNT_BIND && m->kind != MOUNT_REMOUNT &&
            !streq(m->target, target) && path_is_beneath(m->target, target))
            return true;
    }
    return false;
}

static int make_mount_point(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr)
{
    if (m->kind == MOUNT_BIND)
        return mount_apply(ctx, m, -1, reterr);
    AUTO_CLOSE int fd = fs_mkdir_p(ctx->root_fd, m->target, 0755, reterr);
    return fd < 0 ? fd : 0;
}

/* Binds are made too, since there may be mount points in them; they go with the mount they were made on. */
static int make_mount_points(struct restore *s, struct err *reterr)
{
    const struct plan *plan = s->c->plan;
    AUTO_CLOSE int root_fd = fs_open_root(s->opts.root, reterr);
    struct procfs procfs = PROCFS_INIT;
    struct mount_ctx ctx;
    int r = root_fd < 0 ? root_fd : 0;

    mount_ctx_init(&ctx, root_fd, plan, &s->c->facts, &procfs);
    for (size_t i = 0; i < plan->n_ops && r == 0; i++) {
        const struct plan_op *op = &plan->ops[i];
        struct plan_mount m = op->mount;

        if (op->kind != OP_MOUNT || m.kind == MOUNT_REMOUNT || is_on_tmpfs(plan, m.target))
            continue;
        m.idmap = false;
        r = make_mount_point(&ctx, &m, reterr);
    }
    for (size_t i = 0; i < s->n_added && r == 0; i++) {
        const struct config_mount *m = &s->added[i];
        struct stat st;
        int fd;

        if (m->type || !m->source || is_on_tmpfs(plan, m->destination) || stat(m->source, &st) < 0)
            continue;
        fd = S_ISDIR(st.st_mode) ? fs_mkdir_p(root_fd, m->destination, 0755, reterr)
                                 : fs_create_file(root_fd, m->destination, 0644, reterr);
        r = fd < 0 ? fd : 0;
        fd_close(&fd);
    }
    mount_ctx_done(&ctx);
    procfs_done(&procfs);
    return r;
}

static int open_again(struct restore *s, int in_criu, const char *path, struct err *reterr)
{
    int fd = in_criu < 0 ? 0 : sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);

    if (in_criu >= 0)
        s->start.fds[in_criu - CRIU_FIRST_FD] = fd;
    return fd < 0 ? err_system(reterr, fd, "open", "%s", path) : 0;
}

static int enter_stage(void *ctx, struct err *reterr)
{
    struct restore *s = ctx;
    int r = ns_unshare(CLONE_NEWNS, reterr);

    umask(0);
    if (r == 0)
        r = mount_at("none", "/", NULL, MS_REC | MS_SLAVE, reterr);
    if (r == 0)
        r = open_again(s, s->opts.images_dir_fd, s->dirs.images_path, reterr);
    if (r == 0)
        r = open_again(s, s->opts.work_dir_fd, s->dirs.log_path, reterr);
    if (r == 0)
        r = mount_at("tmpfs", s->stage, "tmpfs", MS_NOSUID | MS_NODEV, reterr);
    if (r == 0 && mkdir(s->opts.root, 0755) < 0)
        r = err_system(reterr, errno, "mkdir", "%s", s->opts.root);
    if (r == 0)
        r = mount_at(s->c->plan->rootfs, s->opts.root, NULL, MS_BIND | MS_REC, reterr);
    if (r == 0)
        r = mount_at("none", s->opts.root, NULL, MS_REC | MS_PRIVATE, reterr);
    if (r == 0)
        r = make_mount_points(s, reterr);
    if (r < 0)
        return r;
    r = sys_umount2(s->opts.root, MNT_DETACH);
    if (r < 0)
        return err_system(reterr, r, "umount2", "%s", s->opts.root);
    return mount_at(s->c->plan->rootfs, s->opts.root, NULL, MS_BIND | MS_REC, reterr);
}

/* ---- what criu is told ---- */

static int give(struct restore *s, int fd, struct err *reterr)
{
    if (s->start.n_fds == CRIU_FDS_MAX)
        return err_internal(reterr, EMFILE, "too many descriptors for criu");
    s->start.fds[s->start.n_fds] = fd;
    return CRIU_FIRST_FD + (int)s->start.n_fds++;
}

static int add_namespaces(struct restore *s, struct err *reterr)
{
    const struct config_linux *l = &s->c->bundle.config->linux_;
    int r = 0;

    for (size_t i = 0; i < l->n_namespaces && r == 0; i++) {
        const struct config_namespace *ns = &l->namespaces[i];
        const char *key = criu_args_ns_key(ns->type);
        int fd;

        if (!ns->path)
            continue;
        fd = s->ns_fds[ns->type] = ns_open(ns->path, ns->type, reterr);
        if (fd < 0)
            return fd;
        if (key) {
            r = give(s, fd, reterr);
            if (r >= 0)
                r = criu_args_add_inherit(&s->c->arena, &s->opts, key, r, reterr);
        } else {
            r = criu_args_add_join(&s->c->arena, &s->opts, ns->type, ns->path, reterr);
        }
    }
    return r;
}

/* Mounts that were added to the container before its checkpoint are there again. */
static int read_added(struct restore *s, struct err *reterr)
{
    struct host_ctx *c = s->c;
    char *text;
    size_t len;
    int r = store_read(&c->arena, s->dirs.images, CRIU_MOUNTS_FILE, STATE_MAX_BYTES, &text, &len, NULL);

    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = mounts_decode(&c->arena, text, len, &s->added, &s->n_added, reterr);
    return r < 0 ? err_state(reterr, EBADMSG, "%s of the images cannot be read", CRIU_MOUNTS_FILE) : 0;
}

static int add_mounts(struct restore *s, struct err *reterr)
{
    struct arena *a = &s->c->arena;
    struct criu_mount *mounts;
    bool null_done = false;
    size_t n;
    int r = criu_args_mounts(a, s->c->plan, &s->c->facts, NULL, 0, &mounts, &n, reterr);

    for (size_t i = 0; r == 0 && i < n; i++) {
        const bool is_null = streq(mounts[i].cookie, "/dev/null");

        if (is_null && null_done)
            continue;
        null_done |= is_null;
        r = criu_args_add_mount(a, &s->opts, &mounts[i], NULL, reterr);
    }
    for (size_t i = 0; r == 0 && i < s->n_added; i++) {
        const struct criu_mount m = {.cookie = s->added[i].destination,
                                     .target = s->added[i].destination,
                                     .source = s->added[i].source};

        if (!s->added[i].type && m.source)
            r = criu_args_add_mount(a, &s->opts, &m, NULL, reterr);
    }
    return r;
}

/* One terminal was all three, and one descriptor is given for it: that of standard input alone may be
 * read-only, or no terminal. */
static int terminal_both_ways(int n, struct err *reterr)
{
    char path[32];
    int at = isatty(n) ? n : 0, fd;

    while (at < 3 && !isatty(at))
        at++;
    if (at == 3)
        return err_usage(reterr,
                         "descriptor %d of the container was a terminal outside: restore needs one too", n);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
    fd = sys_openat(AT_FDCWD, path, O_RDWR | O_NOCTTY, 0);
    return fd < 0 ? err_system(reterr, fd, "open", "%s", path) : fd;
}

/*
 * Ours in place of what it was. Never 0, 1 or 2 themselves: criu closes what it was given, and wants its own
 * standard input for --shell-job. A file has a position that criu sets; where there is none, a null device it
 * was stays one.
 */
static int add_descriptor(struct restore *s, int n, const char *name, struct err *reterr)
{
    bool is_null;
    const char *key = criu_args_descriptor_key(&s->c->arena, name, &is_null);
    int fd = n, given;

    if (!key)
        return 0;
    for (size_t i = 0; i < s->opts.n_inherit_fds; i++)
        if (streq(s->opts.inherit_fds[i].key, key))
            return 0; /* standard output and error as one */
    if (strncmp(key, "file[", 5) == 0 && lseek(n, 0, SEEK_CUR) < 0) {
        if (!is_null)
            return err_usage(reterr,
                             "descriptor %d of the container was a file outside: descriptor %d of restore "
                             "must be a file too",
                             n, n);
        fd = s->null_fd = s->null_fd >= 0 ? s->null_fd : sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
        if (fd < 0)
            return err_system(reterr, fd, "open", "/dev/null");
    }
    if (strncmp(key, "tty[", 4) == 0) {
        fd = s->tty_fds[n] = terminal_both_ways(n, reterr);
        if (fd < 0)
            return fd;
    }
    given = give(s, fd, reterr);
    return given < 0 ? given : criu_args_add_inherit(&s->c->arena, &s->opts, key, given, reterr);
}

/* The ends outside of what init's first three descriptors were: ours now. */
static int add_descriptors(struct restore *s, struct err *reterr)
{
    struct strings names;
    char *text;
    size_t len;
    int r =
        store_read(&s->c->arena, s->dirs.images, CRIU_DESCRIPTORS_FILE, JSON_BYTES_MAX, &text, &len, reterr);

    if (r == 0)
        r = criu_args_descriptors(&s->c->arena, text, len, &names, reterr);
    if (r < 0) {
        err_prefix(reterr, "%s is not a checkpoint", s->dirs.log_path);
        return r;
    }
    for (size_t i = 0; i < names.n && i < 3 && r == 0; i++)
        r = add_descriptor(s, (int)i, names.v[i], reterr);
    return r;
}

/* The state directory by its own name, whatever links lead to it: criu compares it with mountinfo. */
static int set_root(struct restore *s, struct err *reterr)
{
    char link[32], path[PATH_MAX];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", s->c->dir_fd);
    n = readlink(link, path, sizeof(path));
    if (n <= 0 || (size_t)n >= sizeof(path))
        return err_system(reterr, n < 0 ? errno : ENAMETOOLONG, "readlink", "state directory");
    s->stage = arena_strndup(&s->c->arena, path, (size_t)n);
    s->opts.root = arena_printf(&s->c->arena, "%.*s/root", (int)n, path);
    return s->stage && s->opts.root ? 0 : err_nomem(reterr);
}

static int prepare(struct restore *s, struct err *reterr)
{
    struct host_ctx *c = s->c;
    int r = criu_args_wishes(&c->arena, &s->req->wishes, true, &s->opts, reterr);

    if (r == 0)
        r = criu_dirs_open(&c->arena, s->req, false, &s->dirs, reterr);
    if (r == 0)
        r = add_descriptors(s, reterr);
    if (r == 0)
        r = set_root(s, reterr);
    /* Opened again by the child, in criu's mount namespace. */
    if (r == 0)
        r = s->opts.images_dir_fd = give(s, -1, reterr);
    if (r >= 0 && s->dirs.work >= 0)
        r = s->opts.work_dir_fd = give(s, -1, reterr);
    if (r >= 0)
        r = add_namespaces(s, reterr);
    if (r == 0)
        r = read_added(s, reterr);
    if (r == 0)
        r = add_mounts(s, reterr);
    if (r == 0)
        r = criu_args_cgroups(&c->arena, &c->state, &s->opts, reterr);
    s->opts.config_file = criu_config_file(&c->bundle.config->annotations);
    s->talk.log_dir = s->dirs.work >= 0 ? s->dirs.work : s->dirs.images;
    s->talk.log_path = s->dirs.log_path;
    return r;
}

/* ---- cgroups: made for criu, and what it makes is born there ---- */

static int host_ops(struct restore *s, bool before_clone, struct err *reterr)
{
    struct host_ctx *c = s->c;
    bool cloned = false;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];
        int r = 0;

        cloned |= op->kind == OP_CLONE;
        if (before_clone && !cloned)
            r = execute_host_op(c, op, reterr);
        else if (!before_clone && cloned &&
                 (op->kind == OP_SYSTEMD_SCOPE || op->kind == OP_CGROUP_JOIN || op->kind == OP_CGROUP_WRITE ||
                  op->kind == OP_INTEL_RDT))
            r = execute_host_op(c, op, reterr);
        if (r < 0)
            return err_phase(reterr, plan_op_name(op->kind));
    }
    return before_clone ? 0 : cgroup_set_write_end(&c->cgroups, reterr);
}

static int place_criu(struct restore *s, struct err *reterr)
{
    struct host_ctx *c = s->c;
    int r;

    c->init = (struct pidfd){.pid = s->talk.process.child.pid, .fd = -1};
    r = host_ops(s, false, reterr);
    c->init = PIDFD_INIT;
    return r;
}

/* ---- the conversation ---- */

static int run_hooks(struct host_ctx *c, struct err *reterr)
{
    int r;

    c->hooks_ran = true;
    r = host_hooks(c, HOOK_PRESTART, reterr);
    return r < 0 ? r : host_hooks(c, HOOK_CREATE_RUNTIME, reterr);
}

/* Known by number and start time from here on, so that delete finds it whatever becomes of us. */
static int meet_init(struct host_ctx *c, pid_t pid, struct err *reterr)
{
    if (pid <= 0)
        return err_proto(reterr, EPROTO, "criu named no process");
    if (c->init.pid == pid)
        return 0;
    pidfd_done(&c->init);
    pidfd_adopt(&c->init, pid, -1);
    return record_write(c, STATE_CREATING, reterr);
}

/*
 * Mounts that were added are known by the ids that they have now: `mounts list` shows them, and `mounts
 * remove` finds them. Nothing runs in the container yet. Those that it had unmounted itself are not there.
 */
static int find_added(struct restore *s, struct err *reterr)
{
    AUTO_CLOSE int pid_dir = s->n_added ? procfs_open_pid(s->c->init.pid, reterr) : -1;
    AUTO_CLOSE int root_fd = pid_dir < 0 ? -1 : openat(pid_dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (!s->n_added)
        return 0;
    if (pid_dir < 0)
        return pid_dir;
    s->back = arena_new_array(&s->c->arena, struct state_mount, s->n_added);
    if (root_fd < 0 || !s->back)
        return root_fd < 0 ? err_system(reterr, errno, "open", "root of process %d", (int)s->c->init.pid)
                           : err_nomem(reterr);
    s->n_back = 0;
    for (size_t i = 0; i < s->n_added; i++) {
        const struct config_mount *m = &s->added[i];
        AUTO_CLOSE int fd = fs_open(root_fd, m->destination, O_PATH, NULL);
        uint64_t id;
        int r;

        if (fd < 0 || sys_is_mount_root(fd) != 1)
            continue;
        r = mount_live_id(fd, &id, reterr);
        if (r < 0)
            return r;
        s->back[s->n_back++] = (struct state_mount){.destination = m->destination,
                                                    .type = m->type,
                                                    .source = m->source,
                                                    .options = m->options,
                                                    .mount_id = id};
    }
    return 0;
}

static int on_notify(void *ctx, const char *script, pid_t pid, int *fd, struct err *reterr)
{
    struct restore *s = ctx;
    int r = 0;

    if (streq(script, "setup-namespaces")) {
        r = meet_init(s->c, pid, reterr);
        return r < 0 ? r : run_hooks(s->c, reterr);
    }
    if (streq(script, "post-restore")) {
        r = meet_init(s->c, pid, reterr);
        return r < 0 ? r : find_added(s, reterr);
    }
    if (streq(script, "orphan-pts-master") && *fd >= 0)
        r = console_take(&s->c->console, take_fd(fd), reterr);
    return r;
}

static int check_version(const struct restore *s, struct err *reterr)
{
    const struct criu_talk *t = &s->talk;
    int r = 0;

    if (s->ns_fds[NS_NETWORK] >= 0)
        r = criu_talk_need(t, CRIU_VERSION_EXT_NET, "a joined network namespace", reterr);
    if (r == 0 && s->ns_fds[NS_PID] >= 0)
        r = criu_talk_need(t, CRIU_VERSION_EXT_PID, "a joined pid namespace", reterr);
    if (r == 0 && (s->opts.lsm_profile || s->opts.lsm_mount_context))
        r = criu_talk_need(t, CRIU_VERSION_LSM, "--lsm-profile and --lsm-mount-context", reterr);
    return r;
}

static int run_criu(struct restore *s, struct err *reterr)
{
    struct criu_answer answer;
    int r;

    s->start.prepare = enter_stage;
    s->start.ctx = s;
    s->talk.notify = on_notify;
    s->talk.ctx = s;
    s->talk.kill_at_once = true;
    r = criu_talk_start(&s->talk, &s->start, reterr);
    if (r == 0)
        r = place_criu(s, reterr);
    if (r == 0)
        r = criu_talk_begin(&s->talk, reterr);
    if (r == 0)
        r = check_version(s, reterr);
    criu_talk_choose_lock(&s->talk, &s->opts);
    if (r == 0)
        r = criu_talk_ask(&s->talk, CRIU_RESTORE, &s->opts, &answer, reterr);
    return r < 0 ? r : meet_init(s->c, answer.pid ? answer.pid : s->c->init.pid, reterr);
}

static int finish(struct restore *s, struct err *reterr)
{
    struct host_ctx *c = s->c;
    int r;

    c->state.mounts = s->back;
    c->state.n_mounts = s->n_back;
    r = record_write(c, STATE_RUNNING, reterr);

    return r == 0 && c->req->pid_file ? pid_file_write(c->req->pid_file, c->init.pid, reterr) : r;
}

int restore_container(struct host_ctx *c, const struct criu_request *req, struct err *reterr)
{
    struct restore s = {.c = c, .req = req, .dirs = CRIU_DIRS_INIT, .null_fd = -1, .tty_fds = {-1, -1, -1}};
    int r;

    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        s.ns_fds[i] = -1;
    criu_talk_init(&s.talk, &c->rt->log);
    r = prepare(&s, reterr);
    if (r == 0)
        r = host_ops(&s, true, reterr);
    if (r == 0)
        r = run_criu(&s, reterr);
    criu_talk_done(&s.talk);
    criu_dirs_done(&s.dirs);
    fd_close(&s.null_fd);
    for (size_t i = 0; i < ARRAY_SIZE(s.tty_fds); i++)
        fd_close(&s.tty_fds[i]);
    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        fd_close(&s.ns_fds[i]);
    return r < 0 ? r : finish(&s, reterr);
}
