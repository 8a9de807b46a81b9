/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/probe_cgroup.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs.h"
#include "kernel/io.h"
#include "kernel/mountinfo.h"
#include "kernel/probe.h"
#include "kernel/sys.h"

#include <limits.h>

#define TOP             "/sys/fs/cgroup"
#define UNIFIED         TOP "/unified"
#define SELF_CGROUP_MAX 65536u
#define MOUNTINFO_MAX   (64u << 20)
#define HIERARCHIES_MAX 64u

/* ---- /proc/self/cgroup ---- */

/* "4:memory:/a/b", "1:name=systemd:/", "0::/a": the path is the rest, colons and all. */
int probe_parse_cgroup(struct arena *a, const char *text, size_t len, struct probe_cgroup **ret,
                       size_t *ret_n, struct err *reterr)
{
    struct str rest = {text, len}, line;
    struct probe_cgroup *v = arena_new_array(a, struct probe_cgroup, HIERARCHIES_MAX);
    size_t n = 0;

    if (!v)
        return err_nomem(reterr);
    while (str_next(&rest, '\n', &line)) {
        struct str id, controllers;
        struct probe_cgroup *c = &v[n];

        if (line.len == 0)
            continue;
        if (n == HIERARCHIES_MAX)
            return err_system(reterr, E2BIG, "parse", "/proc/self/cgroup");
        if (!str_next(&line, ':', &id) || str_to_u32(id, UINT32_MAX, &c->id) < 0 ||
            !str_next(&line, ':', &controllers) || !line.ptr || line.len == 0 || line.ptr[0] != '/' ||
            memchr(line.ptr, '\0', line.len) ||
            (controllers.len && memchr(controllers.ptr, '\0', controllers.len)))
            return err_system(reterr, EINVAL, "parse", "/proc/self/cgroup");
        c->controllers = arena_strndup(a, controllers.len ? controllers.ptr : "", controllers.len);
        c->path = arena_strndup(a, line.ptr, line.len);
        if (!c->controllers || !c->path)
            return err_nomem(reterr);
        n++;
    }
    *ret = v;
    *ret_n = n;
    return 0;
}

static int read_self(struct arena *a, struct probe_cgroup **v, size_t *n, struct err *reterr)
{
    char text[4096] UNINITIALIZED;
    int len = io_read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));

    if (len == -EMSGSIZE) {
        char *big = arena_alloc(a, SELF_CGROUP_MAX);

        if (!big)
            return err_nomem(reterr);
        len = io_read_file(AT_FDCWD, "/proc/self/cgroup", big, SELF_CGROUP_MAX);
        if (len >= 0)
            return probe_parse_cgroup(a, big, (size_t)len, v, n, reterr);
    }
    if (len == -ENOENT) { /* a kernel without cgroups */
        *n = 0;
        return 0;
    }
    if (len < 0)
        return err_system(reterr, len, "read", "/proc/self/cgroup");
    return probe_parse_cgroup(a, text, (size_t)len, v, n, reterr);
}

/* ---- mount points ---- */

static bool is_absence(int code)
{
    return code == -ENOENT || code == -ENOTDIR;
}

/*
 * 1: a file system of that kind, 0: another, or nothing. A look that fails is an error, never "not mounted":
 * a hierarchy that is left out takes its limits, or the device rules, with it.
 */
static int has_magic(const char *path, long magic, struct err *reterr)
{
    struct statfs fs;
    int r = sys_statfs(path, &fs);

    if (r < 0)
        return is_absence(r) ? 0 : err_system(reterr, r, "statfs", "%s", path);
    return (long)fs.f_type == magic;
}

/*
 * Does the own path exist below the mount point? In a container only a part of the hierarchy may be mounted.
 * 1, 0, or an error as above.
 */
static int own_path_fits(const char *mountpoint, const char *own, struct err *reterr)
{
    char path[PATH_MAX] UNINITIALIZED;
    struct stat st;
    int n, r;

    if (streq(own, "/"))
        return 1;
    n = snprintf(path, sizeof(path), "%s%s", mountpoint, own);
    if (n < 0 || (size_t)n >= sizeof(path))
        return err_system(reterr, ENAMETOOLONG, "stat", "%s%s", mountpoint, own);
    r = sys_fstatat(AT_FDCWD, path, &st, 0);
    if (r < 0)
        return is_absence(r) ? 0 : err_system(reterr, r, "stat", "%s", path);
    return S_ISDIR(st.st_mode);
}

/* The usual place: the directory that is called as the controllers are, or "systemd" for "name=systemd". */
static char *usual_place(struct arena *a, const char *controllers)
{
    const char *name = strncmp(controllers, "name=", 5) == 0 ? controllers + 5 : controllers;

    return arena_printf(a, TOP "/%s", name);
}

/* mountinfo, read once and only when something is not in its usual place. */
struct lookup {
    struct arena *arena;
    struct buf text;
    bool read;
};

/*
 * Where a hierarchy is mounted and which part of it: the last mount that shows the own cgroup or an ancestor
 * of it. `fstype` cgroup or cgroup2; for v1 the super options must name every controller.
 */
struct search {
    const char *fstype;
    const char *controllers;
    const char *own;
    struct mountinfo best;
    bool found;
};

static bool options_have(struct str options, const char *controllers)
{
    struct str rest = str_of(controllers), want, have;

    while (str_next(&rest, ',', &want)) {
        struct str o = options;
        bool found = false;

        while (!found && str_next(&o, ',', &have))
            found = have.len == want.len && memcmp(have.ptr, want.ptr, want.len) == 0;
        if (!found)
            return false;
    }
    return true;
}

/* "/a" is at or above "/a/b". */
static bool is_above(const char *root, const char *own)
{
    const size_t n = strlen(root);

    return streq(root, "/") || (strncmp(own, root, n) == 0 && (own[n] == '\0' || own[n] == '/'));
}

static void look_at(struct search *s, struct str line)
{
    struct mountinfo mi UNINITIALIZED; /* filled by the parser */

    if (mountinfo_parse(line.ptr, line.len, &mi) < 0 || !streq(mi.fstype, s->fstype))
        return;
    if (s->controllers[0] && !options_have(str_of(mi.super), s->controllers))
        return;
    if (!is_above(mi.root, s->own))
        return;
    s->best = mi;
    s->found = true;
}

static int read_mountinfo(struct lookup *l)
{
    AUTO_CLOSE int fd = -1;
    int r;

    if (l->read)
        return 0;
    fd = sys_openat(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY, 0);
    r = fd < 0 ? fd : io_read_all(fd, &l->text);
    l->read = r == 0;
    return r;
}

/* *mountpoint NULL: mounted nowhere. */
static int search_mountinfo(struct lookup *l, struct search *s, const char **mountpoint, const char **own,
                            struct err *reterr)
{
    struct str text, line;
    size_t skip;
    int r = read_mountinfo(l);

    if (r < 0)
        return err_system(reterr, r, "read", "/proc/self/mountinfo");
    text = (struct str){buf_cstr(&l->text), l->text.len};
    while (str_next(&text, '\n', &line))
        if (line.len)
            look_at(s, line);
    *mountpoint = NULL;
    if (!s->found)
        return 0;
    skip = streq(s->best.root, "/") ? 0 : strlen(s->best.root);
    *mountpoint = arena_strdup(l->arena, s->best.mountpoint);
    *own = arena_strdup(l->arena, s->own[skip] ? s->own + skip : "/");
    return *mountpoint && *own ? 0 : err_nomem(reterr);
}

/* 1 found at its usual place, 0 not, or an error. */
static int look_usual(struct lookup *l, const struct probe_cgroup *c, struct facts_hierarchy *h,
                      struct err *reterr)
{
    char *place = usual_place(l->arena, c->controllers);
    int r;

    if (!place)
        return err_nomem(reterr);
    *h = (struct facts_hierarchy){.controllers = c->controllers, .own_path = c->path, .mountpoint = place};
    r = has_magic(place, SYS_MAGIC_CGROUP, reterr);
    return r > 0 ? own_path_fits(place, c->path, reterr) : r;
}

/*
 * Is it worth a look into mountinfo? Where other hierarchies are in their places, one that is not there is
 * mounted nowhere, unless its name (of several controllers) can be spelt otherwise or only a part of it is
 * mounted.
 */
static bool may_be_elsewhere(const struct probe_cgroup *c, bool others_are_usual)
{
    return !others_are_usual || strchr(c->controllers, ',') || !streq(c->path, "/");
}

static int probe_v1(struct lookup *l, struct facts *f, const struct probe_cgroup *v, size_t n,
                    struct err *reterr)
{
    bool *usual = arena_new_array(l->arena, bool, n + 1);
    bool any = false;

    f->v1 = arena_new_array(l->arena, struct facts_hierarchy, n + 1);
    if (!f->v1 || !usual)
        return err_nomem(reterr);
    for (size_t i = 0; i < n; i++) {
        int r = v[i].controllers[0] ? look_usual(l, &v[i], &f->v1[i], reterr) : 0;

        if (r < 0)
            return r;
        usual[i] = r;
        any |= usual[i];
    }
    for (size_t i = 0; i < n; i++) {
        struct facts_hierarchy h = f->v1[i];

        if (!v[i].controllers[0] || (!usual[i] && !may_be_elsewhere(&v[i], any)))
            continue;
        if (!usual[i]) {
            struct search s = {.fstype = "cgroup", .controllers = v[i].controllers, .own = v[i].path};
            int r = search_mountinfo(l, &s, &h.mountpoint, &h.own_path, reterr);
            if (r < 0)
                return r;
        }
        if (h.mountpoint) /* else: a hierarchy of the kernel that is mounted nowhere */
            f->v1[f->n_v1++] = h;
    }
    return 0;
}

static int read_controllers(struct arena *a, struct facts *f, struct err *reterr)
{
    char path[PATH_MAX] UNINITIALIZED;
    char text[512];
    int n = snprintf(path, sizeof(path), "%s/cgroup.controllers", f->cgroup2_mountpoint);
    struct str s;

    n = n > 0 && (size_t)n < sizeof(path) ? io_read_file(AT_FDCWD, path, text, sizeof(text)) : -ENAMETOOLONG;
    s = n > 0 ? str_trim((struct str){text, (size_t)n}) : STR("");
    f->cgroup2_controllers = arena_strndup(a, s.ptr, s.len);
    return f->cgroup2_controllers ? 0 : err_nomem(reterr);
}

static int probe_v2(struct lookup *l, struct facts *f, const char *mountpoint, const struct probe_cgroup *v,
                    size_t n, struct err *reterr)
{
    const char *own = NULL;
    int r;

    for (size_t i = 0; i < n; i++)
        if (!v[i].controllers[0])
            own = v[i].path;
    if (!own)
        return 0;
    f->cgroup2_mountpoint = mountpoint;
    f->cgroup2_own_path = own;
    r = own_path_fits(mountpoint, own, reterr);
    if (r < 0)
        return r;
    if (r == 0) {
        struct search s = {.fstype = "cgroup2", .controllers = "", .own = own};

        r = search_mountinfo(l, &s, &f->cgroup2_mountpoint, &f->cgroup2_own_path, reterr);
        if (r < 0)
            return r;
        if (!f->cgroup2_mountpoint)
            f->cgroup2_own_path = NULL;
    }
    return f->cgroup2_mountpoint ? read_controllers(l->arena, f, reterr) : 0;
}

static bool accessible(const char *mountpoint, const char *own, const char *file, int mode)
{
    char path[PATH_MAX] UNINITIALIZED;
    int n = snprintf(path, sizeof(path), "%s%s%s", mountpoint, own, file);

    return n > 0 && (size_t)n < sizeof(path) && fs_access(path, mode) == 0;
}

/* EUID may make a directory beneath the own cgroup, as far as modes and a read-only mount tell. */
static bool writable(const char *mountpoint, const char *own)
{
    return accessible(mountpoint, own, "", W_OK | X_OK);
}

/* Beside it, too: a process is moved only by who may write to cgroup.procs of what is above both places. */
static bool parent_writable(const char *mountpoint, const char *own)
{
    char parent[PATH_MAX] UNINITIALIZED;
    const char *slash = strrchr(own, '/');
    int n = snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - own) : 0, own);

    return n >= 0 && (size_t)n < sizeof(parent) && accessible(mountpoint, parent, "", W_OK | X_OK) &&
           accessible(mountpoint, parent, "/cgroup.procs", W_OK);
}

static int probe_mounts(struct lookup *l, struct facts *f, const struct probe_cgroup *v, size_t n,
                        struct err *reterr)
{
    int r = has_magic(TOP, SYS_MAGIC_CGROUP2, reterr);

    if (r < 0)
        return r;
    if (r > 0)
        return probe_v2(l, f, TOP, v, n, reterr);
    r = probe_v1(l, f, v, n, reterr);
    if (r == 0)
        r = has_magic(UNIFIED, SYS_MAGIC_CGROUP2, reterr);
    return r > 0 ? probe_v2(l, f, UNIFIED, v, n, reterr) : r;
}

int probe_cgroups(struct arena *a, struct facts *f, struct err *reterr)
{
    struct lookup l = {.arena = a, .text = BUF_INIT(MOUNTINFO_MAX)};
    struct probe_cgroup *v = NULL;
    size_t n = 0;
    int r = read_self(a, &v, &n, reterr);

    if (r == 0)
        r = probe_mounts(&l, f, v, n, reterr);
    buf_done(&l.text);
    if (r < 0)
        return r;
    if (f->n_v1)
        f->cgroup = f->cgroup2_mountpoint ? CGROUP_LAYOUT_HYBRID : CGROUP_LAYOUT_V1;
    else
        f->cgroup = f->cgroup2_mountpoint ? CGROUP_LAYOUT_V2 : CGROUP_LAYOUT_NONE;
    if (f->cgroup == CGROUP_LAYOUT_V2) {
        f->cgroup_writable = writable(f->cgroup2_mountpoint, f->cgroup2_own_path);
        f->cgroup_parent_writable =
            f->rootless && parent_writable(f->cgroup2_mountpoint, f->cgroup2_own_path);
    } else if (f->n_v1)
        f->cgroup_writable = writable(f->v1[0].mountpoint, f->v1[0].own_path);
    return 0;
}

/* ---- swap ---- */

static bool has_file(const char *mountpoint, const char *own, const char *file)
{
    char path[PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s%s/%s", mountpoint, streq(own, "/") ? "" : own, file);

    return n > 0 && (size_t)n < sizeof(path) && sys_fstatat(AT_FDCWD, path, &st, 0) == 0;
}

/* The root of cgroup2 has no limits of its own: any cgroup directly below tells. */
static bool any_child_has(const char *mountpoint, const char *have, const char *file, bool otherwise)
{
    AUTO_CLOSEDIR DIR *dir = opendir(mountpoint);
    struct dirent *d;

    while (dir && (d = readdir(dir))) {
        char own[NAME_MAX + 2];

        if (d->d_type != DT_DIR || d->d_name[0] == '.')
            continue;
        snprintf(own, sizeof(own), "/%s", d->d_name);
        if (has_file(mountpoint, own, have))
            return has_file(mountpoint, own, file);
    }
    return otherwise;
}

bool probe_swap_accounting(const struct facts *f)
{
    for (size_t i = 0; i < f->n_v1; i++)
        if (streq(f->v1[i].controllers, "memory"))
            return has_file(f->v1[i].mountpoint, f->v1[i].own_path, "memory.memsw.limit_in_bytes");
    if (!f->cgroup2_mountpoint)
        return false;
    if (has_file(f->cgroup2_mountpoint, f->cgroup2_own_path, "memory.max"))
        return has_file(f->cgroup2_mountpoint, f->cgroup2_own_path, "memory.swap.max");
    /* Nothing to look at: a limit that is asked for and cannot be written is an error then, not ignored. */
    return any_child_has(f->cgroup2_mountpoint, "memory.max", "memory.swap.max", true);
}
