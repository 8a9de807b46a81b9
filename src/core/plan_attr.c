/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of init that are numbers to the kernel: limits, scheduling, memory policy, cache allocation. */
#include "core/plan_parts.h"

#include "base/tbl.h"
#include "core/cpulist.h"
#include "core/rdt.h"
#include "core/rlimit.h"

#include <errno.h>
#include <sys/resource.h>

static const struct tbl_entry sched_policies[] = {
#define X(name, value) {name, value},
#include "core/tbl/sched_policies.h"
#undef X
};
static const struct tbl_entry sched_flags[] = {
#define X(name, value) {name, value},
#include "core/tbl/sched_flags.h"
#undef X
};
static const struct tbl_entry io_classes[] = {
#define X(name, value) {name, value},
#include "core/tbl/ioprio_classes.h"
#undef X
};
static const struct tbl_entry domains[] = {
#define X(name, value) {name, value},
#include "core/tbl/personality_domains.h"
#undef X
};
static const struct tbl_entry memory_modes[] = {
#define X(name, value, nodes) {name, value},
#include "core/tbl/mempolicy_modes.h"
#undef X
};
static const struct tbl_entry memory_flags[] = {
#define X(name, value) {name, value},
#include "core/tbl/mempolicy_flags.h"
#undef X
};

/* The value of a name that validate has let through. */
static int find(const struct tbl_entry *tbl, size_t n, const char *name, const char *pointer, int64_t *ret,
                struct err *reterr)
{
    const struct tbl_entry *e = name ? tbl_find(tbl, n, str_of(name)) : NULL;

    if (!e)
        return err_config(reterr, pointer, "unknown name \"%.64s\"", name ? name : "");
    *ret = e->value;
    return 0;
}

static int find_flags(const struct tbl_entry *tbl, size_t n, const struct strings *names, const char *pointer,
                      uint64_t *ret, struct err *reterr)
{
    *ret = 0;
    for (size_t i = 0; i < names->n; i++) {
        int64_t v;
        int r = find(tbl, n, names->v[i], pointer, &v, reterr);

        if (r < 0)
            return r;
        *ret |= (uint64_t)v;
    }
    return 0;
}

static uint64_t and_one(uint64_t v)
{
    return v == RLIMIT_UNLIMITED ? v : v + 1;
}

static struct plan_rlimit rlimit_and_one(const struct plan_rlimit *l)
{
    return (struct plan_rlimit){.resource = l->resource, .soft = and_one(l->soft), .hard = and_one(l->hard)};
}

static int add_rlimits(struct plan_ctx *ctx, struct err *reterr)
{
    for (size_t i = 0; i < ctx->process->n_rlimits; i++) {
        const struct config_rlimit *limit = &ctx->process->rlimits[i];
        const char *pointer = plan_pointer(ctx, "/process/rlimits/%zu", i);
        struct plan_rlimit l = {.soft = limit->soft, .hard = limit->hard};
        struct plan_op *op;

        if (!pointer)
            return err_nomem(reterr);
        l.resource = limit->type ? rlimit_number(str_of(limit->type)) : -1;
        if (l.resource < 0)
            return err_config(reterr, pointer, "unknown rlimit type");
        /* CAP_SYS_RESOURCE of a user namespace raises nothing: the runtime's own does, before init sets the
         * limit. */
        if (ctx->has_userns) {
            op = plan_add(ctx, OP_RLIMIT_RAISE, pointer);
            if (!op)
                return err_nomem(reterr);
            op->rlimit = l;
        }
        if (ctx->exec && !ctx->has_userns && l.resource == RLIMIT_NPROC) {
            op = plan_add(ctx, OP_RLIMIT_BETWEEN, pointer);
            if (!op)
                return err_nomem(reterr);
            op->rlimit = rlimit_and_one(&l);
        }
        op = plan_add(ctx, OP_RLIMIT, pointer);
        if (!op)
            return err_nomem(reterr);
        op->rlimit = l;
    }
    return 0;
}

static int add_oom_score(struct plan_ctx *ctx, struct err *reterr)
{
    struct plan_op *op;

    if (!ctx->process->oom_score_adj.has)
        return 0;
    op = plan_add(ctx, OP_OOM_SCORE_ADJ, "/process/oomScoreAdj");
    if (!op)
        return err_nomem(reterr);
    op->oom_score = (struct plan_oom_score){.value = ctx->process->oom_score_adj.v,
                                            .on_eperm = ctx->facts->rootless ? EPERM_SKIP : EPERM_FAIL};
    return 0;
}

static int add_scheduler(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_scheduler *s = ctx->process->scheduler;
    struct plan_scheduler p = {0};
    struct plan_op *op;
    int64_t policy;
    int r;

    if (!s)
        return 0;
    r = find(sched_policies, ARRAY_SIZE(sched_policies), s->policy, "/process/scheduler/policy", &policy,
             reterr);
    if (r == 0)
        r = find_flags(sched_flags, ARRAY_SIZE(sched_flags), &s->flags, "/process/scheduler/flags", &p.flags,
                       reterr);
    if (r < 0)
        return r;
    if (s->priority < 0)
        return err_config(reterr, "/process/scheduler/priority", "negative priority");
    p.policy = (uint32_t)policy;
    p.nice = s->nice;
    p.priority = (uint32_t)s->priority;
    p.runtime_ns = s->runtime_ns;
    p.deadline_ns = s->deadline_ns;
    p.period_ns = s->period_ns;
    op = plan_add(ctx, OP_SCHEDULER, "/process/scheduler");
    if (!op)
        return err_nomem(reterr);
    op->scheduler = p;
    return 0;
}

static int add_io_priority(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_io_priority *io = ctx->process->io_priority;
    struct plan_op *op;
    int64_t class;
    int r;

    if (!io)
        return 0;
    r = find(io_classes, ARRAY_SIZE(io_classes), io->class, "/process/ioPriority/class", &class, reterr);
    if (r < 0)
        return r;
    op = plan_add(ctx, OP_IO_PRIORITY, "/process/ioPriority");
    if (!op)
        return err_nomem(reterr);
    op->io_priority = (struct plan_io_priority){.class = (int)class, .priority = io->priority};
    return 0;
}

static int add_personality(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_personality *p = ctx->linux_->personality;
    struct plan_op *op;
    int64_t domain;
    int r;

    if (!p)
        return 0;
    r = find(domains, ARRAY_SIZE(domains), p->domain, "/linux/personality/domain", &domain, reterr);
    if (r < 0)
        return r;
    op = plan_add(ctx, OP_PERSONALITY, "/linux/personality");
    if (!op)
        return err_nomem(reterr);
    op->personality = (uint32_t)domain;
    return 0;
}

static int add_memory_policy(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_memory_policy *m = ctx->linux_->memory_policy;
    struct cpulist nodes = {0};
    struct plan_op *op;
    uint64_t flags = 0;
    int64_t mode = 0;
    int r;

    if (!m)
        return 0;
    r = find(memory_modes, ARRAY_SIZE(memory_modes), m->mode, "/linux/memoryPolicy/mode", &mode, reterr);
    if (r == 0)
        r = find_flags(memory_flags, ARRAY_SIZE(memory_flags), &m->flags, "/linux/memoryPolicy/flags", &flags,
                       reterr);
    if (r == 0 && m->nodes && *m->nodes)
        r = cpulist_parse(ctx->arena, str_of(m->nodes), CPULIST_NODE_MAX, "/linux/memoryPolicy/nodes", &nodes,
                          reterr);
    if (r < 0)
        return r;
    op = plan_add(ctx, OP_MEMORY_POLICY, "/linux/memoryPolicy");
    if (!op)
        return err_nomem(reterr);
    op->memory_policy = (struct plan_memory_policy){
        .mode = (int)(mode | (int64_t)flags), .nodemask = nodes.words, .n_words = nodes.n_words};
    return 0;
}

static int add_affinity_op(struct plan_ctx *ctx, enum plan_op_kind kind, const char *text,
                           const char *pointer, struct err *reterr)
{
    struct cpulist cpus = {0};
    struct plan_op *op;
    int r = text ? cpulist_parse(ctx->arena, str_of(text), CPULIST_CPU_MAX, pointer, &cpus, reterr) : 0;

    if (r < 0)
        return r;
    op = plan_add(ctx, kind, text ? pointer : "");
    if (!op)
        return err_nomem(reterr);
    op->cpu_affinity = (struct plan_cpu_affinity){.mask = cpus.words, .n_words = cpus.n_words};
    return 0;
}

/*
 * Only exec's: config.md "execCPUAffinity". What is not said is not left to chance: the caller's own
 * affinity, an engine's perhaps, is not the container's.
 */
static int add_cpu_affinity(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_cpu_affinity *affinity = ctx->process->exec_cpu_affinity;
    const char *initial = affinity ? affinity->initial : NULL, *final = affinity ? affinity->final : NULL;
    int r = 0;

    if (!ctx->exec)
        return 0;
    if (initial && *initial)
        r = add_affinity_op(ctx, OP_CPU_AFFINITY_INITIAL, initial, "/process/execCPUAffinity/initial",
                            reterr);
    if (r == 0 && (!initial || !*initial || (final && *final)))
        r = add_affinity_op(ctx, OP_CPU_AFFINITY, final && *final ? final : NULL,
                            "/process/execCPUAffinity/final", reterr);
    return r;
}

/* config-linux.md "IntelRdt"; the schemata of their own come last. */
static int add_rdt(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_intel_rdt *rdt = ctx->linux_->intel_rdt;
    struct plan_intel_rdt p = {0};
    struct strings lines;
    struct plan_op *op;
    int r;

    if (!rdt || ctx->exec)
        return 0;
    if (!ctx->facts->resctrl)
        return err_config(reterr, "/linux/intelRdt",
                          "intelRdt is specified in config, but resctrl is not mounted");
    r = rdt_lines(ctx->arena, rdt, &lines, reterr);
    if (r < 0)
        return r;
    p.mountpoint = ctx->facts->resctrl;
    p.schemata = lines.v;
    p.n_schemata = lines.n;
    p.owned = !rdt->clos_id || !*rdt->clos_id;
    p.clos_id = p.owned ? ctx->options->id : rdt->clos_id;
    if (rdt_is_reserved(p.clos_id))
        return err_config(reterr, p.owned ? "/linux/intelRdt" : "/linux/intelRdt/closID",
                          "%s is a directory of resctrl itself and names no group", p.clos_id);
    p.must_exist = !p.owned && !p.n_schemata;
    if (rdt->enable_monitoring.has && rdt->enable_monitoring.v)
        p.monitoring_group = ctx->options->id;
    op = plan_add(ctx, OP_INTEL_RDT, "/linux/intelRdt");
    if (!op)
        return err_nomem(reterr);
    op->intel_rdt = p;
    return 0;
}

int plan_attributes(struct plan_ctx *ctx, struct err *reterr)
{
    static int (*const adders[])(struct plan_ctx *, struct err *) = {
        add_rlimits,     add_oom_score,     add_scheduler, add_io_priority,
        add_personality, add_memory_policy, add_rdt,       add_cpu_affinity,
    };

    for (size_t i = 0; i < ARRAY_SIZE(adders); i++) {
        int r = adders[i](ctx, reterr);

        if (r < 0)
            return r;
    }
    return 0;
}
