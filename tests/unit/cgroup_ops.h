/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts of a few machines, and cgroup operations as text, one a line, for the tests of core/cgroup_*:
 *
 *     create cpuset /ctr seed
 *     early cpu cpu.rt_runtime_us=950000 ~
 *     write memory memory.limit_in_bytes=1048576 ~ <memory.usage_in_bytes:1048576
 *     write 2 io.bfq.weight=500 |io.weight=4950
 *     join pids /ctr
 *     devices /ctr
 *
 * The hierarchy is named by its controllers, "2" is the unified one. Marks: "~" put off on EINVAL, "?"
 * skipped when the file is missing, "r" read back, "u" unified, "|" alternative, "<" checkBeforeUpdate.
 */
#pragma once

#include "core/cgroup_plan.h"

#include <inttypes.h>

#define CGROUP_OPS_V1(names, mount, own)                                                                     \
    {                                                                                                        \
        .controllers = (names), .mountpoint = "/sys/fs/cgroup/" mount, .own_path = (own)                     \
    }

static const struct facts_hierarchy cgroup_ops_v1[] = {
    CGROUP_OPS_V1("cpu,cpuacct", "cpu,cpuacct", "/own"),
    CGROUP_OPS_V1("cpuset", "cpuset", "/own"),
    CGROUP_OPS_V1("memory", "memory", "/own/mem"),
    CGROUP_OPS_V1("devices", "devices", "/own"),
    CGROUP_OPS_V1("freezer", "freezer", "/own"),
    CGROUP_OPS_V1("blkio", "blkio", "/own"),
    CGROUP_OPS_V1("pids", "pids", "/own"),
    CGROUP_OPS_V1("hugetlb", "hugetlb", "/own"),
    CGROUP_OPS_V1("net_cls,net_prio", "net_cls", "/"),
    CGROUP_OPS_V1("rdma", "rdma", "/"),
    CGROUP_OPS_V1("name=systemd", "systemd", "/own"),
};

UNUSED static struct facts facts_v1(void)
{
    return (struct facts){.cgroup = CGROUP_LAYOUT_V1,
                          .cgroup_writable = true,
                          .v1 = (struct facts_hierarchy *)(uintptr_t)cgroup_ops_v1,
                          .n_v1 = ARRAY_SIZE(cgroup_ops_v1),
                          .hugepage_sizes = "2MB 1GB"};
}

UNUSED static struct facts facts_hybrid(void)
{
    struct facts f = facts_v1();

    f.cgroup = CGROUP_LAYOUT_HYBRID;
    f.cgroup2_mountpoint = "/sys/fs/cgroup/unified";
    f.cgroup2_own_path = "/own/u";
    f.cgroup2_controllers = "";
    return f;
}

UNUSED static struct facts facts_v2(void)
{
    return (struct facts){.cgroup = CGROUP_LAYOUT_V2,
                          .cgroup_writable = true,
                          .cgroup2_mountpoint = "/sys/fs/cgroup",
                          .cgroup2_own_path = "/user.slice/own",
                          .cgroup2_controllers = "cpuset cpu io memory hugetlb pids rdma",
                          .hugepage_sizes = "2MB 1GB"};
}

static inline const char *cgroup_ops_name(const struct facts *f, uint32_t hierarchy)
{
    return hierarchy == PLAN_CGROUP2 ? "2" : hierarchy < f->n_v1 ? f->v1[hierarchy].controllers : "BAD";
}

static inline void cgroup_ops_print_write(const struct facts *f, const struct plan_op *op, struct buf *out)
{
    const struct plan_cgroup_write *w = &op->cgroup_write;

    buf_printf(out, "%s %s %s=%s", op->kind == OP_CGROUP_WRITE_EARLY ? "early" : "write",
               cgroup_ops_name(f, w->hierarchy), w->file, w->value);
    if (w->alt_file)
        buf_printf(out, " |%s=%s", w->alt_file, w->alt_value);
    buf_printf(out, "%s%s%s%s", w->ignore_einval_retry_later ? " ~" : "",
               w->on_enoent == ENOENT_SKIP ? " ?" : "", w->read_back ? " r" : "", w->unified ? " u" : "");
    if (w->usage_file)
        buf_printf(out, " <%s:%" PRIu64, w->usage_file, w->usage_limit);
    buf_char(out, '\n');
}

UNUSED static void cgroup_ops_print(const struct facts *f, const struct op_list *l, struct buf *out)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct plan_op *op = &l->v[i];

        switch (op->kind) {
        case OP_CGROUP_CREATE:
            buf_printf(out, "create %s %s%s%s%s%s", cgroup_ops_name(f, op->cgroup_create.hierarchy),
                       op->cgroup_create.path, op->cgroup_create.seed_cpuset ? " seed" : "",
                       op->cgroup_create.controllers[0] ? " +" : "", op->cgroup_create.controllers,
                       op->cgroup_create.on_eperm == EPERM_SKIP ? " optional" : "");
            if (op->cgroup_create.has_owner)
                buf_printf(out, " owner %" PRIu32, op->cgroup_create.owner_uid);
            buf_char(out, '\n');
            break;
        case OP_CGROUP_JOIN:
            buf_printf(out, "join %s %s\n", cgroup_ops_name(f, op->cgroup_join.hierarchy),
                       op->cgroup_join.path);
            break;
        case OP_CGROUP_DEVICES:
            buf_printf(out, "devices %s%s\n", op->cgroup_devices.path,
                       op->cgroup_devices.on_eperm == EPERM_SKIP ? " optional" : "");
            break;
        case OP_CGROUP_WRITE:
        case OP_CGROUP_WRITE_EARLY: cgroup_ops_print_write(f, op, out); break;
        default: buf_printf(out, "BAD %d\n", (int)op->kind);
        }
    }
}

/* The writes of `r`, without devices, creates and joins. `update`: of a container that runs. */
UNUSED static int cgroup_ops_resources(struct arena *a, const struct config_resources *r,
                                       const struct facts *f, bool update, struct buf *out,
                                       struct strings *warnings, struct err *reterr)
{
    struct config c = {.oci_version = "1.3.0", .linux_ = {.cgroups_path = "/ctr"}};
    struct plan_options o = {.id = "ctr"};
    struct config_resources copy = *r;
    struct cgroup_plan p;
    int rc;

    c.linux_.resources = &copy;
    rc = cgroup_plan(a, &c, f, &o, &p, reterr);
    if (rc < 0)
        return rc;
    *warnings = p.warnings;
    if (update) {
        struct op_list l;

        op_list_init(&l, a);
        rc = cgroup_plan_update(a, r, "1.3.0", f, p.cgroups, p.n_cgroups, &l, warnings, NULL, reterr);
        if (rc == 0)
            cgroup_ops_print(f, &l, out);
        return rc;
    }
    for (int late = 0; late < 2; late++) {
        const struct op_list *l = late ? &p.after : &p.before;

        for (size_t i = 0; i < l->n; i++)
            if ((l->v[i].kind == OP_CGROUP_WRITE || l->v[i].kind == OP_CGROUP_WRITE_EARLY) &&
                strncmp(l->v[i].cgroup_write.file, "devices.", 8) != 0)
                cgroup_ops_print_write(f, &l->v[i], out);
    }
    return 0;
}
