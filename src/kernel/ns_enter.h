/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespaces of a process that lives, for a short-lived child of ours that does something among its
 * mounts. All are opened before the first is joined: what /proc shows afterwards is somebody else's.
 */
#pragma once

#include "base/err.h"
#include "core/config.h"

struct ns_set {
    int fds[NS_TYPE_COUNT]; /* -1: not asked for, or the caller is in it already */
};

/* Open those `types` (bits 1 << enum ns_type) that differ from the caller's. Close with ns_set_done. */
int ns_set_open(struct ns_set *s, int pid_dirfd, unsigned types, struct err *reterr);
void ns_set_done(struct ns_set *s);

/*
 * Join them. privileged: the user namespace comes last, so that namespaces that belong to another one can be
 * joined too; without privileges it comes first, and gives the right to the others. In a user namespace that
 * was joined the caller becomes root. A pid namespace takes effect on children only.
 */
int ns_set_join_user(struct ns_set *s,
                     struct err *reterr); /* that one alone; ns_set_join leaves it out then */
int ns_set_join(struct ns_set *s, bool privileged, struct err *reterr);
