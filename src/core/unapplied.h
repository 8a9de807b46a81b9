/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was asked for and is not in force (--unsupported=warn, core/resource_fate): in the plan, in the
 * record, and in what `state` prints. Whoever records it logs it as a warning (runtime/unapplied).
 */
#pragma once

#include "base/arena.h"

struct unapplied {
    const char *pointer; /* "/linux/resources/memory/swappiness" */
    const char *reason;  /* a sentence */
};

struct unapplied_list {
    struct unapplied *v;
    size_t n;
};

/* One more, copied; what the pointer named before is replaced. -ENOMEM. */
int unapplied_add(struct arena *a, struct unapplied_list *list, const char *pointer, const char *reason);
