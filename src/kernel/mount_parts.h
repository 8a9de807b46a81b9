/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of kernel/mount share, and kernel/mask and kernel/pivot for their lower rungs. Nobody else
 * includes it.
 */
#pragma once

#include "kernel/mount.h"

#include <sys/types.h>

/* ---- mount.c ---- */

/* mount_apply without the words it puts before an error. */
int mount_apply_plain(struct mount_ctx *ctx, const struct plan_mount *m, int source_fd, struct err *reterr);

/* Move a detached mount onto the target; afterwards mnt_fd is the root of what is visible there. */
int mount_attach(struct mount_ctx *ctx, const struct plan_mount *m, int mnt_fd, int target_fd,
                 struct err *reterr);

/* What comes after a mount is in place by either ladder: the root replaced, read_only_later remembered. */
int mount_placed(struct mount_ctx *ctx, const struct plan_mount *m, int mnt_fd, struct err *reterr);

/* Per-mount attributes asked for at once: without read-only when that comes later. */
void mount_attrs_now(const struct plan_mount *m, uint64_t *attr_set, uint64_t *attr_clr);

/*
 * Attributes (not recursive), recursive attributes, id mapping and propagation of a detached mount. -ENOSYS
 * without a message when the kernel has no mount_setattr and one is needed.
 */
int mount_decorate(const struct plan_mount *m, int mnt_fd, uint64_t attr_set, uint64_t attr_clr,
                   int userns_fd, struct err *reterr);

/* A clone of a host path with attributes; recursive when asked. -ENOSYS as above, and for open_tree. */
int mount_clone_path(const char *path, bool recursive, bool nofollow, struct err *reterr) NODISCARD;

/* ---- mount_target.c ---- */

/*
 * The target of a mount as an O_PATH descriptor, created when the plan says so, rules for /proc and /sys
 * checked. -1 with *skip set: it is missing and that is no error.
 */
int mount_open_target(struct mount_ctx *ctx, const struct plan_mount *m, bool want_dir, bool *skip,
                      struct err *reterr) NODISCARD;

/* A bind over /proc: only the root of a procfs. `fd` is the source. */
int mount_check_proc_source(const struct plan_mount *m, int fd, struct err *reterr);

/* ---- mount_fs.c ---- */

/* The SELinux context that is an option of the mount; NULL: none, or mount_label_root sets it. */
const char *mount_context(const struct plan_mount *m);

/* Labels the root of the new mount `fd` where its file system takes no context. One without labels is left
 * alone. */
int mount_label_root(const struct plan_mount *m, int fd, struct err *reterr);

/*
 * A detached mount of a new file system with the attributes. *try_old is set when mount(2) may do what the
 * new calls cannot: they are missing, or an option is one that they do not take.
 */
int mount_new_fs(const struct plan_mount *m, int target_fd, unsigned attrs, bool *try_old,
                 struct err *reterr) NODISCARD;

/* Reconfigure the superblock at fd: flags and data of a remount without "bind". */
int mount_reconfigure(const struct plan_mount *m, int fd, bool *try_old, struct err *reterr);

/* ---- mount_old.c: mount(2) ---- */

int mount_old_bind(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr);
int mount_old_fs(struct mount_ctx *ctx, const struct plan_mount *m, int target_fd, struct err *reterr);
int mount_old_remount(struct mount_ctx *ctx, const struct plan_mount *m, int target_fd, struct err *reterr);

/* One mount(2) from and to descriptors; source_fd -1: the text `source`. */
int mount_old_call(struct procfs *procfs, const char *source, int source_fd, int target_fd,
                   const char *fstype, uint64_t flags, const char *data, struct err *reterr);

/* Set and clear MS_* flags of the mount whose root is fd; what else is set stays. procfs is used for files
 * only. */
int mount_old_set_flags(struct procfs *procfs, int fd, uint64_t set, uint64_t clear, struct err *reterr);

/* ---- mount_copyup.c ---- */

/*
 * Copy what is in the directory `from` (O_PATH) into the directory `to`: directories, regular files and links
 * with owner, mode, times and extended attributes as far as the target takes them. Other types are left out.
 */
int mount_copyup(int from, int to, struct err *reterr);

/* ---- mount_cgroup.c ---- */

int mount_cgroup_v1(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr);
int mount_cgroup_v2(struct mount_ctx *ctx, const struct plan_mount *m, struct err *reterr);
