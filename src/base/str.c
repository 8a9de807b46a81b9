/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <errno.h>

bool str_eq(struct str a, const char *b)
{
    size_t n = strlen(b);

    return a.len == n && (n == 0 || memcmp(a.ptr, b, n) == 0);
}

static unsigned char ascii_lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_eq_nocase(struct str a, const char *b)
{
    if (a.len != strlen(b))
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b[i]))
            return false;
    return true;
}

bool str_starts(struct str s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.len >= n && (n == 0 || memcmp(s.ptr, prefix, n) == 0);
}

bool str_ends(struct str s, const char *suffix)
{
    size_t n = strlen(suffix);

    return s.len >= n && (n == 0 || memcmp(s.ptr + s.len - n, suffix, n) == 0);
}

bool str_has(struct str s, char c)
{
    return s.len && memchr(s.ptr, c, s.len) != NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.len && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool streq(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

bool str_next(struct str *rest, char sep, struct str *field)
{
    const char *end;

    if (!rest->ptr)
        return false;
    end = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
    if (!end) {
        *field = *rest;
        *rest = (struct str){NULL, 0};
        return true;
    }
    *field = (struct str){rest->ptr, (size_t)(end - rest->ptr)};
    rest->len -= field->len + 1;
    rest->ptr = end + 1;
    return true;
}

static int parse_digits(struct str s, unsigned base, uint64_t max, uint64_t *ret)
{
    uint64_t v = 0;

    if (s.len == 0)
        return -EINVAL;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] >= (char)('0' + base))
            return -EINVAL;
    for (size_t i = 0; i < s.len; i++) {
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
            return -ERANGE;
    }
    if (v > max)
        return -ERANGE;
    *ret = v;
    return 0;
}

int str_to_u64(struct str s, uint64_t max, uint64_t *ret)
{
    if (s.len > 1 && s.ptr[0] == '0')
        return -EINVAL;
    return parse_digits(s, 10, max, ret);
}

int str_to_i64(struct str s, int64_t min, int64_t max, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t v;
    int r;

    if (negative) {
        s.ptr++;
        s.len--;
    }
    r = str_to_u64(s, (uint64_t)INT64_MAX + (negative ? 1u : 0u), &v);
    if (r < 0)
        return r;
    if (negative && v == 0)
        return -EINVAL;
    int64_t value = negative ? -(int64_t)(v - 1) - 1 : (int64_t)v;
    if (value < min || value > max)
        return -ERANGE;
    *ret = value;
    return 0;
}

int str_to_u32(struct str s, uint32_t max, uint32_t *ret)
{
    uint64_t v;
    int r = str_to_u64(s, max, &v);

    if (r == 0)
        *ret = (uint32_t)v;
    return r;
}

int str_to_octal(struct str s, uint32_t max, uint32_t *ret)
{
    uint64_t v;
    int r = parse_digits(s, 8, max, &v);

    if (r == 0)
        *ret = (uint32_t)v;
    return r;
}
