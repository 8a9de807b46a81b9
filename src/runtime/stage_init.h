/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From clone to execve: one pass over the INIT operations of the plan, in the order of core/tbl/plan_ops.h.
 * No parser runs here and no decision is made here; whatever fails ends the process, with the reason in the
 * report that it shares with the runtime (or, once the runtime has gone, in the result fifo).
 */
#pragma once

#include "runtime/init.h"

NORETURN void stage_init(struct init_ctx *c);
