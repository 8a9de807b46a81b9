/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: one more process in a container that is there. The tree of processes is drawn in exec.c.
 */
#pragma once

#include "core/exec_flags.h"
#include "runtime/runtime.h"

struct exec_request {
    const char *id;
    struct exec_flags flags;
    const char *process_file; /* NULL: none */
    const char *pid_file;     /* NULL: none; written once the program runs */
    const char *pidfd_socket; /* NULL: none; gets a pidfd of the process once the program runs */
    const char *console_socket;
    struct strings cgroups; /* --cgroup, as given */
    uint32_t preserve_fds;
    bool detach;        /* return once the program runs */
    bool ignore_paused; /* wait with a container that is frozen */
};

/*
 * *exit_status (not detached) is 0-255, 128+n for signal n. Failures are those before the program ran;
 * nothing is left then. "cannot exec in a stopped container", "cannot exec in a paused container (use
 * --ignore-paused to override)", "container is not running" (still being created).
 */
int container_exec(struct runtime *rt, const struct exec_request *req, int *exit_status, struct err *reterr);
