/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cgroup_v2.h"

#include "core/path.h"
#include "core/quote.h"

#include <errno.h>
#include <inttypes.h>

#define AT_MEMORY  "/linux/resources/memory"
#define AT_CPU     "/linux/resources/cpu"
#define AT_BLKIO   "/linux/resources/blockIO"
#define AT_NETWORK "/linux/resources/network"
#define AT_UNIFIED "/linux/resources/unified"

#define SHOWN_SIZE       160
#define CPU_PERIOD_US    100000u /* the kernel's default */
#define SHARES_MIN       2u
#define SHARES_MAX       262144u
#define WEIGHT_MAX       10000u
#define BLKIO_WEIGHT_MIN 10u
#define VALUE_LINE_MAX   4095u /* bytes of one write */

/* ---- conversions ---- */

/*
 * Base 2 logarithm to about 1e-15, for 0 < x < 2^53, by the series of atanh: log2(m) = 2/ln(2) *
 * atanh((m-1)/(m+1)). Basic arithmetic only, so that every C library gives the same weights.
 */
static double log2_of(uint64_t x)
{
    static const double two_over_ln2 = 2.8853900817779268147;
    unsigned whole = 63u - (unsigned)__builtin_clzll(x);
    double m = (double)x / (double)(UINT64_C(1) << whole);
    double t = (m - 1) / (m + 1);
    double power = t;
    double sum = 0;

    for (int k = 1; k < 40; k += 2) {
        sum += power / k;
        power *= t * t;
    }
    return whole + two_over_ln2 * sum;
}

uint64_t cgroup_v2_weight_of_shares(uint64_t shares)
{
    static const double log10_of_2 = 0.30102999566398119521;
    /* far above the error of log2_of, far below the distance of any two values that must be told apart */
    static const double epsilon = 1e-9;
    uint64_t low = 1, high = WEIGHT_MAX;
    double l, goal;

    if (shares == 0)
        return 0;
    if (shares <= SHARES_MIN)
        return 1;
    if (shares >= SHARES_MAX)
        return WEIGHT_MAX;
    l = log2_of(shares);
    goal = l * l + 125 * l - 126; /* 612 * log10(weight) before rounding up; 7/34 is 126/612 */
    while (low < high) {
        uint64_t middle = (low + high) / 2;

        if (612 * log10_of_2 * log2_of(middle) >= goal - epsilon)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

uint64_t cgroup_v2_io_weight(uint32_t blkio_weight)
{
    if (blkio_weight == 0)
        return 0;
    if (blkio_weight < BLKIO_WEIGHT_MIN)
        return 1;
    return 1 + ((uint64_t)blkio_weight - BLKIO_WEIGHT_MIN) * 9999 / 990;
}

int cgroup_memory_swap_check(int64_t limit, int64_t swap, struct err *reterr)
{
    if (swap == 0 || swap == -1 || limit == -1)
        return 0;
    if (limit == 0)
        return err_config(reterr, AT_MEMORY "/swap", "unable to set swap limit without memory limit");
    if (limit < 0)
        return err_config(reterr, AT_MEMORY "/limit", "invalid memory value: %" PRId64, limit);
    if (swap < limit)
        return err_config(reterr, AT_MEMORY "/swap", "memory+swap limit should be >= memory limit");
    return 0;
}

int cgroup_v2_swap_max(int64_t limit, int64_t swap, int64_t *ret, struct err *reterr)
{
    int rc = cgroup_memory_swap_check(limit, swap, reterr);

    if (rc < 0)
        return rc;
    if (swap == 0)
        *ret = limit == -1 ? -1 : CGROUP_SWAP_UNSET;
    else if (swap == -1 || limit == -1)
        *ret = swap;
    else
        *ret = swap - limit;
    return 0;
}

/* ---- memory ---- */

/* What memory.max and its like take: a number of bytes or "max". */
static const char *bytes_or_max(struct cgroup_writes *w, int64_t bytes)
{
    return bytes < 0 ? "max" : cgroup_writes_text(w, "%" PRId64, bytes);
}

static void v2_check_usage(struct cgroup_writes *w, struct plan_cgroup_write *op, int64_t limit)
{
    if (!w->r->memory.check_before_update.has || !w->r->memory.check_before_update.v || limit <= 0)
        return;
    op->usage_file = "memory.current";
    op->usage_limit = (uint64_t)limit;
}

static void v2_memory_limits(struct cgroup_writes *w, const struct config_memory *m)
{
    static const char what[] = "memory limit";
    int64_t limit = m->limit.has ? m->limit.v : 0;
    int64_t swap = m->swap.has ? m->swap.v : 0;
    int64_t swap_max = CGROUP_SWAP_UNSET;
    struct plan_cgroup_write *op;

    if (w->rc == 0)
        w->rc = cgroup_v2_swap_max(limit, swap, &swap_max, w->reterr);
    if (w->rc == 0 && swap_max != CGROUP_SWAP_UNSET && (swap || w->update) &&
        cgroup_writes_to(w, "memory", what, AT_MEMORY "/swap")) {
        op = cgroup_writes_late(w, AT_MEMORY "/swap", "memory.swap.max", "%s", bytes_or_max(w, swap_max));
        v2_check_usage(w, op, swap);
        if (swap_max <= 0) /* without swap there is none to limit */
            op->on_enoent = ENOENT_SKIP;
    }
    if (limit && cgroup_writes_to(w, "memory", what, AT_MEMORY "/limit")) {
        op = cgroup_writes_late(w, AT_MEMORY "/limit", "memory.max", "%s", bytes_or_max(w, limit));
        v2_check_usage(w, op, limit);
    }
    if (m->reservation.has && m->reservation.v &&
        cgroup_writes_to(w, "memory", what, AT_MEMORY "/reservation"))
        (void)cgroup_writes_late(w, AT_MEMORY "/reservation", "memory.low", "%s",
                                 bytes_or_max(w, m->reservation.v));
}

static void v2_leave(struct cgroup_writes *w, const char *pointer, const char *setting)
{
    cgroup_writes_leave(w, pointer, "cannot set %s with cgroup v2: it has no equivalent", setting);
}

static void v2_memory(struct cgroup_writes *w)
{
    const struct config_memory *m = &w->r->memory;

    if (m->kernel.has && m->kernel.v > 0)
        v2_leave(w, AT_MEMORY "/kernel", "kernel memory");
    if (m->kernel_tcp.has && m->kernel_tcp.v > 0)
        v2_leave(w, AT_MEMORY "/kernelTCP", "kernel TCP memory");
    if (m->swappiness.has && m->swappiness.v != UINT64_MAX)
        v2_leave(w, AT_MEMORY "/swappiness", "memory swappiness");
    if (m->disable_oom_killer.has && m->disable_oom_killer.v)
        v2_leave(w, AT_MEMORY "/disableOOMKiller", "disableOOMKiller");
    if (m->use_hierarchy.has && !m->use_hierarchy.v)
        v2_leave(w, AT_MEMORY "/useHierarchy", "useHierarchy false");
    v2_memory_limits(w, m);
}

/* ---- cpu ---- */

static void v2_cpu_bandwidth(struct cgroup_writes *w, const struct config_cpu *c)
{
    bool quota = c->quota_us.has && c->quota_us.v != 0;
    bool period = c->period_us.has && c->period_us.v != 0;
    const char *pointer = quota ? AT_CPU "/quota" : AT_CPU "/period";

    if (c->burst_us.has && cgroup_writes_to(w, "cpu", "cpu burst", AT_CPU "/burst")) {
        struct plan_cgroup_write *op =
            cgroup_writes_late(w, AT_CPU "/burst", "cpu.max.burst", "%" PRIu64, c->burst_us.v);

        /* above the quota that is to be replaced: again after the new one */
        op->ignore_einval_retry_later = quota || period;
        op->on_enoent = ENOENT_SKIP; /* before 5.14: not being able to burst is no weaker limit */
    }
    if ((quota || period) && cgroup_writes_to(w, "cpu", "cpu quota", pointer))
        (void)cgroup_writes_late(w, pointer, "cpu.max", "%s %" PRIu64,
                                 bytes_or_max(w, quota ? c->quota_us.v : -1),
                                 period ? c->period_us.v : CPU_PERIOD_US);
}

static void v2_cpu(struct cgroup_writes *w)
{
    const struct config_cpu *c = &w->r->cpu;
    bool idle = c->idle.has && c->idle.v == 1;

    if (c->realtime_runtime_us.has && c->realtime_runtime_us.v)
        v2_leave(w, AT_CPU "/realtimeRuntime", "realtime runtime");
    if (c->realtime_period_us.has && c->realtime_period_us.v)
        v2_leave(w, AT_CPU "/realtimePeriod", "realtime period");
    /* first: a weight is refused while the group is idle */
    if (c->idle.has && cgroup_writes_to(w, "cpu", "cpu idle", AT_CPU "/idle"))
        cgroup_writes_late(w, AT_CPU "/idle", "cpu.idle", "%" PRId64, c->idle.v)->on_enoent =
            idle ? ENOENT_FAIL : ENOENT_SKIP;
    if (c->shares.has && c->shares.v && idle)
        cgroup_writes_warn(w, "cpu shares have no effect in an idle cgroup and are not set");
    else if (c->shares.has && c->shares.v && cgroup_writes_to(w, "cpu", "cpu shares", AT_CPU "/shares"))
        (void)cgroup_writes_late(w, AT_CPU "/shares", "cpu.weight", "%" PRIu64,
                                 cgroup_v2_weight_of_shares(c->shares.v));
    v2_cpu_bandwidth(w, c);
}

/* ---- io ---- */

static void v2_io_weights(struct cgroup_writes *w, const struct config_block_io *b)
{
    struct plan_cgroup_write *op;

    if (b->leaf_weight.has && b->leaf_weight.v)
        v2_leave(w, AT_BLKIO "/leafWeight", "block I/O leaf weight");
    if (b->weight.has && b->weight.v && cgroup_writes_to(w, "io", "block I/O weight", AT_BLKIO "/weight")) {
        op = cgroup_writes_late(w, AT_BLKIO "/weight", "io.bfq.weight", "%" PRIu16, b->weight.v);
        op->alt_file = "io.weight";
        op->alt_value = cgroup_writes_text(w, "%" PRIu64, cgroup_v2_io_weight(b->weight.v));
        /* Both may be there, and it depends on each disk's scheduler which of them counts. */
        op = cgroup_writes_late(w, AT_BLKIO "/weight", "io.weight", "%" PRIu64,
                                cgroup_v2_io_weight(b->weight.v));
        op->on_enoent = ENOENT_SKIP;
        op->droppable = false; /* the first of the two says so */
    }
    for (size_t i = 0; i < b->n_weight_devices && w->rc == 0; i++) {
        const struct config_weight_device *d = &b->weight_devices[i];
        const char *pointer = cgroup_writes_text(w, AT_BLKIO "/weightDevice/%zu", i);

        if (d->leaf_weight.has && d->leaf_weight.v)
            v2_leave(w, pointer, "block I/O leaf weight");
        if (!d->weight.has || !d->weight.v || !cgroup_writes_to(w, "io", "block I/O weight", pointer))
            continue;
        op = cgroup_writes_late(w, pointer, "io.bfq.weight", "%" PRId64 ":%" PRId64 " %" PRIu16, d->major,
                                d->minor, d->weight.v);
        op->alt_file = "io.weight";
        op->alt_value = cgroup_writes_text(w, "%" PRId64 ":%" PRId64 " %" PRIu64, d->major, d->minor,
                                           cgroup_v2_io_weight(d->weight.v));
    }
}

static void v2_io_max(struct cgroup_writes *w, const struct config_block_io *b)
{
    static const struct {
        const char *property;
        const char *key;
    } kinds[THROTTLE_COUNT] = {
        [THROTTLE_READ_BPS] = {"throttleReadBpsDevice", "rbps"},
        [THROTTLE_WRITE_BPS] = {"throttleWriteBpsDevice", "wbps"},
        [THROTTLE_READ_IOPS] = {"throttleReadIOPSDevice", "riops"},
        [THROTTLE_WRITE_IOPS] = {"throttleWriteIOPSDevice", "wiops"},
    };

    for (size_t k = 0; k < THROTTLE_COUNT; k++) {
        for (size_t i = 0; i < b->throttle[k].n && w->rc == 0; i++) {
            const struct config_throttle_device *d = &b->throttle[k].v[i];
            const char *pointer = cgroup_writes_text(w, AT_BLKIO "/%s/%zu", kinds[k].property, i);
            /* v1 takes a rate away with 0, which v2 refuses */
            const char *rate = d->rate ? cgroup_writes_text(w, "%" PRIu64, d->rate) : "max";

            if (cgroup_writes_to(w, "io", "block I/O rate", pointer))
                (void)cgroup_writes_late(w, pointer, "io.max", "%" PRId64 ":%" PRId64 " %s=%s", d->major,
                                         d->minor, kinds[k].key, rate);
        }
    }
}

/* ---- unified ---- */

/* Files by which the runtime itself governs the container. */
static bool is_ours(const char *key)
{
    static const char *const files[] = {"cgroup.procs",  "cgroup.threads", "cgroup.kill",
                                        "cgroup.freeze", "cgroup.type",    "cgroup.subtree_control"};

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (streq(files[i], key))
            return true;
    return false;
}

/* Is there a file of that name by all we know? Pressure files and cgroup.* do not depend on a controller. */
static bool unified_controller(const struct cgroup_writes *w, struct str key, struct str *ret_missing)
{
    struct str rest = key;
    struct str list = str_of(w->facts->cgroup2_controllers);
    struct str controller, have;

    (void)str_next(&rest, '.', &controller);
    if (str_eq(controller, "cgroup") || str_ends(key, ".pressure"))
        return true;
    while (str_next(&list, ' ', &have))
        if (have.len == controller.len && memcmp(have.ptr, controller.ptr, have.len) == 0)
            return true;
    *ret_missing = controller;
    return false;
}

static bool unified_key(struct cgroup_writes *w, const char *key, const char *pointer)
{
    struct str name = str_of(key);
    struct str missing;
    char shown[SHOWN_SIZE], shown_controller[SHOWN_SIZE];

    quote_go_into(shown, sizeof(shown), name);
    if (str_has(name, '/'))
        cgroup_writes_refuse(w, pointer, "unified resource %s must be a file name (no slashes)", shown);
    else if (!path_is_name(name) || !str_has(name, '.') || name.ptr[0] == '.')
        cgroup_writes_refuse(w, pointer, "unified resource %s must be in the form CONTROLLER.PARAMETER",
                             shown);
    else if (is_ours(key))
        cgroup_writes_refuse(w, pointer, "unified resource %s can't be set: it belongs to the runtime",
                             shown);
    else if (unified_controller(w, name, &missing))
        return w->rc == 0;
    else
        cgroup_writes_leave(w, pointer, "unified resource %s can't be set: controller %s not available",
                            shown, quote_go_into(shown_controller, sizeof(shown_controller), missing));
    return false;
}

static void v2_unified_one(struct cgroup_writes *w, const struct pair *p)
{
    /* the key becomes part of a pointer, and so of messages: the whole list is named where it is odd */
    bool plain = strpbrk(p->key, "/~") == NULL && strlen(p->key) < 64;
    const char *pointer = plain ? cgroup_writes_text(w, AT_UNIFIED "/%s", p->key) : AT_UNIFIED;
    struct str rest = str_of(p->value);
    struct str line;
    size_t lines = 0;

    if (!unified_key(w, p->key, pointer))
        return;
    while (w->rc == 0 && str_next(&rest, '\n', &line)) {
        if (line.len == 0 && (lines || rest.ptr))
            continue; /* an empty value is one write of an empty line; other empty lines say nothing */
        if (line.len > VALUE_LINE_MAX - 1) {
            cgroup_writes_refuse(w, pointer, "a line is longer than a cgroup file takes");
            return;
        }
        cgroup_writes_late(w, pointer, p->key, "%.*s%s", (int)line.len, line.ptr, line.len ? "" : "\n")
            ->unified = true;
        lines++;
    }
}

static void v2_unified(struct cgroup_writes *w)
{
    if (w->r->unified.n == 0 || w->rc < 0)
        return;
    for (size_t i = 0; i < w->n_cgroups; i++)
        if (w->cgroups[i].hierarchy == PLAN_CGROUP2)
            w->current = &w->cgroups[i];
    for (size_t i = 0; i < w->r->unified.n && w->rc == 0; i++)
        v2_unified_one(w, &w->r->unified.v[i]);
}

/* ---- all ---- */

static void v2_network(struct cgroup_writes *w)
{
    const struct config_network *n = &w->r->network;

    if (n->class_id.has && n->class_id.v)
        v2_leave(w, AT_NETWORK "/classID", "a network class");
    if (n->n_priorities)
        v2_leave(w, AT_NETWORK "/priorities", "network priorities");
}

void cgroup_v2_resources(struct cgroup_writes *w)
{
    cgroup_writes_check(w);
    cgroup_writes_cpuset(w);
    v2_memory(w);
    v2_cpu(w);
    cgroup_writes_pids(w);
    v2_io_weights(w, &w->r->block_io);
    v2_io_max(w, &w->r->block_io);
    cgroup_writes_hugetlb(w, "max");
    v2_network(w);
    cgroup_writes_rdma(w);
    /* last: the specification gives it the last word where both name one file */
    v2_unified(w);
}
