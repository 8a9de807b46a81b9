/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start: let a created container's program run.
 */
#pragma once

#include "base/err.h"
#include "runtime/runtime.h"

/*
 * Returns when the program has been executed and the poststart hooks have run. What init could not do after
 * the start byte (startContainer hooks, execve) is our error, and the container is stopped; so is a poststart
 * hook that fails. "cannot start a container that has stopped", "cannot start an already running container".
 */
int container_start(struct runtime *rt, const char *id, struct err *reterr);
