/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and links of a plan: the default ones, and linux.devices. */
#include "core/plan_parts.h"

#include "core/devices.h"
#include "core/path.h"

#include <errno.h>
#include <sys/stat.h>

static const struct plan_symlink links[] = {
#define X(path, target, only_if) {path, target, only_if},
#include "core/tbl/dev_links.h"
#undef X
};

static bool is_link(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(links); i++)
        if (streq(links[i].path, path))
            return true;
    return false;
}

static bool is_mounted_over(const struct plan_ctx *ctx, const char *path)
{
    for (size_t i = 0; i < ctx->config->n_mounts; i++)
        if (streq(ctx->mount_targets[i], path))
            return true;
    return false;
}

/* Paths of linux.devices, clean. */
static int device_paths(struct plan_ctx *ctx, const char **paths, struct err *reterr)
{
    for (size_t i = 0; i < ctx->linux_->n_devices; i++) {
        const char *pointer = plan_pointer(ctx, "/linux/devices/%zu/path", i);
        int r;

        if (!pointer)
            return err_nomem(reterr);
        r = plan_clean_path(ctx, ctx->linux_->devices[i].path, pointer, &paths[i], reterr);
        if (r < 0)
            return r;
        if (streq(paths[i], "/") || streq(paths[i], "/dev"))
            return err_config(reterr, pointer, "\"%s\" itself cannot be a device", paths[i]);
    }
    return 0;
}

static int add_device(struct plan_ctx *ctx, struct plan_device *d, const char *path, const char *pointer,
                      struct err *reterr)
{
    struct plan_op *op = plan_add(ctx, OP_DEVICE, pointer);

    if (!op)
        return err_nomem(reterr);
    d->path = path;
    /* mknod(2) makes devices in the initial user namespace only; a FIFO it makes everywhere. */
    d->on_eperm = d->type != S_IFIFO && (ctx->has_userns || ctx->facts->in_userns) ? EPERM_BIND : EPERM_FAIL;
    op->device = *d;
    return 0;
}

/*
 * Every container gets the default nodes, but not over what the bundle puts in their place: a device of its
 * own, or a mount of that very path (/dev/random bound from /dev/urandom is a common one).
 */
static int add_defaults(struct plan_ctx *ctx, const char *const *paths, struct err *reterr)
{
    size_t n;
    const struct plan_device *nodes = device_default_nodes(&n);

    for (size_t i = 0; i < n; i++) {
        struct plan_device d = nodes[i];
        bool replaced = is_mounted_over(ctx, d.path);
        int r;

        for (size_t j = 0; j < ctx->linux_->n_devices && !replaced; j++)
            replaced = streq(paths[j], d.path);
        r = replaced ? 0 : add_device(ctx, &d, nodes[i].path, "", reterr);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        struct plan_op *op;

        if (is_mounted_over(ctx, links[i].path))
            continue;
        op = plan_add(ctx, OP_DEV_SYMLINK, "");
        if (!op)
            return err_nomem(reterr);
        op->symlink = links[i];
    }
    return 0;
}

int plan_devices(struct plan_ctx *ctx, struct err *reterr)
{
    size_t n = ctx->linux_->n_devices;
    const char **paths = arena_new_array(ctx->arena, const char *, n);
    struct plan_device *decoded = arena_new_array(ctx->arena, struct plan_device, n);
    size_t *same;
    int r;

    if (!paths || !decoded)
        return err_nomem(reterr);
    r = device_paths(ctx, paths, reterr);
    if (r < 0)
        return r;
    same = plan_same(ctx, paths, n);
    if (!same)
        return err_nomem(reterr);
    if (!ctx->dev_is_bound) {
        r = add_defaults(ctx, paths, reterr);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < n; i++) {
        const char *pointer = plan_pointer(ctx, "/linux/devices/%zu", i);
        struct plan_device *d = &decoded[i];
        const struct plan_device *first = &decoded[same[i]];

        if (!pointer)
            return err_nomem(reterr);
        r = device_node_decode(&ctx->linux_->devices[i], pointer, d, reterr);
        if (r < 0)
            return r;
        if (first != d && (first->type != d->type || first->major != d->major || first->minor != d->minor))
            return err_config(reterr, pointer, "another device is already at \"%.200s\"", paths[i]);
        /*
         * Nothing is made in a /dev that is the host's: the nodes would appear there. And a link of ours wins
         * over a node of the same name: privileged containers list the host's /dev/ptmx.
         */
        if (first != d || (path_is_beneath("/dev", paths[i]) && (ctx->dev_is_bound || is_link(paths[i]))))
            continue;
        r = add_device(ctx, d, paths[i], pointer, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}
