/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md "Control groups": linux.resources. */
#include "core/cpulist.h"
#include "core/devices.h"
#include "core/hugepage.h"
#include "core/path.h"
#include "core/validate_rules.h"

#include <inttypes.h>

/* "range from 10 to 1000" (config-linux.md "Block IO"); engines write 0 for "not set". */
#define WEIGHT_MIN 10u
#define WEIGHT_MAX 1000u

static const char *const throttle_names[THROTTLE_COUNT] = {
    [THROTTLE_READ_BPS] = "throttleReadBpsDevice",
    [THROTTLE_WRITE_BPS] = "throttleWriteBpsDevice",
    [THROTTLE_READ_IOPS] = "throttleReadIOPSDevice",
    [THROTTLE_WRITE_IOPS] = "throttleWriteIOPSDevice",
};

/* The device module names its places from the document on; resources alone are a document of their own. */
static void check_device_rules(struct validation *v)
{
    static const char place[] = "/linux/resources";
    struct device_rules rules;
    struct err e;
    int r;

    err_init(&e);
    r = devices_rules_decode(v->arena, v->res->devices, v->res->n_devices, &rules, &e);
    if (r < 0 && !*v->res_at && strncmp(e.where, place, strlen(place)) == 0)
        memmove(e.where, e.where + strlen(place), strlen(e.where + strlen(place)) + 1);
    rule_result(v, r, NULL, &e);
}

/* ---- memory, cpu, pids ---- */

static void check_limit(struct validation *v, struct opt_i64 limit, const char *member)
{
    if (limit.has && limit.v < -1)
        rule_error(v, rule_at(v, "%s/%s", v->res_at, member), "%" PRId64 " is no limit: -1 is unlimited",
                   limit.v);
}

static void check_memory(struct validation *v)
{
    const struct config_memory *m = &v->res->memory;

    check_limit(v, m->limit, "memory/limit");
    check_limit(v, m->reservation, "memory/reservation");
    check_limit(v, m->swap, "memory/swap");
    check_limit(v, m->kernel, "memory/kernel");
    check_limit(v, m->kernel_tcp, "memory/kernelTCP");
    if (m->swappiness.has && m->swappiness.v > 100)
        rule_error(v, rule_at(v, "%s/memory/swappiness", v->res_at),
                   "swappiness %" PRIu64 " is out of range (0 to 100)", m->swappiness.v);
    if (m->limit.has && m->limit.v > 0 && m->swap.has && m->swap.v > 0 && m->swap.v < m->limit.v)
        rule_error(v, rule_at(v, "%s/memory/swap", v->res_at),
                   "memory+swap limit %" PRId64 " is below the memory limit %" PRId64, m->swap.v, m->limit.v);
}

/* cpus and mems go to the kernel as they are; its list format is richer than what we parse elsewhere. */
static void check_list(struct validation *v, const char *list, const char *member)
{
    struct err e;

    if (!list || !list[0])
        return;
    err_init(&e);
    rule_result(v, cpulist_check(str_of(list), rule_at(v, "%s/cpu/%s", v->res_at, member), &e), NULL, &e);
}

static void check_cpu(struct validation *v)
{
    const struct config_cpu *c = &v->res->cpu;

    check_list(v, c->cpus, "cpus");
    check_list(v, c->mems, "mems");
    if (c->burst_us.has && c->quota_us.has && c->quota_us.v > 0 && c->burst_us.v > (uint64_t)c->quota_us.v)
        rule_error(v, rule_at(v, "%s/cpu/burst", v->res_at), "burst %" PRIu64 " is above the quota %" PRId64,
                   c->burst_us.v, c->quota_us.v);
    if (c->idle.has && c->idle.v != 0 && c->idle.v != 1)
        rule_error(v, rule_at(v, "%s/cpu/idle", v->res_at), "idle must be 0 or 1, not %" PRId64, c->idle.v);
}

static void check_pids(struct validation *v)
{
    check_limit(v, v->res->pids_limit, "pids/limit");
}

/* ---- block I/O ---- */

static void check_weight(struct validation *v, struct opt_u16 weight, const char *member)
{
    if (weight.has && weight.v != 0 && (weight.v < WEIGHT_MIN || weight.v > WEIGHT_MAX))
        rule_error(v, rule_at(v, "%s/blockIO/%s", v->res_at, member), "weight %u is out of range (%u to %u)",
                   weight.v, WEIGHT_MIN, WEIGHT_MAX);
}

static void check_numbers(struct validation *v, int64_t major, int64_t minor, const char *list, size_t i)
{
    if (major < 0 || major > UINT32_MAX)
        rule_error(v, rule_at(v, "%s/blockIO/%s/%zu/major", v->res_at, list, i),
                   "%" PRId64 " is no device number", major);
    if (minor < 0 || minor > UINT32_MAX)
        rule_error(v, rule_at(v, "%s/blockIO/%s/%zu/minor", v->res_at, list, i),
                   "%" PRId64 " is no device number", minor);
}

static void check_block_io(struct validation *v)
{
    const struct config_block_io *io = &v->res->block_io;

    check_weight(v, io->weight, "weight");
    check_weight(v, io->leaf_weight, "leafWeight");
    for (size_t i = 0; i < io->n_weight_devices; i++) {
        const struct config_weight_device *d = &io->weight_devices[i];
        char member[64];

        if (!d->weight.has && !d->leaf_weight.has)
            rule_error(v, rule_at(v, "%s/blockIO/weightDevice/%zu", v->res_at, i),
                       "needs weight or leafWeight");
        check_numbers(v, d->major, d->minor, "weightDevice", i);
        snprintf(member, sizeof(member), "weightDevice/%zu/weight", i);
        check_weight(v, d->weight, member);
        snprintf(member, sizeof(member), "weightDevice/%zu/leafWeight", i);
        check_weight(v, d->leaf_weight, member);
    }
    for (unsigned kind = 0; kind < THROTTLE_COUNT; kind++)
        for (size_t i = 0; i < io->throttle[kind].n; i++)
            check_numbers(v, io->throttle[kind].v[i].major, io->throttle[kind].v[i].minor,
                          throttle_names[kind], i);
}

/* ---- the others ---- */

static void check_hugepages(struct validation *v)
{
    for (size_t i = 0; i < v->res->n_hugepage_limits; i++) {
        const char *size = v->res->hugepage_limits[i].page_size;
        uint64_t bytes;

        if (hugepage_size_parse(str_of(size), &bytes) < 0)
            rule_error(v, rule_at(v, "%s/hugepageLimits/%zu/pageSize", v->res_at, i),
                       "invalid hugepage size %s", rule_quote(v, size));
    }
}

/* One word of a line that is written to a cgroup file: not empty, no white space, no control character. */
static bool is_word(const char *s)
{
    if (!*s)
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7F)
            return false;
    return true;
}

static void check_network(struct validation *v)
{
    const struct config_network *n = &v->res->network;

    for (size_t i = 0; i < n->n_priorities; i++)
        if (!is_word(n->priorities[i].name))
            rule_error(v, rule_at(v, "%s/network/priorities/%zu/name", v->res_at, i),
                       "invalid interface name %s", rule_quote(v, n->priorities[i].name));
}

static void check_rdma(struct validation *v)
{
    char at[64];

    snprintf(at, sizeof(at), "%s/rdma", v->res_at);
    for (size_t i = 0; i < v->res->n_rdma; i++) {
        const struct config_rdma *d = &v->res->rdma[i];

        if (!is_word(d->device))
            rule_error(v, rule_at_name(v, at, d->device), "invalid device name %s", rule_quote(v, d->device));
        if (!d->hca_handles.has && !d->hca_objects.has)
            rule_error(v, rule_at_name(v, at, d->device), "needs hcaHandles or hcaObjects");
    }
}

static void check_unified(struct validation *v)
{
    char at[64];

    snprintf(at, sizeof(at), "%s/unified", v->res_at);
    for (size_t i = 0; i < v->res->unified.n; i++) {
        const char *file = v->res->unified.v[i].key;

        if (strchr(file, '/'))
            rule_error(v, rule_at_name(v, at, file), "unified resource %s must be a file name (no slashes)",
                       rule_quote(v, file));
        else if (!path_is_name(str_of(file)))
            rule_error(v, rule_at_name(v, at, file), "unified resource %s is not a file name",
                       rule_quote(v, file));
    }
}

static rule *const rules[] = {
    check_device_rules, check_memory,  check_cpu,  check_pids,    check_block_io,
    check_hugepages,    check_network, check_rdma, check_unified,
};
const struct rule_list validate_resources_rules = RULE_LIST(rules);
