/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For --no-pivot: what must not stay reachable below the container's root.
 */
#pragma once

#include "base/err.h"

/*
 * Unmount every procfs and sysfs that shows its whole tree and is not beneath root_fd, or cover it with an
 * empty tmpfs: the kernel lets a process mount a new, unmasked procfs only while a fully visible one exists
 * (mnt_already_visible()). Reads mountinfo. Changes the calling mount namespace.
 */
int pivot_cover_kernel_mounts(int root_fd, struct err *reterr);
