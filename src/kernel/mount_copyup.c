/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount_parts.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/sys.h"

#include <limits.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

#define DEPTH_MAX     128 /* levels; each holds descriptors open */
#define XATTR_LIST    4096u
#define XATTR_VALUE   65536u
#define SENDFILE_STEP (1u << 30)

static int copy_tree(int from, int to, unsigned depth, struct err *reterr);

/* What the target does not take is not copied: tmpfs knows no user.* before 6.6. */
static void copy_xattrs(int from, int to)
{
    char list[XATTR_LIST];
    ssize_t len = flistxattr(from, list, sizeof(list));
    AUTO_FREE char *value = len > 0 ? malloc(XATTR_VALUE) : NULL;

    for (ssize_t i = 0; value && i < len; i += (ssize_t)strlen(list + i) + 1) {
        ssize_t n = fgetxattr(from, list + i, value, XATTR_VALUE);

        if (n >= 0)
            fsetxattr(to, list + i, value, (size_t)n, 0);
    }
}

/* Owner before mode, since a change of owner takes setuid bits away; attributes before times. */
static int copy_attributes(int from, int to, const struct stat *st, const char *name, struct err *reterr)
{
    const struct timespec times[2] = {st->st_atim, st->st_mtim};

    if (fchown(to, st->st_uid, st->st_gid) < 0)
        return err_system(reterr, errno, "fchown", "%s", name);
    if (fchmod(to, st->st_mode & 07777) < 0)
        return err_system(reterr, errno, "fchmod", "%s", name);
    copy_xattrs(from, to);
    if (futimens(to, times) < 0)
        return err_system(reterr, errno, "futimens", "%s", name);
    return 0;
}

static int copy_file(int from_dir, int to_dir, const char *name, struct err *reterr)
{
    AUTO_CLOSE int from = sys_openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    AUTO_CLOSE int to = -1;
    struct stat st;
    ssize_t n;
    int r = from < 0 ? from : sys_fstat(from, &st);

    if (r < 0)
        return err_system(reterr, r, "open", "%s", name);
    if (!S_ISREG(st.st_mode)) /* it was, a moment ago */
        return 0;
    to = sys_openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (to < 0)
        return err_system(reterr, to, "create", "%s", name);
    do {
        n = sendfile(to, from, NULL, SENDFILE_STEP);
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0)
        return err_system(reterr, errno, "sendfile", "%s", name);
    return copy_attributes(from, to, &st, name, reterr);
}

static int copy_dir(int from_dir, int to_dir, const char *name, unsigned depth, struct err *reterr)
{
    AUTO_CLOSE int from = sys_openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    AUTO_CLOSE int to = -1;
    struct stat st;
    int r = from < 0 ? from : sys_fstat(from, &st);

    if (r < 0)
        return err_system(reterr, r, "open", "%s", name);
    if (depth >= DEPTH_MAX)
        return err_system(reterr, ELOOP, "tmpcopyup", "%s is nested too deeply", name);
    r = sys_mkdirat(to_dir, name, 0700);
    if (r < 0)
        return err_system(reterr, r, "mkdir", "%s", name);
    to = sys_openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (to < 0)
        return err_system(reterr, to, "open", "%s", name);
    r = copy_tree(from, to, depth + 1, reterr);
    return r < 0 ? r : copy_attributes(from, to, &st, name, reterr);
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct stat *st, struct err *reterr)
{
    char text[PATH_MAX];
    int n = sys_readlinkat(from_dir, name, text, sizeof(text));
    int r = n < 0 ? n : (size_t)n >= sizeof(text) ? -ENAMETOOLONG : 0;

    if (r == 0) {
        text[n] = '\0';
        r = sys_symlinkat(text, to_dir, name);
    }
    if (r == 0)
        r = sys_fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW);
    return r < 0 ? err_system(reterr, r, "symlink", "%s", name) : 0;
}

static int copy_entry(int from, int to, const char *name, unsigned depth, struct err *reterr)
{
    struct stat st;
    int r = sys_fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW);

    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return err_system(reterr, r, "stat", "%s", name);
    switch (st.st_mode & S_IFMT) {
    case S_IFDIR: return copy_dir(from, to, name, depth, reterr);
    case S_IFREG: return copy_file(from, to, name, reterr);
    case S_IFLNK: return copy_link(from, to, name, &st, reterr);
    default: return 0;
    }
}

static int copy_tree(int from, int to, unsigned depth, struct err *reterr)
{
    int fd = sys_openat(from, ".", O_RDONLY | O_DIRECTORY, 0);
    AUTO_CLOSEDIR DIR *dir = NULL;
    struct dirent *d;

    if (fd < 0)
        return err_system(reterr, fd, "open", "directory");
    dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return err_nomem(reterr);
    }
    for (errno = 0; (d = readdir(dir)); errno = 0) {
        int r;

        if (streq(d->d_name, ".") || streq(d->d_name, ".."))
            continue;
        r = copy_entry(from, to, d->d_name, depth, reterr);
        if (r < 0)
            return r;
    }
    return errno ? err_system(reterr, errno, "readdir", "%s", "") : 0;
}

int mount_copyup(int from, int to, struct err *reterr)
{
    AUTO_CLOSE int readable = sys_openat(from, ".", O_RDONLY | O_DIRECTORY, 0);
    struct stat st;
    int r = readable < 0 ? readable : sys_fstat(readable, &st);

    if (r < 0)
        return err_system(reterr, r, "tmpcopyup", "open the directory");
    r = copy_tree(readable, to, 0, reterr);
    if (r < 0)
        err_prefix(reterr, "tmpcopyup");
    return r;
}
