/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/update.h"

#include "core/cgroup_systemd.h"
#include "core/cgroup_undo.h"
#include "core/decode.h"
#include "kernel/io.h"
#include "kernel/probe.h"
#include "runtime/clos.h"
#include "runtime/container.h"
#include "runtime/resources.h"
#include "runtime/unapplied.h"
#include "runtime/unit.h"

#include <errno.h>

#define OLD_VALUE_MAX (256u * 1024u) /* io.max with an entry for every device of a large machine */
#define UNDO_ROUNDS   3              /* a value may be refused until another one is back */

struct undo {
    struct plan_cgroup_write write;
    bool done;
};

struct update {
    struct container *c;
    struct facts facts; /* cgroups as the container's record has them */
    struct plan_cgroup *cgroups;
    struct update_plan plan;
    struct undo *undo;
    size_t n_undo;
    const struct config_resources *stored;
    struct systemd systemd;                  /* connected where the container is a unit */
    struct systemd_properties before, after; /* of the unit */
    struct stats_lines old_rdt;              /* what was in it before */
    bool left;                               /* something more is not in force, and goes into the record */
    struct strings rdt;                      /* lines for the container's group of resctrl */
};

/* ---- deciding ---- */

static int decode_request(struct arena *a, const struct update_request *req, struct config_resources **ret,
                          struct err *reterr)
{
    if (!req->resources_json)
        return update_request(a, &req->flags, ret, reterr);
    return resources_decode(a, req->resources_json, req->resources_len, ret, reterr);
}

/*
 * The hierarchies that the container is in, numbered as container_open numbers them, whatever is mounted by
 * now.
 */
static int use_recorded_cgroups(struct update *u, struct err *reterr)
{
    const struct state *s = u->c->state;
    struct arena *a = &u->c->arena;

    u->facts.cgroup = s->cgroup_layout;
    u->facts.v1 = arena_new_array(a, struct facts_hierarchy, s->n_cgroups + 1);
    u->cgroups = arena_new_array(a, struct plan_cgroup, s->n_cgroups + 1);
    if (!u->facts.v1 || !u->cgroups)
        return err_nomem(reterr);
    u->facts.n_v1 = s->n_cgroups;
    for (size_t i = 0; i < s->n_cgroups; i++) {
        const struct state_cgroup *from = &s->cgroups[i];

        u->facts.v1[i] = (struct facts_hierarchy){
            .controllers = from->hierarchy, .mountpoint = from->mountpoint, .own_path = "/"};
        u->cgroups[i] = (struct plan_cgroup){.hierarchy = from->hierarchy[0] ? (uint32_t)i : PLAN_CGROUP2,
                                             .mountpoint = from->mountpoint,
                                             .path = from->path};
    }
    return 0;
}

static int decide(struct update *u, const struct update_request *req, struct err *reterr)
{
    struct config_resources *request;
    struct arena *a = &u->c->arena;
    int r = decode_request(a, req, &request, reterr);

    if (r == 0)
        r = container_resources(u->c, &u->stored, reterr);
    if (r == 0)
        r = probe_facts(a, &u->facts, reterr);
    if (r == 0 && (request->n_hugepage_limits || (u->stored && u->stored->n_hugepage_limits)))
        r = probe_more(a, &u->facts, PROBE_HUGEPAGES, reterr);
    if (r == 0)
        r = use_recorded_cgroups(u, reterr);
    if (r < 0)
        return r;
    return plan_update(a, u->stored, request, u->c->state->oci_version, &u->facts, u->cgroups,
                       u->c->state->n_cgroups, u->c->rt->unsupported_warn, &u->plan, reterr);
}

/* ---- old values ---- */

/* Remember what `write` is about to replace. What cannot be read cannot be restored: then nothing is added.
 */
static int remember(struct update *u, const struct plan_cgroup_write *write, struct err *reterr)
{
    AUTO_BUF struct buf old = BUF_INIT(OLD_VALUE_MAX);
    struct undo *undo = &u->undo[u->n_undo];
    const char *value, *file;
    int r = cgroup_set_read(&u->c->cgroups, write, &old, &file, NULL);

    if (r < 0)
        return 0;
    r = cgroup_undo_value(&u->c->arena, file, file == write->file ? write->value : write->alt_value,
                          (struct str){buf_cstr(&old), old.len}, &value);
    if (r < 0)
        return err_nomem(reterr);
    if (r == 0)
        return 0;
    *undo = (struct undo){
        .write = {.hierarchy = write->hierarchy, .path = write->path, .file = file, .value = value}};
    u->n_undo++;
    return 0;
}

/* The kernel resets the weight of a group that stops being idle: it is part of what must be restored. */
static int remember_weight(struct update *u, const struct plan_cgroup_write *idle, struct err *reterr)
{
    struct plan_cgroup_write weight = *idle;

    weight.file = idle->hierarchy == PLAN_CGROUP2 ? "cpu.weight" : "cpu.shares";
    weight.value = "";
    weight.alt_file = NULL;
    return remember(u, &weight, reterr);
}

/* Files that this kernel does not have leave the list, where they may. */
static int check_writes(struct update *u, struct err *reterr)
{
    struct op_list *writes = &u->plan.writes;
    size_t kept = 0;

    for (size_t i = 0; i < writes->n; i++) {
        struct plan_op *op = &writes->v[i];
        struct err e;
        int r;

        err_init(&e);
        r = cgroup_set_check(&u->c->cgroups, &op->cgroup_write, &e);
        if (r == 0) {
            writes->v[kept++] = *op;
            continue;
        }
        if (unapplied_may_be(op, r)) {
            r = unapplied_leave(&u->c->arena, u->c->state, op, &e, &u->c->rt->log, reterr);
            u->left = true;
        } else if (reterr) {
            *reterr = e;
        }
        if (r < 0)
            return r;
    }
    writes->n = kept;
    return 0;
}

/* Everything that is known to fail fails here, before the first write. */
static int prepare(struct update *u, struct err *reterr)
{
    const struct op_list *writes = &u->plan.writes;
    int r = check_writes(u, reterr);

    if (r < 0)
        return r;
    u->undo = arena_new_array(&u->c->arena, struct undo, 2 * writes->n + 1);
    if (!u->undo)
        return err_nomem(reterr);
    for (size_t i = 0; i < writes->n; i++) {
        const struct plan_cgroup_write *write = &writes->v[i].cgroup_write;

        r = streq(write->file, "cpu.idle") ? remember_weight(u, write, reterr) : 0;

        if (r == 0)
            r = remember(u, write, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- writing ---- */

static int write_all(struct update *u, struct err *reterr)
{
    const struct op_list *writes = &u->plan.writes;

    for (size_t i = 0; i < writes->n; i++) {
        int r = cgroup_set_write(&u->c->cgroups, &writes->v[i].cgroup_write, reterr);

        if (r < 0)
            return r;
    }
    return cgroup_set_write_end(&u->c->cgroups, reterr);
}

/* ---- the unit ---- */

static int unit_properties(struct update *u, const struct config_resources *r, struct systemd_properties *ret,
                           struct err *reterr)
{
    static const struct config_resources nothing;
    const struct cgroup_systemd_request req = {
        .r = r ? r : &nothing, .oci_version = u->c->state->oci_version, .facts = &u->facts};

    return cgroup_systemd_update(&u->c->arena, &req, ret, reterr);
}

/* The unit's properties become what the resources are: otherwise systemd's next reload would undo the update.
 */
static int tell_systemd(struct update *u, struct err *reterr)
{
    const struct state *s = u->c->state;
    int r;

    if (!s->systemd_scope)
        return 0;
    r = unit_attend(&u->systemd, &u->c->arena, s->systemd_user, &u->facts, reterr);
    if (r == 0)
        r = unit_properties(u, u->stored, &u->before, reterr);
    if (r == 0)
        r = unit_properties(u, u->plan.resources, &u->after, reterr);
    if (r == 0)
        r = systemd_set_properties(&u->systemd, s->systemd_scope, u->after.v, u->after.n,
                                   io_now_ms() + UNIT_JOB_MS, reterr);
    return r;
}

static void tell_systemd_back(struct update *u)
{
    struct systemd_properties back;
    struct err e;
    int r;

    if (!u->c->state->systemd_scope)
        return;
    err_init(&e);
    r = cgroup_systemd_undo(&u->c->arena, &u->before, &u->after, &back, &e);
    if (r == 0)
        r = systemd_set_properties(&u->systemd, u->c->state->systemd_scope, back.v, back.n,
                                   io_now_ms() + UNIT_JOB_MS, &e);
    if (r < 0)
        log_message(&u->c->rt->log, LOG_LEVEL_WARNING, NULL, 0,
                    "not everything could be restored after the failed update: %s", e.message);
}

/* ---- taking back ---- */

static void take_back(struct update *u)
{
    struct err e;
    bool again = true;

    tell_systemd_back(u);
    err_init(&e);
    u->c->cgroups.n_pending = 0; /* what was put off is not to be written any more */
    for (int round = 0; round < UNDO_ROUNDS && again; round++) {
        again = false;
        for (size_t i = u->n_undo; i-- > 0;) {
            struct undo *undo = &u->undo[i];

            if (!undo->done)
                undo->done = cgroup_set_write(&u->c->cgroups, &undo->write, &e) == 0;
            again |= !undo->done;
        }
    }
    (void)cgroup_set_write_end(&u->c->cgroups, NULL);
    if (u->old_rdt.n &&
        clos_write(u->c->state, &(struct strings){.v = u->old_rdt.v, .n = u->old_rdt.n}, &e) < 0)
        again = true;
    if (again)
        log_message(&u->c->rt->log, LOG_LEVEL_WARNING, NULL, 0,
                    "not everything could be restored after the failed update: %s", e.message);
}

/* The old lines are kept whole: each line of what is read can be written. */
static int write_rdt(struct update *u, struct err *reterr)
{
    const struct state_rdt *rdt = u->c->state->rdt;
    const char *old;
    int r;

    if (u->rdt.n == 0)
        return 0;
    r = resctrl_read(&u->c->arena, rdt->mountpoint, rdt->group, &old, reterr);
    if (r == 0 && stats_parse_lines(&u->c->arena, str_of(old), &u->old_rdt) < 0)
        r = err_nomem(reterr);
    return r < 0 ? r : clos_write(u->c->state, &u->rdt, reterr);
}

static int apply(struct update *u, struct err *reterr)
{
    int r = prepare(u, reterr);

    if (r < 0)
        return r;
    /* Before the files: systemd writes them too, in its coarser steps. */
    r = tell_systemd(u, reterr);
    if (r < 0)
        return r;
    r = write_all(u, reterr);
    if (r == 0)
        r = write_rdt(u, reterr);
    if (r == 0)
        r = container_store_resources(u->c, u->plan.resources, reterr);
    if (r == 0 && u->left)
        r = container_record(u->c, u->c->state->phase, reterr);
    if (r < 0)
        take_back(u);
    return r;
}

/* Before anything is changed: a container without a group of resctrl has nothing that these could be set in.
 */
static int check_rdt(struct update *u, const struct update_request *req, struct err *reterr)
{
    const char *flag = req->l3_cache_schema ? "l3-cache-schema" : req->mem_bw_schema ? "mem-bw-schema" : NULL;

    if (!flag)
        return 0;
    if (!u->c->state->rdt)
        return err_state(reterr, ENOTSUP, "cannot set %s: the container was created without intelRdt", flag);
    return rdt_update_lines(&u->c->arena, req->l3_cache_schema, req->mem_bw_schema, &u->rdt, reterr);
}

int container_update(struct runtime *rt, const char *id, const struct update_request *req, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    struct update u = {.c = &c};
    int r;

    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_CHANGE, reterr);
    if (r < 0)
        return r;
    if (c.status == STATUS_STOPPED || c.status == STATUS_CREATING)
        return err_state(reterr, EINVAL, "container not running");
    r = check_rdt(&u, req, reterr);
    if (r == 0)
        r = decide(&u, req, reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < u.plan.warnings.n; i++)
        log_message(&rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", u.plan.warnings.v[i]);
    u.left = u.plan.unapplied.n > 0;
    r = unapplied_tell(&c.arena, c.state, &u.plan.unapplied, &rt->log, reterr);
    if (r == 0)
        r = apply(&u, reterr);
    systemd_close(&u.systemd);
    return r;
}
