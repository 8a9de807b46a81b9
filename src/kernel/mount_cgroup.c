/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts[] of type "cgroup": what the container sees of cgroups.
 *
 * v1: a tmpfs with one directory for each hierarchy, on which the container's own cgroup is bound, and a link
 * for each controller of a hierarchy that has several ("cpu" -> "cpu,cpuacct"). A bind shows the container's
 * part only, with a cgroup namespace and without. v2: a mount of cgroup2; where that is not permitted (a user
 * namespace without a cgroup namespace), a bind of the container's own cgroup, with the same flags; without a
 * cgroup of its own an empty read-only directory (CVE-2023-25809).
 */
#include "kernel/mount_parts.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs.h"
#include "kernel/sys.h"

#include <limits.h>

#define NAME_BYTES 256

/* The container's cgroup in a hierarchy, or the runtime's own where the plan makes none. */
static const char *own_cgroup(const struct mount_ctx *ctx, uint32_t hierarchy, const char *fallback)
{
    for (size_t i = 0; ctx->plan && i < ctx->plan->n_cgroups; i++)
        if (ctx->plan->cgroups[i].hierarchy == hierarchy)
            return ctx->plan->cgroups[i].path;
    return fallback;
}

static int join_path(char out[PATH_MAX], const char *mountpoint, const char *path, struct err *reterr)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", mountpoint, path + (path[0] == '/'));

    return n < 0 || n >= PATH_MAX ? err_system(reterr, ENAMETOOLONG, "mount", "%s", path) : 0;
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Bind one cgroup directory at /NAME of the tmpfs that `sub` has as its root. */
static int bind_cgroup(struct mount_ctx *sub, const struct plan_mount *m, const char *name,
                       const char *mountpoint, const char *path, struct err *reterr)
{
    char source[PATH_MAX] UNINITIALIZED, target[NAME_BYTES + 1];
    struct plan_mount bind = {.kind = MOUNT_BIND,
                              .target = target,
                              .source = source,
                              .flags = m->flags,
                              .target_type = TARGET_DIR,
                              .on_target_missing = ENOENT_CREATE};
    int n = snprintf(target, sizeof(target), "/%s", name);
    int r = join_path(source, mountpoint, path, reterr);

    if (r < 0)
        return r;
    if (n < 0 || (size_t)n >= sizeof(target))
        return err_system(reterr, ENAMETOOLONG, "mount", "%s", name);
    bind.flags.set |= MS_BIND;
    return mount_apply_plain(sub, &bind, -1, reterr);
}

/* "cpu" -> "cpu,cpuacct" for each controller of the hierarchy; "name=systemd" is called "systemd". */
static int link_controllers(int dir, const char *controllers, const char *name, struct err *reterr)
{
    struct str rest = str_of(controllers), part;
    char link[NAME_BYTES];

    while (str_next(&rest, ',', &part)) {
        int r;

        if (str_starts(part, "name=")) {
            part.ptr += 5;
            part.len -= 5;
        }
        if (part.len == 0 || part.len >= sizeof(link) || str_has(part, '/') || str_eq(part, name))
            continue;
        memcpy(link, part.ptr, part.len);
        link[part.len] = '\0';
        r = sys_symlinkat(name, dir, link);
        if (r < 0 && r != -EEXIST)
            return err_system(reterr, r, "symlink", "%s", link);
    }
    return 0;
}

static int fill_v1(struct mount_ctx *sub, const struct plan_mount *m, struct err *reterr)
{
    const struct facts *f = sub->facts;
    int r = 0;

    for (uint32_t h = 0; h < f->n_v1 && r == 0; h++) {
        const char *name = last_component(f->v1[h].mountpoint);

        r = bind_cgroup(sub, m, name, f->v1[h].mountpoint, own_cgroup(sub, h, f->v1[h].own_path), reterr);
        if (r == 0)
            r = link_controllers(sub->root_fd, f->v1[h].controllers, name, reterr);
    }
    if (r == 0 && f->cgroup2_mountpoint) {
        const char *path = own_cgroup(sub, PLAN_CGROUP2, NULL);

        if (path)
            r = bind_cgroup(sub, m, "unified", f->cgroup2_mountpoint, path, reterr);
    }
    return r;
}

static int no_facts(struct err *reterr)
{
    return err_internal(reterr, EINVAL, "a cgroup mount without facts about cgroups");
}

int mount_cgroup_v1(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr)
{
    struct plan_mount tmpfs = *m;
    struct plan_mount seal = *m;
    struct mount_ctx sub = *ctx;
    AUTO_CLOSE int dir = -1;
    int r;

    if (!ctx->facts)
        return no_facts(reterr);
    tmpfs.kind = MOUNT_FS;
    tmpfs.fstype = "tmpfs";
    tmpfs.source = "tmpfs";
    tmpfs.data = "mode=755";
    tmpfs.target_type = TARGET_DIR;
    tmpfs.flags.set &= ~(uint64_t)MS_RDONLY;
    r = mount_apply_plain(ctx, &tmpfs, -1, reterr);
    if (r < 0)
        return r;
    dir = fs_open(ctx->root_fd, m->target, O_PATH | O_DIRECTORY, reterr);
    if (dir < 0)
        return dir;
    sub.root_fd = dir;
    r = fill_v1(&sub, m, reterr);
    if (r < 0 || !(m->flags.set & MS_RDONLY))
        return r;
    seal.kind = MOUNT_REMOUNT;
    seal.target_type = TARGET_DIR;
    seal.flags = (struct mount_flags){.set = MS_RDONLY | MS_REMOUNT | MS_BIND};
    return mount_apply_plain(ctx, &seal, -1, reterr);
}

/* Nothing to show: an empty directory that cannot be written. */
static int cover(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr)
{
    struct plan_mount tmpfs = *m;

    tmpfs.kind = MOUNT_FS;
    tmpfs.fstype = "tmpfs";
    tmpfs.source = "tmpfs";
    tmpfs.data = "mode=755,size=0,nr_inodes=2";
    tmpfs.flags.set |= MS_RDONLY;
    tmpfs.read_only_later = false;
    return mount_apply_plain(ctx, &tmpfs, -1, reterr);
}

int mount_cgroup_v2(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr)
{
    struct plan_mount fs = *m, bind = *m;
    char source[PATH_MAX];
    struct stat st;
    int r;

    fs.kind = MOUNT_FS;
    fs.fstype = "cgroup2";
    fs.source = m->source ? m->source : "cgroup";
    fs.target_type = TARGET_DIR;
    r = mount_apply_plain(ctx, &fs, -1, reterr);
    if (r != -EPERM && r != -EBUSY)
        return r;
    if (!ctx->facts || !ctx->facts->cgroup2_mountpoint)
        return no_facts(reterr);
    if (!m->cgroup_path)
        return cover(ctx, m, reterr);
    r = join_path(source, ctx->facts->cgroup2_mountpoint, m->cgroup_path, reterr);
    if (r < 0)
        return r;
    if (sys_fstatat(AT_FDCWD, source, &st, 0) == -ENOENT)
        return cover(ctx, m, reterr);
    bind.kind = MOUNT_BIND;
    bind.source = source;
    bind.data = NULL;
    bind.label = NULL;
    bind.target_type = TARGET_DIR;
    bind.flags.set |= MS_BIND | MS_REC;
    return mount_apply_plain(ctx, &bind, -1, reterr);
}
