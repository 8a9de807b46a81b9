/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime's side of a container start, after the clone: the rest of its operations, and the loop in which
 * it answers init.
 */
#pragma once

#include "runtime/host.h"

/*
 * Returns when init has reached its program (run) or waits for `start` (create). The error is init's own when
 * it failed.
 */
int stage_host(struct host_ctx *c, struct err *reterr);
