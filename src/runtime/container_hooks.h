/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks of a container: the state document that each reads on its standard input (config.md "POSIX-platform
 * Hooks"), the environment and directory they run in.
 */
#pragma once

#include "base/err.h"
#include "core/config.h"
#include "kernel/procattr.h"
#include "runtime/log.h"

#include <sys/types.h>

struct container_hooks {
    const struct config *config;
    const char *id;
    pid_t pid;          /* of init as the runtime sees it, 0 for poststop */
    const char *bundle; /* absolute */
    const struct procattr_affinity
        *affinity;   /* given back to the hooks where the caller is pinned; NULL: it is not */
    struct log *log; /* for failures of poststop hooks; NULL: not logged */
};

/*
 * Run every hook of that kind; 0 at once when there is none. Hooks that run outside of the container's root
 * start in the bundle, as with runc. The first failure ends it and is returned, except for poststop: those
 * all run, each failure is a warning in the log, and 0 is returned (config.md "Poststop").
 */
int container_hooks_run(const struct container_hooks *h, enum hook_kind kind, struct err *reterr);
