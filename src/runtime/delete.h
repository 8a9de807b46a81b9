/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delete: a container that has stopped, or any with force, and nothing of it is left.
 */
#pragma once

#include "base/err.h"
#include "runtime/runtime.h"

/*
 * Stopped and created containers are deleted (the latter killed first); a running or paused one needs force:
 * "cannot delete container X that is not stopped: running". With force a container that does not exist is no
 * error, one whose creation died half-way is removed from whatever point it reached, and what was removed is
 * logged (debug).
 */
int container_delete(struct runtime *rt, const char *id, bool force, struct err *reterr);
