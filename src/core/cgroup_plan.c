/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cgroup_plan.h"

#include "core/cgroup_v1.h"
#include "core/cgroup_v2.h"
#include "core/devices_bpf.h"
#include "core/path.h"

#include <errno.h>

#define AT_CGROUPS_PATH "/linux/cgroupsPath"
#define AT_RESOURCES    "/linux/resources"
#define AT_DEVICES      "/linux/resources/devices"

/* Everything that one call works with. */
struct build {
    struct arena *a;
    const struct config *c;
    const struct facts *f;
    const struct plan_options *o;
    const struct config_resources *r; /* never NULL */
    struct cgroup_plan *plan;
    struct err *reterr;
};

static const struct config_resources no_resources;

static const char *given_path(const struct config *c)
{
    const char *path = c->linux_.cgroups_path;

    return path && path[0] != '\0' ? path : NULL;
}

/* ---- does it need controllers? ---- */

static bool memory_is_set(const struct config_memory *m)
{
    return (m->limit.has && m->limit.v) || (m->swap.has && m->swap.v) ||
           (m->reservation.has && m->reservation.v) || (m->kernel.has && m->kernel.v) ||
           (m->kernel_tcp.has && m->kernel_tcp.v) || (m->swappiness.has && m->swappiness.v != UINT64_MAX) ||
           (m->disable_oom_killer.has && m->disable_oom_killer.v);
}

static bool cpu_is_set(const struct config_cpu *c)
{
    return (c->shares.has && c->shares.v) || (c->quota_us.has && c->quota_us.v) ||
           (c->burst_us.has && c->burst_us.v) || (c->period_us.has && c->period_us.v) ||
           (c->realtime_runtime_us.has && c->realtime_runtime_us.v) ||
           (c->realtime_period_us.has && c->realtime_period_us.v) || (c->idle.has && c->idle.v) ||
           (c->cpus && c->cpus[0]) || (c->mems && c->mems[0]);
}

static bool block_io_is_set(const struct config_block_io *b)
{
    size_t rates = 0;

    for (size_t k = 0; k < THROTTLE_COUNT; k++)
        rates += b->throttle[k].n;
    return (b->weight.has && b->weight.v) || (b->leaf_weight.has && b->leaf_weight.v) ||
           b->n_weight_devices || rates;
}

bool cgroup_resources_need_controllers(const struct config_resources *r)
{
    return r &&
           (memory_is_set(&r->memory) || cpu_is_set(&r->cpu) || block_io_is_set(&r->block_io) ||
            (r->pids_limit.has && r->pids_limit.v > 0) || r->n_hugepage_limits || r->network.n_priorities ||
            (r->network.class_id.has && r->network.class_id.v) || r->n_rdma || r->unified.n);
}

/* All of it, in one entry. */
static int leave_all(struct build *b, const char *pointer, const char *text)
{
    return unapplied_add(b->a, &b->plan->unapplied, pointer, text) < 0 ? err_nomem(b->reterr) : 0;
}

/*
 * True when there is a place for cgroups. False without an error: the container goes without. The phrase is
 * the one that rootless callers of other runtimes know.
 */
static bool cgroups_are_possible(struct build *b, int *rc)
{
    bool asked = cgroup_resources_need_controllers(b->r) || given_path(b->c) != NULL;
    bool mounted = b->f->cgroup != CGROUP_LAYOUT_NONE;
    /* the user's manager has been given a cgroup, wherever the caller is */
    bool delegated = b->o->systemd_cgroup && b->f->systemd_user;

    *rc = 0;
    if (b->o->no_cgroup) {
        if (b->r != &no_resources)
            *rc = leave_all(b, AT_RESOURCES, "cgroups are disabled: nothing of linux.resources is in force");
        return false;
    }
    if (mounted && (b->f->cgroup_writable || b->f->cgroup_parent_writable || !b->f->rootless || delegated))
        return true;
    if (asked) {
        const char *pointer = given_path(b->c) ? AT_CGROUPS_PATH : AT_RESOURCES;
        const char *why =
            mounted ? "rootless needs no limits + no cgrouppath when no permission is granted for cgroups"
                    : "no cgroup file system is mounted at /sys/fs/cgroup";

        *rc = b->o->unsupported_warn ? leave_all(b, pointer, why) : err_config(b->reterr, pointer, "%s", why);
    }
    return false;
}

/* ---- places ---- */

static int add_cgroup(struct build *b, uint32_t hierarchy, const char *mountpoint, const char *own,
                      const struct cgroup_path *path, bool from_parent)
{
    struct plan_cgroup *cgroup = &b->plan->cgroups[b->plan->n_cgroups];

    *cgroup = (struct plan_cgroup){.hierarchy = hierarchy, .mountpoint = mountpoint};
    if (b->plan->has_systemd) {
        cgroup->path = b->plan->systemd.path;
    } else {
        int rc = cgroup_path_place(b->a, path, own, from_parent, &cgroup->path, b->reterr);

        if (rc < 0)
            return rc;
    }
    b->plan->n_cgroups++;
    return 0;
}

/* Beneath the manager's own cgroup. */
static int place_unit(struct build *b)
{
    struct cgroup_systemd *s = &b->plan->systemd;
    const char *root = b->f->systemd_cgroup;
    int rc = cgroup_systemd_parse(b->a, given_path(b->c), b->o->id, b->f->systemd_user, s, b->reterr);

    if (rc < 0)
        return rc;
    b->plan->has_systemd = true;
    if (!root || streq(root, "/"))
        return 0;
    if (!path_is_clean(root) || strlen(root) + strlen(s->path) > CGROUP_PATH_MAX)
        return err_config(b->reterr, AT_CGROUPS_PATH, "systemd's own cgroup \"%.100s\" is not visible", root);
    s->path = arena_printf(b->a, "%s%s", root, s->path);
    return s->path ? 0 : err_nomem(b->reterr);
}

static int place(struct build *b)
{
    const struct facts *f = b->f;
    struct cgroup_path path = {0};
    int rc;

    if (b->o->systemd_cgroup) {
        rc = place_unit(b);
    } else {
        rc = cgroup_path_parse(b->a, given_path(b->c), b->o->id, &path, b->reterr);
    }
    if (rc < 0)
        return rc;
    b->plan->cgroups = arena_new_array(b->a, struct plan_cgroup, f->n_v1 + 1);
    if (!b->plan->cgroups)
        return err_nomem(b->reterr);
    for (size_t i = 0; i < f->n_v1 && f->cgroup != CGROUP_LAYOUT_V2; i++) {
        rc = add_cgroup(b, (uint32_t)i, f->v1[i].mountpoint, f->v1[i].own_path, &path, false);
        if (rc < 0)
            return rc;
    }
    if (!f->cgroup2_mountpoint || f->cgroup == CGROUP_LAYOUT_V1)
        return 0;
    rc = add_cgroup(b, PLAN_CGROUP2, f->cgroup2_mountpoint, f->cgroup2_own_path, &path,
                    f->cgroup == CGROUP_LAYOUT_V2 && (!f->rootless || f->cgroup_parent_writable));
    if (rc == 0)
        b->plan->cgroup2_path = b->plan->cgroups[b->plan->n_cgroups - 1].path;
    return rc;
}

/* ---- delegation (config-linux.md "Cgroup ownership") ---- */

/* A cgroup mount at /sys/fs/cgroup that the container can write to. */
static bool mounts_writable_cgroup(const struct config *c)
{
    bool writable = false;

    for (size_t i = 0; i < c->n_mounts; i++) {
        const struct config_mount *m = &c->mounts[i];

        if (!streq(m->destination, "/sys/fs/cgroup"))
            continue;
        writable = streq(m->type, "cgroup") || streq(m->type, "cgroup2");
        for (size_t k = 0; k < m->options.n; k++) {
            if (streq(m->options.v[k], "ro") || streq(m->options.v[k], "rro"))
                writable = false;
            else if (streq(m->options.v[k], "rw"))
                writable = streq(m->type, "cgroup") || streq(m->type, "cgroup2");
        }
    }
    return writable;
}

static bool host_uid(const struct config *c, uint32_t uid, uint32_t *ret)
{
    const struct config_idmaps *maps = &c->linux_.uid_mappings;

    if (!config_namespace_find(c, NS_USER)) {
        *ret = uid;
        return true;
    }
    for (size_t i = 0; i < maps->n; i++) {
        if (uid >= maps->v[i].container_id && uid - maps->v[i].container_id < maps->v[i].size) {
            *ret = maps->v[i].host_id + (uid - maps->v[i].container_id);
            return true;
        }
    }
    return false;
}

static void set_owner(const struct build *b, struct plan_cgroup_create *create)
{
    const struct config_namespace *ns = config_namespace_find(b->c, NS_CGROUP);
    uint32_t uid;

    if (b->f->euid != 0) /* nor may an ordinary user give anything away */
        return;
    if (b->f->cgroup != CGROUP_LAYOUT_V2 || !ns || ns->path || !mounts_writable_cgroup(b->c))
        return;
    if (!host_uid(b->c, b->c->process ? b->c->process->user.uid : 0, &uid) || uid == b->f->euid)
        return; /* what we make is ours already */
    create->has_owner = true;
    create->owner_uid = uid;
}

/* ---- operations ---- */

static bool has_controller(const char *controllers, const char *name)
{
    struct str rest = str_of(controllers);
    struct str field;

    while (str_next(&rest, ',', &field))
        if (str_eq(field, name))
            return true;
    return false;
}

static int add_creates(struct build *b, struct op_list *list)
{
    for (size_t i = 0; i < b->plan->n_cgroups; i++) {
        const struct plan_cgroup *cgroup = &b->plan->cgroups[i];
        struct plan_op *op = op_list_add(list, OP_CGROUP_CREATE, given_path(b->c) ? AT_CGROUPS_PATH : "");

        if (!op)
            return err_nomem(b->reterr);
        op->cgroup_create = (struct plan_cgroup_create){
            .hierarchy = cgroup->hierarchy, .path = cgroup->path, .controllers = ""};
        if (cgroup->hierarchy != PLAN_CGROUP2) {
            op->cgroup_create.seed_cpuset = has_controller(b->f->v1[cgroup->hierarchy].controllers, "cpuset");
        } else if (b->f->cgroup == CGROUP_LAYOUT_V2) {
            if (b->f->cgroup2_controllers)
                op->cgroup_create.controllers = b->f->cgroup2_controllers;
            set_owner(b, &op->cgroup_create);
        }
    }
    return 0;
}

static bool writes_to(const struct op_list *list, uint32_t hierarchy)
{
    for (size_t i = 0; i < list->n; i++)
        if ((list->v[i].kind == OP_CGROUP_WRITE || list->v[i].kind == OP_CGROUP_WRITE_EARLY) &&
            list->v[i].cgroup_write.hierarchy == hierarchy)
            return true;
    return false;
}

/* Rootless, and nobody says where or how much: a hierarchy that is not ours to use is gone without. */
static void allow_leaving_out(struct build *b)
{
    struct op_list *list = &b->plan->before;

    if (!b->f->rootless || given_path(b->c))
        return;
    for (size_t i = 0; i < list->n; i++) {
        struct plan_op *op = &list->v[i];

        if (op->kind == OP_CGROUP_CREATE && !writes_to(list, op->cgroup_create.hierarchy) &&
            !writes_to(&b->plan->after, op->cgroup_create.hierarchy))
            op->cgroup_create.on_eperm = EPERM_SKIP;
    }
}

static int add_joins(struct build *b, struct op_list *list)
{
    for (size_t i = 0; i < b->plan->n_cgroups; i++) {
        struct plan_op *op = op_list_add(list, OP_CGROUP_JOIN, "");

        if (!op)
            return err_nomem(b->reterr);
        op->cgroup_join = (struct plan_cgroup_join){.hierarchy = b->plan->cgroups[i].hierarchy,
                                                    .path = b->plan->cgroups[i].path};
    }
    return 0;
}

/* ---- devices ---- */

static bool has_v1_devices(const struct facts *f)
{
    for (size_t i = 0; i < f->n_v1 && f->cgroup != CGROUP_LAYOUT_V2; i++)
        if (has_controller(f->v1[i].controllers, "devices"))
            return true;
    return false;
}

static int add_device_program(struct build *b, const struct device_rules *rules, bool unprivileged)
{
    struct bpf_insn *insns;
    struct plan_op *op;
    size_t n;
    int rc;

    if (devices_rules_allow_all(rules))
        return 0;
    rc = devices_bpf_build(b->a, rules, &insns, &n, b->reterr);
    if (rc < 0)
        return rc;
    op = op_list_add(&b->plan->before, OP_CGROUP_DEVICES, AT_DEVICES);
    if (!op)
        return err_nomem(b->reterr);
    op->cgroup_devices = (struct plan_cgroup_devices){.path = b->plan->cgroup2_path,
                                                      .insns = insns,
                                                      .n_insns = n,
                                                      .on_eperm = unprivileged ? EPERM_SKIP : EPERM_FAIL};
    return 0;
}

/*
 * By the v1 hierarchy, else by a program on the cgroup2 (a hybrid without v1 devices too). Unprivileged
 * callers may do neither, and need not: mknod is denied to them and the host's nodes have owners.
 */
static int add_devices(struct build *b, const struct device_rules *rules, struct cgroup_writes *w)
{
    bool unprivileged = b->f->rootless || b->f->in_userns;

    if (has_v1_devices(b->f)) {
        if (!unprivileged)
            cgroup_v1_devices(w, rules);
        return w->rc;
    }
    if (b->plan->cgroup2_path)
        return add_device_program(b, rules, unprivileged);
    if (unprivileged || devices_rules_allow_all(rules))
        return 0;
    return err_config(b->reterr, AT_DEVICES,
                      "device rules cannot be enforced: neither a devices hierarchy nor cgroup2 "
                      "is mounted");
}

/* ---- all ---- */

static void writes_init(struct cgroup_writes *w, struct arena *a, const struct config_resources *r,
                        const char *oci_version, const struct facts *f, struct err *reterr)
{
    *w = (struct cgroup_writes){.arena = a,
                                .r = r,
                                .facts = f,
                                .pids_zero_limits = cgroup_pids_zero_limits(oci_version),
                                .reterr = reterr};
}

static void translate(struct cgroup_writes *w)
{
    if (w->facts->cgroup == CGROUP_LAYOUT_V2)
        cgroup_v2_resources(w);
    else
        cgroup_v1_resources(w);
}

/* A new unit's files are written by systemd, with defaults where it was told nothing: again, after that. */
static int repeat_early(struct build *b)
{
    const struct op_list *before = &b->plan->before;

    for (size_t i = 0; i < before->n; i++) {
        const struct plan_op *from = &before->v[i];
        struct plan_op *op;

        if (from->kind != OP_CGROUP_WRITE_EARLY || (from->cgroup_write.hierarchy != PLAN_CGROUP2 &&
                                                    !str_starts(str_of(from->cgroup_write.file), "devices.")))
            continue;
        op = op_list_add(&b->plan->after, OP_CGROUP_WRITE, from->pointer);
        if (!op)
            return err_nomem(b->reterr);
        op->cgroup_write = from->cgroup_write;
    }
    return 0;
}

static int plan_unit(struct build *b, const struct device_rules *rules)
{
    struct cgroup_systemd_request req = {
        .r = b->r,
        .oci_version = b->c->oci_version,
        .facts = b->f,
        .annotations = &b->c->annotations,
        .rules = rules,
        .unit = &b->plan->systemd,
        .id = b->o->id,
    };
    int rc = cgroup_systemd_properties(b->a, &req, &b->plan->properties, b->reterr);

    return rc < 0 ? rc : repeat_early(b);
}

static int plan_writes(struct build *b, const struct device_rules *rules)
{
    struct cgroup_plan *p = b->plan;
    struct cgroup_writes w;
    int rc;

    writes_init(&w, b->a, b->r, b->c->oci_version, b->f, b->reterr);
    w.may_drop = b->o->unsupported_warn;
    w.cgroups = p->cgroups;
    w.n_cgroups = p->n_cgroups;
    w.early = &p->before;
    w.late = &p->after;
    translate(&w);
    if (w.rc < 0)
        return w.rc;
    /* last of `before`: a program comes after every write */
    rc = add_devices(b, rules, &w);
    p->warnings = (struct strings){.v = w.warnings, .n = w.n_warnings};
    p->unapplied = w.unapplied;
    if (rc == 0 && p->has_systemd)
        rc = plan_unit(b, rules);
    return rc;
}

int cgroup_plan(struct arena *a, const struct config *c, const struct facts *f, const struct plan_options *o,
                struct cgroup_plan *ret, struct err *reterr)
{
    struct cgroup_plan plan = {0};
    struct build b = {.a = a, .c = c, .f = f, .o = o, .plan = &plan, .reterr = reterr};
    struct device_rules rules;
    int rc;

    b.r = c->linux_.resources ? c->linux_.resources : &no_resources;
    op_list_init(&plan.before, a);
    op_list_init(&plan.after, a);
    rc = devices_rules_decode(a, b.r->devices, b.r->n_devices, &rules, reterr);
    if (rc < 0)
        return rc;
    if (cgroups_are_possible(&b, &rc)) {
        rc = place(&b);
        if (rc == 0)
            rc = add_creates(&b, &plan.before);
        if (rc == 0)
            rc = add_joins(&b, &plan.after);
        if (rc == 0)
            rc = plan_writes(&b, &rules);
        if (rc == 0)
            allow_leaving_out(&b);
    } else if (rc == 0 && !o->no_cgroup && !f->rootless && !f->in_userns &&
               !devices_rules_allow_all(&rules)) {
        rc = err_config(reterr, AT_DEVICES,
                        "device rules cannot be enforced: no cgroup file system is mounted");
    }
    if (rc < 0)
        return rc;
    *ret = plan;
    return 0;
}

int cgroup_plan_update(struct arena *a, const struct config_resources *r, const char *oci_version,
                       const struct facts *f, const struct plan_cgroup *cgroups, size_t n_cgroups,
                       struct op_list *ret, struct strings *ret_warnings,
                       struct unapplied_list *ret_unapplied, struct err *reterr)
{
    struct op_list early, late;
    struct cgroup_writes w;

    op_list_init(&early, a);
    op_list_init(&late, a);
    writes_init(&w, a, r, oci_version, f, reterr);
    w.cgroups = cgroups;
    w.n_cgroups = n_cgroups;
    w.update = true;
    w.may_drop = ret_unapplied != NULL;
    w.early = &early;
    w.late = &late;
    translate(&w);
    for (size_t i = 0; w.rc == 0 && i < early.n + late.n; i++) {
        const struct plan_op *from = i < early.n ? &early.v[i] : &late.v[i - early.n];
        struct plan_op *op = op_list_add(ret, OP_CGROUP_WRITE, from->pointer);

        if (!op) {
            w.rc = err_nomem(reterr);
            break;
        }
        op->cgroup_write = from->cgroup_write;
    }
    if (w.rc == 0)
        *ret_warnings = (struct strings){.v = w.warnings, .n = w.n_warnings};
    if (w.rc == 0 && ret_unapplied)
        *ret_unapplied = w.unapplied;
    return w.rc;
}
