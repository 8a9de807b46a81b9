/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/chan.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/uio.h>

struct header {
    uint32_t type;
    uint32_t len;
};

int chan_pair(struct chan *a, struct chan *b, struct err *reterr)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
        return err_system(reterr, errno, "socketpair", "%s", "");
    *a = (struct chan){.fd = fds[0], .peer_pidfd = -1};
    *b = (struct chan){.fd = fds[1], .peer_pidfd = -1};
    return 0;
}

void chan_close(struct chan *c)
{
    fd_close(&c->fd);
    c->peer_pidfd = -1;
}

/*
 * Until the socket is ready. A peer that has died may have left messages behind: they count first, so
 * readiness of the socket wins over the death of the process.
 */
static int chan_wait(const struct chan *c, short events, int64_t deadline_ms)
{
    struct pollfd p[2] = {{.fd = c->fd, .events = events}, {.fd = c->peer_pidfd, .events = POLLIN}};

    for (;;) {
        int n = poll(p, 2, io_poll_timeout(deadline_ms));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -ETIMEDOUT;
        if (p[0].revents)
            return 0;
        return -ECONNRESET;
    }
}

static int lost(struct err *reterr, int code, const char *verb)
{
    switch (-code) {
    case ECONNRESET:
    case EPIPE:
    case ENOTCONN: return err_proto(reterr, ECONNRESET, "%s: the peer process has died", verb);
    case ETIMEDOUT: return err_proto(reterr, ETIMEDOUT, "%s: timed out", verb);
    case EPROTO: return err_proto(reterr, EPROTO, "%s: malformed message", verb);
    case EMSGSIZE: return err_proto(reterr, EMSGSIZE, "%s: message too long", verb);
    default: return err_system(reterr, code, verb, "message");
    }
}

int chan_send(struct chan *c, uint32_t type, const void *data, size_t len, int fd, int64_t deadline_ms,
              struct err *reterr)
{
    struct header h = {.type = type, .len = (uint32_t)len};
    struct iovec iov[2] = {{.iov_base = &h, .iov_len = sizeof(h)},
                           {.iov_base = (void *)(uintptr_t)data, .iov_len = len}};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = len ? 2 : 1};
    ssize_t n;

    if (len > CHAN_DATA_MAX)
        return lost(reterr, -EMSGSIZE, "send");
    if (fd >= 0) {
        memset(&control, 0, sizeof(control));
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof(control.bytes);
        *CMSG_FIRSTHDR(&m) = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(int));
    }
    for (;;) {
        n = sys_sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n != -EAGAIN)
            break;
        n = chan_wait(c, POLLOUT, deadline_ms);
        if (n < 0)
            break;
    }
    if (n >= 0 && (size_t)n != sizeof(h) + len)
        n = -EPROTO;
    return n < 0 ? lost(reterr, (int)n, "send") : 0;
}

/* The one descriptor of a message; more than one are closed and refused. */
static int take_rights(struct msghdr *m, int *ret)
{
    int r = 0;

    *ret = -1;
    for (struct cmsghdr *cm = CMSG_FIRSTHDR(m); cm; cm = CMSG_NXTHDR(m, cm)) {
        size_t n;

        if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
            continue;
        n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int), sizeof(fd));
            if (*ret < 0) {
                *ret = fd;
            } else {
                close(fd);
                r = -EPROTO;
            }
        }
    }
    if (m->msg_flags & MSG_CTRUNC)
        r = -EPROTO;
    if (r < 0)
        fd_close(ret);
    return r;
}

static ssize_t receive(struct chan *c, struct msghdr *m, int64_t deadline_ms)
{
    bool reset = false;

    for (;;) {
        ssize_t n = sys_recvmsg(c->fd, m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        int r;

        /* A peer that closed with our message unread: the error comes first, what it had sent to us after. */
        if (n == -ECONNRESET && !reset) {
            reset = true;
            continue;
        }
        if (n != -EAGAIN)
            return n;
        r = chan_wait(c, POLLIN, deadline_ms);
        if (r < 0)
            return r;
    }
}

int chan_recv(struct chan *c, struct chan_msg *msg, void *data, size_t cap, int64_t deadline_ms,
              struct err *reterr)
{
    struct header h;
    struct iovec iov[2] = {{.iov_base = &h, .iov_len = sizeof(h)}, {.iov_base = data, .iov_len = cap}};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct msghdr m = {.msg_iov = iov,
                       .msg_iovlen = 2,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof(control.bytes)};
    ssize_t n = receive(c, &m, deadline_ms);
    int fd, r;

    *msg = (struct chan_msg){.fd = -1};
    if (n == 0) /* no message of ours is empty: the end */
        n = -ECONNRESET;
    if (n < 0)
        return lost(reterr, (int)n, "receive");
    r = take_rights(&m, &fd);
    if (r == 0 && (m.msg_flags & MSG_TRUNC))
        r = -EMSGSIZE;
    if (r == 0 && ((size_t)n < sizeof(h) || h.len != (size_t)n - sizeof(h)))
        r = -EPROTO;
    if (r < 0) {
        fd_close(&fd);
        return lost(reterr, r, "receive");
    }
    *msg = (struct chan_msg){.type = h.type, .len = h.len, .fd = fd};
    return 0;
}

/* ---- errors as messages: kind, code, line, column (u32 each), then where and message, each terminated ----
 */

size_t chan_pack_err(const struct err *e, unsigned char out[CHAN_ERR_MAX])
{
    const uint32_t head[4] = {(uint32_t)e->kind, (uint32_t)e->code, e->line, e->column};
    const size_t where = strnlen(e->where, sizeof(e->where) - 1);
    const size_t message = strnlen(e->message, sizeof(e->message) - 1);
    unsigned char *p = out;

    memcpy(p, head, sizeof(head));
    p += sizeof(head);
    memcpy(p, e->where, where);
    p += where;
    *p++ = '\0';
    memcpy(p, e->message, message);
    p += message;
    *p++ = '\0';
    return (size_t)(p - out);
}

int chan_unpack_err(const void *data, size_t len, struct err *ret)
{
    const char *p = data, *end = p + len, *nul;
    uint32_t head[4];

    if (len < sizeof(head) + 2 || end[-1] != '\0')
        return -EPROTO;
    memcpy(head, p, sizeof(head));
    p += sizeof(head);
    nul = memchr(p, '\0', (size_t)(end - p));
    if (head[0] == ERR_NONE || head[0] > ERR_INTERNAL || head[1] == 0 || head[1] > 4095)
        return -EPROTO;
    if ((size_t)(nul - p) >= sizeof(ret->where) || nul + 1 >= end)
        return -EPROTO;
    if (memchr(nul + 1, '\0', (size_t)(end - nul - 1)) != end - 1 ||
        (size_t)(end - nul - 2) >= sizeof(ret->message))
        return -EPROTO;
    *ret = (struct err){
        .kind = (enum err_kind)head[0], .code = (int)head[1], .line = head[2], .column = head[3]};
    memcpy(ret->where, p, (size_t)(nul - p));
    memcpy(ret->message, nul + 1, (size_t)(end - nul - 2));
    return 0;
}

int chan_send_err(struct chan *c, uint32_t type, const struct err *e, int64_t deadline_ms, struct err *reterr)
{
    unsigned char bytes[CHAN_ERR_MAX];

    return chan_send(c, type, bytes, chan_pack_err(e, bytes), -1, deadline_ms, reterr);
}
