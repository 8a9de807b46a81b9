/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/unit.h"

#include "base/fd.h"
#include "core/cgroup_systemd.h"
#include "kernel/io.h"
#include "kernel/probe.h"
#include "kernel/procfs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#define UNIT_SEE_MS     1000
#define UNIT_LOOK_MS    20
#define PROC_CGROUP_MAX (64u * 1024u)

/* As a user means any manager but pid 1's; `only` says which of the two is wanted. */
static int find_addresses(struct arena *a, uint32_t euid, bool rootless, const bool *only,
                          struct systemd_addresses *ret, struct err *reterr)
{
    const struct systemd_environment env = {
        .system_bus = getenv("DBUS_SYSTEM_BUS_ADDRESS"),
        .session_bus = getenv("DBUS_SESSION_BUS_ADDRESS"),
        .runtime_dir = getenv("XDG_RUNTIME_DIR"),
    };
    size_t n = 0;
    int r = systemd_addresses(a, euid, rootless, &env, ret, reterr);

    if (r < 0)
        return r;
    for (size_t i = 0; i < ret->n; i++)
        if (!only || ret->v[i].user == *only)
            ret->v[n++] = ret->v[i];
    ret->n = n;
    return 0;
}

static int connect_to(struct systemd *s, struct arena *a, const struct systemd_addresses *addresses,
                      struct facts *f, struct err *reterr)
{
    int64_t deadline = io_now_ms() + UNIT_CONNECT_MS;
    struct systemd_manager manager;
    int r = systemd_open(s, addresses, deadline, reterr);

    if (r == 0)
        r = systemd_manager(s, &manager, deadline, reterr);
    if (r < 0)
        return r;
    f->systemd_user = s->user;
    f->systemd_version = cgroup_systemd_version(manager.version);
    if (f->systemd_version == 0) /* something old, then */
        f->systemd_version = 1;
    f->systemd_cgroup = arena_strdup(a, manager.cgroup[0] ? manager.cgroup : "/");
    return f->systemd_cgroup ? 0 : err_nomem(reterr);
}

int unit_connect(struct host_ctx *c, struct err *reterr)
{
    struct systemd_addresses addresses;
    int r = find_addresses(&c->arena, c->facts.euid, c->facts.rootless, NULL, &addresses, reterr);

    return r < 0 ? r : connect_to(&c->systemd, &c->arena, &addresses, &c->facts, reterr);
}

int unit_attend(struct systemd *s, struct arena *a, bool user, struct facts *facts, struct err *reterr)
{
    struct systemd_addresses addresses;
    int r = find_addresses(a, geteuid(), user, &user, &addresses, reterr);

    return r < 0 ? r : connect_to(s, a, &addresses, facts, reterr);
}

/* ---- start ---- */

bool unit_is_managed(const struct host_ctx *c, uint32_t hierarchy)
{
    return hierarchy == PLAN_CGROUP2 || cgroup_systemd_manages(c->facts.v1[hierarchy].controllers);
}

/* The path of init in the hierarchy that systemd follows processes by; NULL: there is none. */
static const char *wanted_path(const struct host_ctx *c, const char **controllers)
{
    const char *path = NULL;

    for (size_t i = 0; i < c->plan->n_cgroups; i++) {
        const struct plan_cgroup *g = &c->plan->cgroups[i];
        const char *names = g->hierarchy == PLAN_CGROUP2 ? "" : c->facts.v1[g->hierarchy].controllers;

        if (names[0] && !streq(names, "name=systemd"))
            continue;
        *controllers = names;
        path = g->path;
        if (!names[0])
            break;
    }
    return path;
}

/* What systemd says and what is so: a job that is done, and a process that is elsewhere, are no container. */
static int check_place(struct host_ctx *c, const char *unit, struct err *reterr)
{
    AUTO_CLOSE int dir = procfs_open_pid(c->init.pid, reterr);
    const char *controllers = NULL;
    const char *wanted = wanted_path(c, &controllers);
    struct probe_cgroup *v;
    char *text;
    ssize_t len;
    size_t n;
    int r;

    if (dir < 0)
        return dir;
    if (!wanted)
        return 0;
    text = arena_alloc(&c->arena, PROC_CGROUP_MAX);
    if (!text)
        return err_nomem(reterr);
    len = io_read_file(dir, "cgroup", text, PROC_CGROUP_MAX);
    if (len < 0)
        return err_system(reterr, (int)len, "read", "/proc/%d/cgroup", c->init.pid);
    r = probe_parse_cgroup(&c->arena, text, (size_t)len, &v, &n, reterr);
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (!streq(v[i].controllers, controllers))
            continue;
        if (!streq(v[i].path, wanted))
            return err_state(reterr, EXDEV,
                             "systemd started %s, but the container is in cgroup %.200s, not %.200s", unit,
                             v[i].path, wanted);
        if (!controllers[0])
            c->in_cgroup2 = true; /* nothing left to join: an ordinary user could not */
    }
    return r;
}

int unit_start(struct host_ctx *c, const struct plan_systemd_scope *op, struct err *reterr)
{
    int64_t deadline = io_now_ms() + UNIT_JOB_MS;
    int r;

    if (c->systemd.bus == NULL)
        return err_internal(reterr, ENOTCONN, "systemd is not connected");
    trace_phase(&c->trace, "systemd");
    r = systemd_start_unit(&c->systemd, op, c->init.pid, deadline, reterr);
    c->unit_started = r != -EEXIST;
    if (r < 0)
        return r;
    for (size_t i = 0; i < c->cgroups.n; i++)
        if (unit_is_managed(c, c->cgroups.v[i].hierarchy))
            cgroup_keep_parents(&c->cgroups.v[i]);
    r = op->attach ? check_place(c, op->unit, reterr) : 0;
    trace_phase(&c->trace, "operations");
    return r;
}

/* ---- the end ---- */

static int stop(struct systemd *s, const char *unit, bool user, struct err *reterr)
{
    struct systemd_addresses addresses;
    struct arena a;
    int r = 0;

    if (!s->bus) {
        arena_init(&a, 1024, 1024 * 1024);
        r = find_addresses(&a, geteuid(), user, &user, &addresses, reterr);
        if (r == 0)
            r = systemd_open(s, &addresses, io_now_ms() + UNIT_CONNECT_MS, reterr);
        arena_done(&a);
    }
    return r < 0 ? r : systemd_stop_unit(s, unit, io_now_ms() + UNIT_JOB_MS, reterr);
}

/* A scope is over for systemd when its cgroup is empty; it hears nothing of one that is removed before it
 * looked. */
static void let_it_see(const struct cgroup_set *cgroups)
{
    for (int i = 0; i < UNIT_SEE_MS / UNIT_LOOK_MS; i++) {
        bool there = false;

        for (size_t k = 0; k < cgroups->n && !there; k++) {
            const struct cgroup *g = &cgroups->v[k];
            char path[PATH_MAX];

            if (g->hierarchy == PLAN_CGROUP2 &&
                snprintf(path, sizeof(path), "%s%s", g->mountpoint, g->path) < (int)sizeof(path))
                there = access(path, F_OK) == 0;
        }
        if (!there)
            return;
        io_sleep_ms(UNIT_LOOK_MS);
    }
}

void unit_stop(struct systemd *s, const char *unit, bool user, const struct cgroup_set *cgroups,
               struct log *log)
{
    struct err e;

    err_init(&e);
    if (stop(s, unit, user, &e) == 0)
        return;
    log_message(log, LOG_LEVEL_WARNING, NULL, 0, "%s", e.message);
    let_it_see(cgroups);
}
