/* SPDX-License-Identifier: Apache-2.0 */
#include "core/criu_log.h"

#include <stdbool.h>
#include <stdint.h>

#define TEXT_MAX 300u /* of one error */

/* Position of `needle` in s, or -1. */
static ptrdiff_t find(struct str s, const char *needle)
{
    const size_t n = strlen(needle);

    for (size_t i = 0; i + n <= s.len; i++)
        if (memcmp(s.ptr + i, needle, n) == 0)
            return (ptrdiff_t)i;
    return -1;
}

/* criu's short message in an answer is the same without times. "Error (FILE:LINE): TEXT" anywhere in the
 * line: TEXT. */
static bool error_text(struct str line, struct str *ret)
{
    static const char mark[] = "Error (", end[] = "): ";
    ptrdiff_t at = find(line, mark);

    if (at < 0)
        return false;
    *ret = (struct str){line.ptr + at + sizeof(mark) - 1, line.len - (size_t)at - (sizeof(mark) - 1)};
    at = find(*ret, end);
    if (at < 0)
        return false;
    *ret = str_trim((struct str){ret->ptr + at + sizeof(end) - 1, ret->len - (size_t)at - (sizeof(end) - 1)});
    return ret->len > 0;
}

/* Said without consequences: limits that may not be raised, and the like. */
static bool is_harmless(struct str text)
{
    static const char *const starts[] = {"rlimit: Can't setup RLIMIT_NOFILE for self"};

    for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
        if (str_starts(text, starts[i]))
            return true;
    return false;
}

static void add(struct buf *out, struct str text, bool first)
{
    if (!first)
        buf_str(out, "; ");
    for (size_t i = 0; i < text.len && i < TEXT_MAX; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];

        buf_char(out, c >= 0x20 && c != 0x7f ? (char)c : '?');
    }
}

static size_t collect(struct str log, size_t max, bool harmless, struct buf *out)
{
    struct str rest = log, line, text;
    size_t n = 0;

    while (n < max && rest.ptr && str_next(&rest, '\n', &line))
        if (error_text(line, &text) && is_harmless(text) == harmless)
            add(out, text, n++ == 0);
    return n;
}

size_t criu_log_errors(struct str log, size_t max, struct buf *out)
{
    size_t n = collect(log, max, false, out);

    return n ? n : collect(log, max, true, out);
}
