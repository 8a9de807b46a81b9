/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/cgroup_bpf.h"
#include "kernel/cgroup_dir.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <limits.h>

#define MAKE_TRIES      16   /* somebody removes a parent while we make a child in it */
#define CPUSET_LIST_MAX 4096 /* longest list of cpus or nodes */

/* ---- the set ---- */

void cgroup_set_init(struct cgroup_set *s)
{
    memset(s, 0, sizeof(*s));
    s->last_fd = -1;
}

void cgroup_set_done(struct cgroup_set *s)
{
    for (size_t i = 0; i < s->n; i++) {
        fd_close(&s->v[i].fd);
        fd_close(&s->v[i].base_fd);
        fd_close(&s->v[i].parent_fd);
    }
    fd_close(&s->last_fd);
    s->n = 0;
    s->n_pending = 0;
}

const struct cgroup *cgroup_set_find(const struct cgroup_set *s, uint32_t hierarchy)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].hierarchy == hierarchy)
            return &s->v[i];
    return NULL;
}

int cgroup_set_cgroup2_fd(const struct cgroup_set *s)
{
    const struct cgroup *c = cgroup_set_find(s, PLAN_CGROUP2);

    return c && !c->left_out ? c->fd : -1;
}

size_t cgroup_first_made(const struct cgroup *c)
{
    return c->first_made_len;
}

void cgroup_keep_parents(struct cgroup *c)
{
    if (c->first_made_len)
        c->first_made_len = strlen(c->path);
}

/* What we were given may come from a file: "/a/b", no "." or "..", nothing doubled. */
static bool path_is_usable(const char *path)
{
    struct str rest = str_of(path);
    struct str name;

    if (!path || path[0] != '/' || path[1] == '\0')
        return false;
    (void)str_next(&rest, '/', &name);
    while (str_next(&rest, '/', &name))
        if (name.len == 0 || name.len > 255 || str_eq(name, ".") || str_eq(name, ".."))
            return false;
    return true;
}

static struct cgroup *add_member(struct cgroup_set *s, uint32_t hierarchy, const char *mountpoint,
                                 const char *path, struct err *reterr)
{
    struct cgroup *c;

    if (s->n == CGROUP_SET_MAX) {
        err_internal(reterr, E2BIG, "more than %u cgroup hierarchies", CGROUP_SET_MAX);
        return NULL;
    }
    if (!mountpoint || mountpoint[0] != '/' || !path_is_usable(path) || cgroup_set_find(s, hierarchy)) {
        err_internal(reterr, EINVAL, "bad cgroup: mount point %.100s, path %.100s",
                     mountpoint ? mountpoint : "", path ? path : "");
        return NULL;
    }
    c = &s->v[s->n++];
    *c = (struct cgroup){.hierarchy = hierarchy,
                         .mountpoint = mountpoint,
                         .path = path,
                         .base_fd = -1,
                         .parent_fd = -1,
                         .fd = -1};
    return c;
}

int cgroup_set_add(struct cgroup_set *s, const struct cgroup_ref *ref, struct err *reterr)
{
    struct cgroup *c = add_member(s, ref->hierarchy, ref->mountpoint, ref->path, reterr);
    size_t len = ref->first_made ? strlen(ref->first_made) : 0;

    if (!c)
        return s->n == CGROUP_SET_MAX ? -E2BIG : -EINVAL;
    c->controllers = ref->controllers;
    if (len && (strncmp(ref->path, ref->first_made, len) != 0 ||
                (ref->path[len] != '/' && ref->path[len] != '\0'))) {
        s->n--;
        return err_internal(reterr, EINVAL, "bad cgroup: %.100s does not lie in %.100s", ref->path,
                            ref->first_made);
    }
    c->first_made_len = len;
    return 0;
}

/* ---- create ---- */

/* Where the last component of path[0, len) begins: the length of its parent, without the slash. */
static size_t parent_len(const char *path, size_t len)
{
    while (len && path[len - 1] != '/')
        len--;
    return len ? len - 1 : 0;
}

/* path[0, len) of the member, opened from its mount point. */
static int open_prefix(int mount, const struct cgroup *c, size_t len)
{
    char relative[PATH_MAX] UNINITIALIZED;

    if (len >= sizeof(relative))
        return -ENAMETOOLONG;
    if (len)
        memcpy(relative, c->path + 1, len - 1);
    relative[len ? len - 1 : 0] = '\0';
    return cgroup_dir_open(mount, relative);
}

/* Find the deepest directory that exists: fills fd (the whole path is there) or base_fd and base_len. */
static int find_base(struct cgroup *c, struct err *reterr)
{
    AUTO_CLOSE int mount = cgroup_dir_mount(c->mountpoint, c->hierarchy == PLAN_CGROUP2, reterr);
    size_t path_len = strlen(c->path);
    size_t len = path_len;
    int fd;

    if (mount < 0)
        return mount;
    fd = open_prefix(mount, c, len);
    while (fd == -ENOENT && len) {
        len = parent_len(c->path, len);
        fd = len ? open_prefix(mount, c, len) : take_fd(&mount);
    }
    if (fd < 0)
        return cgroup_err(reterr, fd, "open", c, NULL, NULL);
    if (len == path_len) {
        c->fd = fd;
    } else {
        c->base_fd = fd;
        c->base_len = len;
    }
    return 0;
}

/* The end of the first component of the path behind `len`. */
static size_t next_len(const char *path, size_t len)
{
    len++;
    while (path[len] != '\0' && path[len] != '/')
        len++;
    return len;
}

int cgroup_set_prepare(struct cgroup_set *s, const struct plan_cgroup *cgroups, size_t n, struct err *reterr)
{
    for (size_t i = 0; i < n; i++) {
        struct cgroup *c =
            add_member(s, cgroups[i].hierarchy, cgroups[i].mountpoint, cgroups[i].path, reterr);
        int rc;

        if (!c)
            return s->n == CGROUP_SET_MAX ? -E2BIG : -EINVAL;
        rc = find_base(c, reterr);
        if (rc < 0)
            return rc;
        c->first_made_len = c->fd >= 0 ? 0 : next_len(c->path, c->base_len);
    }
    return 0;
}

/* One level: make path[from, to) in dirfd and open it. */
static int make_level(struct cgroup *c, int dirfd, size_t from, size_t to)
{
    char name[256];
    size_t len = to - from - 1;
    int rc;

    if (len >= sizeof(name))
        return -ENAMETOOLONG;
    memcpy(name, c->path + from + 1, len);
    name[len] = '\0';
    rc = sys_mkdirat(dirfd, name, 0755);
    if (rc < 0 && rc != -EEXIST)
        return rc;
    c->made = rc == 0; /* of the last level, in the end */
    return cgroup_dir_open(dirfd, name);
}

/* ---- v1 cpuset: a new cgroup has no cpus and no nodes, and nothing can join it ---- */

/* -ENODATA without a message: the parent itself has nothing yet. `fresh`: the child is known to be empty. */
static int cpuset_copy(const struct cgroup *c, int parent, int child, const char *file, bool fresh,
                       struct err *reterr)
{
    char list[CPUSET_LIST_MAX] UNINITIALIZED;
    int rc = fresh ? 0 : cgroup_dir_read(child, file, list, sizeof(list));

    if (rc > 0)
        return 0;
    if (rc == 0)
        rc = cgroup_dir_read(parent, file, list, sizeof(list));
    if (rc == 0)
        return -ENODATA;
    if (rc == -ENOENT)
        return rc;
    if (rc < 0)
        return cgroup_err(reterr, rc, "read", c, file, NULL);
    rc = cgroup_dir_write(child, file, list);
    return rc < 0 ? cgroup_err(reterr, rc, "write", c, file, list) : 0;
}

static int cpuset_seed_level(const struct cgroup *c, int parent, int child, bool fresh, struct err *reterr)
{
    static const char *const files[][2] = {{"cpuset.cpus", "cpus"}, {"cpuset.mems", "mems"}};

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        int rc = cpuset_copy(c, parent, child, files[i][0], fresh, reterr);

        /* a hierarchy that is mounted with noprefix */
        if (rc == -ENOENT)
            rc = cpuset_copy(c, parent, child, files[i][1], fresh, reterr);
        if (rc == -ENOENT)
            return cgroup_err(reterr, rc, "open", c, files[i][0], NULL);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* From the top: for a cgroup that was there, or whose parents turned out to be empty. */
static int cpuset_seed_all(const struct cgroup *c, struct err *reterr)
{
    AUTO_CLOSE int mount = cgroup_dir_mount(c->mountpoint, false, reterr);
    AUTO_CLOSE int parent = mount < 0 ? -1 : cgroup_dir_open(mount, "");

    if (mount < 0)
        return mount;
    if (parent < 0)
        return cgroup_err(reterr, parent, "open", c, NULL, NULL);
    for (size_t len = 0; c->path[len] != '\0';) {
        AUTO_CLOSE int child = -1;
        int rc;

        len = next_len(c->path, len);
        child = open_prefix(mount, c, len);
        if (child < 0)
            return cgroup_err(reterr, child, "open", c, NULL, NULL);
        rc = cpuset_seed_level(c, parent, child, false, reterr);
        if (rc == -ENODATA)
            return cgroup_err(reterr, rc, "seed", c, "cpuset.cpus", NULL);
        if (rc < 0)
            return rc;
        fd_close(&parent);
        parent = take_fd(&child);
    }
    return 0;
}

/* ---- v2 controllers ---- */

static bool list_has(const char *list, struct str name)
{
    struct str rest = str_of(list);
    struct str field;

    while (str_next(&rest, ' ', &field))
        if (field.len == name.len && memcmp(field.ptr, name.ptr, name.len) == 0)
            return true;
    return false;
}

static bool all_enabled(int dirfd, const char *wanted)
{
    char have[1024];
    struct str rest = str_of(wanted);
    struct str name;

    if (cgroup_dir_read(dirfd, "cgroup.controllers", have, sizeof(have)) < 0)
        return false;
    while (str_next(&rest, ' ', &name))
        if (name.len && !list_has(have, name))
            return false;
    return true;
}

/* All at once; one by one when one of them spoils it (not delegated, a realtime task, no such controller). */
static void enable_level(int dirfd, const char *wanted)
{
    char line[1024];
    struct str rest = str_of(wanted);
    struct str name;
    size_t len = 0;

    while (str_next(&rest, ' ', &name)) {
        if (name.len == 0 || len + name.len + 3 > sizeof(line))
            continue;
        len += (size_t)snprintf(line + len, sizeof(line) - len, "%s+%.*s", len ? " " : "", (int)name.len,
                                name.ptr);
    }
    if (len == 0 || cgroup_dir_write(dirfd, "cgroup.subtree_control", line) == 0)
        return;
    rest = str_of(line);
    while (str_next(&rest, ' ', &name)) {
        char one[64];

        if (snprintf(one, sizeof(one), "%.*s", (int)name.len, name.ptr) < (int)sizeof(one))
            (void)cgroup_dir_write(dirfd, "cgroup.subtree_control", one);
    }
}

/* Every level above the cgroup hands the controllers down; one that does not is found out by the write that
 * needs it. */
static int enable_controllers(const struct cgroup *c, const char *wanted, struct err *reterr)
{
    AUTO_CLOSE int mount = -1;
    size_t path_len = strlen(c->path);

    if (!wanted || wanted[0] == '\0' || all_enabled(c->fd, wanted))
        return 0;
    mount = cgroup_dir_mount(c->mountpoint, true, reterr);
    if (mount < 0)
        return mount;
    for (size_t len = 0; len < path_len; len = next_len(c->path, len)) {
        AUTO_CLOSE int level = open_prefix(mount, c, len);

        if (level < 0)
            return cgroup_err(reterr, level, "open", c, NULL, NULL);
        enable_level(level, wanted);
    }
    return 0;
}

/* ---- delegation ---- */

static int give_file(const struct cgroup *c, const char *file, uint32_t uid, struct err *reterr)
{
    int rc = sys_fchownat(c->fd, file, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW);

    return rc < 0 && rc != -ENOENT ? cgroup_err(reterr, rc, "chown", c, file, NULL) : 0;
}

/* The kernel lists what may be given away (4.15); these three always may. */
static int give_to(const struct cgroup *c, uint32_t uid, struct err *reterr)
{
    static const char always[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";
    char list[4096];
    struct str rest, line;
    int rc = sys_fchownat(c->fd, "", uid, (gid_t)-1, AT_EMPTY_PATH);

    if (rc < 0)
        return cgroup_err(reterr, rc, "chown", c, NULL, NULL);
    if (cgroup_dir_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, sizeof(list)) <= 0)
        memcpy(list, always, sizeof(always));
    rest = str_of(list);
    while (rc == 0 && str_next(&rest, '\n', &line)) {
        char file[256];

        if (line.len == 0 || line.len >= sizeof(file) || str_has(line, '/'))
            continue;
        memcpy(file, line.ptr, line.len);
        file[line.len] = '\0';
        rc = give_file(c, file, uid, reterr);
    }
    return rc;
}

/* ---- create, continued ---- */

static bool is_permission(int rc)
{
    return rc == -EPERM || rc == -EACCES || rc == -EROFS;
}

/*
 * Make path[base_len, end) from base_fd. -ENOENT without a message: a parent went away. *seeded: no level has
 * an empty cpuset now.
 */
static int make_levels(struct cgroup *c, bool seed, bool *seeded, struct err *reterr)
{
    AUTO_CLOSE int fd = take_fd(&c->base_fd);
    size_t len = c->base_len;

    *seeded = seed;
    while (c->path[len] != '\0') {
        size_t to = next_len(c->path, len);
        int child = make_level(c, fd, len, to);
        int rc = 0;

        if (child == -ENOENT)
            return child;
        if (child < 0)
            return cgroup_err(reterr, child, "mkdir", c, NULL, NULL);
        if (*seeded)
            rc = cpuset_seed_level(c, fd, child, c->made, reterr);
        fd_close(&c->parent_fd);
        c->parent_fd = take_fd(&fd);
        fd = child;
        if (rc == -ENODATA)
            *seeded = false;
        else if (rc < 0)
            return rc;
        len = to;
    }
    c->fd = take_fd(&fd);
    return 0;
}

static int make_missing(struct cgroup *c, bool seed, bool *seeded, struct err *reterr)
{
    int rc = 0;

    for (int i = 0; i < MAKE_TRIES && c->fd < 0; i++) {
        if (c->base_fd < 0) {
            rc = find_base(c, reterr);
            if (rc < 0)
                return rc;
            if (c->fd >= 0)
                break;
            if (next_len(c->path, c->base_len) < c->first_made_len)
                c->first_made_len = next_len(c->path, c->base_len);
        }
        rc = make_levels(c, seed, seeded, reterr);
        if (rc < 0 && rc != -ENOENT)
            return rc;
    }
    return c->fd >= 0 ? 0 : cgroup_err(reterr, -ENOENT, "mkdir", c, NULL, NULL);
}

static struct cgroup *member(struct cgroup_set *s, uint32_t hierarchy, struct err *reterr)
{
    struct cgroup *c = (struct cgroup *)cgroup_set_find(s, hierarchy);

    if (!c)
        err_internal(reterr, EINVAL, "no cgroup of hierarchy %u was prepared", hierarchy);
    return c;
}

int cgroup_set_create(struct cgroup_set *s, const struct plan_cgroup_create *op, struct err *reterr)
{
    struct cgroup *c = member(s, op->hierarchy, reterr);
    bool seeded = false;
    int rc;

    if (!c)
        return -EINVAL;
    c->may_leave_out = op->on_eperm == EPERM_SKIP;
    rc = make_missing(c, op->seed_cpuset, &seeded, reterr);
    if (is_permission(rc) && c->may_leave_out) {
        c->left_out = true;
        return 0;
    }
    /* a cgroup that somebody else made may be without cpus, too, or have a parent without */
    if (rc == 0 && op->seed_cpuset && !seeded)
        rc = cpuset_seed_all(c, reterr);
    if (rc == 0 && c->hierarchy == PLAN_CGROUP2)
        rc = enable_controllers(c, op->controllers, reterr);
    if (rc == 0 && op->has_owner)
        rc = give_to(c, op->owner_uid, reterr);
    return rc;
}

/* ---- unused? ---- */

int cgroup_set_check_unused(struct cgroup_set *s, struct err *reterr)
{
    bool any = false;
    size_t most = 0;
    int frozen;

    for (size_t i = 0; i < s->n; i++) {
        AUTO_CGROUP_PIDS struct cgroup_pids pids = CGROUP_PIDS_INIT;
        struct cgroup *c = &s->v[i];
        int rc;

        if (c->made || c->left_out || c->fd < 0)
            continue;
        any = true;
        rc = cgroup_dir_pids(c->fd, &pids);
        if (rc < 0)
            return cgroup_err(reterr, rc, "read", c, "cgroup.procs", NULL);
        if (pids.n > most)
            most = pids.n;
    }
    if (!any)
        return 0;
    if (most)
        return err_state(reterr, EBUSY, "container's cgroup is not empty: %zu process(es) found", most);
    frozen = cgroup_set_is_frozen(s, reterr);
    if (frozen < 0)
        return frozen;
    return frozen ? err_state(reterr, EBUSY, "container's cgroup unexpectedly frozen") : 0;
}

/* ---- devices ---- */

int cgroup_set_devices(struct cgroup_set *s, const struct plan_cgroup_devices *op, struct err *reterr)
{
    struct cgroup *c = member(s, PLAN_CGROUP2, reterr);
    struct err e;
    int rc;

    if (!c)
        return -EINVAL;
    if (c->left_out && op->on_eperm == EPERM_SKIP)
        return 0;
    err_init(&e);
    rc = cgroup_bpf_devices_attach(c->fd, op->insns, op->n_insns, &e);
    /* EINVAL, ENOSYS: a kernel without cgroup programs */
    if (op->on_eperm == EPERM_SKIP && (is_permission(rc) || rc == -EINVAL || rc == -ENOSYS))
        return 0;
    if (rc < 0 && reterr) {
        *reterr = e;
        err_prefix(reterr, "%s%s", c->mountpoint, c->path);
    }
    return rc;
}
