/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sources.h"

#include "base/fd.h"
#include "core/sysctl.h"
#include "kernel/mount.h"
#include "kernel/ns.h"
#include "kernel/userns.h"

#include <errno.h>

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

/* "/linux/namespaces/3/path", as the configuration counts. */
static void pointer_of(const struct host_ctx *c, enum ns_type type, char *out, size_t cap)
{
    const struct config_linux *l = &c->bundle.config->linux_;

    snprintf(out, cap, "/linux/namespaces");
    for (size_t i = 0; i < l->n_namespaces; i++)
        if (l->namespaces[i].type == type)
            snprintf(out, cap, "/linux/namespaces/%zu/path", i);
}

static int open_namespace(struct host_ctx *c, const struct plan_ns_join *join, struct err *reterr)
{
    char pointer[64];
    struct err why;
    int fd, own;

    err_init(&why);
    pointer_of(c, join->type, pointer, sizeof(pointer));
    fd = ns_open(join->path, join->type, &why);
    if (fd < 0)
        return err_config(reterr, pointer, "%s", why.message);
    c->ns_fds[join->type] = fd;
    own = join->not_own || join->type == NS_USER ? ns_is_own(fd, join->type) : 0;
    if (own == 0)
        return check_host_namespace(c, join, fd, reterr);
    /* The kernel refuses to join the user namespace that one is in (setns(2)). */
    return err_config(reterr, pointer, "%s is the %s own %s namespace", join->path,
                      join->type == NS_USER ? "runtime's" : "host's", ns_type_name(join->type));
}

int sources_open_namespaces(struct host_ctx *c, struct err *reterr)
{
    const struct plan_clone *clone = &plan_find(c->plan, OP_CLONE)->clone;
    const struct plan_ns_join for_children[] = {{.type = NS_PID, .path = clone->join_pid},
                                                {.type = NS_TIME, .path = clone->join_time}};
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(for_children) && r == 0; i++)
        if (for_children[i].path)
            r = open_namespace(c, &for_children[i], reterr);
    for (size_t i = 0; i < clone->n_joins && r == 0; i++)
        r = open_namespace(c, &clone->joins[i], reterr);
    for (size_t i = 0; i < c->plan->n_ops && r == 0; i++)
        if (c->plan->ops[i].kind == OP_NS_JOIN)
            r = open_namespace(c, &c->plan->ops[i].ns_join, reterr);
    return r;
}

/*
 * A mount that has no mappings of its own takes the container's. They are all that counts: another namespace
 * with the same ones is there before init is. *made is that namespace, once it is needed.
 */
static int open_source(struct host_ctx *c, const struct plan_mount *m, int *made, struct err *reterr)
{
    const struct config_linux *l = &c->bundle.config->linux_;
    int userns = c->ns_fds[NS_USER], fd;

    if (m->idmap && !m->uid_mappings && userns < 0) {
        if (*made < 0)
            *made = userns_make(&l->uid_mappings, &l->gid_mappings, reterr);
        if (*made < 0)
            return *made;
        userns = *made;
    }
    fd = mount_open_source(m, plan_source_propagation(c->bundle.config), userns, reterr);
    if (fd == -ENOSYS && m->idmap)
        return err_system(reterr, c->facts.euid ? EPERM : ENOSYS, "open_tree", "%s: %s", m->source,
                          c->facts.euid ? "an id-mapped mount takes privilege over its file system"
                                        : "an id-mapped mount needs Linux 5.12");
    return fd;
}

int sources_open_mounts(struct host_ctx *c, struct err *reterr)
{
    AUTO_CLOSE int userns = -1;

    c->mount_fds = arena_new_array(&c->arena, int, c->plan->n_ops);
    if (!c->mount_fds)
        return err_nomem(reterr);
    memset(c->mount_fds, -1, c->plan->n_ops * sizeof(int));
    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];
        int fd;

        if (op->kind != OP_MOUNT || !mount_wants_host_source(&op->mount, plan_has_userns(c->plan)))
            continue;
        /* An ordinary user may mount only in its user namespace: init does it. */
        if (c->facts.euid != 0 && !op->mount.idmap)
            continue;
        fd = open_source(c, &op->mount, &userns, reterr);
        if (fd == -ENOSYS && !op->mount.idmap)
            continue; /* by mount(2), in init */
        if (fd < 0)
            return err_phase(reterr, plan_op_name(op->kind));
        c->mount_fds[i] = fd;
    }
    return 0;
}
