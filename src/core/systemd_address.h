/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where systemd is to be reached: addresses of D-Bus (D-Bus specification, "Server Addresses") in the order
 * in which they are tried, and the path of a unit's object.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct systemd_address {
    const char *address; /* "unix:path=/run/systemd/private" */
    bool direct;         /* systemd itself is at the other end, not a bus with systemd on it */
    bool user;           /* the caller's manager, not pid 1 */
};

#define SYSTEMD_ADDRESSES_MAX 6u
struct systemd_addresses {
    struct systemd_address v[SYSTEMD_ADDRESSES_MAX];
    size_t n;
};

/* What of the environment counts; NULL or "": not set. */
struct systemd_environment {
    const char *system_bus;  /* DBUS_SYSTEM_BUS_ADDRESS */
    const char *session_bus; /* DBUS_SESSION_BUS_ADDRESS */
    const char *runtime_dir; /* XDG_RUNTIME_DIR */
};

/*
 * Root: systemd's own socket, which needs no bus, then the system bus (DBUS_SYSTEM_BUS_ADDRESS alone, if
 * set). An ordinary user: the session bus, then the user manager's own socket. Root in a user namespace is a
 * user if the environment tells of a session, and may be root of a system of its own: both, in this order. n
 * is 0 for a user without a session. -ENOMEM.
 */
int systemd_addresses(struct arena *a, uint32_t euid, bool rootless, const struct systemd_environment *env,
                      struct systemd_addresses *ret, struct err *reterr);

/* "/org/freedesktop/systemd1/unit/lorica_2dctr_2escope": letters and digits stay, a digit in front does not.
 */
const char *systemd_unit_path(struct arena *a, const char *unit);
