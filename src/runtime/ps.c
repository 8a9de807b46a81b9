/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/ps.h"

#include "base/fd.h"
#include "core/json_write.h"
#include "core/ps_table.h"
#include "kernel/io.h"
#include "runtime/container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#define SHOWN_OUTPUT 512 /* bytes of what a failed ps said */

extern char **environ;

static int list_pids(struct runtime *rt, const char *id, struct cgroup_pids *ret, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    int r;

    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_LOOK, reterr);
    return r < 0 ? r : cgroup_set_pids(&c.cgroups, ret, reterr);
}

int container_ps_json(struct runtime *rt, const char *id, struct buf *out, struct err *reterr)
{
    AUTO_CGROUP_PIDS struct cgroup_pids pids = CGROUP_PIDS_INIT;
    struct json_writer w;
    int r = list_pids(rt, id, &pids, reterr);

    if (r < 0)
        return r;
    json_write_init(&w, out, NULL);
    if (pids.n == 0) {
        json_write_null(&w);
    } else {
        json_write_array(&w);
        for (size_t i = 0; i < pids.n; i++)
            json_write_i64(&w, pids.v[i]);
        json_write_array_end(&w);
    }
    buf_char(out, '\n');
    return buf_error(out) < 0 ? err_internal(reterr, -buf_error(out), "cannot print the processes") : 0;
}

/* ---- ps(1) ---- */

/* Its output and its errors go into one pipe, of which *ret_fd is the other end. */
static int spawn_ps(char *const argv[], struct pidfd *ret, int *ret_fd, struct err *reterr)
{
    posix_spawn_file_actions_t actions;
    AUTO_CLOSE int out = -1;
    int ends[2];
    pid_t pid;
    int r;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_system(reterr, errno, "pipe2", "%s", "");
    *ret_fd = ends[0];
    out = ends[1];
    r = posix_spawn_file_actions_init(&actions);
    if (r)
        return err_nomem(reterr);
    r = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&actions, out, 2);
    if (r == 0)
        r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (r)
        return err_system(reterr, r, "run", "%s", argv[0]);
    pidfd_adopt(ret, pid, -1);
    return 0;
}

static int read_until(int fd, struct buf *out, int64_t deadline_ms, struct err *reterr)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char chunk[16384] UNINITIALIZED;
        int n = poll(&p, 1, io_poll_timeout(deadline_ms));
        ssize_t len;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_system(reterr, errno, "poll", "the output of ps");
        if (n == 0)
            return err_system(reterr, ETIMEDOUT, "read", "the output of ps");
        len = read(fd, chunk, sizeof(chunk));
        if (len == 0)
            break;
        if (len < 0 && errno != EINTR)
            return err_system(reterr, errno, "read", "the output of ps");
        if (len > 0)
            buf_add(out, chunk, (size_t)len);
    }
    return buf_error(out) < 0 ? err_internal(reterr, -buf_error(out), "ps printed too much") : 0;
}

static int check_status(int status, const struct buf *output, struct err *reterr)
{
    struct str said = str_trim((struct str){buf_cstr(output), output->len});

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (said.len > SHOWN_OUTPUT)
        said.len = SHOWN_OUTPUT;
    if (WIFSIGNALED(status))
        return err_state(reterr, ECHILD, "ps: killed by signal %d: %.*s", WTERMSIG(status), (int)said.len,
                         said.ptr);
    return err_state(reterr, ECHILD, "ps: exit status %d: %.*s", WEXITSTATUS(status), (int)said.len,
                     said.ptr);
}

static int run_ps(char *const argv[], struct buf *out, struct err *reterr)
{
    int64_t deadline_ms = io_now_ms() + PS_TIMEOUT_MS;
    struct pidfd ps = PIDFD_INIT;
    AUTO_CLOSE int fd = -1;
    int status;
    int r = spawn_ps(argv, &ps, &fd, reterr);

    if (r < 0)
        return r;
    r = read_until(fd, out, deadline_ms, reterr);
    if (r == 0)
        r = pidfd_reap(&ps, deadline_ms, &status, reterr);
    if (r < 0)
        pidfd_kill_and_reap(&ps);
    pidfd_done(&ps);
    return r < 0 ? r : check_status(status, out, reterr);
}

int container_ps_table(struct runtime *rt, const char *id, char *const *args, size_t n, struct buf *out,
                       struct err *reterr)
{
    static char name[] = "ps", everything[] = "-ef";
    AUTO_CGROUP_PIDS struct cgroup_pids pids = CGROUP_PIDS_INIT;
    AUTO_BUF struct buf table = BUF_INIT(PS_TABLE_MAX);
    AUTO_FREE char **argv = calloc(n + 3, sizeof(*argv));
    int r;

    if (!argv)
        return err_nomem(reterr);
    argv[0] = name;
    argv[1] = n ? NULL : everything;
    for (size_t i = 0; i < n; i++)
        argv[1 + i] = args[i];
    r = list_pids(rt, id, &pids, reterr);
    if (r == 0)
        r = run_ps(argv, &table, reterr);
    if (r < 0)
        return r;
    return ps_table_filter((struct str){buf_cstr(&table), table.len}, pids.v, pids.n, out, reterr);
}
