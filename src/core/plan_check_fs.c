/* SPDX-License-Identifier: Apache-2.0 */
/* plan_check: mounts, devices, links, masked and read-only paths. */
#include "core/plan_check_parts.h"

#include "core/mount_flags.h"

#include <sys/stat.h>

/* Where the operations of a kind begin: the first, or the end. They stand together, the order was checked. */
static const struct plan_op *first_of(const struct plan_checker *c, enum plan_op_kind kind)
{
    const struct plan_op *op = check_op(c, kind);

    return op ? op : c->plan->ops + c->plan->n_ops;
}

static bool is_of(const struct plan_checker *c, const struct plan_op *op, enum plan_op_kind kind)
{
    return op < c->plan->ops + c->plan->n_ops && op->kind == kind;
}

/* ---- mounts ---- */

static bool has_option(const struct config_mount *m, const char *name)
{
    for (size_t i = 0; i < m->options.n; i++)
        if (strcmp(m->options.v[i], name) == 0)
            return true;
    return false;
}

/* Which of two options stands last: 1 the first name, -1 the second, 0 neither. */
static int last_of(const struct config_mount *m, const char *on, const char *off)
{
    int last = 0;

    for (size_t i = 0; i < m->options.n; i++) {
        if (strcmp(m->options.v[i], on) == 0)
            last = 1;
        else if (strcmp(m->options.v[i], off) == 0)
            last = -1;
    }
    return last;
}

/* The options that protect: what was asked for last is what is set. */
static int check_protections(struct plan_checker *c, const struct config_mount *m, const struct plan_op *op)
{
    static const struct {
        const char *on, *off;
        uint64_t flag;
    } flags[] = {
        {"ro", "rw", MS_RDONLY},
        {"nosuid", "suid", MS_NOSUID},
        {"nodev", "dev", MS_NODEV},
        {"noexec", "exec", MS_NOEXEC},
        {"nosymfollow", "symfollow", MS_NOSYMFOLLOW},
    };
    static const struct {
        const char *on, *off;
        uint64_t attr, flag;
    } recursive[] = {
        {"rro", "rrw", MOUNT_ATTR_RDONLY, MS_RDONLY},
        {"rnosuid", "rsuid", MOUNT_ATTR_NOSUID, MS_NOSUID},
        {"rnodev", "rdev", MOUNT_ATTR_NODEV, MS_NODEV},
        {"rnoexec", "rexec", MOUNT_ATTR_NOEXEC, MS_NOEXEC},
    };
    const struct mount_flags *f = &op->mount.flags;

    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        int last = last_of(m, flags[i].on, flags[i].off);
        bool set = f->set & flags[i].flag;
        bool rro = flags[i].flag == MS_RDONLY && last_of(m, "rro", "rrw") > 0;

        if ((last > 0 && !set) || (last < 0 && set && !rro) ||
            (last < 0 && !(f->clear & flags[i].flag) && !rro))
            return check_fail(c, "%s: option \"%s\" is not followed", op->pointer,
                              last > 0 ? flags[i].on : flags[i].off);
    }
    for (size_t i = 0; i < ARRAY_SIZE(recursive); i++)
        if (last_of(m, recursive[i].on, recursive[i].off) > 0 && !(f->rec_set & recursive[i].attr) &&
            !(f->set & recursive[i].flag))
            return check_fail(c, "%s: option \"%s\" is not followed", op->pointer, recursive[i].on);
    if ((f->set & f->clear) || (f->rec_set & f->rec_clear & ~(uint64_t)MOUNT_ATTR__ATIME))
        return check_fail(c, "%s: a flag is both set and cleared", op->pointer);
    return 0;
}

static bool may_cover_in_proc(const char *target)
{
    static const char *const files[] = {"/proc/cpuinfo",
                                        "/proc/diskstats",
                                        "/proc/meminfo",
                                        "/proc/stat",
                                        "/proc/swaps",
                                        "/proc/uptime",
                                        "/proc/loadavg",
                                        "/proc/slabinfo",
                                        "/proc/sys/kernel/ns_last_pid",
                                        "/proc/sys/crypto/fips_enabled"};

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (strcmp(target, files[i]) == 0)
            return true;
    return false;
}

static int check_proc(struct plan_checker *c, const struct plan_op *op)
{
    const struct plan_mount *m = &op->mount;

    if (strcmp(m->target, "/proc") == 0) {
        if (m->kind != MOUNT_REMOUNT && m->proc_rule != PROC_RULE_ROOT)
            return check_fail(c, "%s: /proc without its rule", op->pointer);
        if (m->kind == MOUNT_CGROUP_V1 || m->kind == MOUNT_CGROUP_V2 ||
            (m->kind == MOUNT_FS && strcmp(m->fstype, "proc") != 0))
            return check_fail(c, "%s: /proc is not procfs", op->pointer);
    } else if (strncmp(m->target, "/proc/", 6) == 0) {
        if (!may_cover_in_proc(m->target) || m->proc_rule != PROC_RULE_INSIDE)
            return check_fail(c, "%s: a mount over a file of /proc", op->pointer);
    } else if (m->proc_rule == PROC_RULE_ROOT || m->proc_rule == PROC_RULE_INSIDE) {
        return check_fail(c, "%s: a rule for /proc elsewhere", op->pointer);
    } else if (strcmp(m->target, "/sys") == 0 && m->kind == MOUNT_FS && strcmp(m->fstype, "sysfs") == 0 &&
               m->proc_rule != PROC_RULE_SYSFS) {
        return check_fail(c, "%s: sysfs without its rule", op->pointer);
    }
    return 0;
}

static int check_kind(struct plan_checker *c, const struct config_mount *m, const struct plan_op *op)
{
    const struct plan_mount *p = &op->mount;
    bool remount = has_option(m, "remount");
    bool bind = has_option(m, "bind") || has_option(m, "rbind");

    if ((p->kind == MOUNT_REMOUNT) != remount || (p->kind == MOUNT_BIND) != (bind && !remount))
        return check_fail(c, "%s: not the kind of mount that was asked for", op->pointer);
    if (bind && p->data)
        return check_fail(c, "%s: a bind with data of a file system", op->pointer);
    if (bind != !!(p->flags.set & MS_BIND) || has_option(m, "rbind") != !!(p->flags.set & MS_REC))
        return check_fail(c, "%s: the flags of a bind do not fit", op->pointer);
    if (p->kind == MOUNT_BIND &&
        (!p->source || p->fstype || p->target_type != TARGET_LIKE_SOURCE ||
         p->on_target_missing != ENOENT_CREATE ||
         !check_means(m->source[0] == '/' ? "" : c->plan->bundle, m->source, p->source)))
        return check_fail(c, "%s: a bind of something else", op->pointer);
    if (p->kind == MOUNT_FS &&
        (!p->fstype || strcmp(p->fstype, m->type) != 0 || strncmp(p->fstype, "cgroup", 7) == 0))
        return check_fail(c, "%s: another file system", op->pointer);
    if ((p->kind == MOUNT_CGROUP_V1 || p->kind == MOUNT_CGROUP_V2) &&
        (strncmp(m->type, "cgroup", 6) != 0 ||
         (strcmp(m->type, "cgroup2") == 0 && p->kind != MOUNT_CGROUP_V2)))
        return check_fail(c, "%s: no cgroup mount was asked for", op->pointer);
    if (p->tmpcopyup != has_option(m, "tmpcopyup") ||
        (p->tmpcopyup && (p->kind != MOUNT_FS || strcmp(p->fstype, "tmpfs") != 0)))
        return check_fail(c, "%s: copying without a tmpfs", op->pointer);
    return 0;
}

static int check_rest(struct plan_checker *c, const struct config_mount *m, const struct plan_op *op)
{
    const struct plan_mount *p = &op->mount;
    bool mapped = m->uid_mappings.n || m->gid_mappings.n || has_option(m, "idmap") || has_option(m, "ridmap");
    const char *label = c->config->linux_.mount_label;

    if (p->read_only_later && (p->kind != MOUNT_FS || !(p->flags.set & MS_RDONLY) ||
                               (strcmp(p->fstype, "tmpfs") != 0 && strcmp(p->target, "/dev") != 0)))
        return check_fail(c, "%s: read-only later for no reason", op->pointer);
    if (mapped && !p->idmap)
        return check_fail(c, "%s: the id mapping is missing", op->pointer);
    if (m->uid_mappings.n && (p->uid_mappings != &m->uid_mappings || p->gid_mappings != &m->gid_mappings))
        return check_fail(c, "%s: another id mapping", op->pointer);
    if (p->label && (!label || strcmp(p->label, label) != 0))
        return check_fail(c, "%s: another label", op->pointer);
    for (size_t i = 0; i < p->flags.n_propagation; i++) {
        uint64_t type = p->flags.propagation[i] & ~(uint64_t)MS_REC;

        if (type != MS_SHARED && type != MS_SLAVE && type != MS_PRIVATE && type != MS_UNBINDABLE)
            return check_fail(c, "%s: no propagation type", op->pointer);
    }
    return 0;
}

int check_mounts(struct plan_checker *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];
        const struct config_mount *m;
        size_t index;
        int r;

        if (op->kind != OP_MOUNT)
            continue;
        if (n == c->config->n_mounts)
            return check_fail(c, "more mounts than were asked for");
        m = &c->config->mounts[n];
        if (!check_index(op->pointer, "/mounts", c->config->n_mounts, &index) || index != n)
            return check_fail(c, "mount %zu is %s", n, op->pointer);
        n++;
        if (!check_is_clean(op->mount.target) || !check_means("", m->destination, op->mount.target))
            return check_fail(c, "%s: another target", op->pointer);
        r = check_kind(c, m, op);
        if (r == 0)
            r = check_protections(c, m, op);
        if (r == 0)
            r = check_proc(c, op);
        if (r == 0)
            r = check_rest(c, m, op);
        if (r < 0)
            return r;
    }
    return n == c->config->n_mounts ? 0 : check_fail(c, "%zu mounts instead of %zu", n, c->config->n_mounts);
}

/* ---- devices ---- */

/* The last mount at /dev decides whose it is. */
static bool dev_is_foreign(const struct plan_checker *c)
{
    bool foreign = false;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_mount *m = &c->plan->ops[i].mount;

        if (c->plan->ops[i].kind == OP_MOUNT && m->kind != MOUNT_REMOUNT && strcmp(m->target, "/dev") == 0)
            foreign = m->kind == MOUNT_BIND || (m->kind == MOUNT_FS && strcmp(m->fstype, "devtmpfs") == 0);
    }
    return foreign;
}

static bool is_mount_target(const struct plan_checker *c, const char *path)
{
    for (size_t i = 0; i < c->plan->n_ops; i++)
        if (c->plan->ops[i].kind == OP_MOUNT && strcmp(c->plan->ops[i].mount.target, path) == 0)
            return true;
    return false;
}

static const struct plan_op *find_device(const struct plan_checker *c, const char *path)
{
    for (const struct plan_op *op = first_of(c, OP_DEVICE); is_of(c, op, OP_DEVICE); op++)
        if (strcmp(op->device.path, path) == 0)
            return op;
    return NULL;
}

static size_t count_links(const struct plan_checker *c, const char *path, const char *target)
{
    size_t n = 0;

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];

        n += op->kind == OP_DEV_SYMLINK && strcmp(op->symlink.path, path) == 0 &&
             strcmp(op->symlink.target, target) == 0;
    }
    return n;
}

static const struct {
    const char *path, *target;
} dev_links[] = {
    {"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"}, {"/dev/stdout", "/proc/self/fd/1"},
    {"/dev/stderr", "/proc/self/fd/2"}, {"/dev/core", "/proc/kcore"},      {"/dev/ptmx", "pts/ptmx"},
};

static bool is_dev_link(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(dev_links); i++)
        if (strcmp(dev_links[i].path, path) == 0)
            return true;
    return false;
}

static const struct {
    const char *path;
    uint32_t major, minor;
} default_nodes[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

/* Each default node is there, unless the bundle puts something in its place: then there is exactly that. */
static int check_defaults(struct plan_checker *c)
{
    for (size_t i = 0; i < ARRAY_SIZE(default_nodes); i++) {
        const struct plan_op *op = find_device(c, default_nodes[i].path);

        if (op ? op->pointer[0] != '\0' : is_mount_target(c, default_nodes[i].path))
            continue;
        if (!op || op->device.type != S_IFCHR || op->device.major != default_nodes[i].major ||
            op->device.minor != default_nodes[i].minor || op->device.mode != 0666)
            return check_fail(c, "no default device %s", default_nodes[i].path);
    }
    for (size_t i = 0; i < ARRAY_SIZE(dev_links); i++) {
        size_t n = count_links(c, dev_links[i].path, dev_links[i].target);

        if (n != 1 && (n != 0 || !is_mount_target(c, dev_links[i].path)))
            return check_fail(c, "%zu links %s", n, dev_links[i].path);
    }
    return 0;
}

static uint32_t device_type(const char *letter)
{
    switch (letter[0]) {
    case 'b': return S_IFBLK;
    case 'p': return S_IFIFO;
    default: return S_IFCHR;
    }
}

static bool is_device(const struct plan_device *d, const struct config_device *want)
{
    return d->type == device_type(want->type) &&
           (d->type == S_IFIFO || ((int64_t)d->major == want->major.v && (int64_t)d->minor == want->minor.v));
}

/*
 * Every one of linux.devices is made, in its own form; but not in somebody else's /dev, nor for one of our
 * links. The operations follow the list, so the one of a device is the next; only a repeated path has to be
 * looked for.
 */
static int check_configured(struct plan_checker *c, bool foreign)
{
    const struct plan_op *next = first_of(c, OP_DEVICE);
    struct check_path path UNINITIALIZED;

    while (is_of(c, next, OP_DEVICE) && !next->pointer[0])
        next++;
    for (size_t i = 0; i < c->config->linux_.n_devices; i++) {
        const struct config_device *want = &c->config->linux_.devices[i];
        const struct plan_op *op;

        if (!check_meaning("", want->path, &path))
            return check_fail(c, "device %zu has no path", i);
        op = next;
        if (is_of(c, op, OP_DEVICE) && strcmp(op->device.path, path.text) == 0)
            next++;
        else
            op = find_device(c, path.text);
        if (op && (!op->pointer[0] || !is_device(&op->device, want)))
            return check_fail(c, "another device at %.200s", path.text);
        if (!op && !is_dev_link(path.text) && !(foreign && strncmp(path.text, "/dev/", 5) == 0))
            return check_fail(c, "device %zu is missing", i);
    }
    return is_of(c, next, OP_DEVICE) ? check_fail(c, "more devices than were asked for") : 0;
}

static int check_device(struct plan_checker *c, const struct plan_op *op, bool foreign)
{
    const struct plan_device *d = &op->device;
    size_t index = 0;

    if (!check_is_clean(d->path))
        return check_fail(c, "device path %.200s is not clean", d->path);
    if (strncmp(d->path, "/dev/", 5) == 0 && (foreign || is_dev_link(d->path)))
        return check_fail(c, "device %.200s is not ours to make", d->path);
    if ((d->type != S_IFCHR && d->type != S_IFBLK && d->type != S_IFIFO) || d->mode > 07777 ||
        d->uid == UINT32_MAX || d->gid == UINT32_MAX || d->optional)
        return check_fail(c, "device %.200s has no sense", d->path);
    if (op->pointer[0]) {
        if (!check_index(op->pointer, "/linux/devices", c->config->linux_.n_devices, &index) ||
            !check_means("", c->config->linux_.devices[index].path, d->path))
            return check_fail(c, "device %.200s was not asked for", d->path);
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(default_nodes); i++)
        if (strcmp(default_nodes[i].path, d->path) == 0)
            return find_device(c, d->path) == op ? 0 : check_fail(c, "device %.200s twice", d->path);
    return check_fail(c, "device %.200s was not asked for", d->path);
}

int check_devices(struct plan_checker *c)
{
    bool foreign = dev_is_foreign(c);

    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];
        int r;

        if (op->kind == OP_DEV_SYMLINK && (foreign || !is_dev_link(op->symlink.path)))
            return check_fail(c, "a link in a /dev that is not ours, or of another name");
        if (op->kind != OP_DEVICE)
            continue;
        r = check_device(c, op, foreign);
        if (r < 0)
            return r;
    }
    if (!foreign) {
        int r = check_defaults(c);

        if (r < 0)
            return r;
    }
    return check_configured(c, foreign);
}

/* ---- masked and read-only paths ---- */

static const struct plan_op *find_path(const struct plan_checker *c, enum plan_op_kind kind, const char *path)
{
    for (const struct plan_op *op = first_of(c, kind); is_of(c, op, kind); op++)
        if (strcmp(op->path.path, path) == 0)
            return op;
    return NULL;
}

/* Every path of the list is in the plan; nothing else is. As with devices, only a repeated path is looked
 * for. */
static int check_path_list(struct plan_checker *c, enum plan_op_kind kind, const struct strings *paths,
                           const char *array)
{
    const struct plan_op *next = first_of(c, kind);
    struct check_path path UNINITIALIZED;
    size_t index;

    for (size_t i = 0; i < paths->n; i++) {
        if (!check_meaning("", paths->v[i], &path))
            return check_fail(c, "\"%s\" of no path (%zu)", plan_op_name(kind), i);
        if (is_of(c, next, kind) && check_index(next->pointer, array, paths->n, &index) && index == i) {
            if (!check_is_clean(next->path.path) || strcmp(next->path.path, path.text) != 0)
                return check_fail(c, "\"%s\" of another path (%zu)", plan_op_name(kind), i);
            next++;
        } else if (!find_path(c, kind, path.text)) {
            return check_fail(c, "no \"%s\" of path %zu", plan_op_name(kind), i);
        }
    }
    return is_of(c, next, kind) ? check_fail(c, "more \"%s\" than were asked for", plan_op_name(kind)) : 0;
}

int check_hidden_paths(struct plan_checker *c)
{
    int r = check_path_list(c, OP_READONLY_PATH, &c->config->linux_.readonly_paths, "/linux/readonlyPaths");

    return r < 0 ? r
                 : check_path_list(c, OP_MASK_PATH, &c->config->linux_.masked_paths, "/linux/maskedPaths");
}
