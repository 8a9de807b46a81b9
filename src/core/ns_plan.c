/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ns_plan.h"

#include <linux/sched.h>

static const uint64_t clone_flag[NS_TYPE_COUNT] = {
#define X(type, name, flag, file) [type] = (flag),
#include "core/tbl/namespaces.h"
#undef X
};

enum want { WANT_NOTHING, WANT_NEW, WANT_JOIN };

struct want_table {
    enum want of[NS_TYPE_COUNT];
    const struct config_namespace *ns[NS_TYPE_COUNT];
    const char *pointer[NS_TYPE_COUNT];
};

/*
 * The order in which namespaces are joined beside the user namespace. The mount namespace comes late because
 * paths mean something else afterwards; pid and time take effect on the next child.
 */
static const enum ns_type join_order[] = {NS_NETWORK, NS_IPC, NS_UTS, NS_CGROUP, NS_MOUNT, NS_PID, NS_TIME};

static bool for_children_only(enum ns_type type)
{
    return type == NS_PID || type == NS_TIME;
}

static int read_wants(struct arena *a, const struct config *c, const struct facts *f, struct want_table *ret,
                      struct err *reterr)
{
    *ret = (struct want_table){0};
    for (size_t i = 0; i < c->linux_.n_namespaces; i++) {
        const struct config_namespace *ns = &c->linux_.namespaces[i];
        const char *pointer = arena_printf(a, "/linux/namespaces/%zu", i);

        if (!pointer)
            return err_nomem(reterr);
        if ((ns->type == NS_CGROUP && !(f->kernel & KERNEL_CGROUP_NS)) ||
            (ns->type == NS_TIME && !(f->kernel & KERNEL_TIME_NS)))
            return err_config(reterr, pointer, "this kernel has no %s namespaces", ns->type_name);
        ret->of[ns->type] = ns->path ? WANT_JOIN : WANT_NEW;
        ret->ns[ns->type] = ns;
        ret->pointer[ns->type] = pointer;
    }
    if (ret->of[NS_MOUNT] == WANT_NOTHING)
        return err_config(reterr, "/linux/namespaces",
                          "a mount namespace is required, or the container's mounts would be the host's");
    return 0;
}

static void add_join(struct ns_plan_join *list, size_t *n, const struct want_table *w, enum ns_type type)
{
    list[(*n)++] =
        (struct ns_plan_join){.type = type, .path = w->ns[type]->path, .pointer = w->pointer[type]};
}

/* Exactly the caller's own id, the one line that it may write without help. */
static bool maps_own_id_only(const struct config_idmaps *m, uint32_t own)
{
    return m->n == 1 && m->v[0].size == 1 && m->v[0].host_id == own;
}

static void plan_ids(const struct config *c, const struct facts *f, struct ns_plan *p)
{
    const struct config_idmaps *uids = &c->linux_.uid_mappings;
    const struct config_idmaps *gids = &c->linux_.gid_mappings;

    p->maps_ids = uids->n > 0 || gids->n > 0;
    if (f->euid == 0)
        return;
    p->use_helpers = p->maps_ids && !(maps_own_id_only(uids, f->euid) && maps_own_id_only(gids, f->egid));
    /* CVE-2014-8989: dropping a group could lift a refusal, so one's own gid is mapped only without
     * setgroups. */
    p->deny_setgroups = maps_own_id_only(gids, f->egid);
}

int ns_plan(struct arena *a, const struct config *c, const struct facts *f, struct ns_plan *ret,
            struct err *reterr)
{
    struct ns_plan p = {0};
    struct want_table w;
    bool privileged = f->euid == 0;
    bool user_joined, user_new, others_joined = false;
    int r = read_wants(a, c, f, &w, reterr);

    if (r < 0)
        return r;
    user_joined = w.of[NS_USER] == WANT_JOIN;
    user_new = w.of[NS_USER] == WANT_NEW;
    /* The phrase is runc's. */
    if (!privileged && !user_joined && !user_new)
        return err_config(
            reterr, "/linux/namespaces",
            "rootless container requires user namespaces: an ordinary user has no rights in the "
            "host's (`spec --rootless` writes such a configuration)");
    for (size_t i = 0; i < ARRAY_SIZE(join_order); i++)
        if (w.of[join_order[i]] == WANT_JOIN && !for_children_only(join_order[i]))
            others_joined = true;
    p.intermediate =
        user_joined || (user_new && others_joined) || (user_new && !privileged && w.of[NS_TIME] == WANT_NEW);

    for (int type = 0; type < NS_TYPE_COUNT; type++)
        if (w.of[type] == WANT_NEW)
            p.clone_flags |= clone_flag[type];
    p.unshare_init_flags = p.clone_flags & CLONE_NEWCGROUP;
    p.unshare_before_flags = p.clone_flags & CLONE_NEWTIME;
    if (p.unshare_before_flags && user_new && !privileged)
        p.unshare_before_flags |= CLONE_NEWUSER;
    p.clone_flags &= ~(p.unshare_init_flags | p.unshare_before_flags);

    if (user_joined && !privileged)
        add_join(p.before, &p.n_before, &w, NS_USER);
    for (size_t i = 0; i < ARRAY_SIZE(join_order); i++) {
        if (w.of[join_order[i]] != WANT_JOIN)
            continue;
        if (p.intermediate || for_children_only(join_order[i]))
            add_join(p.before, &p.n_before, &w, join_order[i]);
        else
            add_join(p.in_init, &p.n_in_init, &w, join_order[i]);
    }
    if (user_joined && privileged)
        add_join(p.before, &p.n_before, &w, NS_USER);
    if (user_new)
        plan_ids(c, f, &p);
    *ret = p;
    return 0;
}
