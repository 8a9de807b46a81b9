/* SPDX-License-Identifier: Apache-2.0 */
#include "core/unapplied.h"

#include "base/str.h"

#include <errno.h>

int unapplied_add(struct arena *a, struct unapplied_list *list, const char *pointer, const char *reason)
{
    struct unapplied *v = arena_new_array(a, struct unapplied, list->n + 1);
    size_t n = 0;

    if (!v)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++)
        if (!streq(list->v[i].pointer, pointer))
            v[n++] = list->v[i];
    v[n] = (struct unapplied){.pointer = arena_strdup(a, pointer), .reason = arena_strdup(a, reason)};
    if (!v[n].pointer || !v[n].reason)
        return -ENOMEM;
    *list = (struct unapplied_list){.v = v, .n = n + 1};
    return 0;
}
