/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/usocket.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <poll.h>
#include <sys/uio.h>
#include <sys/un.h>

#define CONNECT_RETRY_MS 20

/* sun_path is full at 108 bytes; a longer path is named by a descriptor of its socket. */
static int address_of(struct usocket_name name, struct sockaddr_un *sa, socklen_t *len, int *hold)
{
    size_t n = strlen(name.path);

    *sa = (struct sockaddr_un){.sun_family = AF_UNIX};
    *hold = -1;
    if (name.abstract && name.path[0] == '@') {
        if (n > sizeof(sa->sun_path))
            return -ENAMETOOLONG;
        memcpy(sa->sun_path + 1, name.path + 1, n - 1);
        *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
        return 0;
    }
    if (n <= USOCKET_PATH_MAX) {
        memcpy(sa->sun_path, name.path, n + 1);
    } else {
        *hold = sys_openat(AT_FDCWD, name.path, O_PATH, 0);
        if (*hold < 0)
            return *hold;
        snprintf(sa->sun_path, sizeof(sa->sun_path), "/proc/self/fd/%d", *hold);
    }
    *len = sizeof(*sa);
    return 0;
}

/* EAGAIN: the queue of the listener is full, which no poll(2) tells. */
static int connect_until(int fd, const struct sockaddr_un *sa, socklen_t len, int64_t deadline_ms)
{
    for (;;) {
        if (connect(fd, (const struct sockaddr *)sa, len) == 0)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (io_now_ms() >= deadline_ms)
            return -ETIMEDOUT;
        io_sleep_ms(CONNECT_RETRY_MS);
    }
}

int usocket_connect(struct usocket_name name, int type, int64_t deadline_ms, struct err *reterr)
{
    AUTO_CLOSE int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    AUTO_CLOSE int hold = -1;
    struct sockaddr_un sa;
    socklen_t len;
    int r;

    if (fd < 0)
        return err_system(reterr, errno, "socket", "%s", name.path);
    r = address_of(name, &sa, &len, &hold);
    if (r == 0)
        r = connect_until(fd, &sa, len, deadline_ms);
    if (r == 0)
        r = sys_fcntl(fd, F_SETFL, O_RDWR);
    return r < 0 ? err_system(reterr, r, "connect", "%s", name.path) : take_fd(&fd);
}

int usocket_bind_at(int dir_fd, const char *name, struct err *reterr)
{
    AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int n;

    if (fd < 0)
        return err_system(reterr, errno, "socket", "%s", name);
    n = snprintf(sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d/%s", dir_fd, name);
    if (n < 0 || (size_t)n >= sizeof(sa.sun_path))
        return err_system(reterr, ENAMETOOLONG, "bind", "%s", name);
    if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
        return err_system(reterr, errno, "bind", "%s", name);
    return take_fd(&fd);
}

int usocket_send(int fd, const void *data, size_t len, int pass_fd, int64_t deadline_ms, struct err *reterr)
{
    struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n;

    if (pass_fd >= 0) {
        memset(&control, 0, sizeof(control));
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof(control.bytes);
        *CMSG_FIRSTHDR(&m) = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &pass_fd, sizeof(int));
    }
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        int ready;

        n = sys_sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0 && (size_t)n < iov.iov_len) { /* a stream; the descriptor went with its first byte */
            iov.iov_base = (char *)iov.iov_base + n;
            iov.iov_len -= (size_t)n;
            m.msg_control = NULL;
            m.msg_controllen = 0;
        } else if (n != -EAGAIN) {
            return n < 0 ? err_system(reterr, (int)n, "sendmsg", "socket") : 0;
        }
        ready = poll(&p, 1, io_poll_timeout(deadline_ms));
        if (ready < 0 && errno != EINTR)
            return err_system(reterr, errno, "poll", "socket");
        if (ready == 0)
            return err_system(reterr, ETIMEDOUT, "sendmsg", "socket");
    }
}
