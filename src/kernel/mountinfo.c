/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mountinfo.h"

#include "base/str.h"

#include <errno.h>

/* Space, tab, newline, backslash and '#' stand as \ooo. */
static int unescape(struct str s, char *out, size_t cap)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '\\') {
            uint32_t v;

            if (s.len - i < 4 || str_to_octal((struct str){s.ptr + i + 1, 3}, 0377, &v) < 0 || v == 0)
                return -EINVAL;
            c = (char)v;
            i += 3;
        }
        if (n + 1 >= cap)
            return -ENAMETOOLONG;
        out[n++] = c;
    }
    out[n] = '\0';
    return 0;
}

static void copy(struct str s, char *out, size_t cap)
{
    size_t n = s.len < cap - 1 ? s.len : cap - 1;

    memcpy(out, s.ptr, n);
    out[n] = '\0';
}

/* id parent major:minor root mountpoint options [optional...] - fstype source super */
int mountinfo_parse(const char *line, size_t len, struct mountinfo *ret)
{
    struct str rest = {line, len}, f[6], field;
    int r;

    if (len && memchr(line, '\0', len))
        return -EINVAL;
    for (size_t i = 0; i < ARRAY_SIZE(f); i++)
        if (!str_next(&rest, ' ', &f[i]))
            return -EINVAL;
    if (str_to_u64(f[0], UINT64_MAX, &ret->id) < 0 || str_to_u64(f[1], UINT64_MAX, &ret->parent) < 0)
        return -EINVAL;
    r = unescape(f[3], ret->root, sizeof(ret->root));
    if (r == 0)
        r = unescape(f[4], ret->mountpoint, sizeof(ret->mountpoint));
    if (r < 0)
        return r;
    do {
        if (!str_next(&rest, ' ', &field))
            return -EINVAL;
    } while (!str_eq(field, "-"));
    if (!str_next(&rest, ' ', &field) || field.len == 0)
        return -EINVAL;
    copy(field, ret->fstype, sizeof(ret->fstype));
    if (!str_next(&rest, ' ', &field) || !str_next(&rest, ' ', &field))
        return -EINVAL;
    copy(field, ret->super, sizeof(ret->super));
    return 0;
}
