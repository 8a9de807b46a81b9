/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime opens on the host for init, before the clone: namespaces to join, and sources of mounts
 * that init could not reach.
 */
#pragma once

#include "runtime/host.h"

/*
 * Every namespace that the plan joins, whoever joins it, into c->ns_fds: of the right type, or refused at its
 * pointer. What would change the host's own is refused.
 */
int sources_open_namespaces(struct host_ctx *c, struct err *reterr);

/* Sources of mounts, into c->mount_fds: in a user namespace init is nobody outside, and id mappings are ours
 * to make. */
int sources_open_mounts(struct host_ctx *c, struct err *reterr);
