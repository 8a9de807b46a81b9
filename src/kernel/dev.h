/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device nodes, FIFOs and links beneath the root. Runs in init before pivot_root.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"

#include <sys/types.h>

/*
 * mknodat in the parent's descriptor (made if missing), then O_PATH|O_NOFOLLOW, type and numbers verified on
 * that descriptor, owner and mode set through it. An existing node is accepted only when type and numbers
 * agree (owner and mode stay): -EEXIST else, as the specification demands. mknod not permitted (EPERM,
 * EACCES) and on_eperm BIND: the host's node of the same path is bound there, after its type and numbers were
 * verified; SKIP: 0 and nothing. `optional` turns a missing or different host node into a skip too.
 */
int dev_make(int root_fd, const struct plan_device *dev, struct err *reterr);

/* A link as /dev/fd -> /proc/self/fd. Skipped when only_if does not exist on the host. What exists is left
 * alone. */
int dev_symlink(int root_fd, const struct plan_symlink *link, struct err *reterr);

/* An O_PATH descriptor of a host device, verified to be type:major:minor. -ENODEV when it is something else.
 */
int dev_open_verified(const char *path, mode_t type, unsigned maj, unsigned min,
                      struct err *reterr) NODISCARD;

/*
 * Make sure 0, 1 and 2 are open: a closed one becomes the verified host /dev/null. First thing a program
 * does, so that no later descriptor takes their place.
 */
int dev_open_stdio(struct err *reterr);
