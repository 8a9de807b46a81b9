/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/userns.h"

#include "base/fd.h"
#include "base/str.h"
#include "core/idmap.h"
#include "kernel/clone.h"
#include "kernel/io.h"
#include "kernel/ns.h"
#include "kernel/pidfd.h"
#include "kernel/procattr.h"
#include "kernel/procfs.h"
#include "kernel/sys.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/xattr.h>
#include <sys/wait.h>

#define MAP_TEXT_MAX    65536u
#define MAP_LINES_MAX   340u /* user_namespaces(7), since 4.15 */
#define HELPER_DEADLINE 10000

void userns_print_map(const struct config_idmaps *map, struct buf *out)
{
    for (size_t i = 0; i < map->n; i++)
        buf_printf(out, "%u %u %u\n", map->v[i].container_id, map->v[i].host_id, map->v[i].size);
}

static int write_map(int pid_dirfd, const char *file, const struct config_idmaps *map, struct err *reterr)
{
    AUTO_BUF struct buf b = BUF_INIT(MAP_TEXT_MAX);
    int r;

    if (!map || map->n == 0)
        return 0;
    userns_print_map(map, &b);
    r = buf_error(&b);
    if (r == 0)
        r = io_write_file(pid_dirfd, file, b.data, b.len);
    return r < 0 ? err_system(reterr, r, "write", "%s of the container's init", file) : 0;
}

/* ---- newuidmap, newgidmap ---- */

/* Fixed places first: what PATH names is the caller's choice, and these run with privilege. */
static const char *find_helper(const char *name, char *path, size_t cap)
{
    static const char *const dirs[] = {"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin",
                                       "/run/wrappers/bin"};

    for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
        snprintf(path, cap, "%s/%s", dirs[i], name);
        if (access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

bool userns_has_helpers(void)
{
    char path[64];

    return find_helper("newuidmap", path, sizeof(path)) && find_helper("newgidmap", path, sizeof(path));
}

/* What an administrator, or the caller, can do about it. */
static void add_remedy(struct err *e, const char *name, const char *path)
{
    const char *file = streq(name, "newuidmap") ? "/etc/subuid" : "/etc/subgid";
    const size_t n = strlen(e->message);
    struct stat st;

    if (sys_fstatat(AT_FDCWD, path, &st, 0) == 0 && !(st.st_mode & S_ISUID) &&
        getxattr(path, "security.capability", NULL, 0) < 0)
        snprintf(e->message + n, sizeof(e->message) - n,
                 " (%s is neither setuid root nor has file capabilities)", path);
    else if (sys_prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) > 0)
        snprintf(e->message + n, sizeof(e->message) - n, " (no_new_privs is set: %s gets no privilege)",
                 name);
    else
        snprintf(e->message + n, sizeof(e->message) - n,
                 " (does %s give user %u these ids? `usermod --add-sub%ss FIRST-LAST USER` does)", file,
                 (unsigned)geteuid(), streq(name, "newuidmap") ? "uid" : "gid");
}

/* Arguments: name, pid, then three numbers for each line. Built before the fork. */
struct helper_args {
    char (*text)[16];
    char **argv;
};

static void helper_args_done(struct helper_args *a)
{
    free(a->text);
    free(a->argv);
}

static int helper_args_build(struct helper_args *a, const char *path, pid_t pid,
                             const struct config_idmaps *map)
{
    const size_t n = 1 + map->n * 3;
    size_t k = 0;

    a->text = calloc(n, sizeof(*a->text));
    a->argv = calloc(n + 2, sizeof(*a->argv));
    if (!a->text || !a->argv)
        return -ENOMEM;
    a->argv[0] = (char *)(uintptr_t)path;
    snprintf(a->text[k++], 16, "%d", (int)pid);
    for (size_t i = 0; i < map->n; i++) {
        snprintf(a->text[k++], 16, "%u", map->v[i].container_id);
        snprintf(a->text[k++], 16, "%u", map->v[i].host_id);
        snprintf(a->text[k++], 16, "%u", map->v[i].size);
    }
    for (size_t i = 0; i < n; i++)
        a->argv[i + 1] = a->text[i];
    return 0;
}

static NORETURN void run_helper(const char *path, char **argv, int out_fd)
{
    char *const empty_env[] = {NULL};

    procattr_reset_signals(NULL);
    if (dup2(out_fd, 1) < 0 || dup2(out_fd, 2) < 0 || procattr_close_from(3, NULL) < 0)
        _exit(126);
    execve(path, argv, empty_env);
    _exit(127);
}

/* What the helper said goes into the message. */
static int helper_result(struct pidfd *child, int out_fd, const char *path, struct err *reterr)
{
    char said[256];
    ssize_t n;
    int status, r = pidfd_reap(child, io_now_ms() + HELPER_DEADLINE, &status, reterr);

    if (r < 0) {
        pidfd_kill_and_reap(child);
        err_prefix(reterr, "%s", path);
        return r;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    n = sys_read(out_fd, said, sizeof(said) - 1);
    said[n > 0 ? n : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    if (WIFSIGNALED(status))
        return err_system(reterr, EPERM, path, "killed by signal %d %s", WTERMSIG(status), said);
    return err_system(reterr, EPERM, path, "exit status %d %s", WEXITSTATUS(status), said);
}

static int map_by_helper(const char *name, pid_t pid, const struct config_idmaps *map, struct err *reterr)
{
    __attribute__((cleanup(helper_args_done))) struct helper_args args = {0};
    const struct clone_request req = {.flags = 0, .cgroup_fd = -1};
    AUTO_CLOSE int out_r = -1;
    AUTO_CLOSE int out_w = -1;
    AUTO_PIDFD struct pidfd child = PIDFD_INIT;
    struct clone_child born;
    char path[64];
    int fds[2], r;

    if (!map || map->n == 0)
        return 0;
    if (!find_helper(name, path, sizeof(path)))
        return err_system(reterr, ENOENT, "find",
                          "%s, which maps more than the caller's own id (package uidmap or shadow-utils)",
                          name);
    if (helper_args_build(&args, path, pid, map) < 0)
        return err_nomem(reterr);
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return err_system(reterr, errno, "pipe", "for %s", name);
    out_r = fds[0];
    out_w = fds[1];
    r = clone_process(&req, &born, reterr);
    if (r < 0)
        return r;
    if (r == 0)
        run_helper(path, args.argv, out_w);
    pidfd_adopt(&child, born.pid, born.pidfd);
    fd_close(&out_w);
    r = helper_result(&child, out_r, path, reterr);
    if (r == -EPERM && reterr)
        add_remedy(reterr, name, path);
    return r;
}

int userns_write_maps(int pid_dirfd, pid_t pid, const struct plan_idmap_write *op, struct err *reterr)
{
    int r;

    if ((op->uids && op->uids->n > MAP_LINES_MAX) || (op->gids && op->gids->n > MAP_LINES_MAX))
        return err_system(reterr, EINVAL, "write", "id map of more than %u lines", MAP_LINES_MAX);
    if (op->deny_setgroups) {
        r = io_write_file(pid_dirfd, "setgroups", "deny", 4);
        if (r < 0 && r != -ENOENT) /* before 3.19 there is nothing to deny */
            return err_system(reterr, r, "write", "setgroups of the container's init");
    }
    if (op->use_helpers) {
        r = map_by_helper("newgidmap", pid, op->gids, reterr);
        return r < 0 ? r : map_by_helper("newuidmap", pid, op->uids, reterr);
    }
    r = write_map(pid_dirfd, "gid_map", op->gids, reterr);
    return r < 0 ? r : write_map(pid_dirfd, "uid_map", op->uids, reterr);
}

static int read_map(struct arena *a, int pid_dirfd, const char *file, struct config_idmaps *ret,
                    struct err *reterr)
{
    char *text = arena_alloc(a, MAP_TEXT_MAX);
    int r = text ? io_read_file(pid_dirfd, file, text, MAP_TEXT_MAX) : -ENOMEM;

    if (r >= 0)
        r = idmap_scan(a, (struct str){text, (size_t)r}, ret);
    return r < 0 ? err_system(reterr, r, "read", "%s of the container's init", file) : 0;
}

int userns_read_maps(struct arena *a, int pid_dirfd, struct config_idmaps *uids, struct config_idmaps *gids,
                     struct err *reterr)
{
    int r = read_map(a, pid_dirfd, "uid_map", uids, reterr);

    return r < 0 ? r : read_map(a, pid_dirfd, "gid_map", gids, reterr);
}

/* ---- a namespace for id-mapped mounts ---- */

/* Lives until it is killed; dies with its parent. */
static NORETURN void idle_child(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        pause();
}

int userns_make(const struct config_idmaps *uids, const struct config_idmaps *gids, struct err *reterr)
{
    const struct clone_request req = {.flags = CLONE_NEWUSER, .cgroup_fd = -1};
    const struct plan_idmap_write maps = {.uids = uids, .gids = gids};
    struct pidfd child = PIDFD_INIT;
    AUTO_CLOSE int dir = -1;
    AUTO_CLOSE int fd = -1;
    struct clone_child born;
    int r = clone_process(&req, &born, reterr);

    if (r == 0)
        idle_child();
    if (r < 0)
        return r;
    pidfd_adopt(&child, born.pid, born.pidfd);
    dir = procfs_open_pid(born.pid, reterr);
    r = dir < 0 ? dir : userns_write_maps(dir, born.pid, &maps, reterr);
    if (r == 0) {
        fd = ns_open_pid(dir, NS_USER, reterr);
        r = fd;
    }
    pidfd_kill_and_reap(&child);
    return r < 0 ? r : take_fd(&fd);
}

int userns_become_root(struct err *reterr)
{
    uid_t ru, eu, su;
    gid_t rg, eg, sg;
    int r = sys_setresgid(0, 0, 0);

    if (r == 0)
        r = sys_setresuid(0, 0, 0);
    if (r < 0)
        return err_system(reterr, r, "setresuid", "root of the user namespace");
    if (getresuid(&ru, &eu, &su) < 0 || getresgid(&rg, &eg, &sg) < 0 || ru || eu || su || rg || eg || sg)
        return err_system(reterr, EPERM, "setresuid", "root of the user namespace");
    return 0;
}
