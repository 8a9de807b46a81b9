/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/netdev.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/netlink.h"
#include "kernel/ns.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#define OWN_NETNS  "/proc/self/ns/net"
#define DUMP_TRIES 5

/* An address as the kernel told it: what is sent to get it back. */
struct address {
    struct address *next;
    struct ifaddrmsg fixed;
    uint32_t flags; /* more than the eight bits of `fixed` */
    unsigned char local[16], peer[16], broadcast[16];
    size_t local_len, peer_len, broadcast_len;
};

struct netdev {
    struct netdev *next;
    char host_name[IFNAMSIZ];
    char name[IFNAMSIZ]; /* in the container, as the kernel has chosen it */
    unsigned flags;      /* IFF_* on the host */
    int index;           /* where it is now */
    struct address *addresses;
};

static void drop_addresses(struct netdev *d)
{
    while (d->addresses) {
        struct address *next = d->addresses->next;

        free(d->addresses);
        d->addresses = next;
    }
}

static void netdev_free(struct netdev *d)
{
    drop_addresses(d);
    free(d);
}

/* ---- looking ---- */

struct link {
    int index;
    unsigned flags;
    char name[IFNAMSIZ];
};

static bool read_link(const struct nlmsghdr *m, struct link *ret)
{
    const struct ifinfomsg *info = NLMSG_DATA(m);
    const struct rtattr *name;

    if (m->nlmsg_type != RTM_NEWLINK || m->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
        return false;
    name = netlink_find(m, sizeof(*info), IFLA_IFNAME);
    ret->index = info->ifi_index;
    ret->flags = info->ifi_flags;
    snprintf(ret->name, sizeof(ret->name), "%.*s", name ? (int)RTA_PAYLOAD(name) : 0,
             name ? (const char *)RTA_DATA(name) : "");
    return true;
}

static int take_link(const struct nlmsghdr *m, void *data)
{
    read_link(m, data);
    return 0;
}

static int find_link(int fd, const char *name, struct link *ret)
{
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    struct netlink_request req;
    int r;

    *ret = (struct link){0};
    netlink_request_init(&req, RTM_GETLINK, 0, &info, sizeof(info));
    netlink_add_str(&req, IFLA_IFNAME, name);
    r = netlink_call(fd, &req, take_link, ret);
    return r == 0 && ret->index == 0 ? -ENODEV : r;
}

/* All links of a namespace: their numbers. */
struct indexes {
    int *v;
    size_t n, cap;
};

static int take_index(const struct nlmsghdr *m, void *data)
{
    struct indexes *all = data;
    struct link link;

    if (!read_link(m, &link))
        return 0;
    if (all->n == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 16;
        int *v = reallocarray(all->v, cap, sizeof(*v));

        if (!v)
            return -ENOMEM;
        all->v = v;
        all->cap = cap;
    }
    all->v[all->n++] = link.index;
    return 0;
}

static int all_indexes(int fd, struct indexes *ret)
{
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    int r = -EINTR;

    for (int i = 0; i < DUMP_TRIES && r == -EINTR; i++) {
        struct netlink_request req;

        ret->n = 0;
        netlink_request_init(&req, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info));
        r = netlink_call(fd, &req, take_index, ret);
    }
    return r;
}

static bool has_index(const struct indexes *all, int index)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->v[i] == index)
            return true;
    return false;
}

/* ---- addresses ---- */

static size_t copy_bytes(unsigned char to[16], const struct rtattr *a)
{
    size_t len = a ? RTA_PAYLOAD(a) : 0;

    if (len > 16)
        return 0;
    if (len)
        memcpy(to, RTA_DATA(a), len);
    return len;
}

/* Permanent and global ones: the others were given by the network, or come with the device. */
static int take_address(const struct nlmsghdr *m, void *data)
{
    const struct ifaddrmsg *info = NLMSG_DATA(m);
    struct netdev *d = data;
    const struct rtattr *flags;
    struct address *a;

    if (m->nlmsg_type != RTM_NEWADDR || m->nlmsg_len < NLMSG_LENGTH(sizeof(*info)) ||
        (int)info->ifa_index != d->index || info->ifa_scope != RT_SCOPE_UNIVERSE)
        return 0;
    flags = netlink_find(m, sizeof(*info), IFA_FLAGS);
    a = calloc(1, sizeof(*a));
    if (!a)
        return -ENOMEM;
    a->fixed = *info;
    a->flags = info->ifa_flags;
    if (flags && RTA_PAYLOAD(flags) == sizeof(a->flags))
        memcpy(&a->flags, RTA_DATA(flags), sizeof(a->flags));
    if (!(a->flags & IFA_F_PERMANENT)) {
        free(a);
        return 0;
    }
    a->local_len = copy_bytes(a->local, netlink_find(m, sizeof(*info), IFA_LOCAL));
    a->peer_len = copy_bytes(a->peer, netlink_find(m, sizeof(*info), IFA_ADDRESS));
    a->broadcast_len = copy_bytes(a->broadcast, netlink_find(m, sizeof(*info), IFA_BROADCAST));
    a->next = d->addresses;
    d->addresses = a;
    return 0;
}

static int find_addresses(int fd, struct netdev *d)
{
    const struct ifaddrmsg info = {.ifa_family = AF_UNSPEC};
    struct address *all = NULL;
    int r = -EINTR;

    for (int i = 0; i < DUMP_TRIES && r == -EINTR; i++) {
        struct netlink_request req;

        drop_addresses(d);
        netlink_request_init(&req, RTM_GETADDR, NLM_F_DUMP, &info, sizeof(info));
        r = netlink_call(fd, &req, take_address, d);
    }
    /* the list is the wrong way round: the first address of a subnet is its primary one */
    while (d->addresses) {
        struct address *next = d->addresses->next;

        d->addresses->next = all;
        all = d->addresses;
        d->addresses = next;
    }
    d->addresses = all;
    return r;
}

static int add_address(int fd, int index, const struct address *a)
{
    /* What the kernel finds out by itself must not be told. The link is up only afterwards, and an IPv6
     * address that was in use is not tried again. */
    uint32_t flags =
        a->flags & (uint32_t)(IFA_F_NODAD | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN | IFA_F_HOMEADDRESS);
    struct ifaddrmsg info = a->fixed;
    struct netlink_request req;
    int r;

    info.ifa_index = (unsigned)index;
    info.ifa_flags = (uint8_t)flags;
    netlink_request_init(&req, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
    if (a->local_len)
        netlink_add(&req, IFA_LOCAL, a->local, a->local_len);
    if (a->peer_len)
        netlink_add(&req, IFA_ADDRESS, a->peer, a->peer_len);
    if (a->broadcast_len)
        netlink_add(&req, IFA_BROADCAST, a->broadcast, a->broadcast_len);
    netlink_add(&req, IFA_FLAGS, &flags, sizeof(flags));
    r = netlink_call(fd, &req, NULL, NULL);
    return r == -EEXIST ? 0 : r;
}

/* ---- moving ---- */

static int move_link(int fd, int index, int netns_fd, const char *name)
{
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    const uint32_t ns = (uint32_t)netns_fd;
    struct netlink_request req;

    netlink_request_init(&req, RTM_SETLINK, 0, &info, sizeof(info));
    netlink_add(&req, IFLA_NET_NS_FD, &ns, sizeof(ns));
    netlink_add_str(&req, IFLA_IFNAME, name);
    return netlink_call(fd, &req, NULL, NULL);
}

static int set_up(int fd, int index)
{
    const struct ifinfomsg info = {
        .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct netlink_request req;

    netlink_request_init(&req, RTM_SETLINK, 0, &info, sizeof(info));
    return netlink_call(fd, &req, NULL, NULL);
}

/* A socket lives in the namespace that it was made in. */
static int open_there(struct netdev_set *s, int netns_fd, struct err *reterr)
{
    int r = ns_join(netns_fd, NS_NETWORK, reterr), back;

    if (r < 0)
        return r;
    r = netlink_open(reterr);
    back = ns_join(s->own_netns_fd, NS_NETWORK, r < 0 ? NULL : reterr);
    if (back < 0 && r >= 0) {
        fd_close(&r);
        return back;
    }
    s->there_socket = r < 0 ? -1 : r;
    return r < 0 ? r : 0;
}

static int open_sockets(struct netdev_set *s, int netns_fd, struct err *reterr)
{
    if (s->there_socket >= 0)
        return 0;
    if (s->own_netns_fd < 0)
        s->own_netns_fd = ns_open(OWN_NETNS, NS_NETWORK, reterr);
    if (s->own_netns_fd < 0)
        return s->own_netns_fd;
    if (s->own_socket < 0)
        s->own_socket = netlink_open(reterr);
    return s->own_socket < 0 ? s->own_socket : open_there(s, netns_fd, reterr);
}

/* By its name, or, when the kernel chose that: the one that was not there before. */
static int find_moved(struct netdev_set *s, const char *name, const struct indexes *before, struct netdev *d)
{
    struct indexes after = {0};
    struct link link;
    int r;

    if (!strchr(name, '%')) {
        r = find_link(s->there_socket, name, &link);
        d->index = link.index;
        return r;
    }
    r = all_indexes(s->there_socket, &after);
    if (r == 0)
        r = -ENODEV;
    for (size_t i = 0; i < after.n && r == -ENODEV; i++)
        if (!has_index(before, after.v[i])) {
            d->index = after.v[i];
            r = 0;
        }
    free(after.v);
    return r;
}

static int settle(struct netdev_set *s, struct netdev *d)
{
    int r = 0;

    for (const struct address *a = d->addresses; a && r == 0; a = a->next)
        r = add_address(s->there_socket, d->index, a);
    return r == 0 ? set_up(s->there_socket, d->index) : r;
}

/*
 * The kernel moves first and renames afterwards: when that fails, the device is there, with its old name. So
 * the name is looked at beforehand; what somebody else does in between is found out afterwards.
 */
static int move_and_rename(struct netdev_set *s, struct netdev *d, int netns_fd, const char *name,
                           bool *moved)
{
    struct link link;
    int r;

    if (!strchr(name, '%') && find_link(s->there_socket, name, &link) == 0)
        return -EEXIST;
    r = move_link(s->own_socket, d->index, netns_fd, name);
    *moved = r == 0;
    if (r < 0 && find_link(s->own_socket, d->host_name, &link) == -ENODEV &&
        find_link(s->there_socket, d->host_name, &link) == 0) {
        d->index = link.index;
        *moved = true;
    }
    return r;
}

/* On success, and when it was moved at all, the device belongs to the set. */
static int move(struct netdev_set *s, struct netdev *d, int netns_fd, const char *name, bool *moved,
                struct err *reterr)
{
    struct indexes before = {0};
    int r = 0;

    if (strchr(name, '%'))
        r = all_indexes(s->there_socket, &before);
    if (r < 0) {
        free(before.v);
        return err_system(reterr, r, "RTM_GETLINK", "of the container's network namespace");
    }
    r = move_and_rename(s, d, netns_fd, name, moved);
    if (r == 0)
        r = find_moved(s, name, &before, d);
    free(before.v);
    if (r == -EEXIST)
        return err_system(reterr, r, "RTM_SETLINK",
                          "network device %s: the name %s is taken in the container", d->host_name, name);
    if (r < 0)
        return err_system(reterr, r, "RTM_SETLINK", "network device %s, to be %s in the container",
                          d->host_name, name);
    r = settle(s, d);
    return r < 0 ? err_system(reterr, r, "rtnetlink", "network device %s in the container", d->host_name) : 0;
}

int netdev_move(struct netdev_set *s, int netns_fd, const char *host_name, const char *name,
                struct err *reterr)
{
    struct netdev *d;
    struct link link;
    bool moved = false;
    int r = open_sockets(s, netns_fd, reterr);

    if (r < 0)
        return r;
    r = find_link(s->own_socket, host_name, &link);
    if (r < 0)
        return err_system(reterr, r, "RTM_GETLINK", "network device %s", host_name);
    d = calloc(1, sizeof(*d));
    if (!d)
        return err_nomem(reterr);
    snprintf(d->host_name, sizeof(d->host_name), "%s", link.name);
    d->index = link.index;
    d->flags = link.flags;
    r = find_addresses(s->own_socket, d);
    if (r < 0)
        err_system(reterr, r, "RTM_GETADDR", "network device %s", host_name);
    else
        r = move(s, d, netns_fd, name, &moved, reterr);
    if (!moved) {
        netdev_free(d);
        return r;
    }
    d->next = s->moved;
    s->moved = d;
    return r;
}

static void give_back(struct netdev_set *s, const struct netdev *d)
{
    struct link link;

    if (move_link(s->there_socket, d->index, s->own_netns_fd, d->host_name) < 0 ||
        find_link(s->own_socket, d->host_name, &link) < 0)
        return;
    for (const struct address *a = d->addresses; a; a = a->next)
        (void)add_address(s->own_socket, link.index, a);
    if (d->flags & IFF_UP)
        (void)set_up(s->own_socket, link.index);
}

void netdev_move_back(struct netdev_set *s)
{
    while (s->moved) {
        struct netdev *next = s->moved->next;

        give_back(s, s->moved);
        netdev_free(s->moved);
        s->moved = next;
    }
}

void netdev_set_done(struct netdev_set *s)
{
    while (s->moved) {
        struct netdev *next = s->moved->next;

        netdev_free(s->moved);
        s->moved = next;
    }
    fd_close(&s->own_netns_fd);
    fd_close(&s->own_socket);
    fd_close(&s->there_socket);
}
