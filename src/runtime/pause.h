/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Freezing a container and letting it go on. Nothing is recorded: a container is paused when its cgroup is
 * frozen, whoever froze it, so a runtime that is killed in between leaves no wrong record behind.
 */
#pragma once

#include "base/err.h"
#include "runtime/runtime.h"

/*
 * Freeze every process of a created or running container; returns once all of them stand still. When that
 * does not happen within PAUSE_MS, everything is thawed again (-ETIMEDOUT). "container not running"
 * otherwise, also for one that is paused already.
 */
int container_pause(struct runtime *rt, const char *id, struct err *reterr);

/* "container not paused" when it is not. */
int container_resume(struct runtime *rt, const char *id, struct err *reterr);

#define PAUSE_MS 10000
