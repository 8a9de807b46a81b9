/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command of the runtime layer works with: one per process (struct lorica of the library wraps
 * it).
 */
#pragma once

#include "core/state.h"
#include "kernel/procfs.h"
#include "runtime/log.h"

struct runtime {
    const char *root_path; /* state directory */
    struct log log;
    char boot_id[PROCFS_BOOT_ID_LEN + 1]; /* read when it is first needed; "": not yet */
    const char *version; /* of this program, with its commit: part of the keys of the seccomp cache */
    bool systemd_cgroup;
    bool no_cgroup;           /* new containers get none */
    const char *resctrl;      /* taken for the resctrl file system; NULL: where it is mounted */
    bool unsupported_warn;    /* resources that this host does not have are left out with a warning */
    struct opt_bool rootless; /* facts.rootless, whatever was probed */
    /* What a service manager gave to this process; strings of the environment. */
    const char *notify_socket; /* NULL: none */
    uint32_t listen_fds;       /* descriptors from 3 on */
    const char *listen_fdnames;
};
