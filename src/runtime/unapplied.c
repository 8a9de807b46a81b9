/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/unapplied.h"

#include <errno.h>

static int tell(struct arena *a, struct state *s, const char *pointer, const char *reason, struct log *log,
                struct err *reterr)
{
    log_message(log, LOG_LEVEL_WARNING, NULL, 0, "%s: %s; left out", pointer, reason);
    return unapplied_add(a, &s->unapplied, pointer, reason) < 0 ? err_nomem(reterr) : 0;
}

int unapplied_tell(struct arena *a, struct state *s, const struct unapplied_list *list, struct log *log,
                   struct err *reterr)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < list->n; i++)
        r = tell(a, s, list->v[i].pointer, list->v[i].reason, log, reterr);
    return r;
}

/* The file is not there, or is there for show (memory.kmem.limit_in_bytes since 5.16). */
bool unapplied_may_be(const struct plan_op *op, int r)
{
    return (op->kind == OP_CGROUP_WRITE || op->kind == OP_CGROUP_WRITE_EARLY) && op->cgroup_write.droppable &&
           (r == -ENOENT || r == -EOPNOTSUPP);
}

int unapplied_leave(struct arena *a, struct state *s, const struct plan_op *op, const struct err *why,
                    struct log *log, struct err *reterr)
{
    return tell(a, s, op->pointer, why->message, log, reterr);
}
