/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill: a signal to a container's init, or to all its processes.
 */
#pragma once

#include "base/err.h"
#include "runtime/runtime.h"

/*
 * Status created, running or paused; anything else is "container not running" (with `all`, a stopped
 * container is no error: whatever is left in its cgroups gets the signal). SIGKILL reaches every process when
 * init's death would not end them (shared pid namespace), and a paused container is thawed to die.
 */
int container_kill(struct runtime *rt, const char *id, int sig, bool all, struct err *reterr);
