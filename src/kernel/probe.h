/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about this host for the plan (core/facts.h). Runs at every command, so it is cheap: no mountinfo
 * unless the usual places of the cgroup hierarchies are wrong, no file that grows with the number of
 * containers. Kernel features are taken from the release of uname(2); a call that is filtered nevertheless is
 * found by the ladder that uses it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/facts.h"

/* What costs more than a microsecond or two and is rarely needed. */
enum probe_more {
    PROBE_HUGEPAGES = 1 << 0, /* facts.hugepage_sizes: one directory listing */
    PROBE_LSM = 1 << 1,       /* apparmor, selinux: two files of securityfs and procfs */
    PROBE_RESCTRL = 1 << 2,   /* resctrl: one statfs, else mountinfo */
    PROBE_SWAP = 1 << 3,      /* swap_accounting: one faccessat */
    PROBE_ALL = (1 << 4) - 1
};

/* All facts but those of enum probe_more, which are "" or false. */
int probe_facts(struct arena *a, struct facts *ret, struct err *reterr);

/* Those of the kernel and the caller alone, for commands that make no cgroup: cgroup layout none. */
int probe_caller(struct facts *ret, struct err *reterr);

/* Add the facts named by `more`. */
int probe_more(struct arena *a, struct facts *facts, unsigned more, struct err *reterr);

/* Pure: features of a kernel release as uname gives it ("6.1.0-18-amd64"). An unreadable one has none. */
uint32_t probe_features_of_release(const char *release);

/* Pure: the text of /proc/self/cgroup into layout-independent entries; see probe.c. Exposed for fuzzing. */
struct probe_cgroup {
    uint32_t id;
    const char *controllers; /* "" for the unified hierarchy */
    const char *path;
};
int probe_parse_cgroup(struct arena *a, const char *text, size_t len, struct probe_cgroup **ret,
                       size_t *ret_n, struct err *reterr);
