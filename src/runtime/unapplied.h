/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a configuration is not in force (--unsupported=warn): from the plan, and what only the kernel
 * could say, into the record, where `state` finds it.
 */
#pragma once

#include "core/plan.h"
#include "core/state.h"
#include "runtime/log.h"

/* Add to the record in memory; what its pointer named before is replaced. -ENOMEM. */
int unapplied_add(struct arena *a, struct state *s, const char *pointer, const char *reason,
                  struct err *reterr);
int unapplied_add_all(struct arena *a, struct state *s, const struct plan_unapplied_list *list,
                      struct err *reterr);

/* A write failed with `r`: may it be left out? */
bool unapplied_may_be(const struct plan_op *op, int r);

/* Leave it out: recorded, and a warning with the reason of *why. */
int unapplied_leave(struct arena *a, struct state *s, const struct plan_op *op, const struct err *why,
                    struct log *log, struct err *reterr);
