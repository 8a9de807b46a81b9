/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intermediate process, for the few plans that need it (core/ns_plan.h): it stands where the runtime
 * could not come back from. Join what the plan says, in its order; unshare; clone init as a child of the
 * runtime; end.
 *
 *     runtime ── clone ── intermediate ── clone(CLONE_PARENT) ── init, a child of the runtime
 *
 * Init inherits from it what cannot be done afterwards, when its own files in /proc are out of the runtime's
 * reach: the v1 cgroups and the oom score.
 */
#pragma once

#include "runtime/host.h"
#include "runtime/init.h"

/* In the child that is to be the intermediate process. Comes back in init alone, ready for stage_init(). */
void stage_inter(struct init_ctx *c);

/*
 * In the runtime, with c->inter cloned: answer it, see it end, and take hold of init (c->init). It is gone
 * afterwards, whatever happens; what it said is the error.
 */
int host_inter(struct host_ctx *c, struct err *reterr);

/* Does the intermediate process do this operation of the runtime's? */
bool host_inter_does(const struct host_ctx *c, const struct plan_op *op);
