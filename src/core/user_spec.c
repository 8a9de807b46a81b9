/* SPDX-License-Identifier: Apache-2.0 */
#include "core/user_spec.h"

#include "core/quote.h"

#include <errno.h>

int user_id_parse(struct str text, const char *what, uint32_t *ret, struct err *reterr)
{
    char quoted[128];
    const char *why;

    switch (str_to_u32(text, USER_ID_MAX, ret)) {
    case 0: return 0;
    case -ERANGE: why = "value out of range"; break;
    default: why = "invalid syntax"; break;
    }
    return err_usage(reterr, "bad %s: parsing %s: %s", what, quote_go_into(quoted, sizeof(quoted), text),
                     why);
}

int user_spec_parse(const char *text, struct user_spec *ret, struct err *reterr)
{
    struct user_spec spec = {0};
    struct str rest = str_of(text), uid = {NULL, 0};
    int r;

    /* Only the first colon separates: a second one stays in the gid, which then is no number. */
    str_next(&rest, ':', &uid);
    r = user_id_parse(uid, "uid", &spec.uid, reterr);
    if (r < 0)
        return r;
    if (rest.ptr) {
        spec.has_gid = true;
        r = user_id_parse(rest, "gid", &spec.gid, reterr);
        if (r < 0)
            return r;
    }
    *ret = spec;
    return 0;
}
