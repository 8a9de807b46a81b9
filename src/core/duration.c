/* SPDX-License-Identifier: Apache-2.0 */
#include "core/duration.h"

#include <errno.h>

static const struct {
    const char *name;
    uint64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000}, /* U+00B5 */
    {"\xce\xbcs", 1000}, /* U+03BC */
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60) * 1000000000},
    {"h", UINT64_C(3600) * 1000000000},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int find_unit(struct str name, uint64_t *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (str_eq(name, units[i].name)) {
            *ret = units[i].ns;
            return 0;
        }
    }
    return -EINVAL;
}

/* One number with its unit, cut off *s. */
static int parse_part(struct str *s, uint64_t *ret)
{
    uint64_t whole = 0, fraction = 0, scale = 1, unit;
    size_t n = 0, digits = 0, start;

    for (; n < s->len && is_digit(s->ptr[n]); n++, digits++)
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(s->ptr[n] - '0'), &whole))
            return -ERANGE;
    if (n < s->len && s->ptr[n] == '.') {
        for (n++; n < s->len && is_digit(s->ptr[n]); n++, digits++) {
            if (scale >= UINT64_C(1000000000000)) /* finer than any unit can show */
                continue;
            fraction = fraction * 10 + (uint64_t)(s->ptr[n] - '0');
            scale *= 10;
        }
    }
    start = n;
    while (n < s->len && s->ptr[n] != '.' && !is_digit(s->ptr[n]))
        n++;
    if (digits == 0 || find_unit((struct str){s->ptr + start, n - start}, &unit) < 0)
        return -EINVAL;
    if (__builtin_mul_overflow(whole, unit, &whole))
        return -ERANGE;
    fraction = (uint64_t)((unsigned __int128)fraction * unit / scale);
    if (__builtin_add_overflow(whole, fraction, ret))
        return -ERANGE;
    s->ptr += n;
    s->len -= n;
    return 0;
}

int duration_parse(struct str text, int64_t *ret_ns)
{
    bool negative = false;
    uint64_t sum = 0;

    if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        negative = text.ptr[0] == '-';
        text.ptr++;
        text.len--;
    }
    if (str_eq(text, "0")) {
        *ret_ns = 0;
        return 0;
    }
    if (text.len == 0)
        return -EINVAL;
    while (text.len) {
        uint64_t part;
        int rc = parse_part(&text, &part);

        if (rc < 0)
            return rc;
        if (part > INT64_MAX || __builtin_add_overflow(sum, part, &sum) || sum > INT64_MAX)
            return -ERANGE;
    }
    *ret_ns = negative ? -(int64_t)sum : (int64_t)sum;
    return 0;
}
