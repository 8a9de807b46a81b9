/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network devices of the host, moved into a network namespace by rtnetlink(7): config-linux.md "Network
 * Devices". A device keeps its permanent global addresses, takes its name in the container and is set up. It
 * is not moved back when the container ends (the kernel does that for physical ones), only when the creation
 * of the container fails.
 *
 * The caller needs CAP_NET_ADMIN over both namespaces. Routes are not kept. Linux 3.8 or later.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>

struct netdev;

struct netdev_set {
    int own_netns_fd;     /* the runtime's network namespace */
    int own_socket;       /* rtnetlink in it */
    int there_socket;     /* rtnetlink in the container's */
    struct netdev *moved; /* the last one first */
};

#define NETDEV_SET_INIT ((struct netdev_set){.own_netns_fd = -1, .own_socket = -1, .there_socket = -1})

/*
 * Move the device `host_name` into the namespace netns_fd (the same for each call on a set), where it is
 * called `name`; "%d" in it becomes the first number that is free. On failure the device may have been moved:
 * netdev_move_back.
 */
int netdev_move(struct netdev_set *s, int netns_fd, const char *host_name, const char *name,
                struct err *reterr);

/* Give all devices back, with name, addresses and state. What cannot be given back stays where it is. */
void netdev_move_back(struct netdev_set *s);

void netdev_set_done(struct netdev_set *s);
