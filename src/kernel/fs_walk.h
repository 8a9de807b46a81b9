/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk of kernel/fs: one component at a time beneath a root, links resolved inside it. It makes what is
 * missing, and it stands in for openat2(2) on kernels that lack it. Only kernel/fs uses it.
 */
#pragma once

#include "base/compiler.h"

#include <sys/types.h>

enum fs_walk_make {
    FS_WALK_FIND,      /* ENOENT is an error */
    FS_WALK_MAKE_DIR,  /* missing components become directories, the last one with `mode`, others 0755 */
    FS_WALK_MAKE_FILE, /* the same, but the last one becomes an empty regular file; a directory there is
                          -EISDIR */
};

/*
 * Open flags as for fs_open. Returns a descriptor or a negative errno; -EAGAIN when somebody renamed along
 * the way (the caller tries again).
 */
int fs_walk(int root_fd, const char *path, int flags, enum fs_walk_make make, mode_t mode) NODISCARD;
