/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: "UID[:GID]" as somebody writes it. Oracle: a text is accepted exactly when printing the numbers it
 * was read as gives the text itself, and when a slow reading of it, digit by digit in 128 bits, agrees.
 */
#include "oracle.h"

#include "core/user_spec.h"

#include <errno.h>

#define TEXT_MAX 4096

/* Digits up to `end`; moves *text there. */
static bool slow_id(const char **text, char end, uint32_t *ret)
{
    const char *s = *text;
    unsigned __int128 v = 0;
    size_t n = 0;

    for (; *s >= '0' && *s <= '9'; s++, n++) {
        v = v * 10 + (unsigned)(*s - '0');
        if (v > USER_ID_MAX)
            return false;
    }
    if (*s != end || n == 0 || (n > 1 && **text == '0'))
        return false;
    *ret = (uint32_t)v;
    *text = s;
    return true;
}

static bool slow_spec(const char *text, struct user_spec *ret)
{
    *ret = (struct user_spec){0};
    ret->has_gid = strchr(text, ':') != NULL;
    if (!slow_id(&text, ret->has_gid ? ':' : '\0', &ret->uid))
        return false;
    if (!ret->has_gid)
        return true;
    text++;
    return slow_id(&text, '\0', &ret->gid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX], printed[64];
    struct user_spec spec = {1, true, 2}, slow;
    struct err e;
    int r;

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    err_init(&e);
    r = user_spec_parse(text, &spec, &e);
    CHECK((r == 0) == slow_spec(text, &slow));
    if (r == 0) {
        CHECK(spec.uid == slow.uid && spec.gid == slow.gid && spec.has_gid == slow.has_gid);
        snprintf(printed, sizeof(printed), spec.has_gid ? "%u:%u" : "%u", spec.uid, spec.gid);
        CHECK(streq(printed, text));
        return 0;
    }
    CHECK(r == -EINVAL && e.kind == ERR_USAGE);
    CHECK(spec.uid == 1 && spec.has_gid && spec.gid == 2);
    CHECK(str_starts(str_of(e.message), "bad uid: parsing \"") ||
          str_starts(str_of(e.message), "bad gid: parsing \""));
    return 0;
}
