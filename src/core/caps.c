/* SPDX-License-Identifier: Apache-2.0 */
#include "core/caps.h"

#include "base/tbl.h"

#include <errno.h>

static const struct tbl_entry caps_table[] = {
#define X(name, number) {name, number},
#include "core/tbl/capabilities.h"
#undef X
};

static const char *const sorted_names[] = {
#define X(name, number) name,
#include "core/tbl/capabilities.h"
#undef X
};

static const char *const names_by_number[] = {
#define X(name, number) [number] = name,
#include "core/tbl/capabilities.h"
#undef X
};

STATIC_ASSERT(ARRAY_SIZE(caps_table) == CAPS_KNOWN_LAST + 1, "the table has every capability");
STATIC_ASSERT(ARRAY_SIZE(names_by_number) == CAPS_KNOWN_LAST + 1, "and none beyond the last known");

#define CAP_BITS 64u

int caps_number(struct str name)
{
    const struct tbl_entry *e = tbl_find(caps_table, ARRAY_SIZE(caps_table), name);

    return e ? (int)e->value : -1;
}

const char *caps_name(unsigned cap)
{
    return cap < ARRAY_SIZE(names_by_number) ? names_by_number[cap] : NULL;
}

const char *const *caps_names(size_t *ret_n)
{
    *ret_n = ARRAY_SIZE(sorted_names);
    return sorted_names;
}

uint64_t caps_grantable(uint32_t last_cap, uint64_t bounding)
{
    return last_cap >= CAP_BITS - 1 ? bounding : bounding & ((UINT64_C(1) << (last_cap + 1)) - 1);
}

static void unknown_add(struct strings *unknown, const char *name)
{
    for (size_t i = 0; i < unknown->n; i++)
        if (streq(unknown->v[i], name))
            return;
    if (unknown->n < CAPS_UNKNOWN_MAX)
        unknown->v[unknown->n++] = name;
}

int caps_from_names(struct arena *a, const struct strings *names, uint64_t *ret_mask,
                    struct strings *ret_unknown)
{
    struct strings unknown = {0};
    uint64_t mask = 0;
    size_t n_unknown = 0;

    for (size_t i = 0; i < names->n; i++) {
        int cap = caps_number(str_of(names->v[i]));

        if (cap < 0)
            n_unknown++;
        else
            mask |= UINT64_C(1) << cap;
    }
    if (ret_unknown && n_unknown) {
        unknown.v =
            arena_new_array(a, const char *, n_unknown < CAPS_UNKNOWN_MAX ? n_unknown : CAPS_UNKNOWN_MAX);
        if (!unknown.v)
            return -ENOMEM;
        for (size_t i = 0; i < names->n; i++)
            if (caps_number(str_of(names->v[i])) < 0)
                unknown_add(&unknown, names->v[i]);
    }
    if (ret_mask)
        *ret_mask = mask;
    if (ret_unknown)
        *ret_unknown = unknown;
    return 0;
}

int caps_to_names(struct arena *a, uint64_t mask, struct strings *ret)
{
    struct strings names = {.v = arena_new_array(a, const char *, (size_t)__builtin_popcountll(mask))};

    if (!names.v)
        return -ENOMEM;
    for (unsigned cap = 0; cap < CAP_BITS; cap++) {
        const char *name = caps_name(cap);

        if (!(mask >> cap & 1))
            continue;
        if (!name)
            name = arena_printf(a, "CAP_%u", cap);
        if (!name)
            return -ENOMEM;
        names.v[names.n++] = name;
    }
    *ret = names;
    return 0;
}

void caps_print(uint64_t mask, struct buf *out)
{
    const char *separator = "";

    for (unsigned cap = 0; cap < CAP_BITS; cap++) {
        if (!(mask >> cap & 1))
            continue;
        if (caps_name(cap))
            buf_printf(out, "%s%s", separator, caps_name(cap));
        else
            buf_printf(out, "%sCAP_%u", separator, cap);
        separator = " ";
    }
}
