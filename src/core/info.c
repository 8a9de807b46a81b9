/* SPDX-License-Identifier: Apache-2.0 */
#include "core/info.h"

#include "core/json_write.h"

#define MISSING_MAX 32

/* In the order of the bits of facts.kernel. */
static const struct {
    uint32_t bit;
    const char *name, *since, *without;
} features[] = {
    {KERNEL_OPENAT2, "openat2", "5.6", "paths are walked step by step"},
    {KERNEL_MOUNT_API, "mount-api", "5.2", "mounts are made by mount(2)"},
    {KERNEL_MOUNT_SETATTR, "mount-setattr", "5.12",
     "no id-mapped mounts, no recursive mount attributes, no mounts command"},
    {KERNEL_CLONE3, "clone3", "5.3", "init is moved into its cgroup after its birth"},
    {KERNEL_CLONE_INTO_CGROUP, "clone-into-cgroup", "5.7", "init is moved into its cgroup after its birth"},
    {KERNEL_PIDFD, "pidfd", "5.3", "processes are known by number and start time only"},
    {KERNEL_SETNS_PIDFD, "setns-pidfd", "5.8", "exec joins namespaces one by one"},
    {KERNEL_CLOSE_RANGE, "close-range", "5.11", "descriptors are closed one by one"},
    {KERNEL_CGROUP_KILL, "cgroup-kill", "5.14", "processes of a cgroup are frozen and killed one by one"},
    {KERNEL_NOSYMFOLLOW, "nosymfollow", "5.14", "nosymfollow is set by mount(2), rnosymfollow is refused"},
    {KERNEL_TIME_NS, "time-namespaces", "5.6", "time namespaces are refused"},
    {KERNEL_CGROUP_NS, "cgroup-namespaces", "4.6", "cgroup namespaces are refused"},
    {KERNEL_SECCOMP_NOTIFY, "seccomp-notify", "5.0", "SCMP_ACT_NOTIFY is refused"},
};

static const char *layout_name(enum cgroup_layout layout)
{
    switch (layout) {
    case CGROUP_LAYOUT_NONE: return "none";
    case CGROUP_LAYOUT_V1: return "v1";
    case CGROUP_LAYOUT_HYBRID: return "hybrid";
    case CGROUP_LAYOUT_V2: return "v2";
    }
    return "none";
}

struct missing {
    const char *what, *remedy;
};

struct missing_list {
    struct missing v[MISSING_MAX];
    size_t n;
};

static void add(struct missing_list *l, bool is_missing, const char *what, const char *remedy)
{
    if (is_missing && l->n < MISSING_MAX)
        l->v[l->n++] = (struct missing){what, remedy};
}

static bool has_word(const char *list, const char *word)
{
    struct str rest = str_of(list ? list : ""), item;

    while (str_next(&rest, ' ', &item))
        if (str_eq(item, word))
            return true;
    return false;
}

static bool has_controller(const struct facts *f, const char *name)
{
    if (has_word(f->cgroup2_controllers, name))
        return true;
    for (size_t i = 0; i < f->n_v1; i++) {
        struct str rest = str_of(f->v1[i].controllers), item;

        while (str_next(&rest, ',', &item))
            if (str_eq(item, name))
                return true;
    }
    return false;
}

/* What a container may want and will not get here, each with what gives it. */
static void find_missing(const struct info_host *h, struct missing_list *l)
{
    const struct facts *f = h->facts;
    const bool cgroups = f->cgroup != CGROUP_LAYOUT_NONE;

    add(l, !cgroups, "cgroups", "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
    add(l, cgroups && !f->cgroup_writable, "permission to make cgroups",
        "run as root, or have a cgroup delegated (systemd: Delegate=yes, --systemd-cgroup)");
    add(l, cgroups && !has_controller(f, "memory"), "memory controller",
        "boot without cgroup_disable=memory (cgroup_enable=memory), or mount its v1 hierarchy");
    add(l, cgroups && !has_controller(f, "pids"), "pids controller", "a kernel with CONFIG_CGROUP_PIDS");
    add(l, cgroups && !has_controller(f, "cpu"), "cpu controller", "a kernel with CONFIG_CGROUP_SCHED");
    add(l, cgroups && !f->swap_accounting, "swap limits",
        "boot with swapaccount=1 (v1), or a kernel with swap");
    add(l, h->has_max_user_namespaces && h->max_user_namespaces == 0, "user namespaces",
        "sysctl -w user.max_user_namespaces=15000");
    add(l, f->euid == 0 && !f->in_userns && !(f->bounding_caps & (UINT64_C(1) << 24)), "CAP_SYS_RESOURCE",
        "give it to the caller: without it no hard rlimit can be raised");
    add(l, !h->criu, "criu", "install criu 3.17 or later: checkpoint and restore call it");
    add(l, !h->systemd_built, "systemd in this build", "build with libsystemd, for --systemd-cgroup");
    add(l, h->systemd_built && !h->systemd_running, "systemd on this host",
        "use the cgroupfs manager (the default)");
    add(l, !f->resctrl, "resctrl",
        "mount -t resctrl resctrl /sys/fs/resctrl, on a processor that has it: intelRdt needs it");
    for (size_t i = 0; i < ARRAY_SIZE(features); i++)
        add(l, !(f->kernel & features[i].bit), features[i].name, features[i].since);
}

static const char *without(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(features); i++)
        if (streq(features[i].name, name))
            return features[i].without;
    return NULL;
}

static void put_limit(struct buf *out, uint64_t v)
{
    if (v == UINT64_MAX)
        buf_str(out, "unlimited");
    else
        buf_printf(out, "%llu", (unsigned long long)v);
}

void info_text(const struct info_host *h, struct buf *out)
{
    const struct facts *f = h->facts;
    struct missing_list missing = {.n = 0};

    find_missing(h, &missing);
    buf_printf(out, "lorica: %s\nkernel: %s %s\ncaller: uid %u%s%s\n", h->version, h->release, h->machine,
               f->euid, f->in_userns ? ", in a user namespace" : "", f->rootless ? ", rootless" : "");
    buf_str(out, "kernel features:");
    for (size_t i = 0; i < ARRAY_SIZE(features); i++)
        if (f->kernel & features[i].bit)
            buf_printf(out, " %s", features[i].name);
    buf_printf(out, "\ncgroups: %s%s\n", layout_name(f->cgroup), f->cgroup_writable ? ", writable" : "");
    if (f->cgroup2_mountpoint)
        buf_printf(out, "cgroup v2: %s, own group %s, controllers: %s\n", f->cgroup2_mountpoint,
                   f->cgroup2_own_path, f->cgroup2_controllers[0] ? f->cgroup2_controllers : "none");
    for (size_t i = 0; i < f->n_v1; i++)
        buf_printf(out, "cgroup v1: %s, own group %s: %s\n", f->v1[i].mountpoint, f->v1[i].own_path,
                   f->v1[i].controllers);
    buf_printf(out, "security modules: %s\n", h->lsms && *h->lsms ? h->lsms : "not known");
    buf_printf(out, "huge pages: %s\n", f->hugepage_sizes[0] ? f->hugepage_sizes : "none");
    buf_printf(out, "criu: %s\n", h->criu ? h->criu : "not found");
    buf_printf(out, "systemd: %s, %s\n", h->systemd_built ? "built in" : "not built in",
               h->systemd_running ? "running" : "not running");
    buf_str(out, "open files: ");
    put_limit(out, h->open_files);
    buf_str(out, " of ");
    put_limit(out, h->open_files_max);
    buf_char(out, '\n');
    for (size_t i = 0; i < missing.n; i++) {
        const char *cost = without(missing.v[i].what);

        if (cost)
            buf_printf(out, "missing: %s: %s; Linux %s has it\n", missing.v[i].what, cost,
                       missing.v[i].remedy);
        else
            buf_printf(out, "missing: %s: %s\n", missing.v[i].what, missing.v[i].remedy);
    }
}

/* ---- JSON ---- */

static void put_kernel(struct json_writer *w, const struct info_host *h)
{
    json_write_key(w, "kernel");
    json_write_object(w);
    json_write_key_str(w, "release", h->release);
    json_write_key_str(w, "machine", h->machine);
    json_write_key(w, "features");
    json_write_object(w);
    for (size_t i = 0; i < ARRAY_SIZE(features); i++)
        json_write_key_bool(w, features[i].name, (h->facts->kernel & features[i].bit) != 0);
    json_write_object_end(w);
    json_write_object_end(w);
}

static void put_cgroup(struct json_writer *w, const struct facts *f)
{
    json_write_key(w, "cgroup");
    json_write_object(w);
    json_write_key_str(w, "layout", layout_name(f->cgroup));
    json_write_key_bool(w, "writable", f->cgroup_writable);
    if (f->cgroup2_mountpoint) {
        json_write_key_str(w, "mountpoint", f->cgroup2_mountpoint);
        json_write_key_str(w, "ownPath", f->cgroup2_own_path);
        json_write_key_str(w, "controllers", f->cgroup2_controllers);
    }
    json_write_key(w, "v1");
    json_write_array(w);
    for (size_t i = 0; i < f->n_v1; i++) {
        json_write_object(w);
        json_write_key_str(w, "controllers", f->v1[i].controllers);
        json_write_key_str(w, "mountpoint", f->v1[i].mountpoint);
        json_write_key_str(w, "ownPath", f->v1[i].own_path);
        json_write_object_end(w);
    }
    json_write_array_end(w);
    json_write_object_end(w);
}

static void put_missing(struct json_writer *w, const struct info_host *h)
{
    struct missing_list missing = {.n = 0};

    find_missing(h, &missing);
    json_write_key(w, "missing");
    json_write_array(w);
    for (size_t i = 0; i < missing.n; i++) {
        const char *cost = without(missing.v[i].what);

        json_write_object(w);
        json_write_key_str(w, "what", missing.v[i].what);
        json_write_key_str(w, cost ? "linux" : "remedy", missing.v[i].remedy);
        if (cost)
            json_write_key_str(w, "without", cost);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

void info_json(const struct info_host *h, struct buf *out)
{
    const struct facts *f = h->facts;
    struct json_writer w;

    json_write_init(&w, out, "  ");
    json_write_object(&w);
    json_write_key_str(&w, "version", h->version);
    json_write_key_u64(&w, "euid", f->euid);
    json_write_key_bool(&w, "inUserNamespace", f->in_userns);
    json_write_key_bool(&w, "rootless", f->rootless);
    put_kernel(&w, h);
    put_cgroup(&w, f);
    json_write_key_str(&w, "securityModules", h->lsms ? h->lsms : "");
    json_write_key_str(&w, "hugePages", f->hugepage_sizes);
    json_write_key_str(&w, "criu", h->criu ? h->criu : "");
    json_write_key_bool(&w, "systemdBuilt", h->systemd_built);
    json_write_key_bool(&w, "systemdRunning", h->systemd_running);
    json_write_key_u64(&w, "openFiles", h->open_files);
    json_write_key_u64(&w, "openFilesMax", h->open_files_max);
    put_missing(&w, h);
    json_write_object_end(&w);
    buf_char(out, '\n');
}
