/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/procfs.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <limits.h>

#define PROC_ROOT_INO 1 /* PROC_ROOT_INO of include/linux/proc_ns.h: part of the ABI */

/* ---- the handle ---- */

static int verify_root(int fd)
{
    struct statfs fs;
    struct stat st;
    int r = sys_fstatfs(fd, &fs);

    if (r == 0)
        r = sys_fstat(fd, &st);
    if (r < 0)
        return r;
    return fs.f_type == SYS_MAGIC_PROC && st.st_ino == PROC_ROOT_INO ? 0 : -ENODEV;
}

static int open_own(void)
{
    AUTO_CLOSE int fsfd = sys_fsopen("proc");
    int r;

    if (fsfd < 0)
        return fsfd;
    r = sys_fsconfig(fsfd, SYS_FSCONFIG_CREATE, NULL, NULL);
    if (r < 0)
        return r;
    return sys_fsmount(fsfd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static int open_verified(int (*open_it)(void))
{
    AUTO_CLOSE int fd = open_it();
    int r;

    if (fd < 0)
        return fd;
    r = verify_root(fd);
    return r < 0 ? r : take_fd(&fd);
}

static int open_clone(void)
{
    return sys_open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE);
}

/* A user namespace locks what is mounted over /proc: only the whole tree can be cloned. NO_XDEV does the
 * rest. */
static int open_clone_recursive(void)
{
    return sys_open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | AT_RECURSIVE);
}

static int open_plain(void)
{
    return sys_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
}

int procfs_open_root(struct procfs *p, struct err *reterr)
{
    int (*const rungs[])(void) = {open_own, open_clone, open_clone_recursive, open_plain};
    int fd = -ENOSYS;

    if (p->fd >= 0)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(rungs) && fd < 0; i++)
        fd = open_verified(rungs[i]);
    if (fd < 0)
        return err_system(reterr, fd, "open", "a trusted procfs");
    p->fd = fd;
    return 0;
}

void procfs_done(struct procfs *p)
{
    fd_close(&p->fd);
}

/* ---- lookups ---- */

/* One component; -EXDEV when something is mounted on it. */
static int step(int dir, uint64_t mnt_id, const char *name, int flags)
{
    AUTO_CLOSE int fd = sys_openat(dir, name, flags | O_NOFOLLOW, 0);
    uint64_t id;

    if (fd < 0)
        return fd;
    if (mnt_id && (sys_mnt_id(fd, &id) < 0 || id != mnt_id))
        return -EXDEV;
    return take_fd(&fd);
}

/* "self" and "thread-self" are links to "PID" and "PID/task/TID": the only ones that may be followed. */
static int expand_self(int root, const char *path, char *out, size_t cap)
{
    const char *slash = strchr(path, '/');
    const size_t len = slash ? (size_t)(slash - path) : strlen(path);
    const struct str first = {path, len};
    char text[64];
    int n;

    if (!str_eq(first, "self") && !str_eq(first, "thread-self")) {
        n = snprintf(out, cap, "%s", path);
    } else {
        n = sys_readlinkat(root, str_eq(first, "self") ? "self" : "thread-self", text, sizeof(text) - 1);
        if (n < 0)
            return n;
        text[n] = '\0';
        if (strspn(text, "0123456789/task") != (size_t)n || text[0] == '/')
            return -ELOOP;
        n = snprintf(out, cap, "%s%s", text, slash ? slash : "");
    }
    return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

/* The lookup of kernels without openat2. */
static int walk(int root, const char *path, int flags)
{
    char expanded[PATH_MAX], name[NAME_MAX + 1];
    AUTO_CLOSE int dir = -1;
    uint64_t mnt_id = 0;
    struct str rest, part;
    int r = expand_self(root, path, expanded, sizeof(expanded));

    if (r < 0)
        return r;
    sys_mnt_id(root, &mnt_id); /* before 5.8: 0, not compared */
    rest = str_of(expanded);
    while (str_next(&rest, '/', &part)) {
        int fd;

        if (part.len == 0 || part.len > NAME_MAX || str_eq(part, ".") || str_eq(part, ".."))
            return -EINVAL;
        memcpy(name, part.ptr, part.len);
        name[part.len] = '\0';
        fd = step(dir < 0 ? root : dir, mnt_id, name, rest.ptr ? O_PATH | O_DIRECTORY : flags);
        fd_close(&dir);
        if (fd < 0)
            return fd;
        dir = fd;
    }
    return take_fd(&dir);
}

static int lookup(struct procfs *p, const char *path, int flags, uint64_t more_resolve)
{
    int fd;

    if (path[0] == '/' || !path[0])
        return -EINVAL;
    fd = sys_openat2(p->fd, path, (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW), 0,
                     SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_MAGICLINKS | more_resolve);
    return fd == -ENOSYS || fd == -EPERM ? walk(p->fd, path, flags) : fd;
}

int procfs_open(struct procfs *p, const char *path, int flags, struct err *reterr)
{
    int r = procfs_open_root(p, reterr), fd;

    if (r < 0)
        return r;
    fd = lookup(p, path, flags, 0);
    return fd < 0 ? err_system(reterr, fd, "open", "/proc/%s", path) : fd;
}

int procfs_write(struct procfs *p, const char *path, const void *data, size_t len, struct err *reterr)
{
    AUTO_CLOSE int fd = procfs_open(p, path, O_WRONLY, reterr);
    int r;

    if (fd < 0)
        return fd;
    r = io_write_once(fd, data, len);
    return r < 0 ? err_system(reterr, r, "write", "/proc/%s", path) : 0;
}

int procfs_read(struct procfs *p, const char *path, char *dst, size_t cap, struct err *reterr)
{
    AUTO_CLOSE int fd = procfs_open(p, path, O_RDONLY, reterr);
    size_t len = 0;

    if (fd < 0)
        return fd;
    while (len < cap) {
        ssize_t n = sys_read(fd, dst + len, cap - len);

        if (n < 0)
            return err_system(reterr, (int)n, "read", "/proc/%s", path);
        if (n == 0) {
            dst[len] = '\0';
            return (int)len;
        }
        len += (size_t)n;
    }
    return err_system(reterr, EMSGSIZE, "read", "/proc/%s", path);
}

struct procfs_fd_path procfs_fd_path(int fd)
{
    struct procfs_fd_path p;

    snprintf(p.text, sizeof(p.text), "self/fd/%d", fd);
    return p;
}

int procfs_reopen(struct procfs *p, int opath_fd, int flags, struct err *reterr)
{
    AUTO_CLOSE int dir = -1, fd = -1;
    struct stat want, got;
    char name[16];
    int r = sys_fstat(opath_fd, &want);

    if (r < 0)
        return err_system(reterr, r, "fstat", "descriptor");
    if (S_ISDIR(want.st_mode)) {
        r = sys_openat(opath_fd, ".", flags, 0);
        return r < 0 ? err_system(reterr, r, "reopen", "directory") : r;
    }
    if (!S_ISREG(want.st_mode) && !S_ISCHR(want.st_mode) && !S_ISBLK(want.st_mode))
        return err_system(reterr, EINVAL, "reopen", "something that is no file");
    dir = procfs_open(p, "self/fd", O_PATH | O_DIRECTORY, reterr);
    if (dir < 0)
        return dir;
    snprintf(name, sizeof(name), "%d", opath_fd);
    fd = sys_openat(dir, name, flags, 0);
    r = fd < 0 ? fd : sys_fstat(fd, &got);
    if (r == 0 && (got.st_dev != want.st_dev || got.st_ino != want.st_ino))
        r = -ESTALE;
    return r < 0 ? err_system(reterr, r, "reopen", "descriptor") : take_fd(&fd);
}

/* ---- sysctl ---- */

static int sysctl_name(const struct plan_sysctl *s, char sep, const char *prefix, char *out, size_t cap)
{
    size_t len = strlen(prefix);

    if (s->n_components == 0 || len >= cap)
        return -EINVAL;
    memcpy(out, prefix, len + 1);
    for (size_t i = 0; i < s->n_components; i++) {
        const char *c = s->components[i];
        const size_t n = strlen(c);

        if (n == 0 || n > NAME_MAX || strchr(c, '/') || streq(c, ".") || streq(c, ".."))
            return -EINVAL;
        if (n + 1 >= cap - len)
            return -ENAMETOOLONG;
        if (i > 0)
            out[len++] = sep;
        memcpy(out + len, c, n + 1);
        len += n;
    }
    return 0;
}

int procfs_sysctl(struct procfs *p, const struct plan_sysctl *sysctl, struct err *reterr)
{
    char path[PATH_MAX], dotted[256];
    AUTO_CLOSE int fd = -1;
    int r;

    if (sysctl_name(sysctl, '.', "", dotted, sizeof(dotted)) < 0 ||
        sysctl_name(sysctl, '/', "sys/", path, sizeof(path)) < 0)
        return err_internal(reterr, EINVAL, "sysctl has no valid name");
    r = procfs_open_root(p, reterr);
    if (r < 0)
        return r;
    fd = lookup(p, path, O_WRONLY, SYS_RESOLVE_NO_SYMLINKS);
    if (fd < 0)
        return err_system(reterr, fd, "open", "sysctl %s", dotted);
    r = io_write_once(fd, sysctl->value, strlen(sysctl->value));
    return r < 0 ? err_system(reterr, r, "write", "sysctl %s with \"%s\"", dotted, sysctl->value) : 0;
}

/* ---- processes, and the host ---- */

static int verify_procfs(int fd)
{
    struct statfs fs;
    int r = sys_fstatfs(fd, &fs);

    if (r < 0)
        return r;
    return fs.f_type == SYS_MAGIC_PROC ? 0 : -ENODEV;
}

static int open_pid(pid_t pid)
{
    AUTO_CLOSE int fd = -1;
    char path[32];
    int r;

    if (pid <= 0)
        return -ESRCH;
    snprintf(path, sizeof(path), "/proc/%d", (int)pid);
    fd = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd == -ENOENT)
        return -ESRCH;
    r = fd < 0 ? fd : verify_procfs(fd);
    return r < 0 ? r : take_fd(&fd);
}

int procfs_open_pid(pid_t pid, struct err *reterr)
{
    int fd = open_pid(pid);

    return fd < 0 ? err_system(reterr, fd, "open", "/proc/%d", (int)pid) : fd;
}

int procfs_open_self(struct err *reterr)
{
    char text[16] = "";
    uint32_t pid = 0;
    int n = sys_readlinkat(AT_FDCWD, "/proc/self", text, sizeof(text) - 1);

    if (n < 0 || str_to_u32(str_of(text), INT32_MAX, &pid) < 0)
        return err_system(reterr, n < 0 ? n : -ESRCH, "readlink", "/proc/self");
    return procfs_open_pid((pid_t)pid, reterr);
}

static void copy_name(const char *text, const char *end, char ret[PROCFS_NAME_MAX])
{
    const char *from = strchr(text, '(');
    size_t n = 0;

    for (from = from ? from + 1 : end; from < end && n + 1 < PROCFS_NAME_MAX; from++)
        ret[n++] = *from > ' ' && *from < 0x7f ? *from : '?';
    ret[n] = '\0';
}

#define PF_FORKNOEXEC 0x40 /* the kernel's <linux/sched.h>; proc(5) has it in /proc/PID/stat, field 9 */

int procfs_parse_stat(const char *text, struct procfs_stat *ret)
{
    /* pid (name) state ppid ... flags(9) ... starttime(22) ... exit_code(52): the name may hold anything, so
     * count from its last ')' */
    const char *after = strrchr(text, ')');
    struct str rest, field;
    uint64_t ppid = 0, flags = 0, code = 0;
    bool complete = false;

    if (!after || after[1] != ' ')
        return -EINVAL;
    copy_name(text, after, ret->name);
    ret->exit_code = 0;
    rest = str_of(after + 2);
    if (rest.len && rest.ptr[rest.len - 1] == '\n')
        rest.len--;
    for (int i = 3; str_next(&rest, ' ', &field); i++) {
        if (i == 3) {
            if (field.len != 1)
                return -EINVAL;
            ret->state = field.ptr[0];
        } else if (i == 4) {
            if (str_to_u64(field, INT32_MAX, &ppid) < 0)
                return -EINVAL;
            ret->ppid = (pid_t)ppid;
        } else if (i == 9) {
            ret->has_executed = str_to_u64(field, UINT32_MAX, &flags) < 0 || !(flags & PF_FORKNOEXEC);
        } else if (i == 22) {
            if (str_to_u64(field, UINT64_MAX, &ret->start_time) < 0)
                return -EINVAL;
            complete = true;
        } else if (i == 52 && str_to_u64(field, 0xffff, &code) == 0) {
            ret->exit_code = (int)code;
        }
    }
    return complete ? 0 : -EINVAL;
}

const char *procfs_describe(pid_t pid, char out[PROCFS_DESCRIBE_MAX])
{
    struct procfs_stat st;

    if (procfs_stat(pid, &st) == 0)
        snprintf(out, PROCFS_DESCRIBE_MAX, "%d (%s, state %c)", (int)pid, st.name, st.state);
    else
        snprintf(out, PROCFS_DESCRIBE_MAX, "%d", (int)pid);
    return out;
}

int procfs_stat_at(int pid_dirfd, struct procfs_stat *ret)
{
    char text[1024];
    int n = io_read_file(pid_dirfd, "stat", text, sizeof(text));

    if (n == -ENOENT)
        return -ESRCH;
    return n < 0 ? n : procfs_parse_stat(text, ret);
}

int procfs_stat(pid_t pid, struct procfs_stat *ret)
{
    AUTO_CLOSE int fd = open_pid(pid);

    return fd < 0 ? fd : procfs_stat_at(fd, ret);
}

int procfs_boot_id(char ret[PROCFS_BOOT_ID_LEN + 1], struct err *reterr)
{
    AUTO_CLOSE int fd = sys_openat(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY | O_NOFOLLOW, 0);
    int r;

    if (fd < 0)
        return err_system(reterr, fd, "open", "/proc/sys/kernel/random/boot_id");
    r = verify_procfs(fd);
    if (r == 0)
        r = io_read_exact(fd, ret, PROCFS_BOOT_ID_LEN, IO_NO_DEADLINE);
    if (r < 0)
        return err_system(reterr, r, "read", "/proc/sys/kernel/random/boot_id");
    ret[PROCFS_BOOT_ID_LEN] = '\0';
    return 0;
}
