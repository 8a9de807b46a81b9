/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md, except "Control groups" and "Seccomp". */
#include "core/cpulist.h"
#include "core/devices.h"
#include "core/idmap.h"
#include "core/mount_opts.h"
#include "core/path.h"
#include "core/rdt.h"
#include "core/sysctl.h"
#include "core/validate_rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Without the terminator: IFNAMSIZ of <linux/if.h>. */
#define IF_NAME_MAX 15u

#define NSEC_PER_SEC 1000000000u

static const struct tbl_entry clocks[] = {
#define X(name, value) {name, value},
#include "core/tbl/time_clocks.h"
#undef X
};

static const struct tbl_entry personality_domains[] = {
#define X(name, value) {name, value},
#include "core/tbl/personality_domains.h"
#undef X
};

enum nodes_rule { NODES_NONE = 0, NODES_OPTIONAL = 1, NODES_NEEDED = 2 };

static const struct tbl_entry mempolicy_nodes[] = {
#define X(name, value, nodes) {name, nodes},
#include "core/tbl/mempolicy_modes.h"
#undef X
};

static const struct tbl_entry mempolicy_flags[] = {
#define X(name, value) {name, value},
#include "core/tbl/mempolicy_flags.h"
#undef X
};

/* ---- namespaces and ids ---- */

static void check_namespaces(struct validation *v)
{
    const struct config_linux *l = &v->config->linux_;
    uint32_t seen = 0;

    for (size_t i = 0; i < l->n_namespaces; i++) {
        const struct config_namespace *ns = &l->namespaces[i];

        if (seen >> ns->type & 1u)
            rule_error(v, rule_at(v, "/linux/namespaces/%zu/type", i),
                       "malformed spec file: duplicated ns \"%s\"", ns->type_name);
        seen |= 1u << ns->type;
        if (ns->path && !rule_is_absolute(ns->path))
            rule_error(v, rule_at(v, "/linux/namespaces/%zu/path", i), "namespace path %s must be absolute",
                       rule_quote(v, ns->path));
    }
}

static void check_id_mappings(struct validation *v)
{
    const struct config_linux *l = &v->config->linux_;
    const struct config_namespace *user = config_namespace_find(v->config, NS_USER);
    struct err e;

    err_init(&e);
    rule_result(v, idmap_check(&l->uid_mappings, "/linux/uidMappings", &e), NULL, &e);
    rule_result(v, idmap_check(&l->gid_mappings, "/linux/gidMappings", &e), NULL, &e);
    if (!user) {
        if (l->uid_mappings.n || l->gid_mappings.n)
            rule_error(v, l->uid_mappings.n ? "/linux/uidMappings" : "/linux/gidMappings",
                       "user namespace mappings specified, but user namespace isn't enabled in the config");
        return;
    }
    if (user->path)
        return;
    if (!l->uid_mappings.n && !l->gid_mappings.n)
        rule_error(v, "/linux/uidMappings",
                   "user namespaces enabled, but no namespace path to join nor mappings to apply specified");
    else if (!l->uid_mappings.n)
        rule_error(v, "/linux/uidMappings", "a new user namespace needs uidMappings");
    else if (!l->gid_mappings.n)
        rule_error(v, "/linux/gidMappings", "a new user namespace needs gidMappings");
}

static void check_mapped(struct validation *v, const struct config_idmaps *maps, uint32_t id,
                         const char *member)
{
    uint32_t host;

    if (maps->n && !idmap_to_host(maps, id, &host))
        rule_error(v, rule_at(v, "/process/user/%s", member), "ID %u is not mapped in the user namespace",
                   id);
}

/* The process's ids must exist in its new user namespace; of one that is joined we do not know. */
static void check_process_ids(struct validation *v)
{
    const struct config_namespace *user = config_namespace_find(v->config, NS_USER);
    const struct config_linux *l = &v->config->linux_;

    if (!v->proc || !user || user->path)
        return;
    check_mapped(v, &l->uid_mappings, v->proc->user.uid, "uid");
    check_mapped(v, &l->gid_mappings, v->proc->user.gid, "gid");
    for (size_t i = 0; i < v->proc->user.n_additional_gids; i++) {
        char member[40];

        snprintf(member, sizeof(member), "additionalGids/%zu", i);
        check_mapped(v, &l->gid_mappings, v->proc->user.additional_gids[i], member);
    }
}

static void check_time_offsets(struct validation *v)
{
    const struct config_linux *l = &v->config->linux_;
    const struct config_namespace *time = config_namespace_find(v->config, NS_TIME);

    if (!l->n_time_offsets)
        return;
    if (!time)
        rule_error(v, "/linux/timeOffsets",
                   "time namespace offsets specified, but time namespace isn't enabled in the config");
    else if (time->path)
        rule_error(v, "/linux/timeOffsets", "the offsets of a time namespace that is joined cannot be set");
    for (size_t i = 0; i < l->n_time_offsets; i++) {
        const struct config_time_offset *o = &l->time_offsets[i];

        if (!RULE_KNOWN(clocks, o->clock))
            rule_error(v, rule_at_name(v, "/linux/timeOffsets", o->clock), "unknown clock %s",
                       rule_quote(v, o->clock));
        if (o->nanosecs >= NSEC_PER_SEC) {
            rule_at_name(v, "/linux/timeOffsets", o->clock);
            rule_error(v, rule_at_name(v, v->at, "nanosecs"), "nanosecs %u is out of range (0 to %u)",
                       o->nanosecs, NSEC_PER_SEC - 1);
        }
    }
}

/* ---- devices ---- */

static void check_device_owner(struct validation *v, struct opt_u32 id, const char *member, size_t i)
{
    if (id.has && id.v == UINT32_MAX)
        rule_error(v, rule_at(v, "/linux/devices/%zu/%s", i, member), "%u is not a valid ID", id.v);
}

static void check_device(struct validation *v, size_t i, struct plan_device *ret)
{
    const struct config_device *d = &v->config->linux_.devices[i];
    char at[48];
    struct err e;

    err_init(&e);
    snprintf(at, sizeof(at), "/linux/devices/%zu", i);
    rule_result(v, device_node_decode(d, at, ret, &e), NULL, &e);
    if (!rule_is_absolute(d->path))
        rule_error(v, rule_at(v, "%s/path", at), "device path %s must be absolute", rule_quote(v, d->path));
    check_device_owner(v, d->uid, "uid", i);
    check_device_owner(v, d->gid, "gid", i);
}

struct numbered_device {
    uint64_t number;
    uint32_t type; /* S_IFCHR, S_IFBLK */
    size_t i;
};

static int device_compare(const void *a, const void *b)
{
    const struct numbered_device *x = a, *y = b;

    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->i < y->i ? -1 : 1;
}

static void check_devices(struct validation *v)
{
    const struct config_linux *l = &v->config->linux_;
    struct numbered_device *known;
    size_t n = 0;

    if (l->n_devices == 0)
        return;
    known = arena_new_array(v->arena, struct numbered_device, l->n_devices);
    v->nomem = v->nomem || !known;
    for (size_t i = 0; i < l->n_devices && !v->nomem; i++) {
        struct plan_device node = {0};

        check_device(v, i, &node);
        if (node.type == S_IFCHR || node.type == S_IFBLK)
            known[n++] = (struct numbered_device){(uint64_t)node.major << 32 | node.minor, node.type, i};
    }
    if (n)
        qsort(known, n, sizeof(*known), device_compare);
    for (size_t i = 1; i < n; i++)
        if (known[i].type == known[i - 1].type && known[i].number == known[i - 1].number)
            rule_warning(v, rule_at(v, "/linux/devices/%zu", known[i].i),
                         "the same type, major and minor as /linux/devices/%zu", known[i - 1].i);
}

/* dev_valid_name() of the kernel: no slash, colon or white space, not "." or "..". */
static bool if_name_is_valid(const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n > IF_NAME_MAX || streq(name, ".") || streq(name, ".."))
        return false;
    for (; *name; name++)
        if (*name == '/' || *name == ':' || *name == ' ' || (*name >= '\t' && *name <= '\r'))
            return false;
    return true;
}

static void check_net_device_name(struct validation *v, const struct config_net_device *d)
{
    if (!if_name_is_valid(d->host_name))
        rule_error(v, rule_at_name(v, "/linux/netDevices", d->host_name), "invalid network device name %s",
                   rule_quote(v, d->host_name));
    if (d->name && !if_name_is_valid(d->name)) {
        rule_at_name(v, "/linux/netDevices", d->host_name);
        rule_error(v, rule_at_name(v, v->at, "name"), "invalid network device name %s",
                   rule_quote(v, d->name));
    }
}

/* The name in the container, which "%d" leaves to the kernel. */
static const char *net_device_fixed_name(const struct config_net_device *d)
{
    const char *name = d->name ? d->name : d->host_name;

    return strchr(name, '%') ? NULL : name;
}

/* The comparison of all pairs is bounded: nobody has that many devices. */
#define NET_DEVICES_MAX 1024u

static void check_net_devices(struct validation *v)
{
    const struct config_linux *l = &v->config->linux_;

    if (l->n_net_devices && !config_namespace_find(v->config, NS_NETWORK))
        rule_error(v, "/linux/netDevices", "unable to move network devices without a private NET namespace");
    if (l->n_net_devices > NET_DEVICES_MAX) {
        rule_error(v, "/linux/netDevices", "more than %u network devices", NET_DEVICES_MAX);
        return;
    }
    for (size_t i = 0; i < l->n_net_devices; i++) {
        const char *name = net_device_fixed_name(&l->net_devices[i]);

        check_net_device_name(v, &l->net_devices[i]);
        for (size_t k = 0; k < i && name; k++)
            if (streq(name, net_device_fixed_name(&l->net_devices[k]))) {
                rule_error(v, rule_at_name(v, "/linux/netDevices", l->net_devices[i].host_name),
                           "two network devices would have the name %s", rule_quote(v, name));
                break;
            }
    }
}

/* ---- mounts and paths ---- */

static void check_propagation(struct validation *v)
{
    const char *name = v->config->linux_.rootfs_propagation;

    if (name && mount_propagation_flags(name) == 0)
        rule_error(v, "/linux/rootfsPropagation", "rootfsPropagation=%s is not supported",
                   rule_quote(v, name));
}

static void check_path_list(struct validation *v, const struct strings *paths, const char *at)
{
    if (paths->n && !config_namespace_find(v->config, NS_MOUNT))
        rule_error(v, at, "unable to restrict sys entries without a private MNT namespace");
    for (size_t i = 0; i < paths->n; i++)
        if (!rule_is_absolute(paths->v[i]))
            rule_error(v, rule_at(v, "%s/%zu", at, i), "path %s must be absolute",
                       rule_quote(v, paths->v[i]));
}

static void check_masked_paths(struct validation *v)
{
    check_path_list(v, &v->config->linux_.masked_paths, "/linux/maskedPaths");
}

static void check_readonly_paths(struct validation *v)
{
    check_path_list(v, &v->config->linux_.readonly_paths, "/linux/readonlyPaths");
}

/* ---- sysctl ---- */

static void check_sysctl(struct validation *v)
{
    const struct config_linux *l = &v->config->linux_;
    uint32_t private_ns = 0;

    for (size_t i = 0; i < l->n_namespaces; i++)
        private_ns |= SYSCTL_NS(l->namespaces[i].type);
    for (size_t i = 0; i < l->sysctl.n && !v->nomem; i++) {
        const char *key = l->sysctl.v[i].key;
        struct sysctl s;
        struct err e;
        int r;

        err_init(&e);
        r = sysctl_parse(v->arena, key, rule_at_name(v, "/linux/sysctl", key), &s, &e);
        if (r == 0)
            r = sysctl_check(&s, private_ns, v->at, &e);
        rule_result(v, r, v->at, &e);
    }
}

/* ---- small objects ---- */

static void check_rdt_lines(struct validation *v, const struct config_intel_rdt *rdt)
{
    if (rdt->l3_cache_schema && strncmp(rdt->l3_cache_schema, "L3:", 3) != 0)
        rule_warning(v, "/linux/intelRdt/l3CacheSchema", "l3CacheSchema should begin with \"L3:\"");
    if (rdt->l3_cache_schema && strchr(rdt->l3_cache_schema, '\n'))
        rule_warning(v, "/linux/intelRdt/l3CacheSchema", "l3CacheSchema should not contain newlines");
    if (rdt->mem_bw_schema && strncmp(rdt->mem_bw_schema, "MB:", 3) != 0)
        rule_error(v, "/linux/intelRdt/memBwSchema", "memBwSchema must begin with \"MB:\"");
    if (rdt->mem_bw_schema && strchr(rdt->mem_bw_schema, '\n'))
        rule_error(v, "/linux/intelRdt/memBwSchema", "memBwSchema must not contain newlines");
    for (size_t i = 0; i < rdt->schemata.n; i++)
        if (strchr(rdt->schemata.v[i], '\n'))
            rule_error(v, rule_at(v, "/linux/intelRdt/schemata/%zu", i),
                       "schemata must not contain newlines");
}

static void check_intel_rdt(struct validation *v)
{
    const struct config_intel_rdt *rdt = v->config->linux_.intel_rdt;

    if (!rdt)
        return;
    /* "/" is the default class of service; anything else becomes one directory of resctrl. */
    if (rdt->clos_id && *rdt->clos_id && !streq(rdt->clos_id, "/") &&
        (!path_is_name(str_of(rdt->clos_id)) || strchr(rdt->clos_id, '\n') || rdt_is_reserved(rdt->clos_id)))
        rule_error(v, "/linux/intelRdt/closID", "invalid intelRdt.ClosID %s", rule_quote(v, rdt->clos_id));
    check_rdt_lines(v, rdt);
}

static void check_personality(struct validation *v)
{
    const struct config_personality *p = v->config->linux_.personality;

    if (!p)
        return;
    if (!RULE_KNOWN(personality_domains, p->domain))
        rule_error(v, "/linux/personality/domain", "invalid personality domain %s", rule_quote(v, p->domain));
    if (p->flags.n)
        rule_error(v, "/linux/personality/flags", "personality flags are not supported: none are defined");
}

static bool strings_have(const struct strings *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (streq(s->v[i], name))
            return true;
    return false;
}

static void check_memory_nodes(struct validation *v, const struct config_memory_policy *p)
{
    const struct tbl_entry *mode = tbl_find(mempolicy_nodes, ARRAY_SIZE(mempolicy_nodes), str_of(p->mode));
    struct cpulist nodes;
    struct err e;

    if (!mode) {
        rule_error(v, "/linux/memoryPolicy/mode", "invalid memory policy mode %s", rule_quote(v, p->mode));
        return;
    }
    if (!p->nodes && mode->value == NODES_NEEDED)
        rule_error(v, "/linux/memoryPolicy/nodes", "memory policy %s needs nodes", mode->name);
    if (!p->nodes)
        return;
    if (mode->value == NODES_NONE)
        rule_error(v, "/linux/memoryPolicy/nodes", "memory policy %s takes no nodes", mode->name);
    err_init(&e);
    rule_result(
        v,
        cpulist_parse(v->arena, str_of(p->nodes), CPULIST_NODE_MAX, "/linux/memoryPolicy/nodes", &nodes, &e),
        NULL, &e);
}

static void check_memory_policy(struct validation *v)
{
    const struct config_memory_policy *p = v->config->linux_.memory_policy;

    if (!p)
        return;
    check_memory_nodes(v, p);
    rule_names(v, &p->flags, mempolicy_flags, ARRAY_SIZE(mempolicy_flags), "/linux/memoryPolicy/flags",
               "memory policy flag");
    if (strings_have(&p->flags, "MPOL_F_STATIC_NODES") && strings_have(&p->flags, "MPOL_F_RELATIVE_NODES"))
        rule_error(v, "/linux/memoryPolicy/flags",
                   "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
}

static rule *const rules[] = {
    check_namespaces,  check_id_mappings, check_process_ids,   check_time_offsets,   check_devices,
    check_net_devices, check_propagation, check_masked_paths,  check_readonly_paths, check_sysctl,
    check_intel_rdt,   check_personality, check_memory_policy,
};
const struct rule_list validate_linux_rules = RULE_LIST(rules);
