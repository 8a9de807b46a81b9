/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a configuration is not in force (core/unapplied): what the plan leaves out, and what only the
 * kernel could say, into the record, where `state` finds it, and into the log as warnings.
 */
#pragma once

#include "core/plan.h"
#include "core/state.h"
#include "runtime/log.h"

/* What the plan leaves out. */
int unapplied_tell(struct arena *a, struct state *s, const struct unapplied_list *list, struct log *log,
                   struct err *reterr);

/* A write failed with `r`: may it be left out? */
bool unapplied_may_be(const struct plan_op *op, int r);

/* Leave it out, with the reason of *why. */
int unapplied_leave(struct arena *a, struct state *s, const struct plan_op *op, const struct err *why,
                    struct log *log, struct err *reterr);
