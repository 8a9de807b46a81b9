/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a plan that are about the root: where it is, how it is entered, what of it is hidden, and the
 * hooks. */
#include "core/plan_parts.h"

#include "core/mount_flags.h"
#include "core/mount_opts.h"

#include <errno.h>

#define PROPAGATION_TYPES ((uint64_t)(MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE))

/*
 * linux.rootfsPropagation, on two trees.
 *
 * Init's copy of the host's tree, before anything is mounted: a slave by default, so that nothing of ours
 * reaches the host while mounts of the host still reach volumes that ask for it. "shared" keeps it shared:
 * this is how a volume with rshared can give mounts to the host at all. Everything else is recursive whatever
 * the configuration says, or volumes on other file systems of the host would stay shared. It is never
 * unbindable: the root has to be bound.
 *
 * The new root, once it is "/": as the configuration says. Private needs nothing, it is so since it was
 * prepared; and rprivate must not undo the propagation that volumes asked for.
 */
static uint64_t host_propagation(uint64_t flags)
{
    switch (flags & PROPAGATION_TYPES) {
    case MS_SHARED: return flags;
    case MS_PRIVATE:
    case MS_UNBINDABLE: return MS_PRIVATE | MS_REC;
    default: return MS_SLAVE | MS_REC;
    }
}

uint64_t plan_source_propagation(const struct config *config)
{
    const char *name = config->linux_.rootfs_propagation;
    const uint64_t host = host_propagation(name && *name ? mount_propagation_flags(name) : 0);

    /* Between mount namespaces of different owners the kernel itself lets nothing stay shared. */
    if ((host & PROPAGATION_TYPES) == MS_SHARED)
        return config_namespace_find(config, NS_USER) ? MS_SLAVE | MS_REC : 0;
    return host;
}

static int plan_propagation(struct plan_ctx *ctx, uint64_t *ret_host, struct err *reterr)
{
    const char *name = ctx->linux_->rootfs_propagation;
    uint64_t flags = name && *name ? mount_propagation_flags(name) : 0;
    struct plan_op *op;

    if (name && *name && !flags)
        return err_config(reterr, "/linux/rootfsPropagation", "rootfsPropagation=%.64s is not supported",
                          name);
    if ((flags & MS_PRIVATE) && ctx->options->no_pivot)
        return err_config(reterr, "/linux/rootfsPropagation",
                          "rootfsPropagation of [r]private is not safe without pivot_root");
    *ret_host = host_propagation(flags);
    if (!flags || (flags & MS_PRIVATE))
        return 0;
    op = plan_add(ctx, OP_ROOT_PROPAGATION, "/linux/rootfsPropagation");
    if (!op)
        return err_nomem(reterr);
    op->root_propagation.ms_flags = flags;
    return 0;
}

int plan_root(struct plan_ctx *ctx, struct err *reterr)
{
    struct plan_op *op;
    uint64_t host = 0;
    int r;

    if (!ctx->config->has_root || !ctx->config->root.path || !*ctx->config->root.path)
        return err_config(reterr, "/root", "the container has no root");
    r = plan_host_path(ctx, ctx->config->root.path, "/root/path", &ctx->plan->rootfs, reterr);
    if (r < 0)
        return r;
    if (streq(ctx->plan->rootfs, "/"))
        return err_config(reterr, "/root/path", "the root of the host cannot be the root of a container");
    r = plan_propagation(ctx, &host, reterr);
    if (r < 0)
        return r;
    op = plan_add(ctx, OP_ROOT_PREPARE, "/root/path");
    if (!op)
        return err_nomem(reterr);
    op->root_prepare = (struct plan_root_prepare){.path = ctx->plan->rootfs, .host_propagation = host};
    op = plan_add(ctx, OP_PIVOT, "");
    if (!op)
        return err_nomem(reterr);
    op->pivot.no_pivot = ctx->options->no_pivot;
    if (ctx->config->root.readonly && !plan_add(ctx, OP_ROOT_READONLY, "/root/readonly"))
        return err_nomem(reterr);
    return 0;
}

/* Each path once, in its clean form. */
static int add_paths(struct plan_ctx *ctx, enum plan_op_kind kind, const struct strings *paths,
                     const char *array, struct err *reterr)
{
    const char **clean = arena_new_array(ctx->arena, const char *, paths->n);
    const char **pointers = arena_new_array(ctx->arena, const char *, paths->n);
    size_t *same;

    if (!clean || !pointers)
        return err_nomem(reterr);
    for (size_t i = 0; i < paths->n; i++) {
        int r;

        pointers[i] = plan_pointer(ctx, "%s/%zu", array, i);
        if (!pointers[i])
            return err_nomem(reterr);
        r = plan_clean_path(ctx, paths->v[i], pointers[i], &clean[i], reterr);
        if (r < 0)
            return r;
        if (streq(clean[i], "/"))
            return err_config(reterr, pointers[i], "the root itself cannot be %s",
                              kind == OP_MASK_PATH ? "masked" : "a read-only path (use root.readonly)");
    }
    same = plan_same(ctx, clean, paths->n);
    if (!same)
        return err_nomem(reterr);
    for (size_t i = 0; i < paths->n; i++) {
        int r = same[i] == i ? plan_add_path(ctx, kind, pointers[i], clean[i], reterr) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

int plan_hidden_paths(struct plan_ctx *ctx, struct err *reterr)
{
    int r = add_paths(ctx, OP_READONLY_PATH, &ctx->linux_->readonly_paths, "/linux/readonlyPaths", reterr);

    return r < 0 ? r : add_paths(ctx, OP_MASK_PATH, &ctx->linux_->masked_paths, "/linux/maskedPaths", reterr);
}

static int add_hooks(struct plan_ctx *ctx, enum plan_op_kind kind, const char *pointer,
                     const struct config_hooks *prestart, const struct config_hooks *hooks,
                     struct err *reterr)
{
    struct plan_op *op;

    if (!(prestart && prestart->n) && !hooks->n)
        return 0;
    op = plan_add(ctx, kind, pointer);
    if (!op)
        return err_nomem(reterr);
    op->hooks = (struct plan_hooks){.prestart = prestart, .hooks = hooks};
    return 0;
}

int plan_hooks(struct plan_ctx *ctx, struct err *reterr)
{
    const struct config_hooks *hooks = ctx->config->hooks;
    int r = add_hooks(ctx, OP_HOOKS_RUNTIME, "/hooks", &hooks[HOOK_PRESTART], &hooks[HOOK_CREATE_RUNTIME],
                      reterr);

    if (r == 0)
        r = add_hooks(ctx, OP_HOOKS_CREATE_CONTAINER, "/hooks/createContainer", NULL,
                      &hooks[HOOK_CREATE_CONTAINER], reterr);
    if (r == 0)
        r = add_hooks(ctx, OP_HOOKS_START_CONTAINER, "/hooks/startContainer", NULL,
                      &hooks[HOOK_START_CONTAINER], reterr);
    return r;
}
