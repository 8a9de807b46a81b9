/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of a plan: mounts[] one by one, in the listed order. */
#include "core/plan_parts.h"

#include "core/mount_opts.h"
#include "core/path.h"

#include <errno.h>

static const char *const proc_files[] = {
#define X(path) "/proc/" path,
#include "core/tbl/proc_files.h"
#undef X
};

#define POINTER_MAX 48u /* "/mounts/18446744073709551615/destination" */

/* One entry of mounts[] on its way to an operation. */
struct entry {
    const struct config_mount *config;
    const char *at; /* "/mounts/3" */
    char at_dest[POINTER_MAX];
    char at_source[POINTER_MAX];
    char at_type[POINTER_MAX];
    char at_options[POINTER_MAX];
    struct mount_options o;
    struct plan_mount m;
};

/* Once for each member of each mount, mostly for nothing: without printf. */
static void pointer_of(char out[POINTER_MAX], const char *at, const char *member)
{
    const size_t n = strlen(at), more = strlen(member) + 1;

    if (n + more > POINTER_MAX) {
        out[0] = '\0';
        return;
    }
    memcpy(out, at, n);
    memcpy(out + n, member, more);
}

static int read_entry(struct plan_ctx *ctx, size_t i, struct entry *e, struct err *reterr)
{
    int r;

    *e = (struct entry){.config = &ctx->config->mounts[i]};
    e->at = plan_pointer(ctx, "/mounts/%zu", i);
    if (!e->at)
        return err_nomem(reterr);
    pointer_of(e->at_dest, e->at, "/destination");
    pointer_of(e->at_source, e->at, "/source");
    pointer_of(e->at_type, e->at, "/type");
    pointer_of(e->at_options, e->at, "/options");
    r = plan_clean_path(ctx, e->config->destination, e->at_dest, &e->m.target, reterr);
    if (r < 0)
        return r;
    if (streq(e->m.target, "/"))
        return err_config(reterr, e->at_dest, "the root itself cannot be a mount point");
    r = parse_mount_options(ctx->arena, &e->config->options, e->at_options, &e->o, reterr);
    if (r < 0)
        return r;
    e->m.flags = e->o.flags;
    e->m.data = e->o.data;
    e->m.tmpcopyup = e->o.tmpcopyup;
    e->m.copy_symlink = e->o.copy_symlink;
    e->m.src_nofollow = e->o.src_nofollow;
    e->m.dest_nofollow = e->o.dest_nofollow;
    e->m.target_type = TARGET_DIR;
    e->m.on_target_missing = ENOENT_CREATE;
    return 0;
}

static int fill_bind(struct plan_ctx *ctx, struct entry *e, struct err *reterr)
{
    e->m.kind = MOUNT_BIND;
    e->m.target_type = TARGET_LIKE_SOURCE;
    if (e->m.data)
        /* It would be ignored, or change the file system of the host. */
        return err_config(reterr, e->at_options,
                          "bind mounts cannot have any filesystem-specific options applied");
    if (!e->config->source || !*e->config->source)
        return err_config(reterr, e->at_source, "a bind mount needs a source");
    return plan_host_path(ctx, e->config->source, e->at_source, &e->m.source, reterr);
}

/* What is mounted there already: flags of the mount with "bind", parameters of the file system without. */
static int fill_remount(struct entry *e, struct err *reterr)
{
    e->m.kind = MOUNT_REMOUNT;
    e->m.on_target_missing = ENOENT_FAIL;
    if (e->o.is_bind && e->m.data)
        return err_config(reterr, e->at_options,
                          "bind mounts cannot have any filesystem-specific options applied");
    return 0;
}

/*
 * "cgroup" means whatever the host has. The v2 form mounts cgroup2, or binds the container's own cgroup where
 * the kernel does not allow that.
 */
static void fill_cgroup(struct plan_ctx *ctx, struct entry *e, bool v2)
{
    e->m.kind = v2 ? MOUNT_CGROUP_V2 : MOUNT_CGROUP_V1;
    e->m.source = "cgroup";
    e->m.fstype = v2 ? "cgroup2" : "cgroup";
    e->m.cgroup_path = v2 ? ctx->cgroups.cgroup2_path : NULL;
    e->m.cgroup_ns = config_namespace_find(ctx->config, NS_CGROUP) != NULL;
}

static bool is_type(const struct entry *e, const char *type)
{
    return e->m.kind == MOUNT_FS && streq(e->m.fstype, type);
}

/*
 * Read-only from the first moment, unless we still have work to do in it: a tmpfs takes mount points, devices
 * and copied files, /dev takes devices and links.
 */
static void settle_read_only(struct entry *e)
{
    struct mount_flags *f = &e->m.flags;

    if (!is_type(e, "tmpfs") && !(e->m.kind == MOUNT_FS && streq(e->m.target, "/dev")))
        return;
    if (f->rec_set & MOUNT_ATTR_RDONLY) {
        /* There is nothing beneath a new file system: rro is ro. */
        f->rec_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
        f->set |= MS_RDONLY;
        f->clear &= ~(uint64_t)MS_RDONLY;
    }
    e->m.read_only_later = (f->set & MS_RDONLY) != 0;
}

static int fill_fs(struct plan_ctx *ctx, struct entry *e, struct err *reterr)
{
    const char *type = e->config->type;

    if (!type || !*type)
        return err_config(reterr, e->at_type, "a mount that is no bind mount needs a type");
    if (streq(type, "bind") || streq(type, "rbind") || streq(type, "none"))
        return err_config(reterr, e->at_options, "a mount of type %s needs the option bind or rbind", type);
    if (streq(type, "cgroup") || streq(type, "cgroup2")) {
        fill_cgroup(ctx, e,
                    type[strlen("cgroup")] == '2' || ctx->facts->cgroup == CGROUP_LAYOUT_V2 ||
                        ctx->facts->cgroup == CGROUP_LAYOUT_NONE);
        return 0;
    }
    e->m.kind = MOUNT_FS;
    e->m.fstype = type;
    e->m.source = e->config->source && *e->config->source ? e->config->source : NULL;
    /* The kernel has no labels for files of proc and sysfs. */
    if (ctx->linux_->mount_label && *ctx->linux_->mount_label && !is_type(e, "proc") && !is_type(e, "sysfs"))
        e->m.label = ctx->linux_->mount_label;
    e->m.copy_target_mode = is_type(e, "tmpfs") && !mount_data_has(e->m.data, "mode");
    return 0;
}

static bool is_proc_file(const char *target)
{
    for (size_t i = 0; i < ARRAY_SIZE(proc_files); i++)
        if (streq(target, proc_files[i]))
            return true;
    return false;
}

/*
 * Nothing may pretend to be /proc, or lie over the files of it through which labels and limits are written.
 * What the target really is, behind the links of the image, init finds out under its descriptor; the rule
 * says what it may be.
 */
static int settle_proc_rule(struct entry *e, struct err *reterr)
{
    if (streq(e->m.target, "/proc")) {
        if (e->m.kind == MOUNT_REMOUNT)
            return 0;
        if (e->m.kind != MOUNT_BIND && !is_type(e, "proc"))
            return err_config(reterr, e->at, "\"/proc\" cannot be mounted because it is not of type proc");
        e->m.proc_rule = PROC_RULE_ROOT;
    } else if (path_is_beneath("/proc", e->m.target)) {
        if (!is_proc_file(e->m.target))
            return err_config(reterr, e->at_dest, "\"%.200s\" cannot be mounted because it is inside /proc",
                              e->m.target);
        e->m.proc_rule = PROC_RULE_INSIDE;
    } else if (streq(e->m.target, "/sys") && is_type(e, "sysfs")) {
        e->m.proc_rule = PROC_RULE_SYSFS;
    }
    return 0;
}

/* Maps of the mount's own, as members or in crun's option; else those of the container's user namespace. */
static int settle_idmap(struct plan_ctx *ctx, struct entry *e, struct err *reterr)
{
    const struct config_mount *c = e->config;
    bool own = c->uid_mappings.n || c->gid_mappings.n;
    int r;

    if (!own && !e->o.idmap)
        return 0;
    if (e->m.kind == MOUNT_REMOUNT)
        return err_config(reterr, e->at_options, "a remount cannot change the id mapping of a mount");
    e->m.idmap = true;
    e->m.idmap_recursive = e->o.idmap_recursive;
    if (own) {
        e->m.uid_mappings = &c->uid_mappings;
        e->m.gid_mappings = &c->gid_mappings;
        return 0;
    }
    if (e->o.idmap_uids.n || e->o.idmap_gids.n) {
        struct config_idmaps *maps = arena_new_array(ctx->arena, struct config_idmaps, 2);

        if (!maps)
            return err_nomem(reterr);
        r = mount_idmap_resolve(ctx->arena, &e->o.idmap_uids, &ctx->linux_->uid_mappings, e->at_options,
                                &maps[0], reterr);
        if (r == 0)
            r = mount_idmap_resolve(ctx->arena, &e->o.idmap_gids, &ctx->linux_->gid_mappings, e->at_options,
                                    &maps[1], reterr);
        e->m.uid_mappings = &maps[0];
        e->m.gid_mappings = &maps[1];
        return r;
    }
    if (!ctx->has_userns)
        return err_config(reterr, e->at_options, "an id-mapped mount needs mappings or a user namespace");
    return 0;
}

int plan_mounts(struct plan_ctx *ctx, struct err *reterr)
{
    bool any_later = false;

    ctx->mount_targets = arena_new_array(ctx->arena, const char *, ctx->config->n_mounts);
    if (!ctx->mount_targets)
        return err_nomem(reterr);
    for (size_t i = 0; i < ctx->config->n_mounts; i++) {
        struct plan_op *op;
        struct entry e;
        int r = read_entry(ctx, i, &e, reterr);

        if (r == 0)
            r = e.o.remount   ? fill_remount(&e, reterr)
                : e.o.is_bind ? fill_bind(ctx, &e, reterr)
                              : fill_fs(ctx, &e, reterr);
        if (r == 0)
            r = settle_proc_rule(&e, reterr);
        if (r == 0)
            r = settle_idmap(ctx, &e, reterr);
        if (r < 0)
            return r;
        if (e.m.tmpcopyup && !is_type(&e, "tmpfs"))
            return err_config(reterr, e.at_options, "tmpcopyup needs a mount of type tmpfs");
        settle_read_only(&e);
        any_later |= e.m.read_only_later;
        ctx->mount_targets[i] = e.m.target;
        if (streq(e.m.target, "/dev") && e.m.kind != MOUNT_REMOUNT)
            ctx->dev_is_bound =
                e.m.kind == MOUNT_BIND || is_type(&e, "devtmpfs"); /* there is one devtmpfs for all */
        op = plan_add(ctx, OP_MOUNT, e.at);
        if (!op)
            return err_nomem(reterr);
        op->mount = e.m;
    }
    if (any_later && !plan_add(ctx, OP_MOUNTS_READONLY, ""))
        return err_nomem(reterr);
    return 0;
}
