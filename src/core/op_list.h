/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing list of plan operations on an arena. The builders of each part (cgroups, mounts, ...) append to
 * it.
 */
#pragma once

#include "core/plan.h"

struct op_list {
    struct arena *arena;
    struct plan_op *v;
    size_t n;
    size_t cap;
};

void op_list_init(struct op_list *l, struct arena *a);

/* A zeroed operation of that kind at the end of the list; NULL: no memory. The pointer is good until the next
 * add. */
struct plan_op *op_list_add(struct op_list *l, enum plan_op_kind kind, const char *pointer) NODISCARD;
