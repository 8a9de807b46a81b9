/* SPDX-License-Identifier: Apache-2.0 */
#include "core/subid.h"

#include <errno.h>

/* The end of a range, exclusive, stays an id: 4294967295 is none. */
static bool range_of(struct str line, struct str *who, struct subid_range *ret)
{
    struct str start, count;

    return str_next(&line, ':', who) && str_next(&line, ':', &start) && str_next(&line, ':', &count) &&
           !line.ptr && who->len && str_to_u32(start, UINT32_MAX, &ret->start) == 0 &&
           str_to_u32(count, UINT32_MAX, &ret->count) == 0 && ret->count &&
           ret->count <= UINT32_MAX - ret->start;
}

static bool is_user(struct str who, struct str name, uint32_t uid)
{
    uint32_t number;

    if (who.len == name.len && memcmp(who.ptr, name.ptr, who.len) == 0)
        return true;
    return str_to_u32(who, UINT32_MAX, &number) == 0 && number == uid;
}

void subid_find(struct str text, struct str name, uint32_t uid, struct subid *ret)
{
    struct str line;

    *ret = (struct subid){0};
    while (ret->n < SUBID_RANGES && str_next(&text, '\n', &line)) {
        struct subid_range range;
        struct str who;

        if (range_of(line, &who, &range) && is_user(who, name, uid))
            ret->v[ret->n++] = range;
    }
}

static bool overlaps(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
    return a < b ? b - a < a_count : a - b < b_count;
}

int subid_map(struct arena *a, uint32_t own, const struct subid *sub, struct config_idmaps *ret)
{
    struct config_idmap *v = arena_new_array(a, struct config_idmap, SUBID_RANGES + 1);
    uint32_t next = 1;
    size_t n = 1;

    if (!v)
        return -ENOMEM;
    v[0] = (struct config_idmap){.container_id = 0, .host_id = own, .size = 1};
    for (size_t i = 0; i < sub->n; i++) {
        const struct subid_range *r = &sub->v[i];
        bool fits = r->count <= UINT32_MAX - next;

        for (size_t k = 0; k < n && fits; k++)
            fits = !overlaps(v[k].host_id, v[k].size, r->start, r->count);
        if (!fits)
            continue;
        v[n++] = (struct config_idmap){.container_id = next, .host_id = r->start, .size = r->count};
        next += r->count;
    }
    *ret = (struct config_idmaps){.v = v, .n = n};
    return 0;
}
