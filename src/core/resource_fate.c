/* SPDX-License-Identifier: Apache-2.0 */
#include "core/resource_fate.h"

#include "base/str.h"

#define TOP "/linux/resources"

enum form { SAME, CONVERTED, NONE };
enum missing { DROP, FATAL };

static const struct row {
    const char *pointer;
    enum form v1, v2;
    enum missing missing;
} rows[] = {
#define X(pointer, v1, v2, missing) {pointer, v1, v2, missing},
#include "core/tbl/resource_fates.h"
#undef X
};

/* The list itself counts as one of its elements. */
static bool is_of(struct str pointer, const char *row)
{
    struct str r = str_of(row);

    if (!str_ends(r, "/"))
        return str_eq(pointer, row);
    return str_starts(pointer, row) ||
           (pointer.len == r.len - 1 && memcmp(pointer.ptr, r.ptr, pointer.len) == 0);
}

static const struct row *find(const char *pointer)
{
    struct str p = str_of(pointer);

    if (!str_starts(p, TOP "/"))
        return NULL;
    p.ptr += sizeof(TOP) - 1;
    p.len -= sizeof(TOP) - 1;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (is_of(p, rows[i].pointer))
            return &rows[i];
    return NULL;
}

enum resource_fate resource_fate_missing(const char *pointer)
{
    const struct row *row = find(pointer);

    return row && row->missing == DROP ? RESOURCE_DROPPABLE : RESOURCE_FATAL;
}

enum resource_fate resource_fate(const char *pointer, bool v2)
{
    const struct row *row = find(pointer);

    if (row && (v2 ? row->v2 : row->v1) != NONE)
        return RESOURCE_CONVERTIBLE;
    return resource_fate_missing(pointer);
}

const char *resource_fate_pointer(size_t i)
{
    return i < ARRAY_SIZE(rows) ? rows[i].pointer : NULL;
}
