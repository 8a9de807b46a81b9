/* SPDX-License-Identifier: Apache-2.0 */
#include "core/op_list.h"

#define OP_LIST_FIRST_CAP 128u /* an ordinary start has about a hundred; what stays unused is not touched */

void op_list_init(struct op_list *l, struct arena *a)
{
    *l = (struct op_list){.arena = a};
}

struct plan_op *op_list_add(struct op_list *l, enum plan_op_kind kind, const char *pointer)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : OP_LIST_FIRST_CAP;
        struct plan_op *v = arena_new_array(l->arena, struct plan_op, cap);

        if (!v)
            return NULL;
        if (l->n)
            memcpy(v, l->v, l->n * sizeof(*v));
        l->v = v;
        l->cap = cap;
    }
    l->v[l->n] = (struct plan_op){.kind = kind, .pointer = pointer};
    return &l->v[l->n++];
}
