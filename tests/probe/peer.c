/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the sockets that a caller of a runtime names, on the host:
 *
 *     peer console SOCKET        take one terminal, say on standard error what came ("payload TEXT",
 * "descriptors N", "size RxC", "blocking yes"), then relay it to standard input and output until it ends peer
 * deaf SOCKET [N]       listen, with room for N connections, and accept none, until killed peer notify SOCKET
 * N       print N datagrams, a line each, "+fd" behind those with a descriptor (closed at once);
 *                                "@NAME" is an abstract socket
 *     peer hold-notify SOCKET N  the same, descriptors kept until the end
 *     peer activate COMMAND...   run COMMAND with LISTEN_PID of its own
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LIFE_S 60u

static void die(const char *what)
{
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A path that is too long for the address is reached from its directory. */
static int open_socket(const char *path, int type)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(sa);

    if (fd < 0)
        die("socket");
    if (*path == '@') {
        memcpy(sa.sun_path + 1, path + 1, strlen(path) - 1);
        len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    } else {
        const char *slash = strrchr(path, '/');
        char dir[4096];

        if (slash) {
            snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
            if (chdir(dir) < 0)
                die(dir);
        }
        snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", slash ? slash + 1 : path);
        unlink(sa.sun_path);
    }
    if (bind(fd, (struct sockaddr *)&sa, len) < 0)
        die("bind");
    return fd;
}

/* One message; its first descriptor, or -1. */
static ssize_t receive(int fd, char *text, size_t size, int *ret_fd, int *ret_n)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(16 * sizeof(int))];
    } control;
    struct iovec iov = {.iov_base = text, .iov_len = size - 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof(control.bytes)};
    ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);

    *ret_fd = -1;
    *ret_n = 0;
    if (n < 0)
        die("recvmsg");
    text[n] = '\0';
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            *ret_n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
        }
    return n;
}

static void relay(int master)
{
    struct pollfd p[2] = {{.fd = master, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    char bytes[4096];

    while (poll(p, 2, -1) >= 0 || errno == EINTR) {
        ssize_t n;

        if (p[1].revents) {
            n = read(0, bytes, sizeof(bytes));
            if (n <= 0)
                p[1].fd = -1;
            else if (write(master, bytes, (size_t)n) != n)
                return;
        }
        if (p[0].revents) {
            n = read(master, bytes, sizeof(bytes));
            if (n <= 0)
                return;
            if (write(1, bytes, (size_t)n) != n)
                die("write");
        }
    }
}

static void console(const char *path)
{
    int listener = open_socket(path, SOCK_STREAM), fd, master, n;
    struct winsize w = {0};
    char text[4096];

    if (listen(listener, 4) < 0)
        die("listen");
    fprintf(stderr, "listening\n");
    fd = accept(listener, NULL, NULL);
    if (fd < 0)
        die("accept");
    receive(fd, text, sizeof(text), &master, &n);
    ioctl(master, TIOCGWINSZ, &w);
    fprintf(stderr, "payload %s\ndescriptors %d\nsize %ux%u\nblocking %s\n", text, n, w.ws_row, w.ws_col,
            fcntl(master, F_GETFL) & O_NONBLOCK ? "no" : "yes");
    close(fd);
    close(listener);
    relay(master);
}

static void deaf(const char *path, int room)
{
    int listener = open_socket(path, SOCK_STREAM);

    if (listen(listener, room) < 0)
        die("listen");
    fprintf(stderr, "listening\n");
    pause();
}

static void notify(const char *path, int count, bool hold)
{
    int fd = open_socket(path, SOCK_DGRAM);

    fprintf(stderr, "listening\n");
    while (count-- > 0) {
        char text[8192];
        int passed, n;

        receive(fd, text, sizeof(text), &passed, &n);
        for (char *p = text; *p; p++)
            if (*p == '\n')
                *p = '|';
        printf("%s%s\n", text, n ? " +fd" : "");
        fflush(stdout);
        if (!hold && passed >= 0)
            close(passed);
    }
    if (hold)
        pause();
}

static void activate(char **argv)
{
    char pid[16];

    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    alarm(0);
    execvp(argv[0], argv);
    die(argv[0]);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    alarm(LIFE_S);
    if (argc == 3 && strcmp(what, "console") == 0)
        console(argv[2]);
    else if (argc >= 3 && strcmp(what, "deaf") == 0)
        deaf(argv[2], argc > 3 ? atoi(argv[3]) : 4);
    else if (argc == 4 && strcmp(what, "notify") == 0)
        notify(argv[2], atoi(argv[3]), false);
    else if (argc == 4 && strcmp(what, "hold-notify") == 0)
        notify(argv[2], atoi(argv[3]), true);
    else if (argc >= 3 && strcmp(what, "activate") == 0)
        activate(argv + 2);
    else
        return 2;
    return 0;
}
