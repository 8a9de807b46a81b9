/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a plan that make the process: namespaces, cgroups, id maps, network devices. */
#include "core/plan_parts.h"

#include "core/idmap.h"
#include "core/json.h"

#include <errno.h>
#include <linux/sched.h>

static bool has_sysctl(const struct plan_ctx *ctx, enum ns_type type)
{
    for (size_t i = 0; i < ctx->linux_->sysctl.n; i++) {
        struct str key = str_of(ctx->linux_->sysctl.v[i].key);
        bool net = str_starts(key, "net.") || str_starts(key, "net/");
        bool uts = str_eq(key, "kernel.domainname") || str_eq(key, "kernel/domainname");

        if (type == NS_NETWORK ? net : type == NS_UTS ? uts : !net && !uts)
            return true;
    }
    return false;
}

/* Would the container change something that whoever else lives in the namespace sees? */
static bool changes_namespace(const struct plan_ctx *ctx, enum ns_type type)
{
    const struct config *c = ctx->config;

    switch (type) {
    case NS_MOUNT: return true;
    case NS_NETWORK: return ctx->linux_->n_net_devices || has_sysctl(ctx, type);
    case NS_UTS:
        return (c->hostname && *c->hostname) || (c->domainname && *c->domainname) || has_sysctl(ctx, type);
    case NS_IPC: return has_sysctl(ctx, type);
    default: return false;
    }
}

static struct plan_ns_join join_of(const struct plan_ctx *ctx, const struct ns_plan_join *join)
{
    return (struct plan_ns_join){
        .type = join->type, .path = join->path, .not_own = changes_namespace(ctx, join->type)};
}

/* Pid and time namespaces that the runtime itself joins, or all that the intermediate process joins. */
static int fill_clone(struct plan_ctx *ctx, struct plan_clone *clone, struct err *reterr)
{
    const struct ns_plan *ns = &ctx->ns;

    *clone = (struct plan_clone){.flags = ns->clone_flags,
                                 .unshare_flags = ns->unshare_before_flags,
                                 .intermediate = ns->intermediate};
    if (ns->unshare_before_flags & CLONE_NEWTIME) {
        clone->time_offsets = ctx->linux_->time_offsets;
        clone->n_time_offsets = ctx->linux_->n_time_offsets;
    }
    if (!ns->intermediate) {
        for (size_t i = 0; i < ns->n_before; i++)
            *(ns->before[i].type == NS_PID ? &clone->join_pid : &clone->join_time) = ns->before[i].path;
        return 0;
    }
    struct plan_ns_join *joins = arena_new_array(ctx->arena, struct plan_ns_join, ns->n_before);
    if (!joins)
        return err_nomem(reterr);
    for (size_t i = 0; i < ns->n_before; i++)
        joins[i] = join_of(ctx, &ns->before[i]);
    clone->joins = joins;
    clone->n_joins = ns->n_before;
    return 0;
}

static int add_net_devices(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_namespace *net = config_namespace_find(ctx->config, NS_NETWORK);

    if (!ctx->linux_->n_net_devices)
        return 0;
    if (!net)
        return err_config(reterr, "/linux/netDevices",
                          "unable to move network devices without a private NET namespace");
    if (ctx->facts->euid != 0 || ctx->facts->in_userns)
        return err_config(reterr, "/linux/netDevices", "only root of the host can move network devices");
    for (size_t i = 0; i < ctx->linux_->n_net_devices; i++) {
        const struct config_net_device *d = &ctx->linux_->net_devices[i];
        char pointer[ERR_WHERE_MAX] = "/linux/netDevices";
        struct plan_op *op;

        json_pointer_add(pointer, sizeof(pointer), d->host_name);
        op = plan_add(ctx, OP_NET_DEVICE, plan_pointer(ctx, "%s", pointer));
        if (!op || !op->pointer)
            return err_nomem(reterr);
        op->net_device = (struct plan_net_device){.host_name = d->host_name,
                                                  .name = d->name && *d->name ? d->name : d->host_name,
                                                  .netns_path = net->path};
    }
    return 0;
}

int plan_namespaces(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_namespace *net = config_namespace_find(ctx->config, NS_NETWORK);
    struct plan_op *op;
    int r = ns_plan(ctx->arena, ctx->config, ctx->facts, &ctx->ns, reterr);

    if (r < 0)
        return r;
    ctx->has_userns = config_namespace_find(ctx->config, NS_USER) != NULL;
    if (ctx->linux_->n_time_offsets && !(ctx->ns.unshare_before_flags & CLONE_NEWTIME))
        return err_config(reterr, "/linux/timeOffsets", "time namespace offsets need a new time namespace");

    op = plan_add(ctx, OP_CLONE, ctx->linux_->n_namespaces ? "/linux/namespaces" : "");
    if (!op)
        return err_nomem(reterr);
    r = fill_clone(ctx, &op->clone, reterr);
    if (r < 0)
        return r;
    if (ctx->ns.maps_ids) {
        op = plan_add(ctx, OP_IDMAP_WRITE, "/linux/uidMappings");
        if (!op)
            return err_nomem(reterr);
        op->idmap_write = (struct plan_idmap_write){.uids = &ctx->linux_->uid_mappings,
                                                    .gids = &ctx->linux_->gid_mappings,
                                                    .deny_setgroups = ctx->ns.deny_setgroups,
                                                    .use_helpers = ctx->ns.use_helpers};
    }
    for (size_t i = 0; i < ctx->ns.n_in_init; i++) {
        const struct ns_plan_join *join = &ctx->ns.in_init[i];

        op = plan_add(ctx, OP_NS_JOIN, join->pointer);
        if (!op)
            return err_nomem(reterr);
        op->ns_join = join_of(ctx, join);
    }
    if (ctx->ns.unshare_init_flags) {
        op = plan_add(ctx, OP_NS_UNSHARE, "/linux/namespaces");
        if (!op)
            return err_nomem(reterr);
        op->ns_unshare.flags = ctx->ns.unshare_init_flags;
    }
    if (net && !net->path && !plan_add(ctx, OP_LOOPBACK_UP, ""))
        return err_nomem(reterr);
    return add_net_devices(ctx, reterr);
}

static int append(struct plan_ctx *ctx, const struct op_list *list, struct err *reterr)
{
    for (size_t i = 0; i < list->n; i++) {
        struct plan_op *op = plan_add(ctx, list->v[i].kind, list->v[i].pointer);

        if (!op)
            return err_nomem(reterr);
        *op = list->v[i];
    }
    return 0;
}

int plan_cgroups(struct plan_ctx *ctx, struct err *reterr)
{
    struct cgroup_plan *cg = &ctx->cgroups;
    int r = cgroup_plan(ctx->arena, ctx->config, ctx->facts, ctx->options, cg, reterr);

    if (r < 0)
        return r;
    for (size_t i = 0; i < ctx->ops.n; i++)
        if (ctx->ops.v[i].kind == OP_CLONE)
            ctx->ops.v[i].clone.into_cgroup2 = cg->cgroup2_path != NULL;
    r = append(ctx, &cg->before, reterr);
    if (r == 0)
        r = append(ctx, &cg->after, reterr);
    for (size_t i = 0; r == 0 && i < cg->warnings.n; i++)
        r = plan_warn(ctx, reterr, "%s", cg->warnings.v[i]);
    ctx->plan->unapplied = cg->unapplied;
    ctx->plan->cgroups = cg->cgroups;
    ctx->plan->n_cgroups = cg->n_cgroups;
    if (r == 0 && cg->has_systemd) {
        struct plan_op *op = plan_add(ctx, OP_SYSTEMD_SCOPE, "/linux/cgroupsPath");

        if (!op)
            return err_nomem(reterr);
        op->systemd_scope = (struct plan_systemd_scope){
            .unit = cg->systemd.unit,
            .slice = cg->systemd.slice,
            .attach = !str_ends(str_of(cg->systemd.unit), ".slice"),
            .properties = cg->properties.v,
            .n_properties = cg->properties.n,
        };
    }
    return r;
}
