/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resctrl file system (Documentation/filesystems/resctrl.rst; Linux 4.10, monitoring 4.14): groups of
 * processes that share a part of caches and memory bandwidth. What belongs into which group is core/rdt's to
 * say.
 *
 * A group is a directory of the root; "/" is the root itself. Its files are `schemata` and `tasks`, and
 * mon_groups/NAME beneath it is a monitoring group. Whoever removes a directory gives its tasks back to the
 * group above. Changes are made under flock(2) on the root, as the kernel's documentation asks of all who
 * share it.
 *
 * `mountpoint` is a path that is trusted: found by resctrl_find, or given by the caller of the runtime.
 * Nothing here looks at the type of what is mounted there: a tree of directories with the same files does.
 */
#pragma once

#include "core/rdt.h"
#include "core/stats.h"

#include <sys/types.h>

/* Where resctrl is mounted in our mount namespace, on the arena; NULL: nowhere. -ENOMEM. */
int resctrl_find(struct arena *a, const char **ret, struct err *reterr);

/* Is there such a group? 1, 0, -errno (no mount, or no permission). */
int resctrl_has_group(const char *mountpoint, const char *group, struct err *reterr);

/* The lock: a descriptor to be closed. -ETIMEDOUT after 10 s. */
int resctrl_lock(const char *mountpoint, struct err *reterr) NODISCARD;

/* mkdir: -EEXIST; -ENOSPC when the hardware has no more of them. `monitoring`: mon_groups/NAME of the group.
 */
int resctrl_make_group(const char *mountpoint, const char *group, struct err *reterr);
int resctrl_make_monitor(const char *mountpoint, const char *group, const char *monitoring,
                         struct err *reterr);

/* One write a line, in order. What the kernel says of a refused one (info/last_cmd_status) is in the message.
 */
int resctrl_write(const char *mountpoint, const char *group, const char *const *lines, size_t n,
                  struct err *reterr);

/* -EINVAL when the group does not have these lines (core/rdt). */
int resctrl_compare(const char *mountpoint, const char *group, const char *const *lines, size_t n,
                    struct err *reterr);

/* A file that holds one number; 0 when it cannot be read as one. */
uint64_t resctrl_number(int dirfd, const char *file);

/* The text of `schemata`, terminated, on the arena. */
int resctrl_read(struct arena *a, const char *mountpoint, const char *group, const char **ret,
                 struct err *reterr);

/* The process into the group, then into its monitoring group, if not NULL. Threads: the one with that id. */
int resctrl_join(const char *mountpoint, const char *group, const char *monitoring, pid_t pid,
                 struct err *reterr);

/* rmdir; 0 when it is not there, or the file system is not. */
int resctrl_remove_monitor(const char *mountpoint, const char *group, const char *monitoring,
                           struct err *reterr);
int resctrl_remove_group(const char *mountpoint, const char *group, enum rdt_removal how, struct err *reterr);

/*
 * Figures of a group, and of its monitoring group where that is not NULL. What this machine does not have is
 * left out; -ENOMEM, or -errno when the group is gone.
 */
int resctrl_stats(const char *mountpoint, const char *group, const char *monitoring, struct arena *a,
                  struct stats_rdt *ret, struct err *reterr);
