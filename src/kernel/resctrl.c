/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/resctrl.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "kernel/mountinfo.h"
#include "kernel/sys.h"

#include <errno.h>
#include <sys/file.h>

#define MAGIC            0x7655821L /* include/uapi/linux/magic.h, RDTGROUP_SUPER_MAGIC */
#define USUAL_PLACE      "/sys/fs/resctrl"
#define MOUNTINFO_MAX    (16u << 20)
#define SCHEMATA_MAX     (64u << 10)
#define STATUS_MAX       512
#define LOCK_MS          10000
#define LOCK_INTERVAL_MS 2

/* ---- where ---- */

static int find_line(struct arena *a, struct str text, const char **ret, struct err *reterr)
{
    static const char fstype[] = "resctrl";
    struct str line;

    *ret = NULL;
    while (str_next(&text, '\n', &line)) {
        struct mountinfo mi;

        if (mountinfo_parse(line.ptr, line.len, &mi) < 0 || !streq(mi.fstype, fstype) || !streq(mi.root, "/"))
            continue;
        *ret = arena_strdup(a, mi.mountpoint);
        return *ret ? 0 : err_nomem(reterr);
    }
    return 0;
}

int resctrl_find(struct arena *a, const char **ret, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(MOUNTINFO_MAX);
    AUTO_CLOSE int fd = -1;
    struct statfs fs;
    int r;

    if (sys_statfs(USUAL_PLACE, &fs) == 0 && (long)fs.f_type == MAGIC) {
        *ret = USUAL_PLACE;
        return 0;
    }
    fd = sys_openat(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY, 0);
    r = fd < 0 ? fd : io_read_all(fd, &text);
    if (r < 0)
        return err_system(reterr, r, fd < 0 ? "open" : "read", "/proc/self/mountinfo");
    return find_line(a, (struct str){buf_cstr(&text), text.len}, ret, reterr);
}

/* ---- directories ---- */

static bool is_root(const char *group)
{
    return streq(group, "/");
}

static int open_root(const char *mountpoint, struct err *reterr)
{
    int fd = sys_openat(AT_FDCWD, mountpoint, O_RDONLY | O_DIRECTORY, 0);

    return fd < 0 ? err_system(reterr, fd, "open", "resctrl %s", mountpoint) : fd;
}

/* A directory of the root; without a message. */
static int open_below(int dirfd, const char *name)
{
    return sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

static int open_group(const char *mountpoint, const char *group, struct err *reterr)
{
    AUTO_CLOSE int root = open_root(mountpoint, reterr);
    int fd;

    if (root < 0 || is_root(group))
        return take_fd(&root);
    fd = open_below(root, group);
    return fd < 0 ? err_system(reterr, fd, "open", "resctrl group %s/%s", mountpoint, group) : fd;
}

static int open_monitors(const char *mountpoint, const char *group, struct err *reterr)
{
    AUTO_CLOSE int dir = open_group(mountpoint, group, reterr);
    int fd;

    if (dir < 0)
        return dir;
    fd = open_below(dir, "mon_groups");
    return fd < 0 ? err_system(reterr, fd, "open", "mon_groups of resctrl group %s", group) : fd;
}

int resctrl_has_group(const char *mountpoint, const char *group, struct err *reterr)
{
    AUTO_CLOSE int root = open_root(mountpoint, reterr), fd = -1;

    if (root < 0)
        return root;
    if (is_root(group))
        return 1;
    fd = open_below(root, group);
    if (fd >= 0)
        return 1;
    return fd == -ENOENT ? 0 : err_system(reterr, fd, "open", "resctrl group %s/%s", mountpoint, group);
}

int resctrl_lock(const char *mountpoint, struct err *reterr)
{
    const int64_t deadline_ms = io_now_ms() + LOCK_MS;
    AUTO_CLOSE int fd = open_root(mountpoint, reterr);

    if (fd < 0)
        return fd;
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int code = errno;

        if (code != EWOULDBLOCK && code != EINTR)
            return err_system(reterr, code, "flock", "resctrl %s", mountpoint);
        if (io_now_ms() >= deadline_ms)
            return err_state(reterr, ETIMEDOUT, "somebody has held the lock of resctrl %s for %d s",
                             mountpoint, LOCK_MS / 1000);
        io_sleep_ms(LOCK_INTERVAL_MS);
    }
    return take_fd(&fd);
}

static int make(int dirfd, const char *name, const char *what, struct err *reterr)
{
    int r = sys_mkdirat(dirfd, name, 0755);

    if (r < 0)
        err_system(reterr, r, "mkdir", "%s %s of resctrl%s", what, name,
                   r == -ENOSPC ? ": the hardware has no more of them" : "");
    return r;
}

int resctrl_make_group(const char *mountpoint, const char *group, struct err *reterr)
{
    AUTO_CLOSE int root = open_root(mountpoint, reterr);

    return root < 0 ? root : make(root, group, "group", reterr);
}

int resctrl_make_monitor(const char *mountpoint, const char *group, const char *monitoring,
                         struct err *reterr)
{
    AUTO_CLOSE int dir = open_monitors(mountpoint, group, reterr);

    return dir < 0 ? dir : make(dir, monitoring, "monitoring group", reterr);
}

/* ---- schemata ---- */

/* info/last_cmd_status as one line; "" when it says nothing. */
static void last_status(const char *mountpoint, char out[STATUS_MAX])
{
    AUTO_CLOSE int root = open_root(mountpoint, NULL), info = root < 0 ? -1 : open_below(root, "info");
    int len = info < 0 ? -1 : io_read_file(info, "last_cmd_status", out, STATUS_MAX);

    if (len < 0)
        len = 0;
    while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == ' '))
        len--;
    out[len] = '\0';
    for (int i = 0; i < len; i++)
        if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
            out[i] = ' ';
    if (streq(out, "ok"))
        out[0] = '\0';
}

static int write_line(const char *mountpoint, int dirfd, const char *line, struct err *reterr)
{
    char text[RDT_LINE_MAX + 2], status[STATUS_MAX];
    int len = snprintf(text, sizeof(text), "%s\n", line);
    int r;

    if (len < 0 || (size_t)len >= sizeof(text))
        return err_internal(reterr, EMSGSIZE, "a schemata line of %d bytes", len);
    r = io_write_file(dirfd, "schemata", text, (size_t)len);
    if (r < 0) {
        last_status(mountpoint, status);
        err_system(reterr, r, "write", "\"%s\" to schemata%s%s%s", line, *status ? " (resctrl says: " : "",
                   status, *status ? ")" : "");
    }
    return r;
}

int resctrl_write(const char *mountpoint, const char *group, const char *const *lines, size_t n,
                  struct err *reterr)
{
    AUTO_CLOSE int dir = n ? open_group(mountpoint, group, reterr) : -1;

    if (n && dir < 0)
        return dir;
    for (size_t i = 0; i < n; i++) {
        int r = write_line(mountpoint, dir, lines[i], reterr);

        if (r < 0)
            return r;
    }
    return 0;
}

int resctrl_read(struct arena *a, const char *mountpoint, const char *group, const char **ret,
                 struct err *reterr)
{
    AUTO_CLOSE int dir = open_group(mountpoint, group, reterr), fd = -1;
    AUTO_BUF struct buf text = BUF_INIT(SCHEMATA_MAX);
    int r;

    if (dir < 0)
        return dir;
    fd = sys_openat(dir, "schemata", O_RDONLY | O_NOFOLLOW, 0);
    r = fd < 0 ? fd : io_read_all(fd, &text);
    if (r < 0)
        return err_system(reterr, r, fd < 0 ? "open" : "read", "schemata of resctrl group %s", group);
    *ret = arena_strndup(a, buf_cstr(&text), text.len);
    return *ret ? 0 : err_nomem(reterr);
}

uint64_t resctrl_number(int dirfd, const char *file)
{
    char text[64];
    uint64_t v = 0;
    int len = io_read_file(dirfd, file, text, sizeof(text));

    return len > 0 && str_to_u64(str_trim((struct str){text, (size_t)len}), UINT64_MAX, &v) == 0 ? v : 0;
}

int resctrl_compare(const char *mountpoint, const char *group, const char *const *lines, size_t n,
                    struct err *reterr)
{
    AUTO_CLOSE int root = open_root(mountpoint, reterr);
    const char *text;
    struct arena a;
    int r;

    if (root < 0 || n == 0)
        return root < 0 ? root : 0;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = resctrl_read(&a, mountpoint, group, &text, reterr);
    if (r == 0)
        r = rdt_match_all(str_of(text), lines, n, resctrl_number(root, "info/MB/bandwidth_gran"), group,
                          reterr);
    arena_done(&a);
    return r;
}

/* ---- tasks ---- */

static int write_pid(int dirfd, pid_t pid, const char *name, struct err *reterr)
{
    char text[16];
    int len = snprintf(text, sizeof(text), "%d\n", (int)pid);
    int r = io_write_file(dirfd, "tasks", text, (size_t)len);

    if (r < 0)
        err_system(reterr, r, "write", "process %d to tasks of resctrl group %s", (int)pid, name);
    return r;
}

int resctrl_join(const char *mountpoint, const char *group, const char *monitoring, pid_t pid,
                 struct err *reterr)
{
    AUTO_CLOSE int dir = open_group(mountpoint, group, reterr), monitors = -1, monitor = -1;
    int r = dir < 0 ? dir : write_pid(dir, pid, group, reterr);

    if (r < 0 || !monitoring)
        return r;
    monitors = open_below(dir, "mon_groups");
    monitor = monitors < 0 ? monitors : open_below(monitors, monitoring);
    if (monitor < 0)
        return err_system(reterr, monitor, "open", "monitoring group %s of resctrl group %s", monitoring,
                          group);
    return write_pid(monitor, pid, monitoring, reterr);
}

/* ---- the end ---- */

static bool is_gone(int r)
{
    return r == -ENOENT || r == -ENOTDIR;
}

static int remove_at(int dirfd, const char *name, struct err *reterr)
{
    int r = sys_unlinkat(dirfd, name, AT_REMOVEDIR);

    if (r == 0 || is_gone(r))
        return 0;
    err_system(reterr, r, "rmdir", "resctrl group %s", name);
    return r;
}

int resctrl_remove_monitor(const char *mountpoint, const char *group, const char *monitoring,
                           struct err *reterr)
{
    AUTO_CLOSE int dir = open_monitors(mountpoint, group, reterr);

    if (dir < 0)
        return is_gone(dir) ? 0 : dir;
    return remove_at(dir, monitoring, reterr);
}

static bool has_tasks(int root, const char *group)
{
    AUTO_CLOSE int dir = open_below(root, group);
    AUTO_CLOSE int fd = dir < 0 ? -1 : sys_openat(dir, "tasks", O_RDONLY | O_NOFOLLOW, 0);
    char c;

    return fd >= 0 && sys_read(fd, &c, 1) != 0; /* what cannot be read may have some */
}

int resctrl_remove_group(const char *mountpoint, const char *group, enum rdt_removal how, struct err *reterr)
{
    AUTO_CLOSE int root = how == RDT_KEEP || is_root(group) ? -1 : resctrl_lock(mountpoint, reterr);

    if (how == RDT_KEEP || is_root(group))
        return 0;
    if (root < 0)
        return is_gone(root) ? 0 : root;
    if (how == RDT_REMOVE_UNUSED && has_tasks(root, group))
        return 0;
    return remove_at(root, group, reterr);
}
