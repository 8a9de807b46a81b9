/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/fs.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs_walk.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"

#include <errno.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#define FLAGS_ALLOWED                                                                                        \
    (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_WRONLY | O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define RETRIES_MIN  128
#define RETRY_MIN_NS 2000000

/* ---- retries: a rename storm makes openat2 fail with EAGAIN; both bounds must be passed before we give up
 * ---- */

struct retry {
    unsigned n;
    struct timespec start;
};

static bool retry_more(struct retry *t)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (t->n++ == 0)
        t->start = now;
    return t->n <= RETRIES_MIN ||
           (now.tv_sec - t->start.tv_sec) * 1000000000LL + (now.tv_nsec - t->start.tv_nsec) < RETRY_MIN_NS;
}

static int open_once(int root_fd, const char *path, int flags)
{
    int fd = sys_openat2(root_fd, path, (uint64_t)(flags | O_CLOEXEC), 0,
                         SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS);

    /* EPERM: a seccomp filter older than the call. When it is the file's own answer, the walk gives it again.
     */
    if (fd == -ENOSYS || fd == -EPERM)
        return fs_walk(root_fd, path, flags, FS_WALK_FIND, 0);
    return fd;
}

static int walk_retry(int root_fd, const char *path, int flags, enum fs_walk_make make, mode_t mode)
{
    struct retry t = {0};
    int fd;

    do {
        fd = fs_walk(root_fd, path, flags, make, mode);
    } while (fd == -EAGAIN && retry_more(&t));
    return fd;
}

static int open_retry(int root_fd, const char *path, int flags)
{
    struct retry t = {0};
    int fd;

    if ((flags & ~FLAGS_ALLOWED) ||
        ((flags & O_PATH) && (flags & (O_WRONLY | O_RDWR | O_NONBLOCK | O_NOCTTY))))
        return -EINVAL;
    if (!*path)
        path = ".";
    do {
        fd = open_once(root_fd, path, flags);
    } while ((fd == -EAGAIN || fd == -EINTR) && retry_more(&t));
    /* openat2 is disturbed by renames and mounts anywhere on the machine, the walk only by those on its way.
     */
    return fd == -EAGAIN ? walk_retry(root_fd, path, flags, FS_WALK_FIND, 0) : fd;
}

/* "/a/b//" is "/a/" and "b". -EINVAL when there is no name to make: "/", "a/..", ".". */
static int split(const char *path, char parent[PATH_MAX], char base[NAME_MAX + 1])
{
    size_t end = strlen(path), start;

    if (end >= PATH_MAX)
        return -ENAMETOOLONG;
    while (end > 0 && path[end - 1] == '/')
        end--;
    start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (end - start > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(base, path + start, end - start);
    base[end - start] = '\0';
    memcpy(parent, path, start);
    parent[start] = '\0';
    return !base[0] || streq(base, ".") || streq(base, "..") ? -EINVAL : 0;
}

/*
 * The usual case of something missing: everything but the last component is there. Two calls where the walk
 * needs eight. -ENOENT, -EEXIST (a link that leads nowhere, a race) and whatever else: the walk decides.
 */
static int make_last(int root_fd, const char *path, mode_t mode)
{
    char base[NAME_MAX + 1], parent[PATH_MAX] UNINITIALIZED;
    AUTO_CLOSE int dir = -1;
    AUTO_CLOSE int fd = -1;
    struct stat st;
    int at = root_fd, r = split(path, parent, base);

    if (r < 0)
        return r;
    if (parent[strspn(parent, "/")]) {
        dir = at = open_retry(root_fd, parent, O_PATH | O_DIRECTORY);
        if (dir < 0)
            return dir;
    }
    r = S_ISDIR(mode) ? sys_mkdirat(at, base, mode & 07777) : sys_mknodat(at, base, mode, 0);
    if (r < 0)
        return r;
    fd = sys_openat(at, base, O_PATH | O_NOFOLLOW, 0);
    r = fd < 0 ? fd : sys_fstat(fd, &st);
    if (r < 0)
        return r;
    return (st.st_mode & S_IFMT) == (mode & S_IFMT) ? take_fd(&fd) : -ESTALE;
}

static int make_dir(int root_fd, const char *path, mode_t mode)
{
    int fd = make_last(root_fd, path, S_IFDIR | mode);

    return fd < 0 ? walk_retry(root_fd, path, O_PATH | O_DIRECTORY, FS_WALK_MAKE_DIR, mode) : fd;
}

static int make_file(int root_fd, const char *path, mode_t mode)
{
    const size_t len = strlen(path);
    int fd = len && path[len - 1] == '/' ? -EISDIR : make_last(root_fd, path, S_IFREG | mode);

    return fd < 0 ? walk_retry(root_fd, path, O_PATH, FS_WALK_MAKE_FILE, mode) : fd;
}

int fs_open_root(const char *path, struct err *reterr)
{
    int fd = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);

    return fd < 0 ? err_system(reterr, fd, "open", "rootfs %s", path) : fd;
}

int fs_open(int root_fd, const char *path, int flags, struct err *reterr)
{
    int fd = open_retry(root_fd, path, flags);

    return fd < 0 ? err_system(reterr, fd, "openat2", "%s in the rootfs", path) : fd;
}

int fs_mkdir_p(int root_fd, const char *path, mode_t mode, struct err *reterr)
{
    int fd = open_retry(root_fd, path, O_PATH | O_DIRECTORY);

    if (fd == -ENOENT)
        fd = make_dir(root_fd, path, mode);
    return fd < 0 ? err_system(reterr, fd, "mkdir", "%s in the rootfs", path) : fd;
}

int fs_create_file(int root_fd, const char *path, mode_t mode, struct err *reterr)
{
    AUTO_CLOSE int fd = open_retry(root_fd, path, O_PATH);
    struct stat st;
    int r;

    if (fd == -ENOENT)
        fd = make_file(root_fd, path, mode);
    if (fd < 0)
        return err_system(reterr, fd, "create", "file %s in the rootfs", path);
    r = sys_fstat(fd, &st);
    if (r == 0 && S_ISDIR(st.st_mode))
        r = -EISDIR;
    if (r < 0)
        return err_system(reterr, r, "create", "file %s in the rootfs", path);
    return take_fd(&fd);
}

int fs_open_parent(int root_fd, const char *path, bool make, char base[256], struct err *reterr)
{
    char dir[PATH_MAX] UNINITIALIZED;
    int r = split(path, dir, base);

    if (r < 0)
        return err_system(reterr, r, "open", "parent of %s in the rootfs", path);
    if (make)
        return fs_mkdir_p(root_fd, dir, 0755, reterr);
    return fs_open(root_fd, dir, O_PATH | O_DIRECTORY, reterr);
}

int fs_symlink(int root_fd, const char *path, const char *target, struct err *reterr)
{
    char base[NAME_MAX + 1], text[PATH_MAX] UNINITIALIZED;
    AUTO_CLOSE int dir = fs_open_parent(root_fd, path, true, base, reterr);
    int r, n;

    if (dir < 0)
        return dir;
    r = sys_symlinkat(target, dir, base);
    if (r == -EEXIST) {
        n = sys_readlinkat(dir, base, text, sizeof(text));
        if (n >= 0 && (size_t)n == strlen(target) && memcmp(text, target, (size_t)n) == 0)
            return 0;
    }
    return r < 0 ? err_system(reterr, r, "symlink", "%s in the rootfs", path) : 0;
}

int fs_chmod(int fd, mode_t mode, struct err *reterr)
{
    struct procfs p = PROCFS_INIT;
    int r = sys_fchmod_path(fd, mode);

    if (r == -ENOSYS || r == -EPERM || r == -EOPNOTSUPP) {
        r = procfs_open_root(&p, reterr);
        if (r < 0)
            return r;
        r = fchmodat(p.fd, procfs_fd_path(fd).text, mode, 0) < 0 ? -errno : 0;
        procfs_done(&p);
    }
    return r < 0 ? err_system(reterr, r, "chmod", "%o", mode) : 0;
}

int fs_access(const char *path, int mode)
{
    int r = sys_faccessat2(AT_FDCWD, path, mode, AT_EACCESS);

    if (r != -ENOSYS && r != -EPERM)
        return r;
    if (getuid() != geteuid() || getgid() != getegid())
        return -ENOSYS;
    return access(path, mode) < 0 ? -errno : 0;
}
