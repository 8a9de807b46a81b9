/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs.h"
#include "kernel/mount_parts.h"
#include "kernel/sys.h"
#include "kernel/userns.h"

#include <limits.h>

#define EMPTY_PATH 0x1000u /* AT_EMPTY_PATH */

void mount_ctx_init(struct mount_ctx *ctx, int root_fd, const struct plan *plan, const struct facts *facts,
                    struct procfs *procfs)
{
    *ctx = (struct mount_ctx){
        .root_fd = root_fd, .plan = plan, .facts = facts, .procfs = procfs, .userns_fd = -1};
}

void mount_ctx_done(struct mount_ctx *ctx)
{
    for (size_t i = 0; i < ctx->n_later; i++)
        fd_close(&ctx->later[i].fd);
    free(ctx->later);
    ctx->later = NULL;
    ctx->n_later = 0;
}

/* ---- flags ---- */

static const struct {
    uint64_t ms, attr;
} attr_of_ms[] = {
    {MS_RDONLY, MOUNT_ATTR_RDONLY},         {MS_NOSUID, MOUNT_ATTR_NOSUID},
    {MS_NODEV, MOUNT_ATTR_NODEV},           {MS_NOEXEC, MOUNT_ATTR_NOEXEC},
    {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME}, {MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
};

#define MS_ATIME_ANY ((uint64_t)MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

void mount_flags_to_attrs(const struct mount_flags *flags, uint64_t *attr_set, uint64_t *attr_clr)
{
    uint64_t set = 0, clr = 0;

    for (size_t i = 0; i < ARRAY_SIZE(attr_of_ms); i++) {
        if (flags->set & attr_of_ms[i].ms)
            set |= attr_of_ms[i].attr;
        else if (flags->clear & attr_of_ms[i].ms)
            clr |= attr_of_ms[i].attr;
    }
    /* The access time is one value, and the kernel wants the whole field cleared to set it. */
    if (flags->set & MS_ATIME_ANY)
        clr |= MOUNT_ATTR__ATIME;
    else if (flags->clear & ((uint64_t)MS_NOATIME | MS_STRICTATIME))
        clr |= MOUNT_ATTR__ATIME; /* the default: relatime, whose value is 0 */
    if (flags->set & MS_STRICTATIME)
        set |= MOUNT_ATTR_STRICTATIME;
    else if (flags->set & MS_NOATIME)
        set |= MOUNT_ATTR_NOATIME;
    *attr_set = set;
    *attr_clr = clr;
}

void mount_attrs_now(const struct plan_mount *m, uint64_t *attr_set, uint64_t *attr_clr)
{
    mount_flags_to_attrs(&m->flags, attr_set, attr_clr);
    if (m->read_only_later)
        *attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
}

/* ---- attributes of a detached mount ---- */

/*
 * EPERM may be a filter older than the call, EINVAL a kernel before 5.14, where only mount(2) knows
 * nosymfollow: where mount(2) can do the same it is asked, and says EPERM again when that is the kernel's own
 * answer.
 */
static int set_attr(int fd, bool recursive, bool has_old_way, const struct sys_mount_attr *attr,
                    const char *what, struct err *reterr)
{
    int r = sys_mount_setattr(fd, "", EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), attr);
    const bool too_new = r == -EINVAL && ((attr->attr_set | attr->attr_clr) & MOUNT_ATTR_NOSYMFOLLOW);

    if (r == -ENOSYS || (has_old_way && (r == -EPERM || too_new)))
        return -ENOSYS;
    return r < 0 ? err_system(reterr, r, "mount_setattr", "%s", what) : 0;
}

/* The namespace whose maps a mount asks for: its own maps, else the container's. */
static int open_idmap(const struct plan_mount *m, int userns_fd, struct err *reterr)
{
    int fd;

    if (m->uid_mappings || m->gid_mappings)
        return userns_make(m->uid_mappings, m->gid_mappings, reterr);
    if (userns_fd < 0)
        return err_system(reterr, EINVAL, "mount_setattr",
                          "id mapping without mappings and without a user namespace");
    fd = sys_fcntl(userns_fd, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? err_system(reterr, fd, "fcntl", "user namespace") : fd;
}

static int set_idmap(const struct plan_mount *m, int mnt_fd, int userns_fd, struct err *reterr)
{
    AUTO_CLOSE int fd = open_idmap(m, userns_fd, reterr);
    struct sys_mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)fd};
    struct statfs fs;
    int r;

    if (fd < 0)
        return fd;
    r = sys_mount_setattr(mnt_fd, "", EMPTY_PATH | (m->idmap_recursive ? AT_RECURSIVE : 0), &attr);
    if (r == -EINVAL && sys_fstatfs(mnt_fd, &fs) == 0)
        return err_system(reterr, r, "mount_setattr",
                          "id mapping (the file system, type 0x%lx, or one of the kernel's rules forbids it)",
                          (unsigned long)fs.f_type);
    if (r == -EPERM)
        return err_system(reterr, r, "mount_setattr",
                          "id mapping takes privilege over the file system itself");
    if (r == -ENOSYS)
        return err_system(reterr, r, "mount_setattr", "id-mapped mounts need Linux 5.12");
    return r < 0 ? err_system(reterr, r, "mount_setattr", "id mapping") : 0;
}

static int set_propagation(const struct plan_mount *m, int fd, struct err *reterr)
{
    for (size_t i = 0; i < m->flags.n_propagation; i++) {
        const uint64_t ms = m->flags.propagation[i];
        const struct sys_mount_attr attr = {.propagation = ms & ~(uint64_t)MS_REC};
        int r = set_attr(fd, ms & MS_REC, true, &attr, "propagation", reterr);

        if (r < 0)
            return r;
    }
    return 0;
}

int mount_decorate(const struct plan_mount *m, int mnt_fd, uint64_t attr_set, uint64_t attr_clr,
                   int userns_fd, struct err *reterr)
{
    const struct sys_mount_attr attr = {.attr_set = attr_set, .attr_clr = attr_clr};
    const struct sys_mount_attr rec = {.attr_set = m->flags.rec_set, .attr_clr = m->flags.rec_clear};
    int r = 0;

    if (attr_set || attr_clr)
        r = set_attr(mnt_fd, false, true, &attr, "attributes", reterr);
    if (r == 0 && (rec.attr_set || rec.attr_clr))
        r = set_attr(mnt_fd, true, false, &rec, "recursive attributes", reterr);
    if (r == 0 && m->idmap)
        r = set_idmap(m, mnt_fd, userns_fd, reterr);
    if (r == 0)
        r = set_propagation(m, mnt_fd, reterr);
    return r;
}

/* ---- sources ---- */

int mount_clone_path(const char *path, bool recursive, bool nofollow, struct err *reterr)
{
    int fd = sys_open_tree(AT_FDCWD, path,
                           OPEN_TREE_CLONE | (recursive ? AT_RECURSIVE : 0) |
                               (nofollow ? AT_SYMLINK_NOFOLLOW : 0));

    if (fd == -ENOSYS || fd == -EPERM)
        return -ENOSYS;
    return fd < 0 ? err_system(reterr, fd, "open_tree", "%s", path) : fd;
}

bool mount_wants_host_source(const struct plan_mount *m, bool new_userns)
{
    return m->kind == MOUNT_BIND && (new_userns || m->idmap);
}

int mount_open_source(const struct plan_mount *m, uint64_t propagation, int userns_fd, struct err *reterr)
{
    AUTO_CLOSE int fd = mount_clone_path(m->source, m->flags.set & MS_REC, m->src_nofollow, reterr);
    const struct sys_mount_attr tie = {.propagation = propagation & ~(uint64_t)MS_REC};
    uint64_t attr_set, attr_clr;
    int r = 0;

    if (fd < 0)
        return fd;
    if (tie.propagation)
        r = set_attr(fd, propagation & MS_REC, true, &tie, "propagation", reterr);
    if (r < 0)
        return r;
    mount_attrs_now(m, &attr_set, &attr_clr);
    r = mount_decorate(m, fd, attr_set, attr_clr, userns_fd, reterr);
    return r < 0 ? r : take_fd(&fd);
}

/* ---- placing ---- */

static int remember_later(struct mount_ctx *ctx, const struct plan_mount *m, int mnt_fd, struct err *reterr)
{
    struct mount_later *later = realloc(ctx->later, (ctx->n_later + 1) * sizeof(*later));
    int fd;

    if (!later)
        return err_nomem(reterr);
    ctx->later = later;
    fd = sys_fcntl(mnt_fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return err_system(reterr, fd, "fcntl", "%s", m->target);
    later[ctx->n_later++] = (struct mount_later){.fd = fd, .target = m->target};
    return 0;
}

int mount_placed(struct mount_ctx *ctx, const struct plan_mount *m, int mnt_fd, struct err *reterr)
{
    /* A mount over the root itself: from now on that is the root, for everybody who holds this descriptor. */
    if (streq(m->target, "/") && dup3(mnt_fd, ctx->root_fd, O_CLOEXEC) < 0)
        return err_system(reterr, errno, "dup3", "new root");
    if (m->read_only_later && (m->flags.set & MS_RDONLY))
        return remember_later(ctx, m, mnt_fd, reterr);
    return 0;
}

int mount_attach(struct mount_ctx *ctx, const struct plan_mount *m, int mnt_fd, int target_fd,
                 struct err *reterr)
{
    struct stat from, to;
    int r = sys_move_mount(mnt_fd, target_fd);

    /* mount(2) says it more precisely, and engines explain ENOTDIR to their users. */
    if (r == -EINVAL && sys_fstat(mnt_fd, &from) == 0 && sys_fstat(target_fd, &to) == 0 &&
        S_ISDIR(from.st_mode) != S_ISDIR(to.st_mode))
        r = -ENOTDIR;
    if (r < 0)
        return err_system(reterr, r, "move_mount", "%s", "");
    return mount_placed(ctx, m, mnt_fd, reterr);
}

/* ---- kinds ---- */

/* 1: it is a link and was made again in the container; 0: mount it as usual. */
static int copy_symlink(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr)
{
    char text[PATH_MAX];
    int n = sys_readlinkat(AT_FDCWD, m->source, text, sizeof(text));
    int r;

    if (n == -EINVAL)
        return 0;
    if (n < 0 || (size_t)n >= sizeof(text))
        return err_system(reterr, n < 0 ? n : -ENAMETOOLONG, "readlink", "%s", m->source);
    text[n] = '\0';
    r = fs_symlink(ctx->root_fd, m->target, text, reterr);
    return r < 0 ? r : 1;
}

static int apply_bind(struct mount_ctx *ctx, const struct plan_mount *m, int source_fd, struct err *reterr)
{
    AUTO_CLOSE int own = -1;
    AUTO_CLOSE int target = -1;
    struct stat st;
    bool skip, want_dir;
    int r;

    if (m->copy_symlink) {
        r = copy_symlink(ctx, m, reterr);
        if (r != 0)
            return r < 0 ? r : 0;
    }
    if (source_fd < 0) {
        own = source_fd = mount_open_source(m, 0, ctx->userns_fd, reterr);
        if (own == -ENOSYS)
            return mount_old_bind(ctx, m, reterr);
        if (own < 0)
            return own;
    }
    r = sys_fstat(source_fd, &st);
    if (r < 0)
        return err_system(reterr, r, "fstat", "%s", m->source);
    r = mount_check_proc_source(m, source_fd, reterr);
    if (r < 0)
        return r;
    want_dir = m->target_type == TARGET_LIKE_SOURCE ? S_ISDIR(st.st_mode) : m->target_type == TARGET_DIR;
    target = mount_open_target(ctx, m, want_dir, &skip, reterr);
    if (target < 0)
        return skip ? 0 : target;
    return mount_attach(ctx, m, source_fd, target, reterr);
}

/* Elsewhere EPERM says nothing about whose the instance is, and the host's must not be bound for it. */
static bool in_user_namespace(const struct mount_ctx *ctx)
{
    return (ctx->facts && ctx->facts->in_userns) || (ctx->plan && plan_has_userns(ctx->plan));
}

/* Where the host has mounted what a user namespace without the right owner may not mount again. */
static const char *host_instance(const char *fstype)
{
    if (streq(fstype, "sysfs"))
        return "/sys";
    if (streq(fstype, "mqueue"))
        return "/dev/mqueue";
    return NULL;
}

/* The host's instance in its place, with the same attributes on everything that hangs below it. */
static int apply_host_instance(struct mount_ctx *ctx, const struct plan_mount *m, int target,
                               struct err *reterr)
{
    struct plan_mount bind = *m;
    uint64_t attr_set, attr_clr;
    int r;

    bind.kind = MOUNT_BIND;
    bind.source = host_instance(m->fstype);
    bind.flags.set |= MS_BIND | MS_REC;
    mount_attrs_now(m, &attr_set, &attr_clr);
    bind.flags.rec_set |= attr_set;
    bind.flags.rec_clear |= attr_clr;
    {
        AUTO_CLOSE int fd = mount_open_source(&bind, 0, -1, reterr);

        r = fd < 0 ? fd : mount_attach(ctx, &bind, fd, target, reterr);
    }
    return r;
}

static int finish_fs(struct mount_ctx *ctx, const struct plan_mount *m, int mnt_fd, int target,
                     struct err *reterr)
{
    uint64_t attr_set = 0;
    int r = 0;

    if (m->tmpcopyup) {
        r = mount_copyup(target, mnt_fd, reterr);
        if (r == 0 && (m->flags.set & MS_RDONLY) && !m->read_only_later)
            attr_set = MOUNT_ATTR_RDONLY; /* left out so far, for the copy */
    }
    if (r == 0)
        r = mount_decorate(m, mnt_fd, attr_set, 0, ctx->userns_fd, reterr);
    return r < 0 ? r : mount_attach(ctx, m, mnt_fd, target, reterr);
}

static int apply_fs(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr)
{
    AUTO_CLOSE int target = -1;
    AUTO_CLOSE int fd = -1;
    uint64_t attr_set, attr_clr;
    bool skip, try_old = false;
    struct err first;
    int r;

    target = mount_open_target(ctx, m, m->target_type != TARGET_FILE, &skip, reterr);
    if (target < 0)
        return skip ? 0 : target;
    mount_attrs_now(m, &attr_set, &attr_clr);
    if (m->tmpcopyup)
        attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    err_init(&first);
    fd = mount_new_fs(m, target, (unsigned)attr_set, &try_old, &first);
    r = fd < 0 ? fd : finish_fs(ctx, m, fd, target, &first);
    if (r == -ENOSYS || try_old) {
        struct err second;

        err_init(&second);
        r = mount_old_fs(ctx, m, target, &second);
        /* What the new calls said is more precise, if they said anything. */
        if (first.code == 0 || r == -EPERM)
            first = second;
    }
    if (r == -EPERM && in_user_namespace(ctx) && host_instance(m->fstype) &&
        apply_host_instance(ctx, m, target, NULL) == 0)
        return 0;
    if (r < 0 && reterr)
        *reterr = first;
    return r;
}

static int apply_remount(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr)
{
    AUTO_CLOSE int target = -1;
    uint64_t attr_set, attr_clr;
    bool skip, try_old = false;
    int r = 0;

    target = mount_open_target(ctx, m, m->target_type != TARGET_FILE, &skip, reterr);
    if (target < 0)
        return skip ? 0 : target;
    if (!(m->flags.set & MS_BIND))
        r = mount_reconfigure(m, target, &try_old, reterr);
    if (r == 0) {
        mount_attrs_now(m, &attr_set, &attr_clr);
        r = mount_decorate(m, target, attr_set, attr_clr, ctx->userns_fd, reterr);
    }
    if (r == -ENOSYS || try_old)
        return mount_old_remount(ctx, m, target, reterr);
    return r < 0 ? r : mount_placed(ctx, m, target, reterr);
}

int mount_apply_plain(struct mount_ctx *ctx, const struct plan_mount *m, int source_fd, struct err *reterr)
{
    switch (m->kind) {
    case MOUNT_BIND: return apply_bind(ctx, m, source_fd, reterr);
    case MOUNT_FS: return apply_fs(ctx, m, reterr);
    case MOUNT_REMOUNT: return apply_remount(ctx, m, reterr);
    case MOUNT_CGROUP_V1: return mount_cgroup_v1(ctx, m, reterr);
    case MOUNT_CGROUP_V2: return mount_cgroup_v2(ctx, m, reterr);
    }
    return err_internal(reterr, EINVAL, "mount of unknown kind %d", (int)m->kind);
}

int mount_apply(struct mount_ctx *ctx, const struct plan_mount *m, int source_fd, struct err *reterr)
{
    const char *name = m->source ? m->source : m->fstype;
    int r = mount_apply_plain(ctx, m, source_fd, reterr);

    if (r < 0)
        err_prefix(reterr, "error mounting \"%s\" to rootfs at \"%s\"", name ? name : "", m->target);
    return r;
}

int mount_finish(struct mount_ctx *ctx, struct err *reterr)
{
    const struct sys_mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    int r = 0;

    for (size_t i = 0; i < ctx->n_later && r == 0; i++) {
        r = set_attr(ctx->later[i].fd, false, true, &attr, "read-only", reterr);
        if (r == -ENOSYS)
            r = mount_old_set_flags(ctx->procfs, ctx->later[i].fd, MS_RDONLY, 0, reterr);
        if (r < 0)
            err_prefix(reterr, "making %s read-only", ctx->later[i].target);
    }
    if (r == 0)
        mount_ctx_done(ctx);
    return r;
}
