/* SPDX-License-Identifier: Apache-2.0 */
#include "core/plan.h"

#include "core/seccomp_policy.h"

#include <linux/sched.h>

static const struct {
    const char *name;
    enum plan_actor actor;
} ops[OP_KIND_COUNT] = {
#define X(kind, name, actor) [OP_##kind] = {name, PLAN_##actor},
#include "core/tbl/plan_ops.h"
#undef X
};

const char *plan_op_name(enum plan_op_kind kind)
{
    return (unsigned)kind < OP_KIND_COUNT ? ops[kind].name : "unknown";
}

enum plan_actor plan_op_actor(enum plan_op_kind kind)
{
    return (unsigned)kind < OP_KIND_COUNT ? ops[kind].actor : PLAN_HOST;
}

const struct plan_op *plan_find(const struct plan *plan, enum plan_op_kind kind)
{
    for (size_t i = 0; i < plan->n_ops; i++)
        if (plan->ops[i].kind == kind)
            return &plan->ops[i];
    return NULL;
}

const struct plan_op *plan_find_seccomp(const struct plan *plan)
{
    static const enum plan_op_kind kinds[] = {OP_SECCOMP, OP_SECCOMP_PRIVILEGED, OP_SECCOMP_LISTENER};

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct plan_op *op = plan_find(plan, kinds[i]);

        if (op)
            return op;
    }
    return NULL;
}

bool plan_has_listener(const struct plan *plan)
{
    const struct plan_op *op = plan_find_seccomp(plan);

    return op && op->seccomp && op->seccomp->notify;
}

bool plan_has_userns(const struct plan *plan)
{
    const struct plan_op *op = plan_find(plan, OP_CLONE);

    if (!op)
        return false;
    if ((op->clone.flags | op->clone.unshare_flags) & CLONE_NEWUSER)
        return true;
    for (size_t i = 0; i < op->clone.n_joins; i++)
        if (op->clone.joins[i].type == NS_USER)
            return true;
    return false;
}
