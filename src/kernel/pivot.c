/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/pivot.h"

#include "base/buf.h"
#include "base/fd.h"
#include "kernel/fs.h"
#include "kernel/mount_parts.h"
#include "kernel/pivot_cover.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"

#define EMPTY_PATH    0x1000u /* AT_EMPTY_PATH */
#define ANCESTORS_MAX 4096    /* PATH_MAX / 2 and some */

/* ---- before the mounts ---- */

static bool leaves_nothing_shared(uint64_t propagation)
{
    return (propagation & MS_REC) && (propagation & (MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE));
}

/* EINVAL: not the root of a mount. */
static int make_private(int dir)
{
    const struct sys_mount_attr attr = {.propagation = MS_PRIVATE};
    int r = sys_mount_setattr(dir, "", EMPTY_PATH, &attr);

    if (r != -ENOSYS && r != -EPERM)
        return r;
    r = sys_fchdir(dir);
    return r < 0 ? r : sys_mount("none", ".", NULL, MS_PRIVATE, NULL);
}

/*
 * The mount that the rootfs lies in, found by walking up until the kernel agrees: mountinfo may skip entries
 * while others mount and unmount.
 */
static int make_holder_private(int root, struct err *reterr)
{
    AUTO_CLOSE int dir = sys_fcntl(root, F_DUPFD_CLOEXEC, 3);
    int r = dir;

    for (int i = 0; dir >= 0 && i < ANCESTORS_MAX; i++) {
        int up;

        r = make_private(dir);
        if (r != -EINVAL)
            break;
        up = sys_openat(dir, "..", O_PATH | O_DIRECTORY, 0);
        if (up < 0)
            r = up;
        fd_close(&dir);
        dir = up;
    }
    return r < 0 ? err_system(reterr, r, "mount", "make the parent mount of the rootfs private") : 0;
}

/* mount(2): the clone covers the directory at once, and is found by the path again. */
static int bind_over_itself_old(const char *path, int root, struct err *reterr)
{
    AUTO_CLOSE int fd = -1;
    struct stat before, after;
    uint64_t id_before = 0, id_after = 1;
    int r = sys_fchdir(root);

    if (r == 0)
        r = sys_mount(".", ".", NULL, MS_BIND | MS_REC, NULL);
    if (r == 0)
        r = sys_chdir("/");
    if (r < 0)
        return err_system(reterr, r, "mount", "bind rootfs %s", path);
    fd = fs_open_root(path, reterr);
    if (fd < 0)
        return fd;
    r = sys_fstat(root, &before);
    if (r == 0)
        r = sys_fstat(fd, &after);
    if (r == 0 && (before.st_dev != after.st_dev || before.st_ino != after.st_ino))
        r = -ESTALE;
    if (r == 0 && sys_mnt_id(root, &id_before) == 0 && sys_mnt_id(fd, &id_after) == 0 &&
        id_before == id_after)
        r = -ESTALE;
    return r < 0 ? err_system(reterr, r, "open", "rootfs %s was moved away", path) : take_fd(&fd);
}

static int bind_over_itself(const char *path, int root, struct err *reterr)
{
    AUTO_CLOSE int fd = sys_open_tree(root, "", OPEN_TREE_CLONE | AT_RECURSIVE | EMPTY_PATH);
    int r;

    if (fd == -ENOSYS || fd == -EPERM)
        return bind_over_itself_old(path, root, reterr);
    if (fd < 0)
        return err_system(reterr, fd, "open_tree", "rootfs %s", path);
    r = sys_move_mount(fd, root);
    return r < 0 ? err_system(reterr, r, "move_mount", "rootfs %s", path) : take_fd(&fd);
}

int pivot_prepare(const struct plan_root_prepare *op, struct err *reterr)
{
    AUTO_CLOSE int root = -1;
    int r;

    if (op->host_propagation) {
        r = sys_mount("none", "/", NULL, (unsigned long)op->host_propagation, NULL);
        if (r < 0)
            return err_system(reterr, r, "mount", "propagation of /");
    }
    root = fs_open_root(op->path, reterr);
    if (root < 0)
        return root;
    if (!leaves_nothing_shared(op->host_propagation)) {
        r = make_holder_private(root, reterr);
        if (r < 0)
            return r;
    }
    return bind_over_itself(op->path, root, reterr);
}

/* ---- after the mounts ---- */

static int pivot(int root_fd, struct err *reterr)
{
    AUTO_CLOSE int old = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
    int r;

    if (old < 0)
        return err_system(reterr, old, "open", "/");
    r = sys_fchdir(root_fd);
    if (r < 0)
        return err_system(reterr, r, "fchdir", "rootfs");
    /* The old root ends up over the new one, where nothing but our descriptor leads to it. */
    r = sys_pivot_root(".", ".");
    if (r < 0)
        return err_system(reterr, r, "pivot_root", "%s", "");
    r = sys_fchdir(old);
    if (r < 0)
        return err_system(reterr, r, "fchdir", "old root");
    /* So that the unmount does not reach the host. */
    r = sys_mount("none", ".", NULL, MS_SLAVE | MS_REC, NULL);
    if (r < 0)
        return err_system(reterr, r, "mount", "make the old root a slave");
    r = sys_umount2(".", MNT_DETACH);
    return r < 0 ? err_system(reterr, r, "umount2", "old root") : 0;
}

/* What the host has at / is still there below, and its procfs must not be. */
static int move_and_chroot(int root_fd, struct err *reterr)
{
    int r = pivot_cover_kernel_mounts(root_fd, reterr);

    if (r < 0)
        return r;
    r = sys_fchdir(root_fd);
    if (r < 0)
        return err_system(reterr, r, "fchdir", "rootfs");
    r = sys_mount(".", "/", NULL, MS_MOVE, NULL);
    if (r < 0)
        return err_system(reterr, r, "mount", "move the rootfs to /");
    r = sys_chroot(".");
    return r < 0 ? err_system(reterr, r, "chroot", "rootfs") : 0;
}

int pivot_enter(int root_fd, const struct plan_pivot *op, struct err *reterr)
{
    int r = op->no_pivot ? move_and_chroot(root_fd, reterr) : pivot(root_fd, reterr);

    if (r < 0)
        return r;
    r = sys_chdir("/");
    return r < 0 ? err_system(reterr, r, "chdir", "/") : 0;
}

int pivot_set_propagation(const struct plan_root_propagation *op, struct err *reterr)
{
    int r = sys_mount("none", "/", NULL, (unsigned long)op->ms_flags, NULL);

    return r < 0 ? err_system(reterr, r, "mount", "propagation of the root") : 0;
}

int pivot_set_read_only(int root_fd, struct err *reterr)
{
    const struct sys_mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    struct procfs none = PROCFS_INIT;
    int r = sys_mount_setattr(root_fd, "", EMPTY_PATH, &attr);

    if (r == -ENOSYS || r == -EPERM)
        r = mount_old_set_flags(&none, root_fd, MS_RDONLY, 0, reterr);
    else if (r < 0)
        err_system(reterr, r, "mount_setattr", "%s", "");
    if (r < 0)
        err_prefix(reterr, "making the root read-only");
    return r;
}
