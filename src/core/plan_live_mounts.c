/* SPDX-License-Identifier: Apache-2.0 */
#include "core/plan_live_mounts.h"

#include "core/path.h"
#include "core/plan_parts.h"
#include "core/validate.h"

#include <errno.h>

static int validate(struct arena *a, const struct config *config, struct err *reterr)
{
    struct validate_report report;
    int r = validate_config(a, config, &report);

    return r < 0 ? err_nomem(reterr) : validate_report_error(&report, NULL, 0, reterr);
}

static int refuse(const struct plan_op *op, const char *why, struct err *reterr)
{
    return err_config(reterr, op->pointer, "%s cannot be added to a container that exists already", why);
}

/* Nothing of ours comes after it: what create puts off is done at once. */
static int settle(const struct plan_op *op, struct plan_mount *ret, struct err *reterr)
{
    const struct plan_mount *m = &op->mount;

    if (m->kind == MOUNT_REMOUNT)
        return refuse(op, "a remount", reterr);
    if (m->kind == MOUNT_CGROUP_V1 || m->kind == MOUNT_CGROUP_V2)
        return refuse(op, "a mount of type cgroup", reterr);
    if ((m->fstype && streq(m->fstype, "proc")) || path_is_beneath("/proc", m->target))
        return refuse(op, "a mount of proc, or inside /proc,", reterr);
    if (m->copy_symlink)
        return refuse(op, "a copied symbolic link", reterr);
    *ret = *m;
    ret->read_only_later = false;
    return 0;
}

int plan_live_mounts(struct arena *a, const struct config *config, const struct facts *facts,
                     const struct plan_options *options, struct config_mount *mounts, size_t n,
                     struct plan_mount **ret, struct err *reterr)
{
    struct config with = *config;
    struct plan_ctx ctx = {.arena = a,
                           .config = &with,
                           .linux_ = &with.linux_,
                           .process = with.process,
                           .facts = facts,
                           .options = options,
                           .has_userns = config_namespace_find(config, NS_USER) != NULL};
    struct plan_mount *v = arena_new_array(a, struct plan_mount, n);
    size_t done = 0;
    int r;

    ctx.plan = arena_new(a, struct plan);
    if (!v || !ctx.plan)
        return err_nomem(reterr);
    with.mounts = mounts;
    with.n_mounts = n;
    op_list_init(&ctx.ops, a);
    r = validate(a, &with, reterr);
    if (r == 0)
        r = plan_mounts(&ctx, reterr);
    for (size_t i = 0; i < ctx.ops.n && r == 0; i++)
        if (ctx.ops.v[i].kind == OP_MOUNT)
            r = settle(&ctx.ops.v[i], &v[done++], reterr);
    if (r < 0)
        return r;
    if (done != n)
        return err_internal(reterr, EINVAL, "%zu mounts became %zu", n, done);
    *ret = v;
    return 0;
}

bool plan_live_mount_is_inside(const struct plan_mount *m)
{
    static const char *const types[] = {"tmpfs", "ramfs", "mqueue", "sysfs", "devpts"};

    for (size_t i = 0; i < ARRAY_SIZE(types) && m->kind == MOUNT_FS; i++)
        if (streq(m->fstype, types[i]))
            return true;
    return false;
}
