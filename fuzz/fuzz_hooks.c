/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: what a hook may do to us: two bytes (how it ended, with what), then its standard output, a NUL, its
 * standard error and, after another NUL, its path. Oracles: the message is valid UTF-8 without control
 * characters but newline and tab, begins as callers expect, leaves room for prefixes, and holds both streams
 * whole when they are short and clean.
 */
#include "oracle.h"

#include "core/hooks.h"

#include "core/json_utf8.h"

#include <errno.h>

#define TEXT_MAX 16384

static bool is_clean(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e)
            return false;
    }
    return s.len < 300 && str_trim(s).len == s.len;
}

static void check_text(const char *s)
{
    size_t left = strlen(s), len;

    CHECK(left + 100 < ERR_MESSAGE_MAX);
    for (; left > 0; s += len, left -= len) {
        unsigned char c = (unsigned char)*s;

        len = json_utf8_len(s, left);
        CHECK(len > 0);
        CHECK((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t');
        CHECK(!(len == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX + 1];
    struct config_hook hook = {.path = "/hook"};
    struct hook_result result = {0};
    char begins[64], both[800];
    struct str rest;
    struct err e;
    int r;

    if (size < 2 || size - 2 > TEXT_MAX)
        return 0;
    memcpy(text, data + 2, size - 2);
    text[size - 2] = '\0';
    result.end = (enum hook_end)(data[0] % 4);
    result.value = (int8_t)data[1];
    result.core_dumped = data[0] & 0x80;
    rest = (struct str){text, size - 2};
    str_next(&rest, '\0', &result.out);
    if (rest.ptr && str_next(&rest, '\0', &result.err) && rest.ptr)
        hook.path = rest.ptr;
    err_init(&e);
    r = hook_error(&e, HOOK_POSTSTART, data[0], &hook, &result);
    CHECK(r < 0 && r == -e.code && e.kind == ERR_SYSTEM);
    check_text(e.message);
    snprintf(begins, sizeof(begins), "error running poststart hook #%u: ", data[0]);
    CHECK(str_starts(str_of(e.message), begins));
    if (result.end != HOOK_END_EXEC && is_clean(result.out) && is_clean(result.err)) {
        snprintf(both, sizeof(both), ", stdout: %.*s, stderr: %.*s", (int)result.out.len,
                 result.out.ptr ? result.out.ptr : "", (int)result.err.len,
                 result.err.ptr ? result.err.ptr : "");
        CHECK(str_ends(str_of(e.message), both));
    }
    return 0;
}
