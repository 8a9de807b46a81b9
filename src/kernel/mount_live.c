/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount_live.h"

#include "base/fd.h"
#include "kernel/fs.h"
#include "kernel/io.h"
#include "kernel/mount_parts.h"
#include "kernel/sys.h"

#define MOUNTINFO_MAX (64u * 1024u * 1024u)

/* ---- outside ---- */

static int too_old(struct err *reterr)
{
    return err_system(reterr, ENOSYS, "open_tree",
                      "mounts of a running container need Linux 5.12 (open_tree, move_mount, mount_setattr), "
                      "and that no seccomp filter blocks these calls");
}

/* A file system that is made here, complete. The target's mode is asked for where there is a target. */
static int make_fs(const struct plan_mount *m, int target_fd, int userns_fd, struct err *reterr)
{
    uint64_t attr_set, attr_clr;
    bool try_old;
    int fd, r;

    mount_attrs_now(m, &attr_set, &attr_clr);
    if (m->tmpcopyup)
        attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    fd = mount_new_fs(m, target_fd, (unsigned)attr_set, &try_old, reterr);
    if (fd == -ENOSYS)
        return too_old(reterr);
    if (fd < 0)
        return fd;
    r = m->tmpcopyup ? mount_copyup(target_fd, fd, reterr) : 0;
    if (r == 0)
        r = mount_decorate(m, fd, m->tmpcopyup && (m->flags.set & MS_RDONLY) ? MOUNT_ATTR_RDONLY : 0, 0,
                           userns_fd, reterr);
    if (r < 0)
        fd_close(&fd);
    return r == -ENOSYS ? too_old(reterr) : r < 0 ? r : fd;
}

int mount_live_open(const struct plan_mount *m, uint64_t propagation, int userns_fd, struct err *reterr)
{
    int fd = m->kind == MOUNT_BIND ? mount_open_source(m, propagation, userns_fd, reterr)
                                   : make_fs(m, -1, userns_fd, reterr);

    return fd == -ENOSYS && m->kind == MOUNT_BIND ? too_old(reterr) : fd;
}

/* ---- inside ---- */

int mount_live_id(int fd, uint64_t *ret, struct err *reterr)
{
    int r = sys_mnt_id_unique(fd, ret);

    if (r == -EOPNOTSUPP || r == -EINVAL)
        r = sys_mnt_id(fd, ret);
    return r < 0 ? err_system(reterr, r, "statx", "the id of a mount (Linux 5.8)") : 0;
}

void mount_live_done(struct mount_live *live)
{
    fd_close(&live->mount_fd);
    fd_close(&live->target_fd);
}

static int prepare(struct mount_ctx *ctx, const struct plan_mount *m, int source_fd, struct mount_live *ret,
                   struct err *reterr)
{
    bool skip, want_dir = m->target_type != TARGET_FILE;
    struct stat st;
    int r;

    if (source_fd >= 0) {
        ret->mount_fd = sys_fcntl(source_fd, F_DUPFD_CLOEXEC, 3);
        r = ret->mount_fd < 0 ? ret->mount_fd : sys_fstat(source_fd, &st);
        if (r < 0)
            return err_system(reterr, r, "fstat", "source of %s", m->target);
        want_dir = S_ISDIR(st.st_mode);
    }
    ret->target_fd = mount_open_target(ctx, m, want_dir, &skip, reterr);
    if (ret->target_fd < 0)
        return ret->target_fd;
    if (source_fd < 0)
        ret->mount_fd = make_fs(m, ret->target_fd, ctx->userns_fd, reterr);
    return ret->mount_fd < 0 ? ret->mount_fd : mount_live_id(ret->mount_fd, &ret->id, reterr);
}

static int named(int r, const struct plan_mount *m, struct err *reterr)
{
    const char *name = m->source ? m->source : m->fstype;

    if (r < 0)
        err_prefix(reterr, "error mounting \"%s\" at \"%s\"", name ? name : "", m->target);
    return r;
}

int mount_live_prepare(struct mount_ctx *ctx, const struct plan_mount *m, int source_fd,
                       struct mount_live *ret, struct err *reterr)
{
    *ret = MOUNT_LIVE_INIT;
    return named(prepare(ctx, m, source_fd, ret, reterr), m, reterr);
}

int mount_live_attach(struct mount_ctx *ctx, const struct plan_mount *m, const struct mount_live *live,
                      struct err *reterr)
{
    return named(mount_attach(ctx, m, live->mount_fd, live->target_fd, reterr), m, reterr);
}

/* By descriptor: umount2(2) knows paths only, and this one leads nowhere but to the descriptor. */
static int detach(struct procfs *procfs, int fd)
{
    AUTO_CLOSE int back = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
    int r = back < 0 ? back : sys_fchdir(procfs->fd);

    if (r == 0)
        r = sys_umount2(procfs_fd_path(fd).text, MNT_DETACH);
    if (back >= 0 && sys_fchdir(back) < 0 && r == 0)
        r = -EIO;
    return r;
}

/* The lines of mountinfo(5) begin with the id. */
static int in_mountinfo(struct procfs *procfs, uint64_t id, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(MOUNTINFO_MAX);
    AUTO_CLOSE int fd = procfs_open(procfs, "self/mountinfo", O_RDONLY, reterr);
    struct str rest, line, first;
    uint64_t there;
    int r = fd < 0 ? fd : io_read_all(fd, &text);

    if (r < 0)
        return fd < 0 ? fd : err_system(reterr, r, "read", "mountinfo");
    rest = (struct str){buf_cstr(&text), text.len};
    while (str_next(&rest, '\n', &line))
        if (str_next(&line, ' ', &first) && str_to_u64(first, UINT64_MAX, &there) == 0 && there == id)
            return 1;
    return 0;
}

/* Whether the mount is anywhere in this mount namespace: 1, 0, or a negative errno. */
static int is_mounted(struct procfs *procfs, uint64_t id, struct err *reterr)
{
    const uint64_t unique_from = UINT64_C(1) << 31; /* fs/namespace.c: below are ids that are used again */
    int r;

    if (id < unique_from)
        return in_mountinfo(procfs, id, reterr);
    r = sys_statmount_exists(id);
    return r < 0 ? err_system(reterr, r, "statmount", "mount %llu", (unsigned long long)id) : r;
}

int mount_live_remove(struct mount_ctx *ctx, const char *target, uint64_t id, struct err *reterr)
{
    AUTO_CLOSE int fd = fs_open(ctx->root_fd, target, O_PATH, NULL);
    uint64_t there = 0;
    int r = fd < 0 ? 0 : mount_live_id(fd, &there, reterr);

    if (r < 0)
        return r;
    if (fd >= 0 && there == id) {
        r = detach(ctx->procfs, fd);
        return r < 0 ? err_system(reterr, r, "umount2", "%s", target) : 0;
    }
    /* The container may have unmounted it, moved it, or covered it. */
    r = is_mounted(ctx->procfs, id, reterr);
    if (r <= 0)
        return r;
    return err_state(
        reterr, EBUSY,
        "what is seen at %s is not the mount that was added there, which the container has moved "
        "or covered: nothing was removed",
        target);
}
