/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd as a manager of cgroups, over D-Bus (org.freedesktop.systemd1(5)): transient units are started,
 * changed and stopped. One connection, blocking calls, each until a deadline (absolute, io_now_ms()); nothing
 * is kept in the background.
 *
 *     AUTO_SYSTEMD struct systemd s = SYSTEMD_INIT;
 *     systemd_open(&s, addresses, n, deadline, e);
 *     systemd_start_unit(&s, &op->systemd_scope, pid, deadline, e);
 *     ...
 *     systemd_stop_unit(&s, "lorica-ctr.scope", deadline, e);
 *
 * A build without sd-bus (kernel/sdbus.h) has the same functions: systemd_open fails with -ENOTSUP and says
 * what to do, the others are never reached.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"
#include "core/systemd_address.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sd_bus;
struct sdbus_api;

struct systemd {
    const struct sdbus_api *api;
    struct sd_bus *bus; /* NULL: not connected */
    bool user;          /* the caller's own manager */
    bool listens;       /* to the end of jobs */
};

#define SYSTEMD_INIT ((struct systemd){0})
#define AUTO_SYSTEMD __attribute__((cleanup(systemd_close)))

/* Was this program built to talk to systemd at all? */
bool systemd_supported(void);

/* The first address that answers. The error lists what each said. */
int systemd_open(struct systemd *s, const struct systemd_addresses *addresses, int64_t deadline_ms,
                 struct err *reterr);
void systemd_close(struct systemd *s);

struct systemd_manager {
    char version[64];  /* "252.38-1~deb12u1" */
    char cgroup[4096]; /* its own, above all slices: "" is the root */
};
int systemd_manager(struct systemd *s, struct systemd_manager *ret, int64_t deadline_ms, struct err *reterr);

/*
 * Start a transient unit with the properties of `op`, with the process in it if op->attach, and wait until it
 * is active. A unit of that name that failed earlier is reset first. -EEXIST: there is one that is not ours
 * to touch; -ETIMEDOUT: it may start yet, and is to be stopped; -EIO: systemd refused, in its words.
 */
int systemd_start_unit(struct systemd *s, const struct plan_systemd_scope *op, pid_t pid, int64_t deadline_ms,
                       struct err *reterr);

/*
 * Stop a unit and wait until it is gone, and forget that it failed. What is still in it is terminated by
 * systemd (SIGTERM, and SIGKILL after TimeoutStopUSec): kill it first. 0 too when there is no such unit.
 */
int systemd_stop_unit(struct systemd *s, const char *unit, int64_t deadline_ms, struct err *reterr);

/* SetUnitProperties, until the next boot. */
int systemd_set_properties(struct systemd *s, const char *unit, const struct systemd_property *v, size_t n,
                           int64_t deadline_ms, struct err *reterr);

/* A property of the unit that is a string ("ActiveState"), cut to `size`. */
int systemd_unit_string(struct systemd *s, const char *unit, const char *property, char *dst, size_t size,
                        int64_t deadline_ms, struct err *reterr);
