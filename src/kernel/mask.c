/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mask.h"

#include "base/fd.h"
#include "kernel/dev.h"
#include "kernel/fs.h"
#include "kernel/mount_parts.h"
#include "kernel/sys.h"

#include <sys/sysmacros.h>

#define EMPTY_PATH 0x1000u /* AT_EMPTY_PATH */

/* Two inodes: some kernels count the root twice. */
#define EMPTY_TMPFS_DATA "nr_blocks=1,nr_inodes=2,mode=755"

void mask_init(struct mask_ctx *ctx, int root_fd)
{
    *ctx = (struct mask_ctx){.root_fd = root_fd, .null_fd = -1, .empty_fd = -1, .procfs = PROCFS_INIT};
}

void mask_done(struct mask_ctx *ctx)
{
    fd_close(&ctx->null_fd);
    fd_close(&ctx->empty_fd);
    procfs_done(&ctx->procfs);
}

static bool missing(int code)
{
    return code == -ENOENT || code == -ENOTDIR;
}

static bool is_null(const struct stat *st)
{
    return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static int fail(struct err *reterr, int code, const char *call, const char *path)
{
    return err_system(reterr, code, call, "%s", path);
}

/* ---- what covers ---- */

static int open_null(struct mask_ctx *ctx, struct err *reterr)
{
    AUTO_CLOSE int fd = -1;
    struct stat st;

    if (ctx->null_fd >= 0)
        return 0;
    fd = fs_open(ctx->root_fd, "/dev/null", O_PATH | O_NOFOLLOW, NULL);
    if (fd >= 0 && sys_fstat(fd, &st) == 0 && is_null(&st)) {
        ctx->null_fd = take_fd(&fd);
        return 0;
    }
    ctx->null_fd = dev_open_verified("/dev/null", S_IFCHR, 1, 3, reterr);
    ctx->null_is_host = true;
    return ctx->null_fd < 0 ? ctx->null_fd : 0;
}

static int new_empty(void)
{
    AUTO_CLOSE int fsfd = sys_fsopen("tmpfs");
    int r;

    if (fsfd < 0)
        return fsfd;
    r = sys_fsconfig(fsfd, SYS_FSCONFIG_STRING, "source", "tmpfs");
    if (r == 0)
        r = sys_fsconfig(fsfd, SYS_FSCONFIG_STRING, "nr_blocks", "1");
    if (r == 0)
        r = sys_fsconfig(fsfd, SYS_FSCONFIG_STRING, "nr_inodes", "2");
    if (r == 0)
        r = sys_fsconfig(fsfd, SYS_FSCONFIG_STRING, "mode", "755");
    if (r == 0)
        r = sys_fsconfig(fsfd, SYS_FSCONFIG_CREATE, NULL, NULL);
    if (r < 0)
        return r;
    return sys_fsmount(fsfd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* ---- files ---- */

static int cover_file_old(struct mask_ctx *ctx, const char *path, int target, struct err *reterr)
{
    AUTO_CLOSE int fd = -1;
    int r = mount_old_call(&ctx->procfs, NULL, ctx->null_fd, target, NULL, MS_BIND, NULL, reterr);

    if (r < 0 || !ctx->null_is_host)
        return r;
    fd = fs_open(ctx->root_fd, path, O_PATH, reterr);
    return fd < 0 ? fd : mount_old_set_flags(&ctx->procfs, fd, MS_RDONLY | MS_NOSUID | MS_NOEXEC, 0, reterr);
}

static int cover_file(struct mask_ctx *ctx, const char *path, int target, struct err *reterr)
{
    const struct sys_mount_attr attr = {.attr_set =
                                            MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC};
    AUTO_CLOSE int tree = -1;
    int r = open_null(ctx, reterr);

    if (r < 0)
        return r;
    tree = sys_open_tree(ctx->null_fd, "", OPEN_TREE_CLONE | EMPTY_PATH);
    if (tree == -ENOSYS || tree == -EPERM)
        return cover_file_old(ctx, path, target, reterr);
    if (tree < 0)
        return fail(reterr, tree, "open_tree", "/dev/null");
    if (ctx->null_is_host) {
        r = sys_mount_setattr(tree, "", EMPTY_PATH, &attr);
        if (r == -ENOSYS || r == -EPERM)
            return cover_file_old(ctx, path, target, reterr);
        if (r < 0)
            return fail(reterr, r, "mount_setattr", "/dev/null");
    }
    r = sys_move_mount(tree, target);
    return r < 0 ? fail(reterr, r, "move_mount", path) : 0;
}

/* ---- directories ---- */

static int cover_dir_old(struct mask_ctx *ctx, int target, struct err *reterr)
{
    return mount_old_call(&ctx->procfs, "tmpfs", -1, target, "tmpfs",
                          MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, EMPTY_TMPFS_DATA, reterr);
}

/* The first one is the file system itself, the others are clones of it: it is mounted by then. */
static int cover_dir(struct mask_ctx *ctx, const char *path, int target, struct err *reterr)
{
    AUTO_CLOSE int tree = -1;
    const bool first = ctx->empty_fd < 0;
    int r;

    tree = first ? new_empty() : sys_open_tree(ctx->empty_fd, "", OPEN_TREE_CLONE | EMPTY_PATH);
    if (tree == -ENOSYS || tree == -EPERM)
        return cover_dir_old(ctx, target, reterr);
    if (tree < 0)
        return fail(reterr, tree, "tmpfs", "for masked directories");
    r = sys_move_mount(tree, target);
    if (r < 0)
        return fail(reterr, r, "move_mount", path);
    if (first)
        ctx->empty_fd = take_fd(&tree);
    return 0;
}

/* 1 opened, 0 nothing there. */
static int open_target(struct mask_ctx *ctx, const char *path, int *ret, struct stat *st, struct err *reterr)
{
    int r;

    /* Most of the usual paths are missing: no message for those. */
    *ret = fs_open(ctx->root_fd, path, O_PATH, NULL);
    if (missing(*ret))
        return 0;
    if (*ret < 0)
        return err_system(reterr, *ret, "openat2", "%s in the rootfs", path);
    r = sys_fstat(*ret, st);
    return r < 0 ? fail(reterr, r, "fstat", path) : 1;
}

int mask_path(struct mask_ctx *ctx, const char *path, struct err *reterr)
{
    AUTO_CLOSE int target = -1;
    struct stat st;
    int r = open_target(ctx, path, &target, &st, reterr);

    if (r <= 0)
        return r;
    if (is_null(&st)) /* masked before, or /dev/null itself */
        return 1;
    r = S_ISDIR(st.st_mode) ? cover_dir(ctx, path, target, reterr) : cover_file(ctx, path, target, reterr);
    if (r < 0)
        err_prefix(reterr, "mask path %s", path);
    return r < 0 ? r : 1;
}

/* ---- read-only paths ---- */

static int read_only_old(struct mask_ctx *ctx, const char *path, int target, struct err *reterr)
{
    AUTO_CLOSE int fd = -1;
    struct stat a, b;
    int r = mount_old_call(&ctx->procfs, NULL, target, target, NULL, MS_BIND | MS_REC, NULL, reterr);

    if (r < 0)
        return r;
    fd = fs_open(ctx->root_fd, path, O_PATH, reterr);
    if (fd < 0)
        return fd;
    r = sys_fstat(target, &a);
    if (r == 0)
        r = sys_fstat(fd, &b);
    if (r == 0 && (a.st_dev != b.st_dev || a.st_ino != b.st_ino))
        r = -ESTALE;
    if (r < 0)
        return fail(reterr, r, "open", path);
    return mount_old_set_flags(&ctx->procfs, fd, MS_RDONLY, 0, reterr);
}

static int read_only(struct mask_ctx *ctx, const char *path, int target, struct err *reterr)
{
    const struct sys_mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    AUTO_CLOSE int tree = sys_open_tree(target, "", OPEN_TREE_CLONE | AT_RECURSIVE | EMPTY_PATH);
    int r;

    if (tree == -ENOSYS || tree == -EPERM)
        return read_only_old(ctx, path, target, reterr);
    if (tree < 0)
        return fail(reterr, tree, "open_tree", path);
    r = sys_mount_setattr(tree, "", EMPTY_PATH, &attr);
    if (r == -ENOSYS || r == -EPERM)
        return read_only_old(ctx, path, target, reterr);
    if (r < 0)
        return fail(reterr, r, "mount_setattr", path);
    r = sys_move_mount(tree, target);
    return r < 0 ? fail(reterr, r, "move_mount", path) : 0;
}

int mask_read_only(struct mask_ctx *ctx, const char *path, struct err *reterr)
{
    AUTO_CLOSE int target = -1;
    struct stat st;
    int r = open_target(ctx, path, &target, &st, reterr);

    if (r <= 0)
        return r;
    r = read_only(ctx, path, target, reterr);
    if (r < 0)
        err_prefix(reterr, "read-only path %s", path);
    return r < 0 ? r : 1;
}
