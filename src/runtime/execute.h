/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dumb executor: one arm for each kind of operation, one call into the kernel layer for each arm. Whoever
 * feels the need to decide something here should put it into the plan.
 */
#pragma once

#include "core/plan.h"
#include "runtime/host.h"
#include "runtime/init.h"

/* Operations of the runtime process; CLONE is not among them: runtime/create does it. */
int execute_host_op(struct host_ctx *c, const struct plan_op *op, struct err *reterr);

/* Operations of init. EXEC returns only on failure. */
int execute_init_op(struct init_ctx *c, const struct plan_op *op, struct err *reterr);
