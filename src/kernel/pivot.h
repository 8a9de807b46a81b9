/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of the container's mount namespace: prepared before the mounts, entered after them.
 * Runs in init, in its own mount namespace. Nothing parses mountinfo.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"

/*
 * 1. change the propagation of the whole copied tree as asked (host_propagation: MS_SLAVE|MS_REC, ...),
 * 2. make the mount that holds the rootfs private, so that pivot_root is allowed and nothing reaches the
 * host,
 * 3. clone the rootfs with what is mounted beneath it and attach the clone over itself.
 * Returns the O_PATH descriptor of the new root (the caller's to close). root.path may hold links: it is the
 * engine's; everything beneath is reached only by this descriptor.
 */
int pivot_prepare(const struct plan_root_prepare *op, struct err *reterr) NODISCARD;

/*
 * Enter the root: fchdir, pivot_root(".", "."), old root made a slave and detached, chdir("/"). With
 * no_pivot: every full procfs and sysfs of the old tree is unmounted or covered, then MS_MOVE over "/" and
 * chroot("."). root_fd stays valid and is the new "/" afterwards.
 */
int pivot_enter(int root_fd, const struct plan_pivot *op, struct err *reterr);

/* Propagation of "/" after pivot_enter: MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE, each with MS_REC or
 * not. */
int pivot_set_propagation(const struct plan_root_propagation *op, struct err *reterr);

/* Make the root mount read-only (that mount only; flags that are locked stay). */
int pivot_set_read_only(int root_fd, struct err *reterr);
