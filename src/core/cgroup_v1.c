/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cgroup_v1.h"

#include "core/cgroup_v2.h"

#include <errno.h>
#include <inttypes.h>

#define AT_MEMORY  "/linux/resources/memory"
#define AT_CPU     "/linux/resources/cpu"
#define AT_BLKIO   "/linux/resources/blockIO"
#define AT_NETWORK "/linux/resources/network"

/* checkBeforeUpdate: the kernel would first try to reclaim; the configuration asks to be refused instead. */
static void check_usage(struct cgroup_writes *w, struct plan_cgroup_write *op, const char *file,
                        int64_t limit)
{
    if (!w->r->memory.check_before_update.has || !w->r->memory.check_before_update.v || limit <= 0)
        return;
    op->usage_file = file;
    op->usage_limit = (uint64_t)limit;
}

/*
 * memory.limit_in_bytes may never be above memory.memsw.limit_in_bytes. Lowering both, the first comes first;
 * raising both, it is refused (EINVAL), put off until memsw has been raised, and written then.
 */
static void v1_memory_limits(struct cgroup_writes *w, int64_t limit, int64_t swap)
{
    bool swap_follows = limit == -1 && swap == 0; /* unlimited memory is not held down by an old memsw */
    struct plan_cgroup_write *op;

    if (limit) {
        op = cgroup_writes_late(w, AT_MEMORY "/limit", "memory.limit_in_bytes", "%" PRId64, limit);
        check_usage(w, op, "memory.usage_in_bytes", limit);
        op->ignore_einval_retry_later = swap != 0 || swap_follows;
    }
    if (swap_follows) {
        cgroup_writes_late(w, AT_MEMORY "/limit", "memory.memsw.limit_in_bytes", "-1")->on_enoent =
            ENOENT_SKIP;
    } else if (swap) {
        op = cgroup_writes_late(w, AT_MEMORY "/swap", "memory.memsw.limit_in_bytes", "%" PRId64, swap);
        check_usage(w, op, "memory.memsw.usage_in_bytes", swap);
        if (swap == -1) /* a kernel that does not count swap does not limit it either */
            op->on_enoent = ENOENT_SKIP;
    }
}

static void v1_memory(struct cgroup_writes *w)
{
    static const char what[] = "memory limit";
    const struct config_memory *m = &w->r->memory;
    int64_t limit = m->limit.has ? m->limit.v : 0;
    int64_t swap = m->swap.has ? m->swap.v : 0;

    if (w->rc == 0)
        w->rc = cgroup_memory_swap_check(limit, swap, w->reterr);
    /* first: the kernel takes it only from a cgroup without children, and from 5.11 on only a true one */
    if (m->use_hierarchy.has && cgroup_writes_to(w, "memory", "useHierarchy", AT_MEMORY "/useHierarchy"))
        cgroup_writes_late(w, AT_MEMORY "/useHierarchy", "memory.use_hierarchy", "%d", m->use_hierarchy.v)
            ->on_enoent = m->use_hierarchy.v ? ENOENT_SKIP : ENOENT_FAIL;
    if ((limit || swap) &&
        cgroup_writes_to(w, "memory", what, limit ? AT_MEMORY "/limit" : AT_MEMORY "/swap"))
        v1_memory_limits(w, limit, swap);
    if (m->reservation.has && m->reservation.v &&
        cgroup_writes_to(w, "memory", what, AT_MEMORY "/reservation"))
        (void)cgroup_writes_late(w, AT_MEMORY "/reservation", "memory.soft_limit_in_bytes", "%" PRId64,
                                 m->reservation.v);
    if (m->kernel.has && m->kernel.v && cgroup_writes_to(w, "memory", what, AT_MEMORY "/kernel"))
        (void)cgroup_writes_late(w, AT_MEMORY "/kernel", "memory.kmem.limit_in_bytes", "%" PRId64,
                                 m->kernel.v);
    if (m->kernel_tcp.has && m->kernel_tcp.v && cgroup_writes_to(w, "memory", what, AT_MEMORY "/kernelTCP"))
        (void)cgroup_writes_late(w, AT_MEMORY "/kernelTCP", "memory.kmem.tcp.limit_in_bytes", "%" PRId64,
                                 m->kernel_tcp.v);
    if (m->disable_oom_killer.has && (m->disable_oom_killer.v || w->update) &&
        cgroup_writes_to(w, "memory", "disableOOMKiller", AT_MEMORY "/disableOOMKiller"))
        (void)cgroup_writes_late(w, AT_MEMORY "/disableOOMKiller", "memory.oom_control", "%d",
                                 m->disable_oom_killer.v);
    if (m->swappiness.has && m->swappiness.v != UINT64_MAX &&
        cgroup_writes_to(w, "memory", "swappiness", AT_MEMORY "/swappiness"))
        (void)cgroup_writes_late(w, AT_MEMORY "/swappiness", "memory.swappiness", "%" PRIu64,
                                 m->swappiness.v);
}

/*
 * A period is refused when the quota it is combined with would exceed the parent's share, a burst when it is
 * above the quota that is to be replaced: with a new quota to come, both are tried again after it.
 */
static void v1_cpu_bandwidth(struct cgroup_writes *w, const struct config_cpu *c)
{
    bool quota = c->quota_us.has && c->quota_us.v != 0;

    if (c->period_us.has && c->period_us.v && cgroup_writes_to(w, "cpu", "cpu period", AT_CPU "/period"))
        cgroup_writes_late(w, AT_CPU "/period", "cpu.cfs_period_us", "%" PRIu64, c->period_us.v)
            ->ignore_einval_retry_later = quota;
    if (c->burst_us.has && cgroup_writes_to(w, "cpu", "cpu burst", AT_CPU "/burst")) {
        struct plan_cgroup_write *op =
            cgroup_writes_late(w, AT_CPU "/burst", "cpu.cfs_burst_us", "%" PRIu64, c->burst_us.v);

        op->ignore_einval_retry_later = quota;
        op->on_enoent = ENOENT_SKIP; /* before 5.14: not being able to burst is no weaker limit */
    }
    if (quota && cgroup_writes_to(w, "cpu", "cpu quota", AT_CPU "/quota"))
        (void)cgroup_writes_late(w, AT_CPU "/quota", "cpu.cfs_quota_us", "%" PRId64,
                                 c->quota_us.v < 0 ? INT64_C(-1) : c->quota_us.v);
}

/* Before a real-time task joins, its group must have a budget. */
static void v1_cpu_realtime(struct cgroup_writes *w, const struct config_cpu *c)
{
    bool runtime = c->realtime_runtime_us.has && c->realtime_runtime_us.v != 0;

    if (c->realtime_period_us.has && c->realtime_period_us.v &&
        cgroup_writes_to(w, "cpu", "realtime period", AT_CPU "/realtimePeriod"))
        cgroup_writes_early(w, AT_CPU "/realtimePeriod", "cpu.rt_period_us", "%" PRIu64,
                            c->realtime_period_us.v)
            ->ignore_einval_retry_later = runtime;
    if (runtime && cgroup_writes_to(w, "cpu", "realtime runtime", AT_CPU "/realtimeRuntime"))
        (void)cgroup_writes_early(w, AT_CPU "/realtimeRuntime", "cpu.rt_runtime_us", "%" PRId64,
                                  c->realtime_runtime_us.v);
}

static void v1_cpu(struct cgroup_writes *w)
{
    const struct config_cpu *c = &w->r->cpu;
    bool idle = c->idle.has && c->idle.v == 1;

    v1_cpu_realtime(w, c);
    /* first: shares are refused while the group is idle */
    if (c->idle.has && cgroup_writes_to(w, "cpu", "cpu idle", AT_CPU "/idle"))
        cgroup_writes_late(w, AT_CPU "/idle", "cpu.idle", "%" PRId64, c->idle.v)->on_enoent =
            idle ? ENOENT_FAIL : ENOENT_SKIP;
    if (c->shares.has && c->shares.v && idle)
        cgroup_writes_warn(w, "cpu shares have no effect in an idle cgroup and are not set");
    else if (c->shares.has && c->shares.v && cgroup_writes_to(w, "cpu", "cpu shares", AT_CPU "/shares"))
        cgroup_writes_late(w, AT_CPU "/shares", "cpu.shares", "%" PRIu64, c->shares.v)->read_back = true;
    v1_cpu_bandwidth(w, c);
}

static void v1_blkio_weights(struct cgroup_writes *w, const struct config_block_io *b)
{
    if (b->weight.has && b->weight.v &&
        cgroup_writes_to(w, "blkio", "block I/O weight", AT_BLKIO "/weight")) {
        struct plan_cgroup_write *op =
            cgroup_writes_late(w, AT_BLKIO "/weight", "blkio.weight", "%" PRIu16, b->weight.v);

        op->alt_file = "blkio.bfq.weight"; /* 5.0 and later have only this one */
        op->alt_value = op->value;
    }
    if (b->leaf_weight.has && b->leaf_weight.v &&
        cgroup_writes_to(w, "blkio", "block I/O leaf weight", AT_BLKIO "/leafWeight"))
        (void)cgroup_writes_late(w, AT_BLKIO "/leafWeight", "blkio.leaf_weight", "%" PRIu16,
                                 b->leaf_weight.v);
    for (size_t i = 0; i < b->n_weight_devices && w->rc == 0; i++) {
        const struct config_weight_device *d = &b->weight_devices[i];
        const char *pointer = cgroup_writes_text(w, AT_BLKIO "/weightDevice/%zu", i);
        struct plan_cgroup_write *op;

        if (!cgroup_writes_to(w, "blkio", "block I/O weight", pointer))
            return;
        if (d->weight.has) {
            op = cgroup_writes_late(w, pointer, "blkio.weight_device", "%" PRId64 ":%" PRId64 " %" PRIu16,
                                    d->major, d->minor, d->weight.v);
            op->alt_file = "blkio.bfq.weight_device";
            op->alt_value = op->value;
        }
        if (d->leaf_weight.has)
            (void)cgroup_writes_late(w, pointer, "blkio.leaf_weight_device",
                                     "%" PRId64 ":%" PRId64 " %" PRIu16, d->major, d->minor,
                                     d->leaf_weight.v);
    }
}

static void v1_blkio_throttle(struct cgroup_writes *w, const struct config_block_io *b)
{
    static const struct {
        const char *property;
        const char *file;
    } kinds[THROTTLE_COUNT] = {
        [THROTTLE_READ_BPS] = {"throttleReadBpsDevice", "blkio.throttle.read_bps_device"},
        [THROTTLE_WRITE_BPS] = {"throttleWriteBpsDevice", "blkio.throttle.write_bps_device"},
        [THROTTLE_READ_IOPS] = {"throttleReadIOPSDevice", "blkio.throttle.read_iops_device"},
        [THROTTLE_WRITE_IOPS] = {"throttleWriteIOPSDevice", "blkio.throttle.write_iops_device"},
    };

    for (size_t k = 0; k < THROTTLE_COUNT; k++) {
        for (size_t i = 0; i < b->throttle[k].n && w->rc == 0; i++) {
            const struct config_throttle_device *d = &b->throttle[k].v[i];
            const char *pointer = cgroup_writes_text(w, AT_BLKIO "/%s/%zu", kinds[k].property, i);

            if (cgroup_writes_to(w, "blkio", "block I/O rate", pointer))
                (void)cgroup_writes_late(w, pointer, kinds[k].file, "%" PRId64 ":%" PRId64 " %" PRIu64,
                                         d->major, d->minor, d->rate);
        }
    }
}

static void v1_network(struct cgroup_writes *w)
{
    const struct config_network *n = &w->r->network;

    if (n->class_id.has && (n->class_id.v || w->update) &&
        cgroup_writes_to(w, "net_cls", "network class", AT_NETWORK "/classID"))
        (void)cgroup_writes_late(w, AT_NETWORK "/classID", "net_cls.classid", "%" PRIu32, n->class_id.v);
    for (size_t i = 0; i < n->n_priorities && w->rc == 0; i++) {
        const char *pointer = cgroup_writes_text(w, AT_NETWORK "/priorities/%zu", i);

        if (cgroup_writes_to(w, "net_prio", "network priority", pointer))
            (void)cgroup_writes_late(w, pointer, "net_prio.ifpriomap", "%s %" PRIu32, n->priorities[i].name,
                                     n->priorities[i].priority);
    }
}

void cgroup_v1_resources(struct cgroup_writes *w)
{
    cgroup_writes_check(w);
    if (w->r->unified.n)
        cgroup_writes_leave(w, "/linux/resources/unified",
                            "invalid configuration: cannot use unified on cgroup v1");
    cgroup_writes_cpuset(w);
    v1_memory(w);
    v1_cpu(w);
    cgroup_writes_pids(w);
    v1_blkio_weights(w, &w->r->block_io);
    v1_blkio_throttle(w, &w->r->block_io);
    cgroup_writes_hugetlb(w, "limit_in_bytes");
    v1_network(w);
    cgroup_writes_rdma(w);
}

void cgroup_v1_devices(struct cgroup_writes *w, const struct device_rules *rules)
{
    static const char pointer[] = "/linux/resources/devices";
    struct devices_v1_line *lines;
    size_t n;

    if (w->rc < 0 || !cgroup_writes_to(w, "devices", "device rules", pointer))
        return;
    w->rc = devices_v1_lines(w->arena, rules, &lines, &n, w->reterr);
    for (size_t i = 0; w->rc == 0 && i < n; i++)
        (void)cgroup_writes_early(w, pointer, lines[i].allow ? "devices.allow" : "devices.deny", "%s",
                                  lines[i].text);
}
