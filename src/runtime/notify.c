/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/notify.h"

#include "base/fd.h"
#include "core/activation.h"
#include "core/path.h"
#include "kernel/io.h"
#include "kernel/sys.h"
#include "kernel/usocket.h"
#include "runtime/store.h"

#include <errno.h>

#define MESSAGE_MAX       4096u /* longer ones are cut, as runc does */
#define SEND_MS           10000
#define BARRIER_MS        30000
#define LAST_MESSAGES_MAX 1024u /* that a process left behind: more come from somebody who goes on */
#define LOOK_MS           100   /* without pidfds: how often we look whether the process is still there */

int notify_host_dir(struct arena *a, const char *root_path, const char *id, const char **ret,
                    struct err *reterr)
{
    AUTO_FREE char *cwd = getcwd(NULL, 0);
    const char *root, *dir;
    int r;

    if (!cwd)
        return err_system(reterr, errno, "getcwd", "%s", "");
    r = path_resolve(a, cwd, root_path, &root);
    dir = r == 0 ? arena_printf(a, "%s/%s/" STORE_NOTIFY_DIR, root, id) : NULL;
    if (r == 0)
        r = dir ? path_clean(a, dir, ret) : -ENOMEM;
    return r < 0 ? err_system(reterr, r, "resolve", "%s", root_path) : 0;
}

int notify_make(int dir_fd, struct err *reterr)
{
    int r = sys_mkdirat(dir_fd, STORE_NOTIFY_DIR, 0755);

    return r < 0 ? err_system(reterr, r, "mkdirat", "%s", STORE_NOTIFY_DIR) : 0;
}

int notify_bind(struct notify *n, int dir_fd, struct err *reterr)
{
    AUTO_CLOSE int dir = sys_openat(dir_fd, STORE_NOTIFY_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

    if (dir < 0)
        return err_system(reterr, dir, "openat", "%s", STORE_NOTIFY_DIR);
    unlinkat(dir, ACTIVATION_NOTIFY_SOCKET, 0); /* of a `start` that was killed */
    n->socket = usocket_bind_at(dir, ACTIVATION_NOTIFY_SOCKET, reterr);
    if (n->socket < 0)
        return n->socket;
    if (fchmodat(dir, ACTIVATION_NOTIFY_SOCKET, 0777, 0) < 0)
        return err_system(reterr, errno, "fchmodat", "%s", ACTIVATION_NOTIFY_SOCKET);
    return 0;
}

void notify_done(struct notify *n)
{
    fd_close(&n->socket);
    fd_close(&n->barrier);
}

/* ---- to the service manager ---- */

/* The other end of a pipe travels with the message: whoever has read all before it closes it
 * (sd_notify_barrier(3)). */
static int send_barrier(struct notify *n, int fd, int64_t deadline_ms, struct err *reterr)
{
    int ends[2], r;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_system(reterr, errno, "pipe2", "%s", "");
    r = usocket_send(fd, "BARRIER=1", sizeof("BARRIER=1") - 1, ends[1], deadline_ms, reterr);
    close(ends[1]);
    if (r < 0) {
        close(ends[0]);
        return r;
    }
    n->barrier = ends[0];
    n->barrier_deadline_ms = io_now_ms() + BARRIER_MS;
    return 0;
}

static int tell(struct notify *n, struct str ready, struct err *reterr)
{
    const int64_t deadline = io_now_ms() + SEND_MS;
    AUTO_CLOSE int fd = usocket_connect((struct usocket_name){.path = n->host, .abstract = true}, SOCK_DGRAM,
                                        deadline, reterr);
    char text[MESSAGE_MAX + 2];
    int len, r;

    if (fd < 0)
        return fd;
    len = snprintf(text, sizeof(text), "%.*s\n", (int)ready.len, ready.ptr);
    r = usocket_send(fd, text, (size_t)len, -1, deadline, reterr);
    if (r < 0)
        return r;
    len = snprintf(text, sizeof(text), "MAINPID=%d\n", (int)n->main_pid);
    r = usocket_send(fd, text, (size_t)len, -1, deadline, reterr);
    return r < 0 ? r : send_barrier(n, fd, deadline, reterr);
}

/* ---- from the container ---- */

struct pollfd notify_fill(const struct notify *n)
{
    return (struct pollfd){.fd = n->socket, .events = POLLIN};
}

/* One message; false: there is none. */
static bool take(struct notify *n)
{
    char text[MESSAGE_MAX];
    struct str ready;
    struct err e;
    /* Without room for descriptors: those that come are closed at once, which is what a barrier waits for. */
    ssize_t len = recv(n->socket, text, sizeof(text), MSG_DONTWAIT);

    if (len < 0)
        return false;
    ready = activation_ready_line(text, (size_t)len);
    if (!ready.len)
        return true;
    fd_close(&n->socket);
    err_init(&e);
    if (tell(n, ready, &e) < 0)
        log_message(n->log, LOG_LEVEL_WARNING, NULL, 0, "NOTIFY_SOCKET: %s", e.message);
    return true;
}

void notify_turn(struct notify *n, const struct pollfd *fd)
{
    if (n->socket >= 0 && fd->revents)
        take(n);
}

void notify_flush(struct notify *n)
{
    struct pollfd p = {.events = POLLIN};

    for (unsigned i = 0; i < LAST_MESSAGES_MAX && n->socket >= 0 && take(n); i++) {
    }
    p.fd = n->barrier;
    while (n->barrier >= 0 && poll(&p, 1, io_poll_timeout(n->barrier_deadline_ms)) < 0 && errno == EINTR) {
    }
    fd_close(&n->barrier);
}

int notify_wait(struct notify *n, const struct pidfd *process, struct err *reterr)
{
    while (notify_is_open(n)) {
        struct pollfd p[2] = {notify_fill(n), {.fd = process->fd, .events = POLLIN}};

        if (poll(p, ARRAY_SIZE(p), process->fd < 0 ? LOOK_MS : -1) < 0 && errno != EINTR)
            return err_system(reterr, errno, "poll", "notify socket");
        notify_turn(n, &p[0]);
        if (notify_is_open(n) && !p[0].revents &&
            (p[1].revents || (process->fd < 0 && pidfd_alive(process) <= 0)))
            break;
    }
    notify_flush(n);
    return 0;
}
