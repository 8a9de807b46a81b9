/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount_parts.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#define KEY_VALUE_MAX 4096u
#define VALUE_LIMIT   255u /* fsconfig(2) takes strings of 256 bytes with the terminator */

/* ---- options ---- */

/* Does an SELinux option start here, whose value may hold commas between quotes? */
static bool starts_quoted_context(const char *p)
{
    const char *const names[] = {"context=\"", "fscontext=\"", "defcontext=\"", "rootcontext=\""};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strncmp(p, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

int mount_next_option(const char **rest, char *scratch, size_t cap, const char **key, const char **value)
{
    const char *p = *rest;
    bool quotes, within = false;
    size_t n = 0;
    char *eq;

    while (p && *p == ',')
        p++;
    if (!p || !*p)
        return 0;
    quotes = starts_quoted_context(p);
    for (; *p && (within || *p != ','); p++) {
        if (quotes && *p == '"') {
            within = !within;
            continue;
        }
        if (n + 1 >= cap)
            return -EMSGSIZE;
        scratch[n++] = *p;
    }
    scratch[n] = '\0';
    *rest = p;
    eq = strchr(scratch, '=');
    if (eq)
        *eq = '\0';
    *key = scratch;
    *value = eq ? eq + 1 : NULL;
    return 1;
}

/* ---- the context of fsopen or fspick ---- */

/* The last error of the kernel's log: "e tmpfs: Unknown parameter 'x'". "" when it says nothing. */
static void read_log(int fsfd, char *out, size_t cap)
{
    char line[512];

    out[0] = '\0';
    for (int i = 0; i < 64; i++) {
        ssize_t n = sys_read(fsfd, line, sizeof(line) - 1);

        if (n <= 0)
            return;
        line[n] = '\0';
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == 'e' && line[1] == ' ')
            snprintf(out, cap, " (%s)", line + 2);
    }
}

static int fs_error(int fsfd, int code, const char *call, const char *what, struct err *reterr)
{
    char log[256];

    read_log(fsfd, log, sizeof(log));
    return err_system(reterr, code, call, "%s%s", what, log);
}

static int set_option(int fsfd, const char *key, const char *value, bool *try_old, struct err *reterr)
{
    int r;

    if (value && strlen(value) > VALUE_LIMIT)
        r = -EINVAL;
    else
        r = sys_fsconfig(fsfd, value ? SYS_FSCONFIG_STRING : SYS_FSCONFIG_FLAG, key, value);
    if (r == 0)
        return 0;
    /* A file system may read its options otherwise when they come as one text. */
    if (r == -EINVAL)
        *try_old = true;
    return fs_error(fsfd, r, "fsconfig", key, reterr);
}

static int set_data(int fsfd, const char *data, bool *try_old, struct err *reterr)
{
    char scratch[KEY_VALUE_MAX] UNINITIALIZED;
    const char *rest = data, *key, *value;

    for (;;) {
        int r = mount_next_option(&rest, scratch, sizeof(scratch), &key, &value);

        if (r == 0)
            return 0;
        if (r < 0)
            return err_system(reterr, r, "fsconfig", "option too long");
        r = set_option(fsfd, key, value, try_old, reterr);
        if (r < 0)
            return r;
    }
}

/* Flags of the superblock by the names of the kernel (fs/fs_context.c). */
static const struct {
    uint64_t ms;
    const char *set, *clear;
} sb_flags[] = {
    {MS_SYNCHRONOUS, "sync", "async"},
    {MS_DIRSYNC, "dirsync", NULL},
    {MS_LAZYTIME, "lazytime", "nolazytime"},
    {MS_MANDLOCK, "mand", "nomand"},
};

static int set_sb_flags(int fsfd, const struct mount_flags *f, bool read_only, struct err *reterr)
{
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(sb_flags) && r == 0; i++) {
        const char *name = f->set & sb_flags[i].ms     ? sb_flags[i].set
                           : f->clear & sb_flags[i].ms ? sb_flags[i].clear
                                                       : NULL;

        if (name)
            r = sys_fsconfig(fsfd, SYS_FSCONFIG_FLAG, name, NULL);
        if (r < 0)
            return fs_error(fsfd, r, "fsconfig", name, reterr);
    }
    if (read_only) {
        r = sys_fsconfig(fsfd, SYS_FSCONFIG_FLAG, "ro", NULL);
        if (r < 0)
            return fs_error(fsfd, r, "fsconfig", "ro", reterr);
    }
    return 0;
}

/*
 * Kernel file systems share one superblock among all mounts of a namespace: read-only is a matter of the
 * mount there. Others are told, since a device may be write-protected.
 */
static bool read_only_is_per_mount(const char *fstype)
{
    static const char *const shared[] = {"proc",       "sysfs",   "tmpfs",     "devpts",     "mqueue",
                                         "cgroup",     "cgroup2", "devtmpfs",  "debugfs",    "tracefs",
                                         "securityfs", "bpf",     "pstore",    "ramfs",      "efivarfs",
                                         "configfs",   "fusectl", "hugetlbfs", "binfmt_misc"};

    for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
        if (streq(fstype, shared[i]))
            return true;
    return false;
}

static int set_mode_of(int fsfd, int target_fd, struct err *reterr)
{
    struct stat st;
    char mode[8];
    int r = sys_fstat(target_fd, &st);

    if (r < 0)
        return err_system(reterr, r, "fstat", "target");
    snprintf(mode, sizeof(mode), "%o", (unsigned)(st.st_mode & 07777));
    r = sys_fsconfig(fsfd, SYS_FSCONFIG_STRING, "mode", mode);
    return r < 0 ? fs_error(fsfd, r, "fsconfig", "mode", reterr) : 0;
}

/* The queues of an ipc namespace are one superblock, which exists before anybody could name its context. */
static bool is_labelled_by_root(const struct plan_mount *m)
{
    return streq(m->fstype, "mqueue");
}

const char *mount_context(const struct plan_mount *m)
{
    return is_labelled_by_root(m) ? NULL : m->label;
}

int mount_label_root(const struct plan_mount *m, int fd, struct err *reterr)
{
    AUTO_CLOSE int root = -1;

    if (!m->label || !is_labelled_by_root(m))
        return 0;
    root = sys_openat(fd, ".", O_RDONLY | O_DIRECTORY, 0);
    if (root < 0)
        return err_system(reterr, root, "openat", "%s", m->target);
    if (fsetxattr(root, "security.selinux", m->label, strlen(m->label) + 1, 0) < 0 && errno != EOPNOTSUPP)
        return err_system(reterr, errno, "fsetxattr", "security.selinux=%s of %s", m->label, m->target);
    return 0;
}

static int configure(const struct plan_mount *m, int fsfd, int target_fd, bool *try_old, struct err *reterr)
{
    const bool ro = (m->flags.set & MS_RDONLY) && !m->read_only_later && !read_only_is_per_mount(m->fstype);
    int r = 0;

    if (m->source)
        r = set_option(fsfd, "source", m->source, try_old, reterr);
    if (r == 0)
        r = set_sb_flags(fsfd, &m->flags, ro, reterr);
    if (r == 0 && m->copy_target_mode)
        r = set_mode_of(fsfd, target_fd, reterr);
    if (r == 0 && m->data)
        r = set_data(fsfd, m->data, try_old, reterr);
    if (r == 0 && mount_context(m))
        r = set_option(fsfd, "context", mount_context(m), try_old, reterr);
    if (r < 0)
        return r;
    r = sys_fsconfig(fsfd, SYS_FSCONFIG_CREATE, NULL, NULL);
    return r < 0 ? fs_error(fsfd, r, "fsconfig", m->fstype, reterr) : 0;
}

int mount_new_fs(const struct plan_mount *m, int target_fd, unsigned attrs, bool *try_old, struct err *reterr)
{
    AUTO_CLOSE int fsfd = -1;
    int fd, r;

    *try_old = false;
    /* fsconfig has no word for iversion, and a file system with escapes in its options has its own parser. */
    if ((m->flags.set & MS_I_VERSION) || (m->data && strchr(m->data, '\\'))) {
        *try_old = true;
        return -ENOSYS;
    }
    fsfd = sys_fsopen(m->fstype);
    if (fsfd == -ENOSYS || fsfd == -EPERM) {
        *try_old = true;
        return -ENOSYS;
    }
    if (fsfd < 0)
        return err_system(reterr, fsfd, "fsopen", "%s", m->fstype);
    r = configure(m, fsfd, target_fd, try_old, reterr);
    if (r < 0)
        return r;
    fd = sys_fsmount(fsfd, attrs);
    if (fd == -EPERM && streq(m->fstype, "proc"))
        return err_system(
            reterr, fd, "fsmount",
            "proc (every procfs that is visible here is partly covered, so the kernel allows no other)");
    /* Linux 5.10 to 5.13 know it in mount(2) only. */
    if (fd == -EINVAL && (attrs & MOUNT_ATTR_NOSYMFOLLOW))
        *try_old = true;
    if (fd < 0)
        return fs_error(fsfd, fd, "fsmount", m->fstype, reterr);
    r = mount_label_root(m, fd, reterr);
    if (r < 0)
        close(fd);
    return r < 0 ? r : fd;
}

int mount_reconfigure(const struct plan_mount *m, int fd, bool *try_old, struct err *reterr)
{
    const uint64_t ours = (uint64_t)MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC | MS_LAZYTIME | MS_MANDLOCK;
    AUTO_CLOSE int fsfd = -1;
    int r;

    *try_old = false;
    if (!m->data && !((m->flags.set | m->flags.clear) & ours))
        return 0;
    fsfd = sys_fspick(fd);
    if (fsfd == -ENOSYS || fsfd == -EPERM) {
        *try_old = true;
        return -ENOSYS;
    }
    if (fsfd < 0)
        return err_system(reterr, fsfd, "fspick", "%s", "");
    r = set_sb_flags(fsfd, &m->flags, (m->flags.set & MS_RDONLY) && !m->read_only_later, reterr);
    if (r == 0 && (m->flags.clear & MS_RDONLY)) {
        r = sys_fsconfig(fsfd, SYS_FSCONFIG_FLAG, "rw", NULL);
        if (r < 0)
            fs_error(fsfd, r, "fsconfig", "rw", reterr);
    }
    if (r == 0 && m->data)
        r = set_data(fsfd, m->data, try_old, reterr);
    if (r < 0)
        return r;
    r = sys_fsconfig(fsfd, SYS_FSCONFIG_RECONFIGURE, NULL, NULL);
    return r < 0 ? fs_error(fsfd, r, "fsconfig", "remount", reterr) : 0;
}
