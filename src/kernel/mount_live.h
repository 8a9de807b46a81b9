/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts of a container that lives, added and taken away by a process that has joined its mount namespace.
 * What is in there is hostile: every path is resolved once, beneath the root, and from then on there are
 * descriptors only. There is no lower rung: mount(2) would look for the source in the container's tree. Needs
 * Linux 5.8 (open_tree, move_mount, fsopen 5.2; STATX_MNT_ID 5.8).
 */
#pragma once

#include "kernel/mount.h"

/*
 * Outside: the detached mount with all its attributes, a clone of the source or a new file system.
 * `propagation` and `userns_fd` as for mount_open_source. Returns a descriptor; -ENOSYS with a message that
 * names the kernel needed.
 */
int mount_live_open(const struct plan_mount *m, uint64_t propagation, int userns_fd,
                    struct err *reterr) NODISCARD;

struct mount_live {
    int mount_fd;  /* detached until it is attached */
    int target_fd; /* O_PATH */
    uint64_t id;   /* of the mount; stays the same when it is attached */
};

#define MOUNT_LIVE_INIT ((struct mount_live){-1, -1, 0})

/*
 * Inside: open the target beneath ctx->root_fd, made if it is missing. source_fd is that of mount_live_open,
 * or -1: the file system is made here. Nothing is visible yet. mount_live_done closes.
 */
int mount_live_prepare(struct mount_ctx *ctx, const struct plan_mount *m, int source_fd,
                       struct mount_live *ret, struct err *reterr);
int mount_live_attach(struct mount_ctx *ctx, const struct plan_mount *m, const struct mount_live *live,
                      struct err *reterr);
void mount_live_done(struct mount_live *live);

/* The id of the mount that `fd` is on: the one that is never given again, where the kernel has it. */
int mount_live_id(int fd, uint64_t *ret, struct err *reterr);

/*
 * Inside: detach what is mounted at `target`, if it is the mount `id`. ctx->procfs is open already. 0 done,
 * or gone (nothing is mounted there any more); -EBUSY when another mount is there.
 */
int mount_live_remove(struct mount_ctx *ctx, const char *target, uint64_t id, struct err *reterr);
