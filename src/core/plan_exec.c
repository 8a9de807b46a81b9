/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of `exec`: one more process in a container that exists. The process between the runtime and the
 * new one joins cgroups and namespaces; the new one goes on as init does, without anything that makes a
 * container.
 */
#include "core/plan_parts.h"

#include "core/path.h"

#include <linux/sched.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* A pid or time namespace takes effect on the next child: then a process stands between. */
static int add_join(struct plan_ctx *ctx, const struct plan_exec_options *o, bool into_cgroup2,
                    struct err *reterr)
{
    struct plan_op *op = plan_add(ctx, OP_CLONE, "");

    if (!op)
        return err_nomem(reterr);
    op->clone.into_cgroup2 = into_cgroup2;
    op->clone.intermediate = (o->join_flags & (CLONE_NEWPID | CLONE_NEWTIME)) != 0;
    op = plan_add(ctx, OP_JOIN, "");
    if (!op)
        return err_nomem(reterr);
    op->join = (struct plan_join){.flags = o->join_flags, .user_first = ctx->facts->euid != 0};
    return 0;
}

static int join_cgroups(struct plan_ctx *ctx, const struct plan_exec_options *o, bool *ret_cgroup2,
                        struct err *reterr)
{
    *ret_cgroup2 = false;
    for (size_t i = 0; i < o->n_cgroups; i++) {
        struct plan_op *op = plan_add(ctx, OP_CGROUP_JOIN, "");

        if (!op)
            return err_nomem(reterr);
        op->cgroup_join =
            (struct plan_cgroup_join){.hierarchy = o->cgroups[i].hierarchy, .path = o->cgroups[i].path};
        if (o->cgroups[i].hierarchy == PLAN_CGROUP2) {
            op->cgroup_join.or_init = o->or_init_cgroup;
            *ret_cgroup2 = true;
        }
    }
    return 0;
}

/* A child inherits its parent's group: the process between joins it. */
static int join_rdt(struct plan_ctx *ctx, const struct plan_exec_options *o, struct err *reterr)
{
    struct plan_op *op;

    if (!o->intel_rdt)
        return 0;
    op = plan_add(ctx, OP_INTEL_RDT, "/linux/intelRdt");
    if (!op)
        return err_nomem(reterr);
    op->intel_rdt = (struct plan_intel_rdt){.mountpoint = o->intel_rdt->mountpoint,
                                            .clos_id = o->intel_rdt->clos_id,
                                            .monitoring_group = o->intel_rdt->monitoring_group,
                                            .join_only = true};
    return 0;
}

static int add_parts(struct plan_ctx *ctx, struct err *reterr)
{
    static int (*const parts[])(struct plan_ctx * ctx, struct err * reterr) = {
        plan_names, plan_attributes, plan_credentials, plan_seccomp, plan_program,
    };

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        int r = parts[i](ctx, reterr);

        if (r < 0)
            return r;
    }
    return 0;
}

int plan_exec_build(struct arena *a, const struct config *config, const struct facts *facts,
                    const struct plan_exec_options *options, struct plan **ret, struct err *reterr)
{
    struct plan_ctx ctx = {.arena = a,
                           .config = config,
                           .linux_ = &config->linux_,
                           .process = config->process,
                           .facts = facts,
                           .options = &options->common,
                           .exec = true};
    bool cgroup2;
    int r = container_id_check(options->common.id, reterr);

    if (r < 0)
        return r;
    if (!ctx.process)
        return err_config(reterr, "/process", "process property must not be empty");
    /* Who may set groups was decided when the ids were mapped. */
    r = ns_plan(a, config, facts, &ctx.ns, reterr);
    if (r < 0)
        return r;
    ctx.plan = arena_new(a, struct plan);
    if (!ctx.plan)
        return err_nomem(reterr);
    *ctx.plan = (struct plan){.id = options->common.id,
                              .bundle = options->common.bundle,
                              .rootfs = options->rootfs,
                              .cgroups = (struct plan_cgroup *)(uintptr_t)options->cgroups,
                              .n_cgroups = options->n_cgroups};
    ctx.has_userns = (options->join_flags & CLONE_NEWUSER) != 0;
    op_list_init(&ctx.ops, a);
    r = join_cgroups(&ctx, options, &cgroup2, reterr);
    if (r == 0)
        r = add_join(&ctx, options, cgroup2, reterr);
    if (r == 0)
        r = join_rdt(&ctx, options, reterr);
    if (r == 0)
        r = add_parts(&ctx, reterr);
    if (r == 0)
        r = plan_sort(&ctx, reterr);
    if (r == 0)
        *ret = ctx.plan;
    return r;
}
