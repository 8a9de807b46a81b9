/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many.h"

#include <stdio.h>
#include <string.h>

/* What has failed so far. */
struct failures {
    size_t n, done;
    struct lorica_error first;
    char text[900];
    size_t len;
};

static void add_failure(struct failures *f, const char *id, const struct lorica_error *err)
{
    int n;

    if (f->n++ == 0)
        f->first = *err;
    if (f->len >= sizeof(f->text))
        return;
    n = snprintf(f->text + f->len, sizeof(f->text) - f->len, "%s%s: %s", f->len ? "; " : "", id,
                 err->message);
    f->len += n > 0 ? (size_t)n : 0;
}

static void call_one(const struct many *m, const char *id, struct failures *f)
{
    struct invocation inv = *m->inv;
    struct lorica_error err = {0};

    inv.err = &err;
    f->done++;
    if (m->call(&inv, id, m->data) < 0)
        add_failure(f, id, &err);
}

static int report(const struct many *m, const struct failures *f)
{
    struct lorica_error *err = m->inv->err;

    if (f->n == 0)
        return 0;
    *err = f->first;
    if (m->pattern || m->n > 1)
        snprintf(err->message, sizeof(err->message), "%zu of %zu containers not %s: %s%s", f->n, f->done,
                 m->undone, f->text, f->len >= sizeof(f->text) ? "..." : "");
    return -(err->code ? err->code : 1);
}

int many_run(const struct many *m)
{
    struct failures f = {.n = 0};
    char *ids, *rest, *id;
    int r;

    for (size_t i = 0; !m->pattern && i < m->n; i++)
        call_one(m, m->ids[i], &f);
    if (!m->pattern)
        return report(m, &f);
    r = lorica_match(m->inv->lorica, m->pattern, &ids, m->inv->err);
    if (r < 0)
        return r;
    rest = ids;
    while ((id = strsep(&rest, "\n")))
        if (*id)
            call_one(m, id, &f);
    lorica_free(ids);
    return report(m, &f);
}
