/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cgroup_systemd.h"

#include "core/cgroup_v2.h"
#include "core/cgroup_writes.h"
#include "core/cpulist.h"
#include "core/json.h"

#include <errno.h>
#include <inttypes.h>

#define INFINITE_LIMIT  UINT64_MAX
#define PERIOD_US       UINT64_C(100000)
#define QUOTA_STEP_US   UINT64_C(10000)
#define DEVICE_PATH_MAX 64

struct builder {
    struct arena *arena;
    const struct cgroup_systemd_request *req;
    uint32_t version;
    bool v2;
    struct systemd_properties list;
    size_t cap;
    struct err *reterr;
    int rc; /* the first failure sticks */
};

/* Properties that came later than the oldest systemd that is of interest; all others are sent to any. */
static const struct {
    const char *name;
    uint32_t since;
} since[] = {
    {"TasksMax", 227},   {"TasksAccounting", 227},     {"IOAccounting", 230},
    {"IOWeight", 230},   {"IODeviceWeight", 230},      {"IOReadBandwidthMax", 230},
    {"MemoryLow", 231},  {"IOWriteBandwidthMax", 230}, {"IOReadIOPSMax", 230},
    {"MemoryHigh", 231}, {"IOWriteIOPSMax", 230},      {"MemoryMax", 231},
    {"CPUWeight", 232},  {"MemorySwapMax", 232},       {"CollectMode", 236},
    {"MemoryMin", 240},  {"CPUQuotaPeriodUSec", 242},  {"AllowedCPUs", 244},
    {"OOMPolicy", 253},  {"AllowedMemoryNodes", 244},  {"MemoryZSwapMax", 253},
};
#define SINCE_CPU_WEIGHT_IDLE 252 /* CPUWeight 0 is cpu.idle */

static bool knows(const struct builder *b, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(since); i++)
        if (streq(name, since[i].name))
            return b->version >= since[i].since;
    return true;
}

static void no_memory(struct builder *b)
{
    if (b->rc == 0)
        b->rc = err_nomem(b->reterr);
}

static void set(struct builder *b, const char *name, struct systemd_value value)
{
    if (b->rc < 0 || !knows(b, name))
        return;
    for (size_t i = 0; i < b->list.n; i++) {
        if (streq(b->list.v[i].name, name)) {
            b->list.v[i].value = value;
            return;
        }
    }
    if (b->list.n == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 32;
        struct systemd_property *v = arena_new_array(b->arena, struct systemd_property, cap);

        if (!v) {
            no_memory(b);
            return;
        }
        if (b->list.n)
            memcpy(v, b->list.v, b->list.n * sizeof(*v));
        b->list.v = v;
        b->cap = cap;
    }
    b->list.v[b->list.n++] = (struct systemd_property){.name = name, .value = value};
}

static void set_item(struct builder *b, const char *name, const char *type, struct systemd_item item)
{
    struct systemd_item *v = arena_new(b->arena, struct systemd_item);

    if (!v) {
        no_memory(b);
        return;
    }
    *v = item;
    set(b, name, (struct systemd_value){.type = type, .v = v, .n = 1});
}

static void set_u64(struct builder *b, const char *name, uint64_t value)
{
    set_item(b, name, "t", (struct systemd_item){.u = value});
}

static void set_bool(struct builder *b, const char *name, bool value)
{
    set_item(b, name, "b", (struct systemd_item){.u = value});
}

static void set_str(struct builder *b, const char *name, const char *value)
{
    if (value)
        set_item(b, name, "s", (struct systemd_item){.s = value});
    else
        no_memory(b);
}

/* ---- conversions ---- */

uint64_t cgroup_systemd_quota(int64_t quota_us, uint64_t period_us)
{
    unsigned __int128 usec;

    if (quota_us <= 0)
        return INFINITE_LIMIT;
    usec = (unsigned __int128)(uint64_t)quota_us * 1000000u / (period_us ? period_us : PERIOD_US);
    usec = (usec + QUOTA_STEP_US - 1) / QUOTA_STEP_US * QUOTA_STEP_US;
    if (usec == 0)
        usec = QUOTA_STEP_US;
    return usec < INFINITE_LIMIT ? (uint64_t)usec : INFINITE_LIMIT;
}

uint64_t cgroup_systemd_io_weight(uint32_t blkio_weight)
{
    uint64_t w = blkio_weight;

    return w <= 100 ? w : 100 + (w - 100) * (10000 - 100) / (1000 - 100);
}

uint32_t cgroup_systemd_version(const char *text)
{
    struct str digits = {.ptr = text};
    uint32_t version;

    if (!text)
        return 0;
    while (*digits.ptr && (*digits.ptr < '0' || *digits.ptr > '9'))
        digits.ptr++;
    while (digits.ptr[digits.len] >= '0' && digits.ptr[digits.len] <= '9')
        digits.len++;
    return str_to_u32(digits, UINT32_MAX, &version) == 0 ? version : 0;
}

bool cgroup_systemd_manages(const char *v1_controllers)
{
    static const char *const managed[] = {"cpu",     "cpuacct", "blkio",       "memory",
                                          "devices", "pids",    "name=systemd"};
    struct str rest = str_of(v1_controllers);
    struct str controller;

    while (str_next(&rest, ',', &controller))
        for (size_t i = 0; i < ARRAY_SIZE(managed); i++)
            if (str_eq(controller, managed[i]))
                return true;
    return false;
}

/* ---- resources ---- */

static uint64_t limit_of(int64_t value)
{
    return value < 0 ? INFINITE_LIMIT : (uint64_t)value;
}

/* Bytes of a bit per CPU or node, lowest first. What is no list is for the kernel to judge. */
static void set_list(struct builder *b, const char *name, const char *list, uint32_t last)
{
    struct systemd_item *v;
    struct cpulist l;
    size_t n;
    int rc;

    if (!b->v2 || !list || list[0] == '\0' || b->rc < 0)
        return;
    rc = cpulist_parse(b->arena, str_of(list), last, "", &l, NULL);
    if (rc == -ENOMEM)
        no_memory(b);
    if (rc < 0)
        return;
    n = l.highest / 8 + 1;
    v = arena_new_array(b->arena, struct systemd_item, n);
    if (!v) {
        no_memory(b);
        return;
    }
    for (size_t i = 0; i < n; i++)
        v[i].u = l.words[i / 8] >> (i % 8 * 8) & 0xff;
    set(b, name, (struct systemd_value){.type = "ay", .v = v, .n = n});
}

static void set_quota(struct builder *b, int64_t quota, uint64_t period)
{
    if (period)
        set_u64(b, "CPUQuotaPeriodUSec", period);
    if (quota || period)
        set_u64(b, "CPUQuotaPerSecUSec", cgroup_systemd_quota(quota, period));
}

static void add_memory(struct builder *b, const struct config_memory *m)
{
    int64_t limit = m->limit.has ? m->limit.v : 0;
    int64_t swap = m->swap.has ? m->swap.v : 0;
    int64_t swap_max;

    if (limit)
        set_u64(b, b->v2 ? "MemoryMax" : "MemoryLimit", limit_of(limit));
    if (!b->v2)
        return;
    if (m->reservation.has && m->reservation.v)
        set_u64(b, "MemoryLow", limit_of(m->reservation.v));
    /* the translation into files has refused what cannot be */
    if (swap && cgroup_v2_swap_max(limit, swap, &swap_max, NULL) == 0 && swap_max != CGROUP_SWAP_UNSET)
        set_u64(b, "MemorySwapMax", limit_of(swap_max));
}

static void add_cpu(struct builder *b, const struct config_cpu *c)
{
    bool idle = c->idle.has && c->idle.v == 1;

    if (c->shares.has && c->shares.v && !idle) {
        if (b->v2)
            set_u64(b, "CPUWeight", cgroup_v2_weight_of_shares(c->shares.v));
        else
            set_u64(b, "CPUShares", c->shares.v);
    }
    if (idle && b->v2 && b->version >= SINCE_CPU_WEIGHT_IDLE)
        set_u64(b, "CPUWeight", 0);
    set_quota(b, c->quota_us.has ? c->quota_us.v : 0, c->period_us.has ? c->period_us.v : 0);
    set_list(b, "AllowedCPUs", c->cpus, CPULIST_CPU_MAX);
    set_list(b, "AllowedMemoryNodes", c->mems, CPULIST_NODE_MAX);
}

static void add_pids(struct builder *b)
{
    struct opt_i64 limit = b->req->r->pids_limit;

    if (!limit.has)
        return;
    /* systemd has no limit of 0; the file says it afterwards */
    if (limit.v == 0 && cgroup_pids_zero_limits(b->req->oci_version))
        set_u64(b, "TasksMax", 1);
    else
        set_u64(b, "TasksMax", limit.v > 0 ? (uint64_t)limit.v : INFINITE_LIMIT);
}

static void add_io_devices(struct builder *b, const struct config_block_io *io)
{
    static const char *const names[THROTTLE_COUNT] = {
        [THROTTLE_READ_BPS] = "IOReadBandwidthMax",
        [THROTTLE_WRITE_BPS] = "IOWriteBandwidthMax",
        [THROTTLE_READ_IOPS] = "IOReadIOPSMax",
        [THROTTLE_WRITE_IOPS] = "IOWriteIOPSMax",
    };

    for (size_t k = 0; k < THROTTLE_COUNT; k++) {
        size_t n = io->throttle[k].n;
        struct systemd_item *v = n ? arena_new_array(b->arena, struct systemd_item, n) : NULL;

        if (n && !v)
            no_memory(b);
        if (!v)
            continue;
        for (size_t i = 0; i < n; i++) {
            const struct config_throttle_device *d = &io->throttle[k].v[i];

            v[i].s = arena_printf(b->arena, "/dev/block/%" PRId64 ":%" PRId64, d->major, d->minor);
            v[i].u = d->rate ? d->rate : INFINITE_LIMIT;
            if (!v[i].s)
                no_memory(b);
        }
        set(b, names[k], (struct systemd_value){.type = "a(st)", .v = v, .n = n});
    }
}

static void add_io(struct builder *b, const struct config_block_io *io)
{
    struct systemd_item *v;
    size_t n = 0;

    if (io->weight.has && io->weight.v) {
        if (b->v2)
            set_u64(b, "IOWeight", cgroup_systemd_io_weight(io->weight.v));
        else
            set_u64(b, "BlockIOWeight", io->weight.v);
    }
    if (!b->v2)
        return;
    add_io_devices(b, io);
    if (!io->n_weight_devices)
        return;
    v = arena_new_array(b->arena, struct systemd_item, io->n_weight_devices);
    if (!v) {
        no_memory(b);
        return;
    }
    for (size_t i = 0; i < io->n_weight_devices; i++) {
        const struct config_weight_device *d = &io->weight_devices[i];

        if (!d->weight.has || !d->weight.v)
            continue;
        v[n].s = arena_printf(b->arena, "/dev/block/%" PRId64 ":%" PRId64, d->major, d->minor);
        if (!v[n].s)
            no_memory(b);
        v[n++].u = cgroup_systemd_io_weight(d->weight.v);
    }
    if (n)
        set(b, "IODeviceWeight", (struct systemd_value){.type = "a(st)", .v = v, .n = n});
}

/* ---- resources.unified: what systemd also has a property for ---- */

static bool number_or_max(struct str text, uint64_t *ret)
{
    text = str_trim(text);
    if (str_eq(text, "max")) {
        *ret = INFINITE_LIMIT;
        return true;
    }
    return str_to_u64(text, UINT64_MAX, ret) == 0;
}

static void unified_cpu_max(struct builder *b, struct str text)
{
    struct str rest = str_trim(text);
    struct str quota;
    uint64_t q, period = PERIOD_US;

    if (!str_next(&rest, ' ', &quota) || !number_or_max(quota, &q))
        return;
    if (rest.ptr && str_to_u64(str_trim(rest), UINT64_MAX, &period) < 0)
        return;
    set_quota(b, q > INT64_MAX ? -1 : (int64_t)q, period);
}

static void unified_io_weight(struct builder *b, struct str text)
{
    struct str rest = str_trim(text);
    struct str word;
    uint64_t weight;

    if (str_starts(rest, "default "))
        (void)str_next(&rest, ' ', &word);
    if (str_to_u64(rest, 10000, &weight) == 0 && weight)
        set_u64(b, "IOWeight", weight);
}

static void unified_one(struct builder *b, const char *key, struct str text)
{
    static const struct {
        const char *file;
        const char *property;
    } limits[] = {
        {"memory.min", "MemoryMin"},          {"memory.low", "MemoryLow"},
        {"memory.high", "MemoryHigh"},        {"memory.max", "MemoryMax"},
        {"memory.swap.max", "MemorySwapMax"}, {"memory.zswap.max", "MemoryZSwapMax"},
    };
    uint64_t v = 0;
    bool number = number_or_max(text, &v);

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
        if (streq(key, limits[i].file) && number)
            set_u64(b, limits[i].property, v);
    if (streq(key, "pids.max") && number)
        set_u64(b, "TasksMax", v ? v : 1);
    else if (streq(key, "cpu.max"))
        unified_cpu_max(b, text);
    else if (streq(key, "cpu.weight") && number && v >= 1 && v <= 10000)
        set_u64(b, "CPUWeight", v);
    else if (streq(key, "cpuset.cpus"))
        set_list(b, "AllowedCPUs", arena_strndup(b->arena, text.ptr, text.len), CPULIST_CPU_MAX);
    else if (streq(key, "cpuset.mems"))
        set_list(b, "AllowedMemoryNodes", arena_strndup(b->arena, text.ptr, text.len), CPULIST_NODE_MAX);
    else if (streq(key, "memory.oom.group") && number && v <= 1)
        set_str(b, "OOMPolicy", v ? "kill" : "continue");
    else if (streq(key, "io.weight"))
        unified_io_weight(b, text);
}

static void add_unified(struct builder *b)
{
    const struct pairs *u = &b->req->r->unified;
    bool idle = false;

    if (!b->v2)
        return;
    for (size_t i = 0; i < u->n; i++) {
        unified_one(b, u->v[i].key, str_of(u->v[i].value));
        if (streq(u->v[i].key, "cpu.idle"))
            idle = str_eq(str_trim(str_of(u->v[i].value)), "1");
    }
    /* over any weight: an idle group has none */
    if (idle && b->version >= SINCE_CPU_WEIGHT_IDLE)
        set_u64(b, "CPUWeight", 0);
}

static void add_resources(struct builder *b)
{
    add_memory(b, &b->req->r->memory);
    add_cpu(b, &b->req->r->cpu);
    add_pids(b);
    add_io(b, &b->req->r->block_io);
    add_unified(b);
}

/* ---- devices ---- */

/* "c 1:3 rwm" as DeviceAllow has it. false: systemd has no words for one minor number of every major. */
static bool device_entry(struct builder *b, const char *line, struct systemd_item *ret)
{
    const char *class = line[0] == 'b' ? "block" : "char";
    struct str rest = str_of(line + 2);
    struct str major, minor;

    (void)str_next(&rest, ':', &major);
    (void)str_next(&rest, ' ', &minor);
    if (str_eq(major, "*") && !str_eq(minor, "*"))
        return false;
    if (str_eq(minor, "*"))
        ret->s = arena_printf(b->arena, "%s-%.*s", class, (int)major.len, major.ptr);
    else
        ret->s = arena_printf(b->arena, "/dev/%s/%.*s:%.*s", class, (int)major.len, major.ptr, (int)minor.len,
                              minor.ptr);
    ret->s2 = rest.ptr;
    if (!ret->s)
        no_memory(b);
    return true;
}

/*
 * The rules as a list of what is allowed. Where there is none (everything is allowed but a few, holes in
 * wildcards) systemd is told to leave devices alone: on v2 our own program has all rules. On v1 systemd would
 * then take every limit off at its next reload, so there it gets the part of the list that it understands.
 */
static void add_devices(struct builder *b)
{
    const struct device_rules *rules = b->req->rules;
    struct devices_v1_line *lines = NULL;
    struct systemd_item *v = NULL;
    size_t n_lines = 0, n = 0;
    bool whole;
    int rc = 0;

    if (b->rc < 0 || b->req->facts->rootless || b->req->facts->in_userns)
        return; /* not ours to decide, nor the user manager's */
    if (!rules->default_allow)
        rc = devices_v1_lines(b->arena, rules, &lines, &n_lines, NULL);
    if (rc == -ENOMEM)
        no_memory(b);
    whole = !rules->default_allow && rc == 0;
    if (whole) {
        v = arena_new_array(b->arena, struct systemd_item, n_lines);
        if (!v)
            no_memory(b);
    }
    for (size_t i = 1; v && i < n_lines; i++) {
        if (device_entry(b, lines[i].text, &v[n]))
            n++;
        else
            whole = !b->v2;
    }
    if (!whole)
        n = 0;
    set_str(b, "DevicePolicy", whole ? "strict" : "auto");
    set(b, "DeviceAllow", (struct systemd_value){.type = "a(ss)", .v = v, .n = n});
}

/* ---- annotations ---- */

static bool name_is_valid(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++)
        if (!((name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= 'a' && name[i] <= 'z')))
            return false;
    return len >= 3;
}

/* What the container's place and life hang on. */
static bool name_is_ours(const char *name)
{
    static const char *const names[] = {"PIDs", "PIDFDs", "Slice", "Delegate"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (streq(name, names[i]))
            return true;
    return false;
}

/* "FooSec", but not "FooUSec": to be sent as FooUSec. */
static bool is_seconds(const char *name)
{
    size_t len = strlen(name);

    return len > 3 && streq(name + len - 3, "Sec") && name[len - 4] >= 'a' && name[len - 4] <= 'z';
}

static void add_annotation(struct builder *b, const char *key, const char *text)
{
    const char *name = key + strlen(CGROUP_SYSTEMD_ANNOTATION);
    char pointer[ERR_WHERE_MAX] = "/annotations";
    struct systemd_value value;
    struct err e;
    uint64_t usec;
    int rc;

    json_pointer_add(pointer, sizeof(pointer), key);
    err_init(&e);
    if (!name_is_valid(name)) {
        b->rc = err_config(b->reterr, pointer, "annotation %.200s name incorrect: %s", key,
                           strlen(name) < 3 ? "too short" : "only letters are allowed");
        return;
    }
    if (name_is_ours(name)) {
        b->rc = err_config(b->reterr, pointer, "annotation %s name incorrect: %s belongs to the runtime", key,
                           name);
        return;
    }
    rc = systemd_value_parse(b->arena, str_of(text), &value, &e);
    if (rc == -ENOMEM) {
        no_memory(b);
        return;
    }
    if (rc < 0) {
        b->rc = err_config(b->reterr, pointer, "annotation %.200s=%.300s value parse error: %s", key, text,
                           e.message);
        return;
    }
    if (!is_seconds(name)) {
        set(b, name, value);
        return;
    }
    if (!systemd_value_sec_to_usec(&value, &usec)) {
        b->rc = err_config(b->reterr, pointer,
                           "annotation %.200s=%.300s value parse error: not a number of seconds", key, text);
        return;
    }
    name = arena_printf(b->arena, "%.*sUSec", (int)strlen(name) - 3, name);
    if (name)
        set_u64(b, name, usec);
    else
        no_memory(b);
}

static void add_annotations(struct builder *b)
{
    const struct pairs *p = b->req->annotations;
    /* what the user asks for by name is sent to any version, which may refuse it */
    uint32_t version = b->version;

    b->version = UINT32_MAX;
    for (size_t i = 0; p && i < p->n && b->rc == 0; i++)
        if (str_starts(str_of(p->v[i].key), CGROUP_SYSTEMD_ANNOTATION))
            add_annotation(b, p->v[i].key, p->v[i].value);
    b->version = version;
}

/* ---- all ---- */

static void add_unit(struct builder *b)
{
    const struct cgroup_systemd *unit = b->req->unit;

    set_str(b, "Description", arena_printf(b->arena, "lorica container %s", b->req->id));
    if (str_ends(str_of(unit->unit), ".slice")) {
        struct systemd_item *parent = arena_new(b->arena, struct systemd_item);

        if (!parent) {
            no_memory(b);
            return;
        }
        parent->s = unit->slice;
        set(b, "Wants", (struct systemd_value){.type = "as", .v = parent, .n = 1});
    } else {
        set_str(b, "Slice", unit->slice);
        set_bool(b, "Delegate", true);
    }
    set_bool(b, "DefaultDependencies", false);
    /* a unit that failed is forgotten, as one that ended is: nothing of a container stays behind it */
    set_str(b, "CollectMode", "inactive-or-failed");
    set_bool(b, "CPUAccounting", true);
    set_bool(b, "MemoryAccounting", true);
    set_bool(b, b->v2 ? "IOAccounting" : "BlockIOAccounting", true);
    set_bool(b, "TasksAccounting", true);
}

static struct builder builder_of(struct arena *a, const struct cgroup_systemd_request *req,
                                 struct err *reterr)
{
    return (struct builder){
        .arena = a,
        .req = req,
        .version = req->facts->systemd_version ? req->facts->systemd_version : UINT32_MAX,
        .v2 = req->facts->cgroup == CGROUP_LAYOUT_V2,
        .reterr = reterr,
    };
}

int cgroup_systemd_properties(struct arena *a, const struct cgroup_systemd_request *req,
                              struct systemd_properties *ret, struct err *reterr)
{
    struct builder b = builder_of(a, req, reterr);

    add_unit(&b);
    add_devices(&b);
    add_resources(&b);
    add_annotations(&b);
    if (b.rc == 0)
        *ret = b.list;
    return b.rc;
}

int cgroup_systemd_update(struct arena *a, const struct cgroup_systemd_request *req,
                          struct systemd_properties *ret, struct err *reterr)
{
    struct builder b = builder_of(a, req, reterr);

    add_resources(&b);
    if (b.rc == 0)
        *ret = b.list;
    return b.rc;
}

int cgroup_systemd_undo(struct arena *a, const struct systemd_properties *before,
                        const struct systemd_properties *done, struct systemd_properties *ret,
                        struct err *reterr)
{
    static const struct systemd_item unset = {.u = UINT64_MAX}, none = {.u = 0}, go_on = {.s = "continue"};
    struct builder b = {.arena = a, .version = UINT32_MAX, .reterr = reterr};

    for (size_t i = 0; i < done->n; i++) {
        const char *name = done->v[i].name;
        const char *type = done->v[i].value.type;
        bool protection = streq(name, "MemoryLow") || streq(name, "MemoryMin");

        if (type[0] == 'a')
            set(&b, name, (struct systemd_value){.type = type});
        else if (type[0] == 't')
            set(&b, name, (struct systemd_value){.type = type, .v = protection ? &none : &unset, .n = 1});
        else /* OOMPolicy */
            set(&b, name, (struct systemd_value){.type = type, .v = &go_on, .n = 1});
    }
    for (size_t i = 0; i < before->n; i++)
        set(&b, before->v[i].name, before->v[i].value);
    if (b.rc == 0)
        *ret = b.list;
    return b.rc;
}
