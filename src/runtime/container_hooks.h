/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks of a container: the state document that each reads on its standard input (config.md "POSIX-platform
 * Hooks"), and the environment they inherit.
 */
#pragma once

#include "base/err.h"
#include "core/config.h"

#include <sys/types.h>

/*
 * Run every hook of that kind; 0 at once when there is none. pid: of init as the runtime sees it, 0 for
 * poststop. poststop hooks all run, the first error is returned; the others stop at the first failure.
 */
int container_hooks_run(const struct config *config, enum hook_kind kind, const char *id, pid_t pid,
                        const char *bundle, struct err *reterr);
