/* SPDX-License-Identifier: Apache-2.0 */
#include "core/plan_parts.h"

#include "core/path.h"

#include <errno.h>
#include <stdarg.h>

/*
 * The subjects of a plan. Which operation comes when is written in one place only, core/tbl/plan_ops.h; what
 * stands here is who needs whose results.
 */
static int (*const parts[])(struct plan_ctx *ctx, struct err *reterr) = {
    plan_namespaces,   /* who is new, who is joined */
    plan_cgroups,      /* the clone into them, too */
    plan_root,         /* the tree under the container's feet */
    plan_mounts,       /* in the listed order */
    plan_devices,      /* unless /dev is somebody else's */
    plan_hidden_paths, /* masked and read-only ones */
    plan_hooks,        /* those that run between clone and execve */
    plan_names,        /* host name, sysctls, labels, keyring */
    plan_attributes,   /* limits, scheduling, cache allocation */
    plan_credentials,  /* ids, groups, capabilities */
    plan_seccomp,      /* before the drop or after it */
    plan_program,      /* what is executed, and where */
};

/* Stable, by counting: the order of the table, and within one kind the order of appending. */
int plan_sort(struct plan_ctx *ctx, struct err *reterr)
{
    size_t at[OP_KIND_COUNT + 1] = {0};
    struct plan_op *v = arena_new_array(ctx->arena, struct plan_op, ctx->ops.n);

    if (!v)
        return err_nomem(reterr);
    for (size_t i = 0; i < ctx->ops.n; i++)
        at[ctx->ops.v[i].kind + 1]++;
    for (size_t kind = 0; kind < OP_KIND_COUNT; kind++)
        at[kind + 1] += at[kind];
    for (size_t i = 0; i < ctx->ops.n; i++)
        v[at[ctx->ops.v[i].kind]++] = ctx->ops.v[i];
    ctx->plan->ops = v;
    ctx->plan->n_ops = ctx->ops.n;
    return 0;
}

int plan_build(struct arena *a, const struct config *config, const struct facts *facts,
               const struct plan_options *options, struct plan **ret, struct err *reterr)
{
    struct plan_ctx ctx = {.arena = a,
                           .config = config,
                           .linux_ = &config->linux_,
                           .process = config_process_or_none(config),
                           .facts = facts,
                           .options = options};
    int r = container_id_check(options->id, reterr);

    if (r < 0)
        return r;
    if (!options->bundle || !path_is_clean(options->bundle))
        return err_usage(reterr, "the path of the bundle is not absolute and clean");
    ctx.plan = arena_new(a, struct plan);
    if (!ctx.plan)
        return err_nomem(reterr);
    ctx.plan->id = options->id;
    ctx.plan->bundle = options->bundle;
    op_list_init(&ctx.ops, a);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        r = parts[i](&ctx, reterr);
        if (r < 0)
            return r;
    }
    r = plan_sort(&ctx, reterr);
    if (r < 0)
        return r;
    *ret = ctx.plan;
    return 0;
}

/* ---- for the parts ---- */

struct plan_op *plan_add(struct plan_ctx *ctx, enum plan_op_kind kind, const char *pointer)
{
    return op_list_add(&ctx->ops, kind, pointer);
}

int plan_add_name(struct plan_ctx *ctx, enum plan_op_kind kind, const char *pointer, const char *name,
                  struct err *reterr)
{
    struct plan_op *op = plan_add(ctx, kind, pointer);

    if (!op)
        return err_nomem(reterr);
    op->name.name = name;
    return 0;
}

int plan_add_path(struct plan_ctx *ctx, enum plan_op_kind kind, const char *pointer, const char *path,
                  struct err *reterr)
{
    struct plan_op *op = plan_add(ctx, kind, pointer);

    if (!op)
        return err_nomem(reterr);
    op->path.path = path;
    return 0;
}

const char *plan_pointer(struct plan_ctx *ctx, const char *fmt, ...)
{
    char text[ERR_WHERE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return arena_strdup(ctx->arena, text);
}

int plan_warn(struct plan_ctx *ctx, struct err *reterr, const char *fmt, ...)
{
    struct strings *w = &ctx->plan->warnings;
    char text[ERR_MESSAGE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (w->n == ctx->warnings_cap) {
        size_t cap = w->n ? w->n * 2 : 8;
        const char **v = arena_new_array(ctx->arena, const char *, cap);

        if (!v)
            return err_nomem(reterr);
        if (w->n)
            memcpy(v, w->v, w->n * sizeof(*v));
        w->v = v;
        ctx->warnings_cap = cap;
    }
    w->v[w->n] = arena_strdup(ctx->arena, text);
    if (!w->v[w->n])
        return err_nomem(reterr);
    w->n++;
    return 0;
}

static int path_result(int r, const char *pointer, struct err *reterr)
{
    if (r == -ENAMETOOLONG)
        return err_config(reterr, pointer, "path is too long");
    return r < 0 ? err_nomem(reterr) : 0;
}

int plan_clean_path(struct plan_ctx *ctx, const char *path, const char *pointer, const char **ret,
                    struct err *reterr)
{
    return path_result(path_clean(ctx->arena, path, ret), pointer, reterr);
}

int plan_host_path(struct plan_ctx *ctx, const char *path, const char *pointer, const char **ret,
                   struct err *reterr)
{
    return path_result(path_resolve(ctx->arena, ctx->options->bundle, path, ret), pointer, reterr);
}

struct numbered {
    const char *s;
    size_t index;
};

static int compare_numbered(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int r = strcmp(x->s, y->s);

    if (r)
        return r;
    return x->index < y->index ? -1 : 1;
}

size_t *plan_same(struct plan_ctx *ctx, const char *const *v, size_t n)
{
    size_t *same = arena_new_array(ctx->arena, size_t, n);
    struct numbered *sorted = arena_new_array(ctx->arena, struct numbered, n);
    size_t count = 0;

    if (!same || !sorted)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        same[i] = i;
        if (v[i])
            sorted[count++] = (struct numbered){v[i], i};
    }
    qsort(sorted, count, sizeof(*sorted), compare_numbered);
    for (size_t i = 1; i < count; i++)
        if (streq(sorted[i - 1].s, sorted[i].s))
            same[sorted[i].index] = same[sorted[i - 1].index];
    return same;
}
