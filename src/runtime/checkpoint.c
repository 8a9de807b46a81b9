/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/checkpoint.h"

#include "base/fd.h"
#include "core/decode.h"
#include "core/json.h"
#include "core/path.h"
#include "kernel/fs.h"
#include "kernel/io.h"
#include "kernel/mountinfo.h"
#include "kernel/probe.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"
#include "runtime/container.h"
#include "runtime/criu_talk.h"
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MOUNTINFO_MAX (64u * 1024u * 1024u)
#define STOP_MS       10000

/* ---- directories ---- */

static int open_dir(struct arena *a, const char *path, bool make, const char *what, const char **ret_path,
                    struct err *reterr)
{
    char cwd[PATH_MAX] = "/";
    int fd;

    if (path[0] != '/' && !getcwd(cwd, sizeof(cwd)))
        return err_system(reterr, errno, "getcwd", "%s", "");
    if (path_resolve(a, cwd, path, ret_path) < 0)
        return err_usage(reterr, "%s: not a path", what);
    if (make && mkdir(*ret_path, 0700) < 0 && errno != EEXIST)
        return err_system(reterr, errno, "mkdir", "%s %s", what, *ret_path);
    fd = open(*ret_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? err_system(reterr, errno, "open", "%s %s", what, *ret_path) : fd;
}

int criu_dirs_open(struct arena *a, const struct criu_request *req, bool make, struct criu_dirs *ret,
                   struct err *reterr)
{
    const char *images = req->image_path && *req->image_path ? req->image_path : "checkpoint";

    *ret = CRIU_DIRS_INIT;
    ret->images = open_dir(a, images, make, "images directory", &ret->images_path, reterr);
    if (ret->images < 0)
        return ret->images;
    ret->log_path = ret->images_path;
    if (!req->work_path || !*req->work_path)
        return 0;
    ret->work = open_dir(a, req->work_path, true, "work directory", &ret->log_path, reterr);
    return ret->work < 0 ? ret->work : 0;
}

void criu_dirs_done(struct criu_dirs *d)
{
    fd_close(&d->images);
    fd_close(&d->work);
}

const char *criu_config_file(const struct pairs *annotations)
{
    return criu_args_config_file(annotations,
                                 access(CRIU_CONFIG_DEFAULT, R_OK) == 0 ? CRIU_CONFIG_DEFAULT : NULL);
}

/* ---- what is seen of the container ---- */

struct seen_mount {
    uint64_t id;
    const char *mountpoint;
};

struct dump {
    struct container c;
    const struct criu_request *req;
    struct config *config;
    struct facts facts;
    struct plan *plan;
    struct criu_dirs dirs;
    struct criu_opts opts;
    struct criu_start start; /* the descriptors that criu gets */
    int pid_dir;
    struct seen_mount *mounts;
    size_t n_mounts;
    const char *stdio[3];
};

static void dump_init(struct dump *d, struct runtime *rt, const struct criu_request *req)
{
    *d = (struct dump){.req = req, .dirs = CRIU_DIRS_INIT, .pid_dir = -1};
    container_init(&d->c, rt);
}

static void dump_done(struct dump *d)
{
    fd_close(&d->pid_dir);
    criu_dirs_done(&d->dirs);
    container_close(&d->c);
}

static int open_container(struct dump *d, const char *id, struct err *reterr)
{
    struct arena *a = &d->c.arena;
    struct plan_options options;
    char *text;
    size_t len;
    int r = container_open(&d->c, id, CONTAINER_CHANGE, reterr);

    if (r < 0)
        return r;
    if (d->c.status != STATUS_RUNNING && d->c.status != STATUS_PAUSED)
        return err_state(reterr, EINVAL, "Container cannot be checkpointed in %s state",
                         state_status_name(d->c.status));
    r = store_read(a, d->c.dir_fd, STORE_CONFIG_FILE, JSON_BYTES_MAX, &text, &len, reterr);
    if (r == 0)
        r = config_decode(a, text, len, &d->config, reterr);
    if (r == 0)
        r = probe_facts(a, &d->facts, reterr);
    if (r < 0)
        return r;
    options = (struct plan_options){.id = d->c.state->id,
                                    .bundle = d->c.state->bundle,
                                    .systemd_cgroup = d->c.state->systemd_scope != NULL};
    r = plan_build(a, d->config, &d->facts, &options, &d->plan, reterr);
    if (r < 0)
        return r;
    d->pid_dir = procfs_open_pid(d->c.init.pid, reterr);
    return d->pid_dir < 0 ? d->pid_dir : 0;
}

static int add_seen(struct dump *d, struct str line, size_t *cap, struct mountinfo *m, struct err *reterr)
{
    struct arena *a = &d->c.arena;

    if (line.len == 0)
        return 0;
    if (mountinfo_parse(line.ptr, line.len, m) < 0)
        return err_system(reterr, EBADMSG, "read", "mountinfo of process %d", (int)d->c.init.pid);
    if (d->n_mounts == *cap) {
        struct seen_mount *more = arena_new_array(a, struct seen_mount, *cap ? *cap * 2 : 64);

        if (!more)
            return err_nomem(reterr);
        if (d->n_mounts)
            memcpy(more, d->mounts, d->n_mounts * sizeof(*more));
        d->mounts = more;
        *cap = *cap ? *cap * 2 : 64;
    }
    d->mounts[d->n_mounts] = (struct seen_mount){m->id, arena_strdup(a, m->mountpoint)};
    return d->mounts[d->n_mounts++].mountpoint ? 0 : err_nomem(reterr);
}

static int see_mounts(struct dump *d, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(MOUNTINFO_MAX);
    AUTO_CLOSE int fd = openat(d->pid_dir, "mountinfo", O_RDONLY | O_CLOEXEC);
    AUTO_FREE struct mountinfo *m = malloc(sizeof(*m));
    struct str rest, line;
    size_t cap = 0;
    int r = fd < 0 ? -errno : io_read_all(fd, &text);

    if (r < 0)
        return err_system(reterr, r, "read", "mountinfo of process %d", (int)d->c.init.pid);
    if (!m)
        return err_nomem(reterr);
    rest = (struct str){buf_cstr(&text), text.len};
    while (r == 0 && str_next(&rest, '\n', &line))
        r = add_seen(d, line, &cap, m, reterr);
    return r;
}

static const char *mountpoint_of(const struct dump *d, uint64_t id)
{
    for (size_t i = 0; i < d->n_mounts; i++)
        if (d->mounts[i].id == id)
            return d->mounts[i].mountpoint;
    return NULL;
}

/* Is it there? Looked at under a descriptor beneath the container's root; where it is says the kernel. */
static int add_mount(struct dump *d, int root_fd, const struct criu_mount *m, struct err *reterr)
{
    AUTO_CLOSE int fd = fs_open(root_fd, m->target, O_PATH, NULL);
    struct stat st, source;
    const char *at;
    uint64_t id;
    int r;

    if (fd < 0 || fstat(fd, &st) < 0 || (m->only_file && S_ISDIR(st.st_mode)))
        return 0;
    if (m->only_same_fs && (stat(m->source, &source) < 0 || source.st_dev != st.st_dev))
        return 0;
    r = sys_is_mount_root(fd);
    if (r == 1)
        r = sys_mnt_id(fd, &id) < 0 ? -EOPNOTSUPP : 1;
    if (r < 0)
        return err_system(reterr, r, "statx", "%s of the container (checkpoints need Linux 5.8)", m->target);
    at = r == 1 ? mountpoint_of(d, id) : NULL;
    return !at || streq(at, "/") ? 0 : criu_args_add_mount(&d->c.arena, &d->opts, m, at, reterr);
}

static int add_mounts(struct dump *d, struct err *reterr)
{
    AUTO_CLOSE int root_fd = openat(d->pid_dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct criu_mount *mounts;
    size_t n;
    int r;

    if (root_fd < 0)
        return err_system(reterr, errno, "open", "root of process %d", (int)d->c.init.pid);
    r = see_mounts(d, reterr);
    if (r == 0)
        r = criu_args_mounts(&d->c.arena, d->plan, &d->facts, d->c.state->mounts, d->c.state->n_mounts,
                             &mounts, &n, reterr);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = add_mount(d, root_fd, &mounts[i], reterr);
    return r;
}

/* Namespaces that were joined stay outside: known by their inode. */
static int add_namespaces(struct dump *d, const struct criu_talk *talk, struct err *reterr)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < d->c.state->n_namespaces; i++) {
        const struct state_namespace *ns = &d->c.state->namespaces[i];
        const char *key = criu_args_ns_key(ns->type), *name = ns->type == NS_PID ? "pid" : "net";
        char path[32];
        struct stat st;

        if (!ns->path || !key)
            continue;
        snprintf(path, sizeof(path), "ns/%s", name);
        if (fstatat(d->pid_dir, path, &st, 0) < 0)
            return err_system(reterr, errno, "stat", "/proc/%d/%s", (int)d->c.init.pid, path);
        r = criu_talk_need(talk, ns->type == NS_PID ? CRIU_VERSION_EXT_PID : CRIU_VERSION_EXT_NET,
                           "a joined namespace", reterr);
        if (r == 0)
            r = criu_args_add_external(
                &d->c.arena, &d->opts,
                arena_printf(&d->c.arena, "%s[%llu]:%s", name, (unsigned long long)st.st_ino, key), reterr);
    }
    return r;
}

/* ---- init's first three descriptors ---- */

/* "mnt_id:\t31" of /proc/PID/fdinfo/N. */
static bool descriptor_mount(const struct dump *d, int n, uint32_t *ret)
{
    char path[32], text[1024];
    struct str rest, line;

    snprintf(path, sizeof(path), "fdinfo/%d", n);
    if (io_read_file(d->pid_dir, path, text, sizeof(text)) < 0)
        return false;
    rest = str_of(text);
    while (str_next(&rest, '\n', &line))
        if (str_starts(line, "mnt_id:"))
            return str_to_u32(str_trim((struct str){line.ptr + 7, line.len - 7}), UINT32_MAX, ret) == 0;
    return false;
}

/*
 * A pipe is found again by its name. A file or terminal of the host, which no mount of the container leads
 * to, is left outside, by the names that criu has for such.
 */
static int name_descriptor(struct dump *d, int n, struct err *reterr)
{
    struct arena *a = &d->c.arena;
    char path[32], link[PATH_MAX];
    const char *outside = NULL;
    uint32_t mount;
    struct stat st;
    int len;

    snprintf(path, sizeof(path), "fd/%d", n);
    len = sys_readlinkat(d->pid_dir, path, link, sizeof(link));
    d->stdio[n] = "";
    if (len <= 0 || (size_t)len >= sizeof(link) || fstatat(d->pid_dir, path, &st, 0) < 0)
        return 0; /* closed: nothing to find again */
    link[len] = '\0';
    if ((S_ISREG(st.st_mode) || S_ISCHR(st.st_mode)) && descriptor_mount(d, n, &mount) &&
        !mountpoint_of(d, mount)) {
        /* UNIX98_PTY_SLAVE_MAJOR and the seven that follow it */
        if (S_ISCHR(st.st_mode) && major(st.st_rdev) >= 136 && major(st.st_rdev) <= 143)
            outside = arena_printf(a, "tty[%llx:%llx]", (unsigned long long)st.st_rdev,
                                   (unsigned long long)st.st_dev);
        else
            outside = arena_printf(a, "file[%x:%llx]", mount, (unsigned long long)st.st_ino);
        d->stdio[n] = outside;
        if (outside && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
            d->stdio[n] = arena_printf(a, "%s" CRIU_ARGS_NULL, outside);
        if (!d->stdio[n])
            return err_nomem(reterr);
        return criu_args_add_external(a, &d->opts, outside, reterr);
    }
    d->stdio[n] = arena_strdup(a, link);
    return d->stdio[n] ? 0 : err_nomem(reterr);
}

static int add_descriptors(struct dump *d, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(3 * 6 * PATH_MAX), mounts = BUF_INIT(STATE_MAX_BYTES);
    int r = 0;

    for (int n = 0; n < 3 && r == 0; n++)
        r = name_descriptor(d, n, reterr);
    if (r < 0)
        return r;
    criu_args_descriptors_print(d->stdio, &text);
    r = buf_error(&text);
    if (r == 0)
        r = io_replace_file(d->dirs.images, CRIU_DESCRIPTORS_FILE, 0600, text.data, text.len, false, reterr);
    if (r < 0 || d->c.state->n_mounts == 0)
        return r;
    state_mounts_print(d->c.state, &mounts);
    r = buf_error(&mounts);
    return r < 0 ? err_nomem(reterr)
                 : io_replace_file(d->dirs.images, CRIU_MOUNTS_FILE, 0600, mounts.data, mounts.len, false,
                                   reterr);
}

/* ---- the dump ---- */

static int check_features(struct dump *d, struct criu_talk *talk, struct err *reterr)
{
    const struct criu_wishes *w = &d->req->wishes;
    struct criu_features have;
    int r;

    if (!w->pre_dump && !w->lazy_pages && !w->parent_path)
        return 0;
    r = criu_talk_features(talk, &have, reterr);
    if (r < 0)
        return r;
    if ((w->pre_dump || w->parent_path) && !have.mem_track)
        return err_state(
            reterr, ENOTSUP,
            "criu is missing features: MemTrack (%s needs the kernel's tracking of dirty memory, "
            "CONFIG_MEM_SOFT_DIRTY)",
            w->pre_dump ? "--pre-dump" : "--parent-path");
    if (w->lazy_pages && !have.lazy_pages)
        return err_state(
            reterr, ENOTSUP,
            "criu is missing features: LazyPages (--lazy-pages needs userfaultfd of the kernel)");
    return 0;
}

/* Descriptors of criu's own: images, work, status. */
static int give(struct dump *d, int fd)
{
    d->start.fds[d->start.n_fds] = fd;
    return CRIU_FIRST_FD + (int)d->start.n_fds++;
}

static int prepare(struct dump *d, struct err *reterr)
{
    int r = criu_args_wishes(&d->c.arena, &d->req->wishes, false, &d->opts, reterr);

    if (r == 0)
        r = criu_dirs_open(&d->c.arena, d->req, true, &d->dirs, reterr);
    if (r < 0)
        return r;
    d->opts.pid = d->c.init.pid;
    d->opts.root = d->c.state->rootfs;
    d->opts.config_file = criu_config_file(&d->config->annotations);
    d->opts.images_dir_fd = give(d, d->dirs.images);
    if (d->dirs.work >= 0)
        d->opts.work_dir_fd = give(d, d->dirs.work);
    return 0;
}

struct status {
    int fd;
};

/* The page server is ready: whoever waits for it on --status-fd is told. */
static int on_notify(void *ctx, const char *script, pid_t pid, int *fd, struct err *reterr)
{
    struct status *s = ctx;

    (void)pid;
    (void)fd;
    (void)reterr;
    if (streq(script, "status-ready") && s->fd >= 0) {
        io_write_all(s->fd, "", 1, io_now_ms() + STOP_MS);
        fd_close(&s->fd);
    }
    return 0;
}

static int fill(struct dump *d, const struct criu_talk *talk, struct err *reterr)
{
    const char *freezer;
    int r = criu_args_freezer(&d->c.arena, d->c.state, &freezer, reterr);

    if (r == 0)
        r = criu_args_own_cgroups(&d->c.arena, d->c.state, &d->opts, reterr);
    if (r == 0)
        r = add_namespaces(d, talk, reterr);
    if (r < 0)
        return r;
    if (d->c.state->cgroup_layout != CGROUP_LAYOUT_V2 || talk->version >= CRIU_VERSION_FREEZE_V2)
        d->opts.freeze_cgroup = freezer;
    if (d->req->wishes.pre_dump)
        return 0;
    r = add_mounts(d, reterr);
    return r < 0 ? r : add_descriptors(d, reterr);
}

static int run_criu(struct dump *d, struct err *reterr)
{
    struct status status = {.fd = d->req->status_fd};
    struct criu_talk talk;
    struct criu_answer answer;
    int r;

    criu_talk_init(&talk, &d->c.rt->log);
    talk.log_dir = d->dirs.work >= 0 ? d->dirs.work : d->dirs.images;
    talk.log_path = d->dirs.log_path;
    talk.notify = on_notify;
    talk.ctx = &status;
    if (status.fd >= 0 && d->req->wishes.lazy_pages)
        d->opts.status_fd = give(d, status.fd);
    r = criu_talk_start(&talk, &d->start, reterr);
    if (r == 0)
        r = criu_talk_begin(&talk, reterr);
    if (r == 0)
        r = check_features(d, &talk, reterr);
    if (r == 0)
        r = fill(d, &talk, reterr);
    criu_talk_choose_lock(&talk, &d->opts);
    if (r == 0 && talk.version >= CRIU_VERSION_EXT_PID)
        d->opts.status_fd = -1; /* the notification does it */
    if (r == 0)
        r = criu_talk_ask(&talk, d->req->wishes.pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, &d->opts, &answer,
                          reterr);
    criu_talk_done(&talk);
    return r;
}

static int check_status_fd(const struct criu_request *req, struct err *reterr)
{
    int flags;

    if (req->status_fd < 0)
        return 0;
    flags = fcntl(req->status_fd, F_GETFL);
    if (flags < 0)
        return err_usage(reterr, "invalid --status-fd argument %d: it is not open", req->status_fd);
    if ((flags & O_ACCMODE) == O_RDONLY)
        return err_usage(reterr, "invalid --status-fd argument %d: not writable", req->status_fd);
    return 0;
}

int container_checkpoint(struct runtime *rt, const char *id, const struct criu_request *req,
                         struct err *reterr)
{
    __attribute__((cleanup(dump_done))) struct dump d;
    int r = check_status_fd(req, reterr);

    dump_init(&d, rt, req);
    if (r == 0)
        r = open_container(&d, id, reterr);
    if (r == 0)
        r = prepare(&d, reterr);
    if (r == 0)
        r = run_criu(&d, reterr);
    /* A criu that was killed, or has died, has thawed nothing. */
    if (r < 0 && d.c.status == STATUS_RUNNING)
        (void)cgroup_set_thaw(&d.c.cgroups, io_now_ms() + STOP_MS, NULL);
    if (r < 0 || req->wishes.leave_running || req->wishes.pre_dump)
        return r;
    /* criu has killed them: the first one's end is seen at once, whoever is its parent. */
    pidfd_wait_exit(&d.c.init, io_now_ms() + STOP_MS, NULL);
    return container_record(&d.c, STATE_STOPPED, reterr);
}
