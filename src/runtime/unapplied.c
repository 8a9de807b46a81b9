/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/unapplied.h"

#include <errno.h>

int unapplied_add(struct arena *a, struct state *s, const char *pointer, const char *reason,
                  struct err *reterr)
{
    struct state_unapplied *v = arena_new_array(a, struct state_unapplied, s->n_unapplied + 1);
    size_t n = 0;

    if (!v)
        return err_nomem(reterr);
    for (size_t i = 0; i < s->n_unapplied; i++)
        if (!streq(s->unapplied[i].pointer, pointer))
            v[n++] = s->unapplied[i];
    v[n] = (struct state_unapplied){.pointer = arena_strdup(a, pointer), .reason = arena_strdup(a, reason)};
    if (!v[n].pointer || !v[n].reason)
        return err_nomem(reterr);
    s->unapplied = v;
    s->n_unapplied = n + 1;
    return 0;
}

int unapplied_add_all(struct arena *a, struct state *s, const struct plan_unapplied_list *list,
                      struct err *reterr)
{
    for (size_t i = 0; i < list->n; i++) {
        int r = unapplied_add(a, s, list->v[i].pointer, list->v[i].reason, reterr);

        if (r < 0)
            return r;
    }
    return 0;
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
    log_message(log, LOG_LEVEL_WARNING, NULL, 0, "%s: %s; left out", op->pointer, why->message);
    return unapplied_add(a, s, op->pointer, why->message, reterr);
}
