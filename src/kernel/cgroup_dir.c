/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_dir.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <poll.h>
#include <time.h>

#define OPEN_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define RESOLVE                                                                                              \
    (SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_MAGICLINKS | SYS_RESOLVE_NO_XDEV)
#define EAGAIN_TRIES 128
#define POLL_MAX_MS  100 /* a notification that is missed costs no more than this */
#define SLEEP_MAX_MS 32u
#define EVENTS_MAX   4096 /* longest flat keyed file */

int cgroup_dir_mount(const char *mountpoint, bool v2, struct err *reterr)
{
    long magic = v2 ? SYS_MAGIC_CGROUP2 : SYS_MAGIC_CGROUP;
    AUTO_CLOSE int fd = sys_openat(AT_FDCWD, mountpoint, O_PATH | O_DIRECTORY, 0);
    struct statfs st;
    int rc;

    if (fd < 0)
        return err_system(reterr, fd, "open", "%s", mountpoint);
    rc = sys_fstatfs(fd, &st);
    if (rc < 0)
        return err_system(reterr, rc, "fstatfs", "%s", mountpoint);
    if ((long)st.f_type != magic)
        return err_system(reterr, ENODEV, "open", "%s as %s (file system type 0x%lx)", mountpoint,
                          v2 ? "cgroup2" : "cgroup", (unsigned long)st.f_type);
    return take_fd(&fd);
}

/* Kernels before 5.6, or a filter in the way: the same rules, one component at a time. */
static int open_by_walk(int dirfd, const char *relative)
{
    struct str rest = str_of(relative);
    struct str component;
    struct stat top, st;
    AUTO_CLOSE int fd = sys_openat(dirfd, ".", OPEN_FLAGS, 0);
    int rc = fd < 0 ? fd : sys_fstat(fd, &top);

    while (rc >= 0 && str_next(&rest, '/', &component)) {
        char name[256];
        int next;

        if (component.len == 0)
            continue;
        if (component.len >= sizeof(name))
            return -ENAMETOOLONG;
        memcpy(name, component.ptr, component.len);
        name[component.len] = '\0';
        if (streq(name, ".."))
            return -EXDEV;
        next = sys_openat(fd, name, OPEN_FLAGS, 0);
        if (next < 0)
            return next;
        fd_close(&fd);
        fd = next;
        rc = sys_fstat(fd, &st);
        if (rc == 0 && st.st_dev != top.st_dev)
            return -EXDEV;
    }
    return rc < 0 ? rc : take_fd(&fd);
}

int cgroup_dir_open(int dirfd, const char *relative)
{
    int fd = -EAGAIN;

    if (relative[0] == '\0')
        relative = ".";
    for (int i = 0; i < EAGAIN_TRIES && fd == -EAGAIN; i++)
        fd = sys_openat2(dirfd, relative, OPEN_FLAGS, 0, RESOLVE);
    return fd == -ENOSYS || fd == -EPERM ? open_by_walk(dirfd, relative) : fd;
}

int cgroup_member_open(struct cgroup *c, struct err *reterr)
{
    AUTO_CLOSE int mount = -1;

    if (c->fd >= 0)
        return c->fd;
    mount = cgroup_dir_mount(c->mountpoint, c->hierarchy == PLAN_CGROUP2, reterr);
    if (mount < 0)
        return mount;
    c->fd = cgroup_dir_open(mount, c->path + 1);
    if (c->fd >= 0 || c->fd == -ENOENT) {
        int rc = c->fd;

        c->fd = rc < 0 ? -1 : rc;
        return rc;
    }
    int rc = c->fd;

    c->fd = -1;
    return cgroup_err(reterr, rc, "open", c, NULL, NULL);
}

int cgroup_dir_file(int dirfd, const char *file, int flags)
{
    return sys_openat(dirfd, file, flags | O_NOFOLLOW | O_CLOEXEC, 0);
}

int cgroup_dir_read(int dirfd, const char *file, char *dst, size_t cap)
{
    int len = io_read_file(dirfd, file, dst, cap);

    if (len > 0 && dst[len - 1] == '\n')
        dst[--len] = '\0';
    return len;
}

int cgroup_dir_read_u64(int dirfd, const char *file, uint64_t *ret)
{
    char text[64];
    int rc = cgroup_dir_read(dirfd, file, text, sizeof(text));

    if (rc < 0)
        return rc;
    if (streq(text, "max")) {
        *ret = UINT64_MAX;
        return 0;
    }
    return str_to_u64(str_of(text), UINT64_MAX, ret);
}

int cgroup_dir_write(int dirfd, const char *file, const char *value)
{
    return io_write_file(dirfd, file, value, strlen(value));
}

int cgroup_dir_read_key(int dirfd, const char *file, const char *key, uint64_t *ret)
{
    char text[EVENTS_MAX];
    struct str rest, line;
    int rc = cgroup_dir_read(dirfd, file, text, sizeof(text));

    if (rc < 0)
        return rc;
    rest = str_of(text);
    while (str_next(&rest, '\n', &line)) {
        struct str value = line;
        struct str name;

        (void)str_next(&value, ' ', &name);
        if (str_eq(name, key))
            return value.ptr ? str_to_u64(value, UINT64_MAX, ret) : -ENODATA;
    }
    return -ENODATA;
}

/* The kernel notifies by POLLPRI; a read re-arms it. */
int cgroup_dir_wait_event(int dirfd, const char *key, uint64_t wanted, int64_t deadline_ms)
{
    AUTO_CLOSE int fd = cgroup_dir_file(dirfd, "cgroup.events", O_RDONLY);

    if (fd < 0)
        return fd;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLPRI};
        char drain[256];
        uint64_t value;
        int timeout;
        int rc;

        (void)lseek(fd, 0, SEEK_SET);
        (void)sys_read(fd, drain, sizeof(drain));
        rc = cgroup_dir_read_key(dirfd, "cgroup.events", key, &value);
        if (rc < 0)
            return rc;
        if (value == wanted)
            return 0;
        timeout = io_poll_timeout(deadline_ms);
        if (timeout == 0)
            return -ETIMEDOUT;
        (void)poll(&p, 1, timeout < 0 || timeout > POLL_MAX_MS ? POLL_MAX_MS : timeout);
    }
}

/* ---- trees ---- */

int cgroup_dir_children(int dirfd, struct buf *names)
{
    AUTO_CLOSE int fd = -1;
    AUTO_CLOSEDIR DIR *dir = NULL;
    struct dirent *entry;
    struct stat st;
    int rc = sys_fstat(dirfd, &st);

    if (rc < 0)
        return rc;
    if (st.st_nlink == 2) /* kernfs counts sub-directories as links: none */
        return 0;
    fd = cgroup_dir_file(dirfd, ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fd;
    dir = fdopendir(fd);
    if (!dir)
        return -errno;
    (void)take_fd(&fd);
    for (;;) {
        errno = 0;
        entry = readdir(dir);
        if (!entry)
            break;
        if (entry->d_type == DT_DIR && !streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
            buf_add(names, entry->d_name, strlen(entry->d_name) + 1);
    }
    return errno ? -errno : buf_error(names);
}

static int walk(int dirfd, unsigned depth, int (*visit)(int dirfd, void *arg), void *arg)
{
    AUTO_BUF struct buf names = BUF_INIT(CGROUP_FILE_MAX);
    int rc = visit(dirfd, arg);

    if (rc == 0)
        rc = cgroup_dir_children(dirfd, &names);
    if (rc == -ENOENT || rc == -ENODEV) /* it went away under us */
        return 0;
    for (size_t at = 0; rc == 0 && at < names.len; at += strlen(names.data + at) + 1) {
        AUTO_CLOSE int child = cgroup_dir_open(dirfd, names.data + at);

        if (child == -ENOENT)
            continue;
        if (child < 0)
            return child;
        rc = depth < CGROUP_DEPTH_MAX ? walk(child, depth + 1, visit, arg) : -ELOOP;
    }
    return rc;
}

int cgroup_dir_walk(int dirfd, int (*visit)(int dirfd, void *arg), void *arg)
{
    return walk(dirfd, 0, visit, arg);
}

/* Go down to a directory without children, or as deep as it goes; `parent` holds the one above it. */
static int descend(int *fd, int *parent, char name[256], unsigned *depth)
{
    for (;;) {
        AUTO_BUF struct buf names = BUF_INIT(CGROUP_FILE_MAX);
        int child;
        int rc = cgroup_dir_children(*fd, &names);

        if (rc < 0 && rc != -ENOENT && rc != -ENODEV)
            return rc;
        if (rc < 0 || names.len == 0)
            return 0;
        if (strlen(names.data) >= 256)
            return -ENAMETOOLONG;
        memcpy(name, names.data, strlen(names.data) + 1);
        child = cgroup_dir_open(*fd, name);
        if (child == -ENOENT)
            continue;
        if (child < 0)
            return child;
        fd_close(parent);
        *parent = *fd;
        *fd = child;
        (*depth)++;
    }
}

/*
 * A container may nest its cgroups as deep as it likes, so this holds two descriptors at any depth: down to a
 * leaf, remove it, up by ".." (which cannot be renamed to elsewhere in a cgroup file system, and is counted),
 * and on.
 */
int cgroup_dir_remove_children(int dirfd)
{
    AUTO_CLOSE int fd = sys_openat(dirfd, ".", OPEN_FLAGS, 0);
    AUTO_CLOSE int parent = -1;
    unsigned depth = 0;
    int rc = fd < 0 ? fd : 0;

    while (rc == 0) {
        char name[256];

        rc = descend(&fd, &parent, name, &depth);
        if (rc < 0 || depth == 0)
            break;
        if (parent >= 0) {
            rc = sys_unlinkat(parent, name, AT_REMOVEDIR);
            if (rc < 0 && rc != -ENOENT)
                break;
            rc = 0;
            fd_close(&fd);
            fd = take_fd(&parent);
            depth--;
        }
        /* the directory we are in is a leaf next: it is removed from above, where its name is found again */
        if (depth > 0) {
            int up = cgroup_dir_file(fd, "..", OPEN_FLAGS);

            if (up < 0)
                return up;
            fd_close(&fd);
            fd = up;
            depth--;
        }
    }
    return rc;
}

/* ---- processes ---- */

void cgroup_pids_done(struct cgroup_pids *p)
{
    free(p->v);
    *p = CGROUP_PIDS_INIT;
}

static int pids_add(struct cgroup_pids *p, pid_t pid)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 64;
        pid_t *v = reallocarray(p->v, cap, sizeof(*v));

        if (!v)
            return -ENOMEM;
        p->v = v;
        p->cap = cap;
    }
    p->v[p->n++] = pid;
    return 0;
}

static int pids_of_file(int dirfd, const char *file, struct cgroup_pids *ret)
{
    AUTO_BUF struct buf text = BUF_INIT(CGROUP_FILE_MAX);
    AUTO_CLOSE int fd = cgroup_dir_file(dirfd, file, O_RDONLY);
    struct str rest, line;
    int rc = fd < 0 ? fd : io_read_all(fd, &text);

    if (rc < 0)
        return rc;
    rest = (struct str){buf_cstr(&text), text.len};
    while (rc == 0 && str_next(&rest, '\n', &line)) {
        uint32_t pid;

        /* 0: a process that our pid namespace cannot see */
        if (line.len && str_to_u32(line, INT32_MAX, &pid) == 0 && pid)
            rc = pids_add(ret, (pid_t)pid);
    }
    return rc;
}

static int pids_visit(int dirfd, void *arg)
{
    int rc = pids_of_file(dirfd, "cgroup.procs", arg);

    if (rc == -EOPNOTSUPP) /* a threaded cgroup lists threads only */
        rc = pids_of_file(dirfd, "cgroup.threads", arg);
    return rc;
}

static int compare_pids(const void *a, const void *b)
{
    pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

    return (x > y) - (x < y);
}

int cgroup_dir_pids(int dirfd, struct cgroup_pids *ret)
{
    size_t kept = 0;
    int rc = cgroup_dir_walk(dirfd, pids_visit, ret);

    if (rc < 0)
        return rc;
    /* v1 does not promise uniqueness, and a task may move between two reads */
    if (ret->n)
        qsort(ret->v, ret->n, sizeof(*ret->v), compare_pids);
    for (size_t i = 0; i < ret->n; i++)
        if (i == 0 || ret->v[i] != ret->v[kept - 1])
            ret->v[kept++] = ret->v[i];
    ret->n = kept;
    return 0;
}

/* ---- members ---- */

static bool has_freezer(struct cgroup *c)
{
    struct str rest = str_of(c->controllers);
    struct str field;
    struct stat st;

    if (c->hierarchy == PLAN_CGROUP2 || c->left_out)
        return false;
    if (!c->controllers)
        return cgroup_member_open(c, NULL) >= 0 &&
               sys_fstatat(c->fd, "freezer.state", &st, AT_SYMLINK_NOFOLLOW) == 0;
    while (str_next(&rest, ',', &field))
        if (str_eq(field, "freezer"))
            return true;
    return false;
}

struct cgroup *cgroup_set_freezer(struct cgroup_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (has_freezer(&s->v[i]))
            return cgroup_member_open(&s->v[i], NULL) >= 0 ? &s->v[i] : NULL;
    return NULL;
}

struct cgroup *cgroup_set_lister(struct cgroup_set *s)
{
    struct cgroup *freezer;

    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].hierarchy == PLAN_CGROUP2 && !s->v[i].left_out && cgroup_member_open(&s->v[i], NULL) >= 0)
            return &s->v[i];
    freezer = cgroup_set_freezer(s);
    if (freezer)
        return freezer;
    for (size_t i = 0; i < s->n; i++)
        if (!s->v[i].left_out && cgroup_member_open(&s->v[i], NULL) >= 0)
            return &s->v[i];
    return NULL;
}

int cgroup_err(struct err *reterr, int code, const char *call, const struct cgroup *c, const char *file,
               const char *value)
{
    return err_system(reterr, code, call, "%s%s%s%s%s%.100s%s", c->mountpoint, c->path, file ? "/" : "",
                      file ? file : "", value ? " \"" : "", value ? value : "", value ? "\"" : "");
}

bool cgroup_sleep(unsigned *step_ms, int64_t deadline_ms)
{
    int64_t left = deadline_ms == IO_NO_DEADLINE ? INT64_MAX : deadline_ms - io_now_ms();

    if (left <= 0)
        return false;
    if (left > *step_ms)
        left = *step_ms;
    io_sleep_ms((unsigned)left);
    if (*step_ms < SLEEP_MAX_MS)
        *step_ms *= 2;
    return true;
}
