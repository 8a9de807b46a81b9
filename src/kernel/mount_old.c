/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lower rung: mount(2), for kernels and filters without the calls of 5.2 and 5.12. It knows only paths,
 * so the working directory becomes the root of our procfs and the paths are self/fd/N: what is mounted on is
 * still the object that was looked up, whatever its name leads to by now.
 *
 * What this rung cannot do: attributes from the first moment (they come with a second call), recursive
 * attributes, id mappings.
 */
#include "kernel/mount_parts.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs.h"
#include "kernel/sys.h"

#define DATA_MAX 4095u

/* Flags of mount(2) that belong to the mount, and the bits in which statfs(2) reports them. */
#define ST_RELATIME_BIT 0x1000
static const struct {
    uint64_t ms;
    long st;
} mount_flag_bits[] = {
    {MS_RDONLY, 0x0001},
    {MS_NOSUID, 0x0002},
    {MS_NODEV, 0x0004},
    {MS_NOEXEC, 0x0008},
    {MS_NOATIME, 0x0400},
    {MS_NODIRATIME, 0x0800},
    {MS_RELATIME, ST_RELATIME_BIT},
    {MS_NOSYMFOLLOW, 0x2000},
};
#define MS_ATIMES ((uint64_t)MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

static uint64_t per_mount_flags(uint64_t ms)
{
    uint64_t out = ms & MS_STRICTATIME;

    for (size_t i = 0; i < ARRAY_SIZE(mount_flag_bits); i++)
        out |= ms & mount_flag_bits[i].ms;
    return out;
}

/* The flags a mount has now. Neither noatime nor relatime is strictatime: saying nothing would mean relatime.
 */
static int current_flags(int fd, uint64_t *ret)
{
    struct statfs fs;
    uint64_t ms = 0;
    int r = sys_fstatfs(fd, &fs);

    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(mount_flag_bits); i++)
        if (fs.f_flags & mount_flag_bits[i].st)
            ms |= mount_flag_bits[i].ms;
    if (!(ms & MS_ATIMES))
        ms |= MS_STRICTATIME;
    *ret = ms;
    return 0;
}

/* `now` with what is set and cleared; an access time that is given replaces the one that was. */
static uint64_t merge_flags(uint64_t now, uint64_t set, uint64_t clear)
{
    set = per_mount_flags(set);
    if (set & MS_ATIMES)
        now &= ~MS_ATIMES;
    else if (clear & now & MS_ATIMES)
        now = (now & ~MS_ATIMES) | MS_RELATIME;
    return (now & ~clear) | set;
}

/* ---- calls from within our procfs ---- */

struct inside {
    int back; /* the working directory before */
};

static int go_inside(struct inside *in, struct procfs *procfs, struct err *reterr)
{
    int r = procfs_open_root(procfs, reterr);

    if (r < 0)
        return r;
    in->back = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
    if (in->back < 0)
        return err_system(reterr, in->back, "open", "working directory");
    r = sys_fchdir(procfs->fd);
    if (r < 0) {
        fd_close(&in->back);
        return err_system(reterr, r, "fchdir", "procfs");
    }
    return 0;
}

static int go_back(struct inside *in)
{
    int r = sys_fchdir(in->back);

    fd_close(&in->back);
    return r;
}

int mount_old_call(struct procfs *procfs, const char *source, int source_fd, int target_fd,
                   const char *fstype, uint64_t flags, const char *data, struct err *reterr)
{
    const struct procfs_fd_path from = procfs_fd_path(source_fd), to = procfs_fd_path(target_fd);
    struct inside in;
    int r = go_inside(&in, procfs, reterr), back;

    if (r < 0)
        return r;
    r = sys_mount(source_fd >= 0 ? from.text : source, to.text, fstype, (unsigned long)flags, data);
    back = go_back(&in);
    if (r < 0)
        return err_system(reterr, r, "mount", "flags 0x%llx", (unsigned long long)flags);
    return back < 0 ? err_system(reterr, back, "fchdir", "working directory") : 0;
}

/* A directory needs no procfs: "." is the mount we stand in, whatever covers it. */
static int remount_dir(int fd, uint64_t flags, struct err *reterr)
{
    struct inside in = {.back = sys_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0)};
    AUTO_CLOSE int dir = sys_openat(fd, ".", O_PATH | O_DIRECTORY, 0);
    int r;

    if (in.back < 0 || dir < 0) {
        fd_close(&in.back);
        return err_system(reterr, ENOTDIR, "open", "working directory");
    }
    r = sys_fchdir(dir);
    if (r == 0)
        r = sys_mount("none", ".", NULL, (unsigned long)flags, NULL);
    if (go_back(&in) < 0 && r == 0)
        r = -EIO;
    return r < 0 ? err_system(reterr, r, "mount", "flags 0x%llx", (unsigned long long)flags) : 0;
}

int mount_old_set_flags(struct procfs *procfs, int fd, uint64_t set, uint64_t clear, struct err *reterr)
{
    uint64_t now, want;
    struct stat st;
    int r = current_flags(fd, &now);

    if (r == 0)
        r = sys_fstat(fd, &st);
    if (r < 0)
        return err_system(reterr, r, "fstatfs", "%s", "");
    want = merge_flags(now, set, clear);
    if (want == now)
        return 0;
    /* All that is set stays set: nothing that a user namespace has locked is touched. */
    if (S_ISDIR(st.st_mode))
        r = remount_dir(fd, MS_REMOUNT | MS_BIND | want, reterr);
    else
        r = mount_old_call(procfs, "none", -1, fd, NULL, MS_REMOUNT | MS_BIND | want, NULL, reterr);
    if (r < 0)
        return r;
    /* mount(2) takes a flag that it does not know, and does nothing about it. */
    if ((want & MS_NOSYMFOLLOW) && (current_flags(fd, &now) < 0 || !(now & MS_NOSYMFOLLOW)))
        return err_system(reterr, EINVAL, "mount", "nosymfollow needs Linux 5.10");
    return 0;
}

static int set_propagation(struct mount_ctx *ctx, const struct plan_mount *m, int fd, struct err *reterr)
{
    for (size_t i = 0; i < m->flags.n_propagation; i++) {
        int r = mount_old_call(ctx->procfs, "none", -1, fd, NULL, m->flags.propagation[i], NULL, reterr);

        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- after the mount: its root, found by the path again and recognised ---- */

static int reopen(struct mount_ctx *ctx, const struct plan_mount *m, int old_target, struct err *reterr)
{
    const int nofollow = m->dest_nofollow || m->proc_rule != PROC_RULE_NONE ? O_NOFOLLOW : 0;
    AUTO_CLOSE int fd = fs_open(ctx->root_fd, m->target, O_PATH | nofollow, reterr);
    uint64_t before, after;

    if (fd < 0)
        return fd;
    /* Before 5.8 there are no mount ids to compare, and what was asked for must not go to some other mount.
     */
    if (sys_mnt_id(old_target, &before) == 0 && sys_mnt_id(fd, &after) == 0 && before == after)
        return err_system(reterr, ESTALE, "open", "%s was moved away", m->target);
    return take_fd(&fd);
}

/* Is `fd` the object that was mounted? */
static int same_object(int a, int b)
{
    struct stat sa, sb;
    int r = sys_fstat(a, &sa);

    if (r == 0)
        r = sys_fstat(b, &sb);
    if (r < 0)
        return r;
    return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino ? 0 : -ESTALE;
}

static int refuse_new_features(const struct plan_mount *m, struct err *reterr)
{
    if (m->idmap)
        return err_system(reterr, ENOSYS, "mount_setattr", "id-mapped mounts need Linux 5.12");
    if (m->flags.rec_set || m->flags.rec_clear)
        return err_system(reterr, ENOSYS, "mount_setattr", "recursive mount attributes need Linux 5.12");
    /* The new root could not be found again: every path starts below it. */
    if (m->kind != MOUNT_REMOUNT && streq(m->target, "/"))
        return err_system(reterr, ENOSYS, "move_mount", "a mount over the root needs Linux 5.2");
    return 0;
}

static uint64_t flags_now(const struct plan_mount *m)
{
    return m->read_only_later ? m->flags.set & ~(uint64_t)MS_RDONLY : m->flags.set;
}

static int decorate(struct mount_ctx *ctx, const struct plan_mount *m, int fd, struct err *reterr)
{
    int r = mount_old_set_flags(ctx->procfs, fd, flags_now(m), m->flags.clear, reterr);

    if (r == 0)
        r = set_propagation(ctx, m, fd, reterr);
    return r < 0 ? r : mount_placed(ctx, m, fd, reterr);
}

int mount_old_bind(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr)
{
    AUTO_CLOSE int source = -1;
    AUTO_CLOSE int target = -1;
    AUTO_CLOSE int fd = -1;
    struct stat st;
    bool skip;
    int r = refuse_new_features(m, reterr);

    if (r < 0)
        return r;
    source = sys_openat(AT_FDCWD, m->source, O_PATH | (m->src_nofollow ? O_NOFOLLOW : 0), 0);
    r = source < 0 ? source : sys_fstat(source, &st);
    if (r < 0)
        return err_system(reterr, r, "open", "%s", m->source);
    r = mount_check_proc_source(m, source, reterr);
    if (r < 0)
        return r;
    target = mount_open_target(
        ctx, m, m->target_type == TARGET_LIKE_SOURCE ? S_ISDIR(st.st_mode) : m->target_type == TARGET_DIR,
        &skip, reterr);
    if (target < 0)
        return skip ? 0 : target;
    r = mount_old_call(ctx->procfs, NULL, source, target, NULL, MS_BIND | (m->flags.set & MS_REC), NULL,
                       reterr);
    if (r < 0)
        return r;
    fd = reopen(ctx, m, target, reterr);
    if (fd < 0)
        return fd;
    r = same_object(fd, source);
    if (r < 0)
        return err_system(reterr, r, "open", "%s was moved away", m->target);
    return decorate(ctx, m, fd, reterr);
}

/* ---- file systems ---- */

static void add_option(struct buf *b, const char *key, const char *value)
{
    buf_printf(b, "%s%s=%s", b->len ? "," : "", key, value);
}

static int build_data(const struct plan_mount *m, int target_fd, struct buf *b, struct err *reterr)
{
    struct stat st;
    char mode[8];

    if (m->data)
        buf_str(b, m->data);
    if (m->copy_target_mode) {
        int r = sys_fstat(target_fd, &st);
        if (r < 0)
            return err_system(reterr, r, "fstat", "%s", m->target);
        snprintf(mode, sizeof(mode), "%o", (unsigned)(st.st_mode & 07777));
        add_option(b, "mode", mode);
    }
    if (mount_context(m)) {
        AUTO_BUF struct buf quoted = BUF_INIT(DATA_MAX);
        buf_printf(&quoted, "\"%s\"", m->label);
        add_option(b, "context", buf_cstr(&quoted));
    }
    return buf_error(b) < 0 ? err_system(reterr, EINVAL, "mount", "options longer than %u bytes", DATA_MAX)
                            : 0;
}

int mount_old_fs(struct mount_ctx *ctx, const struct plan_mount *m, int target_fd, struct err *reterr)
{
    const uint64_t sb = MS_SYNCHRONOUS | MS_DIRSYNC | MS_LAZYTIME | MS_MANDLOCK | MS_SILENT | MS_I_VERSION;
    uint64_t flags = per_mount_flags(flags_now(m)) | (m->flags.set & sb);
    AUTO_BUF struct buf data = BUF_INIT(DATA_MAX);
    AUTO_CLOSE int fd = -1;
    int r = refuse_new_features(m, reterr);

    if (r == 0)
        r = build_data(m, target_fd, &data, reterr);
    if (r < 0)
        return r;
    if (m->tmpcopyup)
        flags &= ~(uint64_t)MS_RDONLY;
    r = mount_old_call(ctx->procfs, m->source ? m->source : m->fstype, -1, target_fd, m->fstype, flags,
                       data.len ? data.data : NULL, reterr);
    if (r < 0)
        return r;
    fd = reopen(ctx, m, target_fd, reterr);
    if (fd < 0)
        return fd;
    r = mount_label_root(m, fd, reterr);
    if (r == 0 && m->tmpcopyup)
        r = mount_copyup(target_fd, fd, reterr);
    return r < 0 ? r : decorate(ctx, m, fd, reterr);
}

int mount_old_remount(struct mount_ctx *ctx, const struct plan_mount *m, int target_fd, struct err *reterr)
{
    uint64_t now;
    int r = refuse_new_features(m, reterr);

    if (r == 0 && !(m->flags.set & MS_BIND)) {
        const uint64_t sb =
            MS_SYNCHRONOUS | MS_DIRSYNC | MS_LAZYTIME | MS_MANDLOCK | MS_SILENT | MS_I_VERSION;

        r = current_flags(target_fd, &now);
        if (r < 0)
            return err_system(reterr, r, "fstatfs", "%s", m->target);
        r = mount_old_call(ctx->procfs, "none", -1, target_fd, NULL,
                           MS_REMOUNT | merge_flags(now, flags_now(m), m->flags.clear) | (m->flags.set & sb),
                           m->data, reterr);
    }
    return r < 0 ? r : decorate(ctx, m, target_fd, reterr);
}
