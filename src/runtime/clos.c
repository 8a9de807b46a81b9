/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/clos.h"

#include "base/fd.h"
#include "runtime/record.h"

#include <errno.h>

static const char *monitoring_of(const struct state *s)
{
    return s->rdt->monitoring ? s->id : NULL;
}

int clos_reserve(struct host_ctx *c, struct err *reterr)
{
    const struct plan_op *op = plan_find(c->plan, OP_INTEL_RDT);
    const struct plan_intel_rdt *p = op ? &op->intel_rdt : NULL;
    enum rdt_action action;
    int r;

    if (!p)
        return 0;
    r = resctrl_has_group(p->mountpoint, p->clos_id, reterr);
    if (r < 0)
        return r;
    c->state.rdt = arena_new(&c->arena, struct state_rdt);
    if (!c->state.rdt)
        return err_nomem(reterr);
    *c->state.rdt = (struct state_rdt){.mountpoint = p->mountpoint,
                                       .group = p->clos_id,
                                       .made = r == 0,
                                       .owned = p->owned,
                                       .monitoring = p->monitoring_group != NULL};
    return rdt_decide(p, r == 1, &action, reterr);
}

/* Others may have made it, or removed it, since it was looked at. Under the lock. */
static int settle(struct host_ctx *c, const struct plan_intel_rdt *op, enum rdt_action *ret,
                  struct err *reterr)
{
    int r = resctrl_has_group(op->mountpoint, op->clos_id, reterr);
    bool made;

    if (r < 0)
        return r;
    r = rdt_decide(op, r == 1, ret, reterr);
    made = r == 0 && *ret == RDT_CREATE;
    if (r < 0 || made == c->state.rdt->made)
        return r;
    c->state.rdt->made = made;
    return record_write(c, STATE_CREATING, reterr);
}

static int make(struct host_ctx *c, const struct plan_intel_rdt *op, struct err *reterr)
{
    AUTO_CLOSE int lock = resctrl_lock(op->mountpoint, reterr);
    enum rdt_action action;
    int r = lock < 0 ? lock : settle(c, op, &action, reterr);

    if (r < 0)
        return r;
    if (action == RDT_USE)
        return resctrl_compare(op->mountpoint, op->clos_id, op->schemata, op->n_schemata, reterr);
    r = resctrl_make_group(op->mountpoint, op->clos_id, reterr);
    if (r < 0)
        return r;
    c->clos_made = true;
    return resctrl_write(op->mountpoint, op->clos_id, op->schemata, op->n_schemata, reterr);
}

int clos_enter(struct host_ctx *c, const struct plan_intel_rdt *op, struct err *reterr)
{
    int r = make(c, op, reterr);

    if (r == 0 && op->monitoring_group) {
        r = resctrl_make_monitor(op->mountpoint, op->clos_id, op->monitoring_group, reterr);
        c->monitor_made = r == 0;
    }
    return r < 0 ? r : resctrl_join(op->mountpoint, op->clos_id, op->monitoring_group, c->init.pid, reterr);
}

static int remove_groups(const struct state *s, bool group_made, bool monitor_made, bool complete,
                         struct err *reterr)
{
    const struct state_rdt *rdt = s->rdt;
    int r = monitor_made ? resctrl_remove_monitor(rdt->mountpoint, rdt->group, s->id, reterr) : 0;

    return r < 0 ? r
                 : resctrl_remove_group(rdt->mountpoint, rdt->group,
                                        rdt_removal(group_made, rdt->owned, complete), reterr);
}

void clos_undo(struct host_ctx *c)
{
    struct err e;

    if (!c->state.rdt)
        return;
    err_init(&e);
    if (remove_groups(&c->state, c->clos_made, c->monitor_made, false, &e) < 0)
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", e.message);
}

int clos_remove(const struct state *s, struct err *reterr)
{
    /* init has its id on disk as soon as it is in the group: before that, create did not come to its end */
    return s->rdt ? remove_groups(s, s->rdt->made, s->rdt->monitoring, s->init.pid > 0, reterr) : 0;
}

bool clos_joined(const struct state *s, struct plan_intel_rdt *ret)
{
    if (!s->rdt)
        return false;
    *ret = (struct plan_intel_rdt){.mountpoint = s->rdt->mountpoint,
                                   .clos_id = s->rdt->group,
                                   .monitoring_group = monitoring_of(s),
                                   .join_only = true};
    return true;
}

int clos_write(const struct state *s, const struct strings *lines, struct err *reterr)
{
    AUTO_CLOSE int lock = resctrl_lock(s->rdt->mountpoint, reterr);

    return lock < 0 ? lock : resctrl_write(s->rdt->mountpoint, s->rdt->group, lines->v, lines->n, reterr);
}

int clos_stats(const struct state *s, struct arena *a, struct stats_rdt *ret, struct err *reterr)
{
    return s->rdt ? resctrl_stats(s->rdt->mountpoint, s->rdt->group, monitoring_of(s), a, ret, reterr) : 0;
}
