/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp agent, on the host: takes container process states with their listeners, and answers
 * notifications.
 *
 *     agent SOCKET DEFAULT [SYSCALL=ANSWER]...
 *
 * ANSWER (and DEFAULT, for all system calls that are not named): continue; errno:N; value:N; silent (none at
 * all, ever). DEFAULT may also be what is done about a connection: shut (closed at once), leave (its listener
 * is closed as soon as it has come). On standard error "listening"; on standard output, a line each:
 *
 *     state DESCRIPTORS JSON END  a connection; END is "eof" when the other side closes it then, or "open"
 *     call SYSCALL PID            a notification: pid as the agent sees it
 *     gone                        nobody is left behind a listener
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define LIFE_S      60u
#define STATE_MAX   (1u << 20)
#define CLOSE_MS    200
#define LISTENERS   64
#define SYSCALL_MAX 1024

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE (1UL << 0)
#endif

static const struct {
    const char *name;
    int nr;
} names[] = {
#define CALL(x)                                                                                              \
    {                                                                                                        \
#x, SYS_##x                                                                                          \
    }
#ifdef SYS_mkdir
    CALL(mkdir),
#endif
#ifdef SYS_poll
    CALL(poll),
#endif
    CALL(mkdirat),    CALL(getppid), CALL(acct),       CALL(write), CALL(read),    CALL(close),
    CALL(sendmsg),    CALL(recvmsg), CALL(execve),     CALL(futex), CALL(prctl),   CALL(wait4),
    CALL(waitid),     CALL(setuid),  CALL(setresuid),  CALL(sync),  CALL(seccomp), CALL(capset),
    CALL(exit_group), CALL(chdir),   CALL(sethostname)};

struct answer {
    enum { CONTINUE, ERRNO, VALUE, SILENT, SHUT, LEAVE } what;
    int value;
};

static struct answer answers[SYSCALL_MAX];

static void die(const char *what)
{
    fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int number(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0)
            return names[i].nr;
    fprintf(stderr, "agent: unknown system call %s\n", name);
    exit(2);
}

static const char *name_of(int nr)
{
    static char text[16];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].nr == nr)
            return names[i].name;
    snprintf(text, sizeof(text), "%d", nr);
    return text;
}

static struct answer answer_of(const char *text)
{
    if (strcmp(text, "continue") == 0)
        return (struct answer){CONTINUE, 0};
    if (strcmp(text, "silent") == 0)
        return (struct answer){SILENT, 0};
    if (strcmp(text, "shut") == 0)
        return (struct answer){SHUT, 0};
    if (strcmp(text, "leave") == 0)
        return (struct answer){LEAVE, 0};
    if (strncmp(text, "errno:", 6) == 0)
        return (struct answer){ERRNO, atoi(text + 6)};
    if (strncmp(text, "value:", 6) == 0)
        return (struct answer){VALUE, atoi(text + 6)};
    fprintf(stderr, "agent: no answer: %s\n", text);
    exit(2);
}

static int listen_at(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const char *slash = strrchr(path, '/');
    char dir[4096] = ".";

    if (fd < 0)
        die("socket");
    if (slash)
        snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
    if (chdir(dir) < 0) /* the path may be longer than an address */
        die(dir);
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", slash ? slash + 1 : path);
    unlink(sa.sun_path);
    if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 16) < 0)
        die("bind");
    return fd;
}

/* Is this one whole object? What follows it, or is no JSON, is the test's to find. */
static int is_whole(const char *text)
{
    int depth = 0, quoted = 0;

    for (; *text; text++) {
        if (quoted && *text == '\\' && text[1])
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted && *text == '{')
            depth++;
        else if (!quoted && *text == '}' && --depth == 0)
            return 1;
    }
    return 0;
}

/* One state, and whether the other side closes then; returns the first descriptor, or -1. */
static int take_state(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    static char text[STATE_MAX];
    size_t len = 0;
    int listener = -1, count = 0;
    ssize_t n;

    text[0] = '\0';

    while (!is_whole(text)) {
        union {
            struct cmsghdr align;
            char bytes[CMSG_SPACE(16 * sizeof(int))];
        } control;
        struct iovec iov = {.iov_base = text + len, .iov_len = sizeof(text) - 1 - len};
        struct msghdr m = {.msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof(control.bytes)};

        n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
        if (n < 0)
            die("recvmsg");
        if (n == 0)
            break;
        len += (size_t)n;
        text[len] = '\0';
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
                count += (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
                if (listener < 0)
                    memcpy(&listener, CMSG_DATA(c), sizeof(int));
            }
    }
    for (char *c = text; *c; c++)
        if (*c == '\n')
            *c = ' ';
    printf("state %d %s %s\n", count, text,
           poll(&p, 1, CLOSE_MS) > 0 && read(fd, &n, 1) == 0 ? "eof" : "open");
    fflush(stdout);
    return listener;
}

/* 0: the listener is of no more use. */
static int serve(int fd)
{
    struct seccomp_notif req;
    struct seccomp_notif_resp resp;
    const struct answer *a;

    memset(&req, 0, sizeof(req));
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0)
        return errno == EINTR || errno == ENOENT; /* who asked is dead by now */
    printf("call %s %u\n", name_of(req.data.nr), req.pid);
    fflush(stdout);
    a = &answers[req.data.nr < SYSCALL_MAX ? req.data.nr : 0];
    memset(&resp, 0, sizeof(resp));
    resp.id = req.id;
    switch (a->what) {
    case CONTINUE: resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE; break;
    case ERRNO: resp.error = -a->value; break;
    case VALUE: resp.val = a->value; break;
    default: return 1;
    }
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 && errno != ENOENT && errno != EINTR)
        die("SECCOMP_IOCTL_NOTIF_SEND");
    return 1;
}

static void answer_for(char **argv)
{
    struct answer def = answer_of(argv[0]);

    for (int i = 0; i < SYSCALL_MAX; i++)
        answers[i] = def;
    for (char **a = argv + 1; *a; a++) {
        const char *eq = strchr(*a, '=');

        if (!eq)
            die(*a);
        answers[number(*a, (size_t)(eq - *a))] = answer_of(eq + 1);
    }
}

int main(int argc, char **argv)
{
    struct pollfd p[1 + LISTENERS];
    nfds_t n = 1;

    alarm(LIFE_S);
    if (argc < 3)
        return 2;
    answer_for(argv + 2);
    p[0] = (struct pollfd){.fd = listen_at(argv[1]), .events = POLLIN};
    fprintf(stderr, "listening\n");
    for (;;) {
        if (poll(p, n, -1) < 0)
            continue;
        if (p[0].revents) {
            int fd = accept(p[0].fd, NULL, NULL), listener = -1;

            if (fd >= 0 && answers[0].what != SHUT)
                listener = take_state(fd);
            close(fd);
            if (listener >= 0 && answers[0].what == LEAVE)
                close(listener);
            else if (listener >= 0 && n < sizeof(p) / sizeof(p[0]))
                p[n++] = (struct pollfd){.fd = listener, .events = POLLIN};
        }
        for (nfds_t i = 1; i < n; i++) {
            if (!p[i].revents)
                continue;
            if ((p[i].revents & POLLIN) && serve(p[i].fd))
                continue;
            printf("gone\n");
            fflush(stdout);
            close(p[i].fd);
            p[i] = p[--n];
        }
    }
}
