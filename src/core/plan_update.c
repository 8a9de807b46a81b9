/* SPDX-License-Identifier: Apache-2.0 */
/* Stored resources and a request into merged resources and the writes that the request is about. */
#include "core/cgroup_plan.h"
#include "core/cgroup_writes.h"
#include "core/update.h"

#include <errno.h>

#define AT_RESOURCES "/linux/resources"

/* ---- the request, with everything gone that means "leave it" ---- */

#define DROP_ZERO(field)                                                                                     \
    do {                                                                                                     \
        if ((field).has && (field).v == 0)                                                                   \
            (field).has = false;                                                                             \
    } while (0)

static void drop_unset(struct config_resources *q, const char *oci_version)
{
    DROP_ZERO(q->memory.limit);
    DROP_ZERO(q->memory.reservation);
    DROP_ZERO(q->memory.swap);
    DROP_ZERO(q->cpu.shares);
    DROP_ZERO(q->cpu.quota_us);
    DROP_ZERO(q->cpu.period_us);
    DROP_ZERO(q->cpu.realtime_runtime_us);
    DROP_ZERO(q->cpu.realtime_period_us);
    DROP_ZERO(q->block_io.weight);
    DROP_ZERO(q->block_io.leaf_weight);
    if (q->memory.swappiness.has && q->memory.swappiness.v == UINT64_MAX)
        q->memory.swappiness.has = false;
    if (!cgroup_pids_zero_limits(oci_version))
        DROP_ZERO(q->pids_limit);
    if (q->cpu.cpus && q->cpu.cpus[0] == '\0')
        q->cpu.cpus = NULL;
    if (q->cpu.mems && q->cpu.mems[0] == '\0')
        q->cpu.mems = NULL;
    q->devices = NULL;
    q->n_devices = 0;
}

/* No kernel of today limits it; true when somebody asked for it. */
static bool drop_kernel_memory(struct config_memory *m)
{
    bool asked = (m->kernel.has && m->kernel.v != 0) || (m->kernel_tcp.has && m->kernel_tcp.v != 0);

    m->kernel.has = false;
    m->kernel_tcp.has = false;
    return asked;
}

/* ---- merging ---- */

#define TAKE(to, from)                                                                                       \
    do {                                                                                                     \
        if ((from).has)                                                                                      \
            (to) = (from);                                                                                   \
    } while (0)

/* On v2 swap is a limit of its own, and what the request does not mention stays. */
static void keep_swap_beside(struct config_memory *m, const struct config_memory *stored, int64_t limit)
{
    bool has_beside = stored->swap.has && stored->swap.v > 0 && stored->limit.has && stored->limit.v > 0 &&
                      stored->swap.v >= stored->limit.v;
    int64_t beside = has_beside ? stored->swap.v - stored->limit.v : 0;

    if (has_beside && limit > 0 && limit <= INT64_MAX - beside)
        m->swap.v = limit + beside;
}

static void merge_memory(struct config_memory *m, const struct config_memory *q, bool v2)
{
    struct config_memory stored = *m;

    TAKE(m->limit, q->limit);
    TAKE(m->reservation, q->reservation);
    TAKE(m->swap, q->swap);
    TAKE(m->swappiness, q->swappiness);
    TAKE(m->disable_oom_killer, q->disable_oom_killer);
    TAKE(m->use_hierarchy, q->use_hierarchy);
    TAKE(m->check_before_update, q->check_before_update);
    if (!q->limit.has || q->swap.has)
        return;
    if (q->limit.v == -1)
        m->swap = (struct opt_i64){0};
    else if (v2)
        keep_swap_beside(m, &stored, q->limit.v);
}

static void merge_cpu(struct config_cpu *c, const struct config_cpu *q)
{
    TAKE(c->shares, q->shares);
    TAKE(c->quota_us, q->quota_us);
    TAKE(c->burst_us, q->burst_us);
    TAKE(c->period_us, q->period_us);
    TAKE(c->realtime_runtime_us, q->realtime_runtime_us);
    TAKE(c->realtime_period_us, q->realtime_period_us);
    TAKE(c->idle, q->idle);
    if (q->cpus)
        c->cpus = q->cpus;
    if (q->mems)
        c->mems = q->mems;
    if (q->idle.has && !q->shares.has)
        c->shares = (struct opt_u64){0};
}

/*
 * The entries of the request first, then those of the stored list that it does not replace: the index says
 * where an entry comes from.
 */
static int merge_list(struct arena *a, void **list, size_t *n, const void *request, size_t n_request,
                      size_t size, bool (*same)(const void *, const void *))
{
    char *merged;
    size_t used = n_request;

    if (n_request == 0)
        return 0;
    merged = arena_alloc(a, (n_request + *n) * size);
    if (!merged)
        return -ENOMEM;
    memcpy(merged, request, n_request * size);
    for (size_t i = 0; i < *n; i++) {
        const char *entry = (const char *)*list + i * size;
        bool replaced = false;

        for (size_t k = 0; k < n_request && !replaced; k++)
            replaced = same((const char *)request + k * size, entry);
        if (!replaced)
            memcpy(merged + used++ * size, entry, size);
    }
    *list = merged;
    *n = used;
    return 0;
}

#define MERGE_LIST(a, r, q, list, count, same)                                                               \
    merge_list(a, (void **)&(r)->list, &(r)->count, (q)->list, (q)->count, sizeof(*(q)->list), same)

static bool same_weight_device(const void *x, const void *y)
{
    const struct config_weight_device *a = x, *b = y;

    return a->major == b->major && a->minor == b->minor;
}

static bool same_throttle_device(const void *x, const void *y)
{
    const struct config_throttle_device *a = x, *b = y;

    return a->major == b->major && a->minor == b->minor;
}

static bool same_hugepage(const void *x, const void *y)
{
    const struct config_hugepage_limit *a = x, *b = y;

    return streq(a->page_size, b->page_size);
}

static bool same_priority(const void *x, const void *y)
{
    const struct config_if_priority *a = x, *b = y;

    return streq(a->name, b->name);
}

static bool same_rdma(const void *x, const void *y)
{
    const struct config_rdma *a = x, *b = y;

    return streq(a->device, b->device);
}

static bool same_pair(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;

    return streq(a->key, b->key);
}

static int merge_lists(struct arena *a, struct config_resources *r, const struct config_resources *q)
{
    int rc = MERGE_LIST(a, r, q, block_io.weight_devices, block_io.n_weight_devices, same_weight_device);

    for (size_t k = 0; k < THROTTLE_COUNT && rc == 0; k++)
        rc = MERGE_LIST(a, r, q, block_io.throttle[k].v, block_io.throttle[k].n, same_throttle_device);
    if (rc == 0)
        rc = MERGE_LIST(a, r, q, hugepage_limits, n_hugepage_limits, same_hugepage);
    if (rc == 0)
        rc = MERGE_LIST(a, r, q, network.priorities, network.n_priorities, same_priority);
    if (rc == 0)
        rc = MERGE_LIST(a, r, q, rdma, n_rdma, same_rdma);
    if (rc == 0)
        rc = MERGE_LIST(a, r, q, unified.v, unified.n, same_pair);
    return rc;
}

static int merge(struct arena *a, struct config_resources *r, const struct config_resources *q, bool v2)
{
    r->has_memory |= q->has_memory;
    r->has_cpu |= q->has_cpu;
    r->has_block_io |= q->has_block_io;
    r->has_network |= q->has_network;
    merge_memory(&r->memory, &q->memory, v2);
    merge_cpu(&r->cpu, &q->cpu);
    TAKE(r->pids_limit, q->pids_limit);
    TAKE(r->block_io.weight, q->block_io.weight);
    TAKE(r->block_io.leaf_weight, q->block_io.leaf_weight);
    TAKE(r->network.class_id, q->network.class_id);
    return merge_lists(a, r, q);
}

/* ---- is a write about the request? By the pointer of its property. ---- */

#define HAS(field) offsetof(struct config_resources, field.has)
#define NONE       SIZE_MAX

/* A property, and the members of a request that touch it: what is written together. */
static const struct {
    const char *pointer;
    size_t has[2];
} single_properties[] = {
    {"/memory/limit", {HAS(memory.limit), HAS(memory.swap)}},
    {"/memory/swap", {HAS(memory.limit), HAS(memory.swap)}},
    {"/memory/reservation", {HAS(memory.reservation), NONE}},
    {"/memory/kernel", {HAS(memory.kernel), NONE}},
    {"/memory/kernelTCP", {HAS(memory.kernel_tcp), NONE}},
    {"/memory/swappiness", {HAS(memory.swappiness), NONE}},
    {"/memory/disableOOMKiller", {HAS(memory.disable_oom_killer), NONE}},
    {"/memory/useHierarchy", {HAS(memory.use_hierarchy), NONE}},
    {"/cpu/shares", {HAS(cpu.shares), HAS(cpu.idle)}},
    {"/cpu/idle", {HAS(cpu.shares), HAS(cpu.idle)}},
    {"/cpu/quota", {HAS(cpu.quota_us), HAS(cpu.period_us)}},
    {"/cpu/period", {HAS(cpu.quota_us), HAS(cpu.period_us)}},
    {"/cpu/burst", {HAS(cpu.burst_us), NONE}},
    {"/cpu/realtimeRuntime", {HAS(cpu.realtime_runtime_us), HAS(cpu.realtime_period_us)}},
    {"/cpu/realtimePeriod", {HAS(cpu.realtime_runtime_us), HAS(cpu.realtime_period_us)}},
    {"/pids/limit", {HAS(pids_limit), NONE}},
    {"/blockIO/weight", {HAS(block_io.weight), NONE}},
    {"/blockIO/leafWeight", {HAS(block_io.leaf_weight), NONE}},
    {"/network/classID", {HAS(network.class_id), NONE}},
};

/* A list whose first entries are the request's; `n` is their number in the request. */
static const struct {
    const char *pointer; /* with the slash before the index */
    size_t n;
} list_properties[] = {
    {"/blockIO/weightDevice/", offsetof(struct config_resources, block_io.n_weight_devices)},
    {"/blockIO/throttleReadBpsDevice/",
     offsetof(struct config_resources, block_io.throttle[THROTTLE_READ_BPS].n)},
    {"/blockIO/throttleWriteBpsDevice/",
     offsetof(struct config_resources, block_io.throttle[THROTTLE_WRITE_BPS].n)},
    {"/blockIO/throttleReadIOPSDevice/",
     offsetof(struct config_resources, block_io.throttle[THROTTLE_READ_IOPS].n)},
    {"/blockIO/throttleWriteIOPSDevice/",
     offsetof(struct config_resources, block_io.throttle[THROTTLE_WRITE_IOPS].n)},
    {"/hugepageLimits/", offsetof(struct config_resources, n_hugepage_limits)},
    {"/network/priorities/", offsetof(struct config_resources, network.n_priorities)},
};

static bool has_at(const struct config_resources *q, size_t offset)
{
    return offset != NONE && *(const bool *)((const char *)q + offset);
}

static bool touches_list(const struct config_resources *q, const char *pointer)
{
    for (size_t i = 0; i < ARRAY_SIZE(list_properties); i++) {
        size_t len = strlen(list_properties[i].pointer);
        uint64_t index;

        if (strncmp(pointer, list_properties[i].pointer, len) == 0 &&
            str_to_u64(str_of(pointer + len), SIZE_MAX, &index) == 0)
            return index < *(const size_t *)((const char *)q + list_properties[i].n);
    }
    return false;
}

static bool touches_named(const struct config_resources *q, const char *pointer)
{
    static const char rdma[] = "/rdma/", unified[] = "/unified/";

    if (strncmp(pointer, rdma, sizeof(rdma) - 1) == 0)
        for (size_t i = 0; i < q->n_rdma; i++)
            if (streq(q->rdma[i].device, pointer + sizeof(rdma) - 1))
                return true;
    if (strncmp(pointer, unified, sizeof(unified) - 1) == 0)
        for (size_t i = 0; i < q->unified.n; i++)
            if (streq(q->unified.v[i].key, pointer + sizeof(unified) - 1))
                return true;
    /* a key that makes no pointer: some of the request, or of the stored ones, and better once more */
    return streq(pointer, "/unified") && q->unified.n;
}

static bool touches(const struct config_resources *q, const char *pointer)
{
    static const char top[] = AT_RESOURCES;

    if (strncmp(pointer, top, sizeof(top) - 1) != 0)
        return true;
    pointer += sizeof(top) - 1;
    for (size_t i = 0; i < ARRAY_SIZE(single_properties); i++)
        if (streq(single_properties[i].pointer, pointer))
            return has_at(q, single_properties[i].has[0]) || has_at(q, single_properties[i].has[1]);
    if (streq(pointer, "/cpu/cpus"))
        return q->cpu.cpus != NULL;
    if (streq(pointer, "/cpu/mems"))
        return q->cpu.mems != NULL;
    if (streq(pointer, "/network/priorities"))
        return q->network.n_priorities > 0;
    return touches_list(q, pointer) || touches_named(q, pointer);
}

static void keep_touched(struct op_list *writes, const struct config_resources *q)
{
    size_t kept = 0;

    for (size_t i = 0; i < writes->n; i++)
        if (touches(q, writes->v[i].pointer))
            writes->v[kept++] = writes->v[i];
    writes->n = kept;
}

/* ---- what this host does not have ---- */

/* `left` is about all that is in force then: only what this request asks for is told. */
static int judge_left(struct arena *a, const struct unapplied_list *left, const struct config_resources *q,
                      bool unsupported_warn, struct update_plan *plan, struct err *reterr)
{
    for (size_t i = 0; i < left->n; i++) {
        if (!touches(q, left->v[i].pointer))
            continue;
        if (!unsupported_warn)
            return err_config(reterr, left->v[i].pointer, "%s", left->v[i].reason);
        if (unapplied_add(a, &plan->unapplied, left->v[i].pointer, left->v[i].reason) < 0)
            return err_nomem(reterr);
    }
    return 0;
}

/* ---- all ---- */

static int add_warning(struct arena *a, struct strings *warnings, const char *text)
{
    const char **v = arena_new_array(a, const char *, warnings->n + 1);

    if (!v)
        return -ENOMEM;
    for (size_t i = 0; i < warnings->n; i++)
        v[i] = warnings->v[i];
    v[warnings->n] = text;
    *warnings = (struct strings){.v = v, .n = warnings->n + 1};
    return 0;
}

int plan_update(struct arena *a, const struct config_resources *stored,
                const struct config_resources *request, const char *oci_version, const struct facts *facts,
                const struct plan_cgroup *cgroups, size_t n_cgroups, bool unsupported_warn,
                struct update_plan *ret, struct err *reterr)
{
    static const char ignored[] = "kernel memory limits are obsolete and ignored";
    struct update_plan plan = {.resources = arena_new(a, struct config_resources)};
    struct unapplied_list left = {0};
    struct config_resources q = *request;
    bool kernel_memory;
    int rc;

    if (!plan.resources)
        return err_nomem(reterr);
    if (stored)
        *plan.resources = *stored;
    drop_unset(&q, oci_version);
    kernel_memory = drop_kernel_memory(&q.memory);
    op_list_init(&plan.writes, a);
    if (merge(a, plan.resources, &q, facts->cgroup == CGROUP_LAYOUT_V2) < 0)
        return err_nomem(reterr);
    rc = cgroup_plan_update(a, plan.resources, oci_version, facts, cgroups, n_cgroups, &plan.writes,
                            &plan.warnings, &left, reterr);
    if (rc == 0)
        rc = judge_left(a, &left, &q, unsupported_warn, &plan, reterr);
    if (rc < 0)
        return rc;
    if (kernel_memory && add_warning(a, &plan.warnings, ignored) < 0)
        return err_nomem(reterr);
    keep_touched(&plan.writes, &q);
    for (size_t i = 0; i < plan.writes.n; i++)
        plan.writes.v[i].cgroup_write.droppable &= unsupported_warn;
    *ret = plan;
    return 0;
}
