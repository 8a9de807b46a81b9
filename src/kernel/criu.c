/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/criu.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/chan.h"
#include "kernel/clone.h"
#include "kernel/io.h"
#include "kernel/procattr.h"
#include "kernel/sys.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#define SOCKET_FD        3
#define END_MS           10000
#define CRIU_PREPARE_MS  60000
#define WITHOUT_PIDFD_MS 200

extern char **environ;

/* ---- finding it ---- */

static bool is_program(const char *path)
{
    struct stat st;

    return path[0] == '/' && sys_fstatat(AT_FDCWD, path, &st, 0) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

static bool find_program(const char *name, char path[PATH_MAX])
{
    static const char usual[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const char *const lists[] = {getenv("PATH"), usual};

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct str rest = str_of(lists[i]), dir;

        while (lists[i] && str_next(&rest, ':', &dir)) {
            int n = snprintf(path, PATH_MAX, "%.*s/%s", (int)dir.len, dir.ptr, name);

            if (n > 0 && n < PATH_MAX && is_program(path))
                return true;
        }
    }
    return false;
}

int criu_find(char path[PATH_MAX], struct err *reterr)
{
    return find_program("criu", path)
               ? 0
               : err_system(reterr, ENOENT, "criu", "the program criu is not installed (package criu)");
}

bool criu_has_iptables(void)
{
    char path[PATH_MAX];

    return find_program("iptables-restore", path);
}

/* ---- starting it ---- */

/* What criu gets to its places, the control socket right behind it, and nothing beyond. */
static int arrange(int socket, int *control, const struct criu_start *how)
{
    const int last = CRIU_FIRST_FD + (int)how->n_fds;
    int high[CRIU_FDS_MAX + 1];
    int c = fcntl(*control, F_DUPFD, last + 1);

    for (size_t i = 0; i <= how->n_fds && c >= 0; i++) {
        high[i] = fcntl(i ? how->fds[i - 1] : socket, F_DUPFD, last + 1);
        if (high[i] < 0)
            return -errno;
    }
    if (c < 0 || dup3(c, last, O_CLOEXEC) < 0)
        return -errno;
    *control = last;
    for (size_t i = 0; i <= how->n_fds; i++)
        if (dup2(high[i], SOCKET_FD + (int)i) < 0)
            return -errno;
    return procattr_close_from((unsigned)last + 1, NULL);
}

static NORETURN void say_and_end(int control, const struct err *e)
{
    unsigned char message[CHAN_ERR_MAX];
    size_t len = chan_pack_err(e, message);
    ssize_t n = send(control, message, len, MSG_NOSIGNAL);

    _exit(n < 0 ? 126 : 127);
}

/* One end of the conversation to the parent. */
static int hand_over(int control, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } space = {0};
    char byte = 0;
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &space, .msg_controllen = sizeof(space)};
    struct cmsghdr *h = CMSG_FIRSTHDR(&msg);
    ssize_t n;

    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(h), &fd, sizeof(fd));
    n = sys_sendmsg(control, &msg, MSG_NOSIGNAL);
    return n < 0 ? (int)n : 0;
}

static int make_pair(int fds[2], struct err *reterr)
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0
               ? err_system(reterr, errno, "socketpair", "%s", "")
               : 0;
}

/*
 * The socket is made here: criu takes who made it for its caller, and opens directories that it is given as
 * descriptors through /proc/CALLER/fd. In our mount namespace they would be none of its own mounts.
 */
static NORETURN void become_criu(const char *path, int control, const struct criu_start *how)
{
    char *const argv[] = {(char[]){"criu"}, (char[]){"swrk"}, (char[]){"3"}, NULL};
    int pair[2], r;
    struct err e;
    char byte;

    err_init(&e);
    if (procattr_reset_signals(&e) < 0)
        say_and_end(control, &e);
    if (sys_read(control, &byte, 1) != 1)
        _exit(127); /* nobody is there any more */
    if ((how->prepare && how->prepare(how->ctx, &e) < 0) || make_pair(pair, &e) < 0)
        say_and_end(control, &e);
    r = hand_over(control, pair[0]);
    if (r == 0)
        r = arrange(pair[1], &control, how);
    if (r == 0) {
        execve(path, argv, environ);
        r = -errno;
    }
    err_system(&e, r, "execve", "%s", path);
    say_and_end(control, &e);
}

int criu_start(struct criu_process *p, const char *path, const struct criu_start *how, struct err *reterr)
{
    const struct clone_request req = {.flags = 0, .cgroup_fd = -1};
    AUTO_CLOSE int control_side = -1;
    struct clone_child born;
    int fds[2], r = make_pair(fds, reterr);

    if (r < 0)
        return r;
    p->control = fds[0];
    control_side = fds[1];
    r = clone_process(&req, &born, reterr);
    if (r == 0) {
        fd_close(&p->control);
        become_criu(path, control_side, how);
    }
    if (r > 0)
        pidfd_adopt(&p->child, born.pid, born.pidfd);
    return r < 0 ? r : 0;
}

static ssize_t receive(int socket, void *data, size_t cap, int *ret_fd);

/* The child's word: 0 at its end, else the length; with the socket, if it comes now. */
static ssize_t next_word(struct criu_process *p, void *data, size_t cap, struct err *reterr)
{
    struct pollfd poll_fd = {.fd = p->control, .events = POLLIN};
    ssize_t n;
    int r, fd;

    do
        r = poll(&poll_fd, 1, CRIU_PREPARE_MS);
    while (r < 0 && errno == EINTR);
    if (r <= 0)
        return err_system(reterr, r < 0 ? errno : ETIMEDOUT, "start", "criu");
    n = receive(p->control, data, cap, &fd);
    if (n < 0)
        return err_system(reterr, (int)n, "recvmsg", "%s", "");
    if (fd >= 0) {
        fd_close(&p->socket);
        p->socket = fd;
    }
    return n;
}

int criu_go(struct criu_process *p, struct err *reterr)
{
    unsigned char message[CHAN_ERR_MAX];
    struct err e;
    ssize_t n;

    if (send(p->control, "0", 1, MSG_NOSIGNAL) != 1)
        return err_proto(reterr, EPIPE, "the process that becomes criu has died");
    n = next_word(p, message, sizeof(message), reterr);
    if (n > 0 && p->socket >= 0)
        n = next_word(p, message, sizeof(message), reterr);
    if (n < 0)
        return (int)n;
    fd_close(&p->control);
    if (n == 0 && p->socket >= 0) /* closed by execve */
        return 0;
    if (n == 0 || chan_unpack_err(message, (size_t)n, &e) < 0)
        return err_proto(reterr, EPROTO, "the process that becomes criu has died");
    if (reterr)
        *reterr = e;
    return e.code ? -e.code : -EPROTO;
}

/* ---- talking ---- */

int criu_send(const struct criu_process *p, const void *data, size_t len, struct err *reterr)
{
    ssize_t n;

    do
        n = send(p->socket, data, len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EPIPE)
        return err_proto(reterr, EPIPE, "criu ended without a word");
    return n < 0 ? err_system(reterr, errno, "send", "to criu") : 0;
}

static int take_descriptor(struct msghdr *msg)
{
    int ret = -1;

    for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
        size_t n = h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS
                       ? (h->cmsg_len - CMSG_LEN(0)) / sizeof(int)
                       : 0;

        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(fd));
            if (ret < 0)
                ret = fd;
            else
                fd_close(&fd);
        }
    }
    return ret;
}

static ssize_t receive(int socket, void *data, size_t cap, int *ret_fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct iovec iov = {.iov_base = data, .iov_len = cap};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t n = sys_recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);

    *ret_fd = -1;
    if (n < 0)
        return n == -ECONNRESET ? 0 : n;
    *ret_fd = take_descriptor(&msg);
    if (!(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return n;
    fd_close(ret_fd);
    return -EMSGSIZE;
}

/* Is there a message? 1; 0: there will be none. The socket alone would not tell: children of criu's hold it
 * too. */
static int await_message(const struct criu_process *p, int stop_fd, int64_t deadline_ms, struct err *reterr)
{
    struct pollfd fds[] = {{.fd = p->socket, .events = POLLIN},
                           {.fd = stop_fd, .events = POLLIN},
                           {.fd = p->child.fd, .events = POLLIN}};

    for (;;) {
        int wait = io_poll_timeout(deadline_ms);
        bool dead;

        if (p->child.fd < 0 && (wait < 0 || wait > WITHOUT_PIDFD_MS))
            wait = WITHOUT_PIDFD_MS;
        dead = pidfd_alive(&p->child) == 0;
        if (poll(fds, ARRAY_SIZE(fds), dead ? 0 : wait) < 0 && errno != EINTR)
            return err_system(reterr, errno, "poll", "criu");
        if (fds[0].revents)
            return 1;
        if (dead)
            return 0;
        if (fds[1].revents)
            return err_system(reterr, EINTR, "poll", "criu");
        if (deadline_ms != IO_NO_DEADLINE && io_now_ms() >= deadline_ms)
            return err_proto(reterr, ETIMEDOUT, "criu does not answer");
    }
}

ssize_t criu_receive(const struct criu_process *p, void *data, size_t cap, int *ret_fd, int stop_fd,
                     int64_t deadline_ms, struct err *reterr)
{
    ssize_t n = await_message(p, stop_fd, deadline_ms, reterr);

    *ret_fd = -1;
    if (n <= 0)
        return n;
    n = receive(p->socket, data, cap, ret_fd);
    if (n == -EMSGSIZE)
        return err_proto(reterr, EMSGSIZE, "criu sent a message of more than %zu bytes", cap);
    return n < 0 ? err_system(reterr, (int)n, "recvmsg", "from criu") : n;
}

int criu_end(struct criu_process *p, int *ret_status, struct err *reterr)
{
    int r;

    fd_close(&p->socket);
    fd_close(&p->control);
    r = pidfd_reap(&p->child, io_now_ms() + END_MS, ret_status, reterr);
    if (r == 0)
        p->child.pid = 0;
    return r;
}

void criu_kill(struct criu_process *p)
{
    fd_close(&p->socket);
    fd_close(&p->control);
    if (p->child.pid > 0)
        pidfd_kill_and_reap(&p->child);
    pidfd_done(&p->child);
    p->child = PIDFD_INIT;
}

void criu_done(struct criu_process *p)
{
    int status;

    fd_close(&p->socket);
    fd_close(&p->control);
    if (p->child.pid > 0 && pidfd_reap(&p->child, io_now_ms() + END_MS, &status, NULL) < 0)
        pidfd_kill_and_reap(&p->child);
    p->child.pid = 0;
    pidfd_done(&p->child);
}
