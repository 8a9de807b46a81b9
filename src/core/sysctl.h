/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.sysctl: a key becomes an array of components once, and what is validated is exactly what is opened
 * later, component by component beneath /proc/sys.
 *
 * Both spellings of sysctl(8): the first separator decides. "net.ipv4.conf.eth0/100.forwarding" and
 * "net/ipv4/conf/eth0.100/forwarding" are both net, ipv4, conf, eth0.100, forwarding.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/config.h"

#define SYSCTL_COMPONENTS_MAX 32u
#define SYSCTL_KEY_MAX        512u

struct sysctl {
    const char *const *components; /* none is empty, "." or "..", none has a slash or a control character */
    size_t n;                      /* 1 to SYSCTL_COMPONENTS_MAX */
};

/* -EINVAL with `pointer` when the key names no file beneath /proc/sys; -ENOMEM. */
int sysctl_parse(struct arena *a, const char *key, const char *pointer, struct sysctl *ret,
                 struct err *reterr);

/* Bits of `private_ns`: the container has that namespace for itself (a new one, or one by path that is not
 * the host's). */
#define SYSCTL_NS(type) (1u << (type)) /* SYSCTL_NS(NS_IPC) | ... */

/*
 * Only a sysctl that belongs to a namespace of the container may be written (core/tbl/sysctls.h). -EINVAL
 * with sysctl "X" is not in a separate kernel namespace sysctl "kernel.hostname" is not allowed as it
 * conflicts with the OCI "hostname" field as runc says them; X is the dotted form.
 */
int sysctl_check(const struct sysctl *s, uint32_t private_ns, const char *pointer, struct err *reterr);

bool sysctl_equal(const struct sysctl *a, const struct sysctl *b);

/* The dotted form, in which a dot within a component is a slash; parses back to an equal sysctl. */
void sysctl_print(const struct sysctl *s, struct buf *out);
