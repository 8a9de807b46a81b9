/* SPDX-License-Identifier: Apache-2.0 */
/* First: it names functions that base/banned.h forbids. */
#include <linux/bpf.h>

#include "core/plan_fields.h"

#include "base/tbl.h"
#include "core/caps.h"
#include "core/cpulist.h"
#include "core/idmap.h"
#include "core/mount_opts.h"
#include "core/rlimit.h"
#include "core/seccomp_policy.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <sys/stat.h>

/* A list of values that are made on the way. Text only grows, so it is collected and cut afterwards. */
#define LIST_TEXT_MAX (64u * 1024u)

static const struct tbl_entry clone_flags[] = {
#define X(type, name, flag, file) {name, flag},
#include "core/tbl/namespaces.h"
#undef X
};

static const struct tbl_entry seccomp_flags[] = {
#define X(id, name, value) {name, value},
#include "core/tbl/seccomp_flags.h"
#undef X
};

static const char *const mount_kinds[] = {
    [MOUNT_FS] = "fs",
    [MOUNT_BIND] = "bind",
    [MOUNT_REMOUNT] = "remount",
    [MOUNT_CGROUP_V1] = "cgroup-v1",
    [MOUNT_CGROUP_V2] = "cgroup-v2",
};

static const char *const proc_rules[] = {
    [PROC_RULE_NONE] = NULL,
    [PROC_RULE_ROOT] = "proc",
    [PROC_RULE_INSIDE] = "inside-proc",
    [PROC_RULE_SYSFS] = "sysfs",
};

static const char *const target_types[] = {
    [TARGET_DIR] = "dir",
    [TARGET_FILE] = "file",
    [TARGET_LIKE_SOURCE] = "like-source",
};

static void write_on_enoent(struct plan_writer *w, const char *key, enum on_enoent v)
{
    static const char *const names[] = {
        [ENOENT_FAIL] = NULL, [ENOENT_SKIP] = "skip", [ENOENT_CREATE] = "create"};

    plan_write_str(w, key, names[v]);
}

static void write_on_eperm(struct plan_writer *w, enum on_eperm v)
{
    static const char *const names[] = {[EPERM_FAIL] = NULL, [EPERM_SKIP] = "skip", [EPERM_BIND] = "bind"};

    plan_write_str(w, "on_eperm", names[v]);
}

static void write_octal(struct plan_writer *w, const char *key, uint32_t v)
{
    char text[16];

    snprintf(text, sizeof(text), "0%" PRIo32, v);
    plan_write_str(w, key, text);
}

/* The names of the bits that are set. */
static void write_bits(struct plan_writer *w, const char *key, const struct tbl_entry *tbl, size_t n,
                       uint64_t bits)
{
    const char *names[64];
    size_t count = 0;

    for (size_t i = 0; i < n && count < ARRAY_SIZE(names); i++)
        if (bits & (uint64_t)tbl[i].value)
            names[count++] = tbl[i].name;
    plan_write_strings(w, key, names, count);
}

/*
 * A text of items that are separated by `sep` (NUL where an item may hold anything else), as one list.
 * Allocated by the buffer; an error of it becomes the writer's, so that a plan is never printed with
 * something missing.
 */
static void write_split(struct plan_writer *w, const char *key, struct buf *text, char sep)
{
    const char **items;
    size_t n = 0, count = 0;

    if (buf_error(text) < 0) {
        if (!w->out->error)
            w->out->error = buf_error(text);
        return;
    }
    if (!text->len)
        return;
    for (size_t i = 0; i < text->len; i++)
        n += text->data[i] == sep;
    items = malloc((n + 1) * sizeof(*items));
    if (!items) {
        if (!w->out->error)
            w->out->error = -ENOMEM;
        return;
    }
    items[count++] = text->data;
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == sep) {
            text->data[i] = '\0';
            items[count++] = text->data + i + 1;
        }
    plan_write_strings(w, key, items, count);
    free(items);
}

/* Sets of capabilities are always written, an empty one as "": what is not there was dropped. */
static void write_caps(struct plan_writer *w, const char *key, uint64_t mask)
{
    AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

    caps_print(mask, &text);
    if (mask)
        write_split(w, key, &text, ' ');
    else
        plan_write_str(w, key, "");
}

static void write_idmaps(struct plan_writer *w, const char *key, const struct config_idmaps *m)
{
    AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++)
        buf_printf(&text, "%s%" PRIu32 ":%" PRIu32 ":%" PRIu32, i ? " " : "", m->v[i].container_id,
                   m->v[i].host_id, m->v[i].size);
    write_split(w, key, &text, ' ');
}

/* ---- cgroups ---- */

/* The directory as it is on the host; the hierarchy's number where the plan does not know it. */
static void write_cgroup(struct plan_writer *w, const struct plan *plan, uint32_t hierarchy, const char *path)
{
    for (size_t i = 0; i < plan->n_cgroups; i++) {
        AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

        if (plan->cgroups[i].hierarchy != hierarchy)
            continue;
        buf_printf(&text, "%s%s", plan->cgroups[i].mountpoint, path);
        if (buf_error(&text) < 0 && !w->out->error)
            w->out->error = buf_error(&text);
        plan_write_str(w, "dir", buf_cstr(&text));
        return;
    }
    plan_write_u64(w, "hierarchy", hierarchy);
    plan_write_str(w, "path", path);
}

static void cgroup_write_fields(struct plan_writer *w, const struct plan *plan,
                                const struct plan_cgroup_write *c)
{
    write_cgroup(w, plan, c->hierarchy, c->path);
    plan_write_str(w, "file", c->file);
    plan_write_str(w, "value", c->value);
    plan_write_str(w, "alt_file", c->alt_file);
    plan_write_str(w, "alt_value", c->alt_value);
    write_on_enoent(w, "on_enoent", c->on_enoent);
    plan_write_flag(w, "retry_einval", c->ignore_einval_retry_later);
    plan_write_flag(w, "read_back", c->read_back);
    plan_write_flag(w, "unified", c->unified);
    plan_write_flag(w, "droppable", c->droppable);
    if (c->usage_file) {
        plan_write_str(w, "usage_file", c->usage_file);
        plan_write_u64(w, "usage_limit", c->usage_limit);
    }
}

/* FNV-1a over the instructions: two programs that differ print differently. */
static void cgroup_devices_fields(struct plan_writer *w, const struct plan *plan,
                                  const struct plan_cgroup_devices *d)
{
    const unsigned char *bytes = (const unsigned char *)d->insns;
    uint64_t hash = 0xcbf29ce484222325u;
    char text[24];

    for (size_t i = 0; i < d->n_insns * sizeof(*d->insns); i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    write_cgroup(w, plan, PLAN_CGROUP2, d->path);
    plan_write_u64(w, "instructions", d->n_insns);
    snprintf(text, sizeof(text), "%016" PRIx64, hash);
    plan_write_str(w, "hash", text);
    write_on_eperm(w, d->on_eperm);
}

static void cgroup_create_fields(struct plan_writer *w, const struct plan *plan,
                                 const struct plan_cgroup_create *c)
{
    AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

    write_cgroup(w, plan, c->hierarchy, c->path);
    if (c->controllers)
        buf_str(&text, c->controllers);
    write_split(w, "controllers", &text, ' ');
    plan_write_flag(w, "seed_cpuset", c->seed_cpuset);
    write_on_eperm(w, c->on_eperm);
    if (c->has_owner)
        plan_write_u64(w, "owner", c->owner_uid);
}

/* Each property as `systemctl set-property` would not take it, but annotations do: NAME=GVariant text. */
static void systemd_scope_fields(struct plan_writer *w, const struct plan_systemd_scope *s)
{
    AUTO_BUF struct buf text = BUF_INIT(16u << 20);

    plan_write_str(w, "unit", s->unit);
    plan_write_str(w, "slice", s->slice);
    plan_write_flag(w, "attach", s->attach);
    for (size_t i = 0; i < s->n_properties; i++) {
        if (i)
            buf_char(&text, '\0');
        buf_printf(&text, "%s=", s->properties[i].name);
        systemd_value_print(&s->properties[i].value, &text);
    }
    write_split(w, "properties", &text, '\0');
}

/* ---- namespaces ---- */

static void write_joins(struct plan_writer *w, const struct plan_ns_join *v, size_t n)
{
    AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(&text, '\0');
        buf_printf(&text, "%s%s:%s", ns_type_name(v[i].type), v[i].not_own ? "(not_own)" : "", v[i].path);
    }
    write_split(w, "joins", &text, '\0');
}

static void write_time_offsets(struct plan_writer *w, const struct plan_clone *c)
{
    AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

    for (size_t i = 0; i < c->n_time_offsets; i++)
        buf_printf(&text, "%s%s:%" PRId64 ":%" PRIu32, i ? " " : "", c->time_offsets[i].clock,
                   c->time_offsets[i].secs, c->time_offsets[i].nanosecs);
    write_split(w, "time_offsets", &text, ' ');
}

static void clone_fields(struct plan_writer *w, const struct plan_clone *c)
{
    write_bits(w, "new", clone_flags, ARRAY_SIZE(clone_flags), c->flags);
    plan_write_flag(w, "into_cgroup2", c->into_cgroup2);
    plan_write_str(w, "join_pid", c->join_pid);
    plan_write_str(w, "join_time", c->join_time);
    plan_write_flag(w, "intermediate", c->intermediate);
    write_joins(w, c->joins, c->n_joins);
    write_bits(w, "unshare", clone_flags, ARRAY_SIZE(clone_flags), c->unshare_flags);
    write_time_offsets(w, c);
}

static void write_mask(struct plan_writer *w, const char *key, const uint64_t *words, size_t n)
{
    struct cpulist list = {.words = (uint64_t *)(uintptr_t)words, .n_words = n};
    AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

    for (uint32_t i = 0; i < n * 64; i++)
        if (words[i / 64] >> (i % 64) & 1) {
            list.highest = i;
            list.count++;
        }
    if (list.count)
        cpulist_print(&list, &text);
    if (buf_error(&text) < 0 && !w->out->error)
        w->out->error = buf_error(&text);
    plan_write_str(w, key, list.count ? buf_cstr(&text) : "all");
}

static void idmap_fields(struct plan_writer *w, const struct plan_idmap_write *m)
{
    write_idmaps(w, "uids", m->uids);
    write_idmaps(w, "gids", m->gids);
    plan_write_flag(w, "deny_setgroups", m->deny_setgroups);
    plan_write_flag(w, "helpers", m->use_helpers);
}

static void net_device_fields(struct plan_writer *w, const struct plan_net_device *d)
{
    plan_write_str(w, "device", d->host_name);
    plan_write_str(w, "name", d->name);
    plan_write_str(w, "netns", d->netns_path);
}

static void intel_rdt_fields(struct plan_writer *w, const struct plan_intel_rdt *r)
{
    plan_write_str(w, "resctrl", r->mountpoint);
    plan_write_str(w, "group", r->clos_id);
    plan_write_flag(w, "join_only", r->join_only);
    plan_write_flag(w, "owned", r->owned);
    plan_write_flag(w, "must_exist", r->must_exist);
    plan_write_strings(w, "schemata", r->schemata, r->n_schemata);
    plan_write_str(w, "monitoring", r->monitoring_group);
}

/* ---- mounts ---- */

static void write_mount_flags(struct plan_writer *w, const struct mount_flags *f)
{
    AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

    mount_flags_print(f, &text);
    write_split(w, "options", &text, ',');
}

static void mount_fields(struct plan_writer *w, const struct plan_mount *m)
{
    plan_write_str(w, "kind", mount_kinds[m->kind]);
    plan_write_str(w, "target", m->target);
    plan_write_str(w, "type", m->fstype);
    plan_write_str(w, "source", m->source);
    write_mount_flags(w, &m->flags);
    plan_write_str(w, "data", m->data);
    /* what goes without saying is not said: a bind's target is like its source, and targets are made */
    if (m->target_type != (m->kind == MOUNT_BIND ? TARGET_LIKE_SOURCE : TARGET_DIR))
        plan_write_str(w, "target_type", target_types[m->target_type]);
    if (m->on_target_missing != ENOENT_CREATE)
        plan_write_str(w, "on_target_missing", m->on_target_missing == ENOENT_SKIP ? "skip" : "fail");
    plan_write_str(w, "rule", proc_rules[m->proc_rule]);
    plan_write_flag(w, "tmpcopyup", m->tmpcopyup);
    plan_write_flag(w, "copy_target_mode", m->copy_target_mode);
    plan_write_flag(w, "read_only_later", m->read_only_later);
    plan_write_flag(w, "src_nofollow", m->src_nofollow);
    plan_write_flag(w, "dest_nofollow", m->dest_nofollow);
    plan_write_flag(w, "copy_symlink", m->copy_symlink);
    if (m->idmap) {
        plan_write_flag(w, m->idmap_recursive ? "ridmap" : "idmap", true);
        write_idmaps(w, "uids", m->uid_mappings);
        write_idmaps(w, "gids", m->gid_mappings);
    }
    plan_write_str(w, "label", m->label);
    plan_write_str(w, "cgroup", m->cgroup_path);
    plan_write_flag(w, "cgroup_ns", m->cgroup_ns);
}

static void propagation_fields(struct plan_writer *w, uint64_t ms_flags)
{
    plan_write_str(w, "propagation", mount_propagation_name(ms_flags));
}

static void device_fields(struct plan_writer *w, const struct plan_device *d)
{
    plan_write_str(w, "path", d->path);
    if (d->type == S_IFIFO) {
        plan_write_str(w, "type", "p");
    } else {
        plan_write_str(w, "type", d->type == S_IFBLK ? "b" : "c");
        plan_write_u64(w, "major", d->major);
        plan_write_u64(w, "minor", d->minor);
    }
    write_octal(w, "mode", d->mode);
    plan_write_u64(w, "uid", d->uid);
    plan_write_u64(w, "gid", d->gid);
    write_on_eperm(w, d->on_eperm);
    plan_write_flag(w, "optional", d->optional);
}

static void symlink_fields(struct plan_writer *w, const struct plan_symlink *s)
{
    plan_write_str(w, "path", s->path);
    plan_write_str(w, "to", s->target);
    plan_write_str(w, "only_if", s->only_if);
}

/* ---- the process ---- */

static void console_fields(struct plan_writer *w, const struct plan_console *c)
{
    if (c->height || c->width) {
        plan_write_u64(w, "height", c->height);
        plan_write_u64(w, "width", c->width);
    }
    plan_write_u64(w, "uid", c->uid);
    plan_write_flag(w, "bind", c->bind);
}

static void write_limit(struct plan_writer *w, const char *key, uint64_t v)
{
    if (v == RLIMIT_UNLIMITED)
        plan_write_str(w, key, "unlimited");
    else
        plan_write_u64(w, key, v);
}

static void rlimit_fields(struct plan_writer *w, const struct plan_rlimit *r)
{
    plan_write_str(w, "type", rlimit_name(r->resource));
    write_limit(w, "soft", r->soft);
    write_limit(w, "hard", r->hard);
}

static void identity_fields(struct plan_writer *w, const struct plan_identity *id)
{
    AUTO_BUF struct buf text = BUF_INIT(16u << 20);

    plan_write_u64(w, "uid", id->uid);
    plan_write_u64(w, "gid", id->gid);
    if (!id->set_groups) {
        plan_write_str(w, "groups", "keep");
        return;
    }
    for (size_t i = 0; i < id->n_groups; i++)
        buf_printf(&text, "%s%" PRIu32, i ? " " : "", id->groups[i]);
    if (id->n_groups)
        write_split(w, "groups", &text, ' ');
    else
        plan_write_str(w, "groups", "none");
}

static void caps_fields(struct plan_writer *w, const struct plan_caps *c)
{
    write_caps(w, "effective", c->effective);
    write_caps(w, "permitted", c->permitted);
    write_caps(w, "inheritable", c->inheritable);
    write_caps(w, "ambient", c->ambient);
}

static void scheduler_fields(struct plan_writer *w, const struct plan_scheduler *s)
{
    plan_write_u64(w, "policy", s->policy);
    plan_write_u64(w, "flags", s->flags);
    plan_write_i64(w, "nice", s->nice);
    plan_write_u64(w, "priority", s->priority);
    plan_write_u64(w, "runtime_ns", s->runtime_ns);
    plan_write_u64(w, "deadline_ns", s->deadline_ns);
    plan_write_u64(w, "period_ns", s->period_ns);
}

static void memory_policy_fields(struct plan_writer *w, const struct plan_memory_policy *m)
{
    AUTO_BUF struct buf text = BUF_INIT(LIST_TEXT_MAX);

    plan_write_i64(w, "mode", m->mode);
    for (size_t i = 0; i < m->n_words; i++)
        buf_printf(&text, "%s0x%" PRIx64, i ? " " : "", m->nodemask[i]);
    write_split(w, "nodemask", &text, ' ');
}

static void write_hooks(struct plan_writer *w, const char *key, const struct config_hooks *hooks)
{
    AUTO_BUF struct buf text = BUF_INIT(16u << 20);

    if (!hooks)
        return;
    for (size_t i = 0; i < hooks->n; i++) {
        if (i)
            buf_char(&text, '\0');
        buf_str(&text, hooks->v[i].path);
    }
    write_split(w, key, &text, '\0');
}

static void seccomp_fields(struct plan_writer *w, const struct seccomp_policy *p)
{
    const char *archs[SECCOMP_ARCH_COUNT];

    plan_write_str(w, "default", seccomp_action_name(p->default_action));
    plan_write_u64(w, "data", SECCOMP_RETURN_DATA(p->default_action));
    plan_write_u64(w, "rules", p->n_rules);
    for (uint32_t i = 0; i < p->n_archs; i++)
        archs[i] = seccomp_arch_info(p->archs[i])->library_name;
    plan_write_strings(w, "archs", archs, p->n_archs);
    write_bits(w, "flags", seccomp_flags, ARRAY_SIZE(seccomp_flags), p->flags);
    plan_write_flag(w, "enosys", p->enosys);
    plan_write_flag(w, "notify", p->notify);
    if (p->notify) {
        plan_write_str(w, "listener", p->listener_path);
        plan_write_str(w, "metadata", p->listener_metadata);
    }
}

static void exec_fields(struct plan_writer *w, const struct plan_exec *e)
{
    size_t n = 0;

    while (e->args[n])
        n++;
    plan_write_strings(w, "args", e->args, n);
    plan_write_u64(w, "env", e->n_env);
    plan_write_flag(w, "has_home", e->has_home);
    plan_write_str(w, "path", e->search_path);
}

void plan_op_fields(struct plan_writer *w, const struct plan *plan, const struct plan_op *op)
{
    switch (op->kind) {
    case OP_CGROUP_CREATE: cgroup_create_fields(w, plan, &op->cgroup_create); break;
    case OP_CGROUP_WRITE_EARLY:
    case OP_CGROUP_WRITE: cgroup_write_fields(w, plan, &op->cgroup_write); break;
    case OP_CGROUP_DEVICES: cgroup_devices_fields(w, plan, &op->cgroup_devices); break;
    case OP_SYSTEMD_SCOPE: systemd_scope_fields(w, &op->systemd_scope); break;
    case OP_CGROUP_JOIN:
        write_cgroup(w, plan, op->cgroup_join.hierarchy, op->cgroup_join.path);
        plan_write_flag(w, "or_init", op->cgroup_join.or_init);
        break;
    case OP_JOIN:
        write_bits(w, "namespaces", clone_flags, ARRAY_SIZE(clone_flags), op->join.flags);
        plan_write_flag(w, "user_first", op->join.user_first);
        break;
    case OP_CPU_AFFINITY_INITIAL:
    case OP_CPU_AFFINITY: write_mask(w, "cpus", op->cpu_affinity.mask, op->cpu_affinity.n_words); break;
    case OP_CLONE: clone_fields(w, &op->clone); break;
    case OP_IDMAP_WRITE: idmap_fields(w, &op->idmap_write); break;
    case OP_INTEL_RDT: intel_rdt_fields(w, &op->intel_rdt); break;
    case OP_OOM_SCORE_ADJ:
        plan_write_i64(w, "value", op->oom_score.value);
        write_on_eperm(w, op->oom_score.on_eperm);
        break;
    case OP_RLIMIT_RAISE:
    case OP_RLIMIT_BETWEEN:
    case OP_RLIMIT: rlimit_fields(w, &op->rlimit); break;
    case OP_NET_DEVICE: net_device_fields(w, &op->net_device); break;
    case OP_NS_JOIN:
        plan_write_str(w, "type", ns_type_name(op->ns_join.type));
        plan_write_str(w, "path", op->ns_join.path);
        plan_write_flag(w, "not_own", op->ns_join.not_own);
        break;
    case OP_NS_UNSHARE:
        write_bits(w, "new", clone_flags, ARRAY_SIZE(clone_flags), op->ns_unshare.flags);
        break;
    case OP_ROOT_PREPARE:
        plan_write_str(w, "path", op->root_prepare.path);
        propagation_fields(w, op->root_prepare.host_propagation);
        break;
    case OP_MOUNT: mount_fields(w, &op->mount); break;
    case OP_DEVICE: device_fields(w, &op->device); break;
    case OP_DEV_SYMLINK: symlink_fields(w, &op->symlink); break;
    case OP_HOOKS_RUNTIME:
        write_hooks(w, "prestart", op->hooks.prestart);
        write_hooks(w, "createRuntime", op->hooks.hooks);
        break;
    case OP_HOOKS_CREATE_CONTAINER:
    case OP_HOOKS_START_CONTAINER: write_hooks(w, "hooks", op->hooks.hooks); break;
    case OP_PIVOT: plan_write_flag(w, "no_pivot", op->pivot.no_pivot); break;
    case OP_ROOT_PROPAGATION: propagation_fields(w, op->root_propagation.ms_flags); break;
    case OP_CONSOLE: console_fields(w, &op->console); break;
    case OP_READONLY_PATH:
    case OP_MASK_PATH:
    case OP_MKDIR_CWD:
    case OP_CHDIR_EARLY:
    case OP_CHDIR: plan_write_str(w, "path", op->path.path); break;
    case OP_KEYRING:
        plan_write_str(w, "name", op->name.name);
        plan_write_str(w, "label", op->name.label);
        break;
    case OP_HOSTNAME:
    case OP_DOMAINNAME:
    case OP_APPARMOR:
    case OP_SELINUX: plan_write_str(w, "name", op->name.name); break;
    case OP_SYSCTL:
        plan_write_strings(w, "name", op->sysctl.components, op->sysctl.n_components);
        plan_write_str(w, "value", op->sysctl.value);
        break;
    case OP_SCHEDULER: scheduler_fields(w, &op->scheduler); break;
    case OP_IO_PRIORITY:
        plan_write_i64(w, "class", op->io_priority.class);
        plan_write_i64(w, "priority", op->io_priority.priority);
        break;
    case OP_PERSONALITY: plan_write_u64(w, "persona", op->personality); break;
    case OP_MEMORY_POLICY: memory_policy_fields(w, &op->memory_policy); break;
    case OP_UMASK:
        if (op->umask == PLAN_UMASK_CALLER)
            plan_write_str(w, "mask", "caller");
        else
            write_octal(w, "mask", op->umask);
        break;
    case OP_SECCOMP_PRIVILEGED:
    case OP_SECCOMP_LISTENER:
    case OP_SECCOMP: seccomp_fields(w, op->seccomp); break;
    case OP_CAPS_BOUNDING: write_caps(w, "bounding", op->caps.bounding); break;
    case OP_IDENTITY: identity_fields(w, &op->identity); break;
    case OP_CAPS: caps_fields(w, &op->caps); break;
    case OP_CLOSE_FDS: plan_write_u64(w, "preserve", op->preserve_fds); break;
    case OP_EXEC: exec_fields(w, &op->exec); break;
    case OP_SETSID:
    case OP_LOOPBACK_UP:
    case OP_MOUNTS_READONLY:
    case OP_ROOT_READONLY:
    case OP_NO_NEW_PRIVS:
    case OP_FIND_EXECUTABLE:
    case OP_WAIT_START:
    case OP_KIND_COUNT: break;
    }
}
