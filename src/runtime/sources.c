/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sources.h"

#include "core/sysctl.h"
#include "kernel/mount.h"
#include "kernel/ns.h"

/*
 * A namespace joined by path may be the host's own. What the configuration would set in it is the host's
 * then, and refused: planning could only see that there is a path.
 */
static int check_host_namespace(struct host_ctx *c, const struct plan_ns_join *join, int fd,
                                struct err *reterr)
{
    int own = ns_is_own(fd, join->type);

    if (own <= 0)
        return own < 0 ? err_system(reterr, own, "compare", "namespace %s", join->path) : 0;
    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];
        int r = 0;

        if (join->type == NS_UTS && (op->kind == OP_HOSTNAME || op->kind == OP_DOMAINNAME))
            r = err_config(reterr, op->pointer, "the host's name is not changed");
        if (op->kind == OP_SYSCTL) {
            struct sysctl s = {.components = op->sysctl.components, .n = op->sysctl.n_components};
            r = sysctl_check(&s, ~SYSCTL_NS(join->type), op->pointer, reterr);
        }
        if (r < 0)
            return err_prefix(reterr, "%s is the host's own %s namespace", join->path,
                              ns_type_name(join->type));
    }
    return 0;
}

int sources_open_namespaces(struct host_ctx *c, struct err *reterr)
{
    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];
        int fd, r;

        if (op->kind != OP_NS_JOIN)
            continue;
        fd = ns_open(op->ns_join.path, op->ns_join.type, reterr);
        if (fd < 0)
            return fd;
        c->ns_fds[op->ns_join.type] = fd;
        if (op->ns_join.not_own && ns_is_own(fd, op->ns_join.type) != 0)
            return err_config(reterr, op->pointer, "%s is the host's own %s namespace", op->ns_join.path,
                              ns_type_name(op->ns_join.type));
        r = check_host_namespace(c, &op->ns_join, fd, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

int sources_open_mounts(struct host_ctx *c, struct err *reterr)
{
    bool userns = plan_find(c->plan, OP_IDMAP_WRITE) != NULL;

    c->mount_fds = arena_new_array(&c->arena, int, c->plan->n_ops);
    if (!c->mount_fds)
        return err_nomem(reterr);
    memset(c->mount_fds, -1, c->plan->n_ops * sizeof(int));
    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];

        if (op->kind != OP_MOUNT || !mount_wants_host_source(&op->mount, userns))
            continue;
        c->mount_fds[i] = mount_open_source(&op->mount, -1, reterr);
        if (c->mount_fds[i] < 0)
            return err_phase(reterr, plan_op_name(op->kind));
    }
    return 0;
}
