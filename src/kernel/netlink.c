/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/netlink.h"

#include "base/fd.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANSWER_MAX 32768u /* what the kernel puts into one datagram of a dump */

int netlink_open(struct err *reterr)
{
    const struct timeval timeout = {.tv_sec = NETLINK_TIMEOUT_MS / 1000};
    AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0)
        return err_system(reterr, errno, "socket", "rtnetlink");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
        return err_system(reterr, errno, "setsockopt", "SO_RCVTIMEO of rtnetlink");
    return take_fd(&fd);
}

/* ---- building ---- */

static void append(struct netlink_request *r, const void *data, size_t len)
{
    size_t at = NLMSG_ALIGN(r->header.nlmsg_len);

    if (r->overflow || at + NLMSG_ALIGN(len) > sizeof(r->bytes)) {
        r->overflow = true;
        return;
    }
    memcpy(r->bytes + at, data, len);
    r->header.nlmsg_len = (uint32_t)(at + len);
}

void netlink_request_init(struct netlink_request *r, uint16_t type, uint16_t flags, const void *fixed,
                          size_t len)
{
    memset(r, 0, sizeof(*r));
    r->header.nlmsg_len = NLMSG_HDRLEN;
    r->header.nlmsg_type = type;
    r->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    append(r, fixed, len);
}

void netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t len)
{
    struct rtattr attr = {.rta_type = type, .rta_len = (unsigned short)RTA_LENGTH(len)};

    if (len > NETLINK_REQUEST_MAX) {
        r->overflow = true;
        return;
    }
    append(r, &attr, sizeof(attr));
    append(r, data, len);
}

void netlink_add_str(struct netlink_request *r, uint16_t type, const char *s)
{
    netlink_add(r, type, s, strlen(s) + 1);
}

/* ---- calling ---- */

enum { ANSWER_GOES_ON = 1 };

static int answer_code(const struct nlmsghdr *m)
{
    const struct nlmsgerr *e = NLMSG_DATA(m);

    return m->nlmsg_len < NLMSG_LENGTH(sizeof(*e)) ? -EPROTO : e->error;
}

/* One datagram. ANSWER_GOES_ON: the answer is not complete yet. */
static int read_answer(const unsigned char *bytes, size_t len, uint32_t seq, netlink_visit *visit, void *data)
{
    size_t at = 0;

    while (len - at >= NLMSG_HDRLEN) {
        const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)(bytes + at);
        int r = 0;

        if (m->nlmsg_len < NLMSG_HDRLEN || m->nlmsg_len > len - at)
            return -EPROTO;
        at = at + NLMSG_ALIGN(m->nlmsg_len) < len ? at + NLMSG_ALIGN(m->nlmsg_len) : len;
        if (m->nlmsg_seq != seq) /* of a request that was given up */
            continue;
        if (m->nlmsg_flags & NLM_F_DUMP_INTR)
            return -EINTR;
        if (m->nlmsg_type == NLMSG_ERROR)
            return answer_code(m);
        if (m->nlmsg_type == NLMSG_DONE)
            return 0;
        if (visit)
            r = visit(m, data);
        if (r < 0)
            return r;
    }
    return ANSWER_GOES_ON;
}

int netlink_call(int fd, struct netlink_request *r, netlink_visit *visit, void *data)
{
    static atomic_uint last_seq;
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    unsigned char answer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    int code = ANSWER_GOES_ON;

    if (r->overflow)
        return -EMSGSIZE;
    r->header.nlmsg_seq = ++last_seq;
    if ((r->header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP) /* NLM_F_EXCL is one of its bits */
        r->header.nlmsg_flags |= NLM_F_ACK;
    if (sendto(fd, r->bytes, r->header.nlmsg_len, MSG_NOSIGNAL, (const struct sockaddr *)&kernel,
               sizeof(kernel)) < 0)
        return -errno;
    while (code == ANSWER_GOES_ON) {
        struct sockaddr_nl from = {0};
        socklen_t from_len = sizeof(from);
        ssize_t n = recvfrom(fd, answer, sizeof(answer), 0, (struct sockaddr *)&from, &from_len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        if (from.nl_pid == 0) /* from the kernel; other processes may send to us as well */
            code = read_answer(answer, (size_t)n, r->header.nlmsg_seq, visit, data);
    }
    return code;
}

const struct rtattr *netlink_find(const struct nlmsghdr *message, size_t fixed_len, uint16_t type)
{
    size_t skip = NLMSG_LENGTH(NLMSG_ALIGN(fixed_len));
    const struct rtattr *a;
    int left;

    if (message->nlmsg_len < skip)
        return NULL;
    a = (const struct rtattr *)(const void *)((const unsigned char *)message + skip);
    left = (int)(message->nlmsg_len - skip);
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
        if ((a->rta_type & NLA_TYPE_MASK) == type)
            return a;
    return NULL;
}
