/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to rtnetlink(7) and their answers, for kernel/netdev: one socket, one request at a time, each
 * answered within NETLINK_TIMEOUT_MS.
 */
#pragma once

#include "base/err.h"

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETLINK_TIMEOUT_MS  10000
#define NETLINK_REQUEST_MAX 1024u

/* A request as it is built: the header, a fixed structure, attributes. Too long a one fails when sent
 * (-EMSGSIZE). */
struct netlink_request {
    union {
        struct nlmsghdr header;
        unsigned char bytes[NETLINK_REQUEST_MAX];
    };
    bool overflow;
};

/* In the caller's network namespace. */
int netlink_open(struct err *reterr);

/* `fixed` is what follows the header: struct ifinfomsg, struct ifaddrmsg. */
void netlink_request_init(struct netlink_request *r, uint16_t type, uint16_t flags, const void *fixed,
                          size_t len);
void netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t len);
void netlink_add_str(struct netlink_request *r, uint16_t type, const char *s);

/* Called for each message of the answer; a negative result ends it. */
typedef int netlink_visit(const struct nlmsghdr *message, void *data);

/*
 * Send, and wait for the acknowledgement or the end of the dump. Returns 0, or the kernel's answer as a
 * negative errno; -ETIMEDOUT; -EINTR: the dump changed meanwhile, ask again. No struct err: the caller knows
 * what it asked for.
 */
int netlink_call(int fd, struct netlink_request *r, netlink_visit *visit, void *data);

/* The attribute of that type behind the fixed structure, or NULL. */
const struct rtattr *netlink_find(const struct nlmsghdr *message, size_t fixed_len, uint16_t type);
