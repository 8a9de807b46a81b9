/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of /proc/PID/mountinfo (proc(5)). Decisions of a normal start never read that file: it grows with
 * the host and may skip entries while others mount. --no-pivot and unusual cgroup mounts need it.
 */
#pragma once

#include "base/compiler.h"

#include <stdint.h>

struct mountinfo {
    uint64_t id;
    uint64_t parent;
    char root[4096];       /* what of the file system is mounted; escapes undone */
    char mountpoint[4096]; /* escapes undone */
    char fstype[64];
    char super[1024]; /* options of the superblock, cut where they are longer */
};

/* Pure. -EINVAL: not such a line, -ENAMETOOLONG. */
int mountinfo_parse(const char *line, size_t len, struct mountinfo *ret);
