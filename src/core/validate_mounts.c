/* SPDX-License-Identifier: Apache-2.0 */
/* config.md "Mounts" and "Linux mount options". */
#include "core/idmap.h"
#include "core/mount_opts.h"
#include "core/validate_rules.h"

static void check_destination(struct validation *v, const struct config_mount *m, size_t i)
{
    if (!*m->destination)
        rule_error(v, rule_at(v, "/mounts/%zu/destination", i), "mount destination must not be empty");
    else if (!rule_is_absolute(m->destination))
        rule_warning(v, rule_at(v, "/mounts/%zu/destination", i),
                     "mount destination %s is not absolute: taken from /", rule_quote(v, m->destination));
}

static void check_mount_mappings(struct validation *v, const struct config_mount *m, size_t i)
{
    char at[64];
    struct err e;

    if (!m->uid_mappings.n && !m->gid_mappings.n)
        return;
    err_init(&e);
    if (m->uid_mappings.n && !m->gid_mappings.n)
        rule_error(v, rule_at(v, "/mounts/%zu/gidMappings", i), "uidMappings must come with gidMappings");
    if (m->gid_mappings.n && !m->uid_mappings.n)
        rule_error(v, rule_at(v, "/mounts/%zu/uidMappings", i), "gidMappings must come with uidMappings");
    snprintf(at, sizeof(at), "/mounts/%zu/uidMappings", i);
    rule_result(v, idmap_check(&m->uid_mappings, at, &e), NULL, &e);
    snprintf(at, sizeof(at), "/mounts/%zu/gidMappings", i);
    rule_result(v, idmap_check(&m->gid_mappings, at, &e), NULL, &e);
}

static void check_kind(struct validation *v, const struct config_mount *m, const struct mount_options *o,
                       size_t i)
{
    bool mapped = m->uid_mappings.n || m->gid_mappings.n;

    if (o->is_bind && o->data)
        rule_error(v, rule_at(v, "/mounts/%zu/options", i),
                   "bind mounts cannot have any filesystem-specific options applied: %s",
                   rule_quote(v, o->data));
    if (o->is_bind && !o->remount && !m->source)
        rule_error(v, rule_at(v, "/mounts/%zu/source", i), "a bind mount needs a source");
    if (!o->is_bind && !o->remount && !m->type)
        rule_error(v, rule_at(v, "/mounts/%zu/type", i), "a mount that is no bind mount needs a type");
    if (o->idmap && !mapped && !o->idmap_uids.n && !o->idmap_gids.n &&
        !config_namespace_find(v->config, NS_USER))
        rule_error(v, rule_at(v, "/mounts/%zu/options", i),
                   "an id-mapped mount needs mappings or a user namespace");
    if (mapped && !o->idmap)
        rule_warning(v, rule_at(v, "/mounts/%zu/options", i),
                     "a mount with mappings should have idmap or ridmap: older runtimes ignore the mappings");
}

static void check_mounts(struct validation *v)
{
    for (size_t i = 0; i < v->config->n_mounts && !v->nomem; i++) {
        const struct config_mount *m = &v->config->mounts[i];
        struct mount_options o;
        char at[64];
        struct err e;
        int r;

        check_destination(v, m, i);
        check_mount_mappings(v, m, i);
        err_init(&e);
        snprintf(at, sizeof(at), "/mounts/%zu/options", i);
        r = parse_mount_options(v->arena, &m->options, at, &o, &e);
        rule_result(v, r, NULL, &e);
        if (r == 0)
            check_kind(v, m, &o, i);
    }
}

static rule *const rules[] = {
    check_mounts,
};
const struct rule_list validate_mount_rules = RULE_LIST(rules);
