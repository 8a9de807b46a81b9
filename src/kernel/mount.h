/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mount of the plan, by descriptors only:
 *
 *     source   open_tree(OPEN_TREE_CLONE) of a host path, or fsopen/fsconfig/fsmount
 *     attrs    mount_setattr on the detached mount, before anybody can see it: read-only from the first
 * moment target   opened or created beneath the root (kernel/fs), rules for /proc and /sys checked on that
 * descriptor attach   move_mount
 *
 * Kernels: 5.12 for all of it. Where a call is missing or filtered (ENOSYS, or EPERM from a seccomp filter
 * that blocks it), mount(2) through /proc/self/fd does the same, with a remount pass that keeps the flags
 * which a user namespace locks (kernel/mount_old).
 *
 * Runs in the mount namespace of the container, before pivot_root, so that host paths still resolve. The
 * exception is mount_open_source: it may run in the runtime process, for sources that init could not open
 * (user namespaces, id-mapped mounts), and its descriptor is given to mount_apply in init.
 *
 * Flags come as MS_* (struct mount_flags). Per-mount ones (ro nosuid nodev noexec *atime nosymfollow) become
 * MOUNT_ATTR_*; those of the superblock (sync dirsync lazytime mand iversion silent, and ro of a new file
 * system) become parameters of the file system. On a bind, superblock flags are ignored as mount(2) ignores
 * them.
 */
#pragma once

#include "base/err.h"
#include "core/facts.h"
#include "core/plan.h"
#include "kernel/procfs.h"

#include <stdbool.h>

struct mount_later {
    int fd;
    const char *target; /* for messages; of the plan */
};

/* One per container start, in init. Not thread-safe. */
struct mount_ctx {
    int root_fd;               /* O_PATH of the root, not owned */
    const struct plan *plan;   /* for MOUNT_CGROUP_V1/V2: plan->cgroups, the container's own cgroups */
    const struct facts *facts; /* hierarchies and their mount points; may be NULL without cgroup mounts */
    struct procfs *procfs;     /* not owned; used for reopening in tmpcopyup */
    int userns_fd;             /* for id-mapped mounts without maps of their own; -1: none */
    struct mount_later *later; /* tmpfs mounts to be made read-only by mount_finish */
    size_t n_later;
};

void mount_ctx_init(struct mount_ctx *ctx, int root_fd, const struct plan *plan, const struct facts *facts,
                    struct procfs *procfs);
void mount_ctx_done(struct mount_ctx *ctx);

/*
 * The detached source of a bind (with its attributes, and its id mapping when m->idmap), opened in the
 * caller's mount namespace. `propagation` comes before the mount's own: core/plan.h, plan_source_propagation,
 * when that namespace is the host's; 0 in init, whose tree is cut off already. `userns_fd` is used when the
 * mount asks for an id mapping without maps of its own; -1: none. Needs the new mount API: -ENOSYS without
 * it. Errors: -ENOENT names the source; id mapping that the file system cannot do names the file system.
 */
int mount_open_source(const struct plan_mount *m, uint64_t propagation, int userns_fd,
                      struct err *reterr) NODISCARD;

/* True when init would not do as well as the runtime: an id mapping is wanted, or (in_userns) it is a bind.
 */
bool mount_wants_host_source(const struct plan_mount *m, bool new_userns);

/*
 * Do it. `source_fd` is a descriptor of mount_open_source or of a prepared mount, or -1: open it here. It is
 * never closed here. Errors name the mount as runc does: "mounting SOURCE to rootfs at TARGET: ..." and, for
 * file systems, what the kernel's message log of fsopen says.
 */
int mount_apply(struct mount_ctx *ctx, const struct plan_mount *m, int source_fd, struct err *reterr);

/* Make the read_only_later mounts read-only. After pivot too: it works on descriptors. */
int mount_finish(struct mount_ctx *ctx, struct err *reterr);

/*
 * Turn flags into mount_setattr's form; pure. Returns attributes to set and to clear; atime is a field of its
 * own: when any atime option was given the clear mask holds MOUNT_ATTR__ATIME, as the kernel wants it.
 */
void mount_flags_to_attrs(const struct mount_flags *flags, uint64_t *attr_set, uint64_t *attr_clr);

/*
 * Cut the next option off a data string: split at commas, except between the double quotes of an SELinux
 * option (context="a:b:c1,c2", also fscontext, defcontext, rootcontext), which are taken off: so does the
 * kernel with the text of mount(2). *value is NULL for a flag; both point into `scratch`, which holds the
 * copy. Pure. Returns 1, 0 at the end, -EMSGSIZE when an option does not fit.
 */
int mount_next_option(const char **rest, char *scratch, size_t cap, const char **key, const char **value);
