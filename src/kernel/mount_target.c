/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount_parts.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs.h"
#include "kernel/sys.h"

#define DIR_MODE  0755
#define FILE_MODE 0644

static bool on_procfs(int fd)
{
    struct statfs fs;

    /* A descriptor that cannot be asked is taken for the worst. */
    return sys_fstatfs(fd, &fs) < 0 || fs.f_type == SYS_MAGIC_PROC;
}

static bool is_proc_root(int fd)
{
    struct stat st;

    return on_procfs(fd) && sys_fstat(fd, &st) == 0 && st.st_ino == 1;
}

int mount_check_proc_source(const struct plan_mount *m, int fd, struct err *reterr)
{
    if (m->proc_rule != PROC_RULE_ROOT || is_proc_root(fd))
        return 0;
    return err_system(reterr, EPERM, "mount", "%s cannot be mounted because it is not of type proc",
                      m->target);
}

/* The file systems that must not end up elsewhere by a link (CVE-2019-19921, CVE-2023-27561). */
static bool wants_ordinary_dir(const struct plan_mount *m)
{
    if (m->proc_rule == PROC_RULE_ROOT || m->proc_rule == PROC_RULE_SYSFS)
        return true;
    return m->kind == MOUNT_FS && (streq(m->fstype, "proc") || streq(m->fstype, "sysfs"));
}

/*
 * One of the files of /proc that may be covered: beneath the very procfs that is mounted at /proc, without a
 * link and without crossing what else is mounted there. When /proc is no procfs the target is a file like any
 * other.
 */
static int open_inside_proc(struct mount_ctx *ctx, const struct plan_mount *m, bool *is_proc,
                            struct err *reterr)
{
    static const char prefix[] = "/proc/";
    AUTO_CLOSE int proc = fs_open(ctx->root_fd, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, NULL);
    int fd;

    *is_proc = false;
    if (proc < 0 || strncmp(m->target, prefix, sizeof(prefix) - 1) != 0 || !on_procfs(proc))
        return -ENOENT;
    *is_proc = true;
    if (is_proc_root(proc)) {
        struct procfs p = {.fd = proc};

        fd = procfs_open(&p, m->target + sizeof(prefix) - 1, O_PATH, reterr);
        return fd;
    }
    return err_system(reterr, EPERM, "mount", "/proc is not the root of a procfs");
}

static int refuse_inside(const struct plan_mount *m, struct err *reterr)
{
    return err_system(reterr, EPERM, "mount", "%s cannot be mounted because it is inside /proc", m->target);
}

/* -ENOENT with *skip: nothing there, and that is no error. */
static int open_existing(struct mount_ctx *ctx, const struct plan_mount *m, int nofollow, bool *skip,
                         struct err *reterr)
{
    int fd = fs_open(ctx->root_fd, m->target, O_PATH | nofollow, reterr);

    *skip = fd == -ENOENT && m->on_target_missing == ENOENT_SKIP;
    return fd;
}

static int open_or_create(struct mount_ctx *ctx, const struct plan_mount *m, bool want_dir, int nofollow,
                          struct err *reterr)
{
    int fd = -ENOENT;

    if (nofollow)
        fd = fs_open(ctx->root_fd, m->target, O_PATH | O_NOFOLLOW, reterr);
    if (fd == -ENOENT)
        fd = want_dir ? fs_mkdir_p(ctx->root_fd, m->target, DIR_MODE, reterr)
                      : fs_create_file(ctx->root_fd, m->target, FILE_MODE, reterr);
    /* A file over a directory: what mount(2) says, and engines explain. */
    return fd == -EISDIR ? err_system(reterr, ENOTDIR, "mount", "%s is a directory", m->target) : fd;
}

/* After the open: what it is, decided on the descriptor. */
static int check(const struct plan_mount *m, int fd, struct err *reterr)
{
    struct stat st;
    int r;

    if (wants_ordinary_dir(m)) {
        r = sys_fstat(fd, &st);
        if (r < 0)
            return err_system(reterr, r, "fstat", "%s", m->target);
        if (!S_ISDIR(st.st_mode))
            return err_system(reterr, ENOTDIR, "mount",
                              "filesystem \"%s\" must be mounted on ordinary directory",
                              m->fstype ? m->fstype : m->source);
    }
    if (m->kind == MOUNT_REMOUNT) /* covers nothing */
        return 0;
    if (m->proc_rule == PROC_RULE_ROOT && m->kind == MOUNT_FS && !streq(m->fstype, "proc"))
        return err_system(reterr, EPERM, "mount", "%s cannot be mounted because it is not of type proc",
                          m->target);
    /* However the target was named: nothing is mounted over a procfs but another one. */
    if (on_procfs(fd) && !(m->proc_rule == PROC_RULE_ROOT && is_proc_root(fd)))
        return refuse_inside(m, reterr);
    return 0;
}

int mount_open_target(struct mount_ctx *ctx, const struct plan_mount *m, bool want_dir, bool *skip,
                      struct err *reterr)
{
    const int nofollow = m->dest_nofollow || wants_ordinary_dir(m) ? O_NOFOLLOW : 0;
    AUTO_CLOSE int fd = -1;
    bool is_proc;
    int r;

    *skip = false;
    if (m->proc_rule == PROC_RULE_INSIDE) {
        fd = open_inside_proc(ctx, m, &is_proc, reterr);
        if (is_proc)
            return take_fd(&fd);
    }
    fd = m->on_target_missing == ENOENT_CREATE ? open_or_create(ctx, m, want_dir, nofollow, reterr)
                                               : open_existing(ctx, m, nofollow, skip, reterr);
    if (fd < 0)
        return fd;
    r = check(m, fd, reterr);
    return r < 0 ? r : take_fd(&fd);
}
