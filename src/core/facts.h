/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host facts: what the plan may depend on besides the configuration. kernel/probe fills them once per
 * command; tests write them by hand (an old kernel or a rootless caller is a row in a table).
 * facts_parse/facts_print give the text form that the golden tests use; every field has a line of the form
 * "name value".
 *
 * Ownership: strings hang on the arena given to the filler. A fact that could not be learnt is set to the
 * value that makes the plan more careful, never to "off".
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum cgroup_layout {
    CGROUP_LAYOUT_NONE,   /* nothing mounted at /sys/fs/cgroup that we can use */
    CGROUP_LAYOUT_V1,     /* only v1 hierarchies */
    CGROUP_LAYOUT_HYBRID, /* v1 hierarchies, and cgroup2 at /sys/fs/cgroup/unified */
    CGROUP_LAYOUT_V2      /* cgroup2 at /sys/fs/cgroup */
};

/* Bits of facts.kernel: which newer facility the kernel offers. */
enum kernel_feature {
    KERNEL_OPENAT2 = 1u << 0,           /* 5.6 */
    KERNEL_MOUNT_API = 1u << 1,         /* fsopen, fsmount, open_tree, move_mount: 5.2 */
    KERNEL_MOUNT_SETATTR = 1u << 2,     /* 5.12, with idmapped mounts */
    KERNEL_CLONE3 = 1u << 3,            /* 5.3 */
    KERNEL_CLONE_INTO_CGROUP = 1u << 4, /* 5.7 */
    KERNEL_PIDFD = 1u << 5,             /* pidfd_open, pidfd_send_signal: 5.3 */
    KERNEL_SETNS_PIDFD = 1u << 6,       /* 5.8 */
    KERNEL_CLOSE_RANGE = 1u << 7,       /* 5.9; CLOEXEC flag 5.11 */
    KERNEL_CGROUP_KILL = 1u << 8,       /* 5.14 */
    KERNEL_NOSYMFOLLOW = 1u << 9,       /* 5.10 (mount(2)), 5.14 (mount_setattr) */
    KERNEL_TIME_NS = 1u << 10,          /* 5.6 */
    KERNEL_CGROUP_NS = 1u << 11,        /* 4.6 */
    KERNEL_SECCOMP_LOG = 1u << 12,      /* 4.14 */
    KERNEL_SECCOMP_NOTIFY = 1u << 13,   /* 5.0 */
    KERNEL_SECCOMP_KILL_PROCESS = 1u << 14,
    KERNEL_SECCOMP_SPEC_ALLOW = 1u << 15,
    KERNEL_SECCOMP_WAIT_KILLABLE = 1u << 16 /* 5.19 */
};
#define KERNEL_FEATURES_ALL ((1u << 17) - 1u)

/* One cgroup v1 hierarchy that is mounted. */
struct facts_hierarchy {
    const char *controllers; /* "cpu,cpuacct", "name=systemd" as in /proc/self/cgroup */
    const char *mountpoint;  /* "/sys/fs/cgroup/cpu" */
    const char *own_path;    /* the runtime's own cgroup in it, relative to the mount: "/", "/a/b" */
};

struct facts {
    uint32_t euid;
    uint32_t egid;
    bool in_userns; /* the runtime is not in the initial user namespace */
    bool rootless;  /* EUID is not 0, or it is 0 in a user namespace that is not ours to manage */
    enum cgroup_layout cgroup;
    const char *cgroup2_mountpoint;  /* "/sys/fs/cgroup", "/sys/fs/cgroup/unified", NULL */
    const char *cgroup2_own_path;    /* "/" ... */
    const char *cgroup2_controllers; /* space separated, of the mount's root; "" when none */
    bool cgroup_writable;            /* the runtime may create cgroups beneath its own */
    /* pure v2, an ordinary user: it may create them, and move itself, beside its own */
    bool cgroup_parent_writable;
    struct facts_hierarchy *v1;
    size_t n_v1;
    uint32_t kernel;        /* enum kernel_feature bits */
    uint32_t last_cap;      /* /proc/sys/kernel/cap_last_cap */
    uint64_t bounding_caps; /* the runtime's own bounding set: more cannot be granted */
    bool apparmor;
    bool selinux;
    const char *resctrl;        /* where the resctrl file system is mounted; NULL: nowhere, or not asked */
    bool swap_accounting;       /* v1 memory.memsw.* or v2 memory.swap.* can be written */
    const char *hugepage_sizes; /* space separated: "2MB 1GB" */
    /* With the systemd driver only: which manager has been asked, and what it is. */
    uint32_t systemd_version; /* 252; 0: not known, taken for the newest */
    bool systemd_user;        /* the caller's own manager, not pid 1 */
    const char
        *systemd_cgroup; /* the manager's cgroup, above all slices: "/user.slice/..."; NULL: the root */
};

/*
 * Text form, one "name value" a line, '#' comments and empty lines allowed. The names are those of the
 * members; `v1` stands once for each hierarchy ("v1 cpu,cpuacct /sys/fs/cgroup/cpu /own/path"), everything
 * else at most once. Values:
 *
 *   - numbers: decimal; bounding_caps "0x1ffffffffff"
 *   - strings: bytes up to space, and the backslash, as octal ("\040"); "-" is NULL
 *   - lists: separated by spaces
 *   - kernel: names in lower case with dashes ("clone-into-cgroup"), or "all"
 *
 * A name that is missing leaves zero, false, NULL, or the empty list. Unknown names and values are errors
 * (ERR_USAGE, with the number of the line); -ENOMEM. facts_print gives a text that facts_parse reads back to
 * equal facts.
 */
int facts_parse(struct arena *a, struct str text, struct facts *ret, struct err *reterr);
void facts_print(const struct facts *f, struct buf *out);
