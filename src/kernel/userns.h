/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id maps of user namespaces (user_namespaces(7)). The runtime process writes them for init.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Write setgroups ("deny" when asked), gid_map and uid_map of the process behind `pid_dirfd`, a directory
 * descriptor of procfs_open_pid, so that a reused pid cannot be hit. Each map is one write(2). With
 * use_helpers, newgidmap and newuidmap run instead (setuid programs of shadow, found in fixed directories;
 * empty environment; deadline 10 s; a signal or a status other than 0 is an error, which says what can be
 * done about it).
 */
int userns_write_maps(int pid_dirfd, pid_t pid, const struct plan_idmap_write *op, struct err *reterr);

/*
 * A user namespace that nobody lives in, with these maps, as a descriptor: for id-mapped mounts. Costs a
 * child that lives for the time of the call. Needs the privilege to write the maps.
 */
int userns_make(const struct config_idmaps *uids, const struct config_idmaps *gids,
                struct err *reterr) NODISCARD;

/* The maps of the user namespace of a process (procfs_open_pid), in ids of our own. Lists hang on `a`. */
int userns_read_maps(struct arena *a, int pid_dirfd, struct config_idmaps *uids, struct config_idmaps *gids,
                     struct err *reterr);

/* Are newuidmap and newgidmap there? */
bool userns_has_helpers(void);

/* "0 100000 65536\n..." as the kernel reads it. Pure; errors stick in `out`. */
void userns_print_map(const struct config_idmaps *map, struct buf *out);

/* After the maps were written, in init: become root of the namespace (setresgid 0, setresuid 0), read back.
 */
int userns_become_root(struct err *reterr);
