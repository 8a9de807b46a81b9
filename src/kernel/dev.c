/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/dev.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs.h"
#include "kernel/mount_parts.h"
#include "kernel/sys.h"

#include <limits.h>
#include <sys/sysmacros.h>

static bool has_numbers(mode_t type)
{
    return type == S_IFCHR || type == S_IFBLK;
}

/* -EEXIST: something else. */
static int verify(int fd, mode_t type, unsigned maj, unsigned min, struct stat *st)
{
    int r = sys_fstat(fd, st);

    if (r < 0)
        return r;
    if ((st->st_mode & S_IFMT) != type)
        return -EEXIST;
    if (has_numbers(type) && st->st_rdev != makedev(maj, min))
        return -EEXIST;
    return 0;
}

int dev_open_verified(const char *path, mode_t type, unsigned maj, unsigned min, struct err *reterr)
{
    AUTO_CLOSE int fd = sys_openat(AT_FDCWD, path, O_PATH | O_NOFOLLOW, 0);
    struct stat st;
    int r = fd < 0 ? fd : verify(fd, type, maj, min, &st);

    if (r == -EEXIST)
        return err_system(reterr, ENODEV, "open", "%s is not the device %u:%u", path, maj, min);
    return r < 0 ? err_system(reterr, r, "open", "%s", path) : take_fd(&fd);
}

int dev_open_stdio(struct err *reterr)
{
    for (int fd = 0; fd <= 2; fd++) {
        struct stat st;
        int got;

        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* Not sys_openat: this one is for a program to inherit. The lowest free number is the one that is
         * closed. */
        got = open("/dev/null", O_RDWR | O_NOFOLLOW | O_NOCTTY); /* inherited: standard descriptors */
        if (got != fd || verify(got, S_IFCHR, 1, 3, &st) < 0)
            return err_system(reterr, got < 0 ? errno : ENODEV, "open", "/dev/null as descriptor %d", fd);
    }
    return 0;
}

/* ---- nodes ---- */

/* Owner and mode of a node that we made, through its descriptor. The mode may differ by a default ACL. */
static int set_owner_and_mode(int fd, const struct plan_device *dev, const struct stat *made,
                              struct err *reterr)
{
    int r = 0;

    if (dev->uid != 0 || dev->gid != 0)
        r = sys_fchownat(fd, "", dev->uid, dev->gid, AT_EMPTY_PATH);
    if (r < 0)
        return err_system(reterr, r, "chown", "%s", dev->path);
    return (made->st_mode & 07777) == (dev->mode & 07777) ? 0 : fs_chmod(fd, dev->mode & 07777, reterr);
}

/* Bind the host's node of the same path, whose type and numbers are those that were asked for. */
static int bind_host(int root_fd, const struct plan_device *dev, struct err *reterr)
{
    AUTO_CLOSE int host = dev_open_verified(dev->path, dev->type, dev->major, dev->minor, reterr);
    AUTO_CLOSE int target = -1;
    AUTO_CLOSE int tree = -1;
    struct procfs procfs = PROCFS_INIT;
    int r;

    if (host < 0)
        return host;
    target = fs_create_file(root_fd, dev->path, 0644, reterr);
    if (target < 0)
        return target;
    tree = sys_open_tree(host, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    if (tree == -ENOSYS || tree == -EPERM) {
        r = mount_old_call(&procfs, NULL, host, target, NULL, MS_BIND, NULL, reterr);
        procfs_done(&procfs);
        return r;
    }
    r = tree < 0 ? tree : sys_move_mount(tree, target);
    return r < 0 ? err_system(reterr, r, "mount", "bind the host's %s", dev->path) : 0;
}

static int node_refused(int root_fd, const struct plan_device *dev, int code, struct err *reterr)
{
    int r;

    if (dev->on_eperm == EPERM_SKIP)
        return 0;
    if (dev->on_eperm == EPERM_FAIL)
        return err_system(reterr, code, "mknod", "%s", dev->path);
    r = bind_host(root_fd, dev, reterr);
    return (r == -ENOENT || r == -ENODEV) && dev->optional ? 0 : r;
}

/*
 * A node of that name is there already, ours or another's. A regular file where nodes are bound is what
 * binding them onto a root that keeps it left behind: covered again.
 */
static int check_existing(int root_fd, int dir, const char *base, const struct plan_device *dev,
                          struct err *reterr)
{
    AUTO_CLOSE int fd = sys_openat(dir, base, O_PATH | O_NOFOLLOW, 0);
    struct stat st;
    int r = fd < 0 ? fd : verify(fd, dev->type, dev->major, dev->minor, &st);

    if (r == -EEXIST && S_ISREG(st.st_mode) && dev->on_eperm == EPERM_BIND)
        return node_refused(root_fd, dev, -EPERM, reterr);
    if (r == -EEXIST && dev->optional)
        return 0;
    return r < 0 ? err_system(reterr, r, "mknod", "%s exists and is not the device that was asked for",
                              dev->path)
                 : 0;
}

int dev_make(int root_fd, const struct plan_device *dev, struct err *reterr)
{
    const mode_t mode = dev->type | (dev->mode & 07777);
    char base[NAME_MAX + 1];
    AUTO_CLOSE int dir = fs_open_parent(root_fd, dev->path, true, base, reterr);
    AUTO_CLOSE int fd = -1;
    struct stat st;
    mode_t mask;
    int r;

    if (dir < 0)
        return dir;
    mask = umask(0);
    r = sys_mknodat(dir, base, mode, has_numbers(dev->type) ? makedev(dev->major, dev->minor) : 0);
    if (mask != 0)
        umask(mask);
    if (r == -EEXIST)
        return check_existing(root_fd, dir, base, dev, reterr);
    if (r == -EPERM || r == -EACCES)
        return node_refused(root_fd, dev, r, reterr);
    if (r < 0)
        return err_system(reterr, r, "mknod", "%s", dev->path);
    fd = sys_openat(dir, base, O_PATH | O_NOFOLLOW, 0);
    r = fd < 0 ? fd : verify(fd, dev->type, dev->major, dev->minor, &st);
    if (r < 0)
        return err_system(reterr, r, "mknod", "%s was replaced", dev->path);
    return set_owner_and_mode(fd, dev, &st, reterr);
}

int dev_symlink(int root_fd, const struct plan_symlink *link, struct err *reterr)
{
    struct stat st;
    struct err e;
    int r;

    r = link->only_if ? sys_fstatat(AT_FDCWD, link->only_if, &st, AT_SYMLINK_NOFOLLOW) : 0;
    if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
        return 0;
    if (r < 0) /* not known is not "not there" */
        return err_system(reterr, r, "stat", "%s", link->only_if);
    err_init(&e);
    r = fs_symlink(root_fd, link->path, link->target, &e);
    if (r == -EEXIST)
        return 0;
    if (r < 0 && reterr)
        *reterr = e;
    return r;
}
