/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking a write into a cgroup file back: from what the file said before, and what was written, to what has
 * to be written. Files with a value for each device (io.max, blkio.throttle.*, rdma.max, ...) are restored
 * for the device that was written to only.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/*
 * 1 and *ret on the arena (terminated, one write(2)); 0: this file cannot be restored from what it says (its
 * text is no setting, or several lines without a name for ours); -ENOMEM.
 */
int cgroup_undo_value(struct arena *a, const char *file, const char *written, struct str before,
                      const char **ret);
