/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of a container: every one in its cgroup and the cgroups below, by their numbers on the host.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "runtime/runtime.h"

#include <stddef.h>

/* Append a JSON array of numbers and a newline; "null" when there is none, as runc. */
int container_ps_json(struct runtime *rt, const char *id, struct buf *out, struct err *reterr);

/*
 * Run `ps ARGS` (n == 0: -ef), found in the caller's PATH, and append its table without the lines of other
 * processes. What ps has to say when it fails is in the error. -ETIMEDOUT after PS_TIMEOUT_MS.
 */
int container_ps_table(struct runtime *rt, const char *id, char *const *args, size_t n, struct buf *out,
                       struct err *reterr);

#define PS_TIMEOUT_MS 30000
