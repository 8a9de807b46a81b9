/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>

void err_init(struct err *e)
{
    memset(e, 0, sizeof(*e));
}

static int err_fill(struct err *e, enum err_kind kind, int code, const char *where, const char *fmt,
                    va_list ap) PRINTF_LIKE(5, 0);

/* A failure whose errno was lost is a failure all the same: 0 would read as success. */
static int positive_code(int code)
{
    if (code == 0 || code == INT_MIN)
        return EIO;
    return code < 0 ? -code : code;
}

static int err_fill(struct err *e, enum err_kind kind, int code, const char *where, const char *fmt,
                    va_list ap)
{
    code = positive_code(code);
    if (e) {
        struct err filled = {.kind = kind,
                             .code = code}; /* apart: `where` and the arguments may point into *e */

        snprintf(filled.where, sizeof(filled.where), "%s", where ? where : "");
        vsnprintf(filled.message, sizeof(filled.message), fmt, ap);
        *e = filled;
    }
    return -code;
}

#define ERR_FILL(e, kind, code, where, fmt)                                                                  \
    do {                                                                                                     \
        va_list ap_;                                                                                         \
        va_start(ap_, fmt);                                                                                  \
        int r_ = err_fill(e, kind, code, where, fmt, ap_);                                                   \
        va_end(ap_);                                                                                         \
        return r_;                                                                                           \
    } while (0)

int err_config(struct err *reterr, const char *pointer, const char *fmt, ...)
{
    ERR_FILL(reterr, ERR_CONFIG, EINVAL, pointer, fmt);
}

int err_state(struct err *reterr, int code, const char *fmt, ...)
{
    ERR_FILL(reterr, ERR_STATE, code, "", fmt);
}

int err_proto(struct err *reterr, int code, const char *fmt, ...)
{
    ERR_FILL(reterr, ERR_PROTO, code, "", fmt);
}

int err_usage(struct err *reterr, const char *fmt, ...)
{
    ERR_FILL(reterr, ERR_USAGE, EINVAL, "", fmt);
}

int err_internal(struct err *reterr, int code, const char *fmt, ...)
{
    ERR_FILL(reterr, ERR_INTERNAL, code, "", fmt);
}

int err_nomem(struct err *reterr)
{
    return err_internal(reterr, ENOMEM, "cannot allocate memory");
}

int err_system(struct err *reterr, int code, const char *call, const char *fmt, ...)
{
    char object[512];
    va_list ap;

    code = positive_code(code);
    if (!reterr)
        return -code;
    va_start(ap, fmt);
    vsnprintf(object, sizeof(object), fmt, ap);
    va_end(ap);
    *reterr = (struct err){.kind = ERR_SYSTEM, .code = code};
    snprintf(reterr->message, sizeof(reterr->message), "%s%s%s: %s", call, object[0] ? " " : "", object,
             err_text(code));
    return -code;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
    char prefix[ERR_MESSAGE_MAX], rest[ERR_MESSAGE_MAX];
    va_list ap;

    if (!e)
        return -EINVAL;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof(prefix), fmt, ap);
    va_end(ap);
    memcpy(rest, e->message, sizeof(rest));
    snprintf(e->message, sizeof(e->message), "%s: %s", prefix, rest);
    return -positive_code(e->code);
}

int err_phase(struct err *e, const char *phase)
{
    if (!e)
        return -EINVAL;
    if (!e->where[0] && e->kind != ERR_CONFIG)
        snprintf(e->where, sizeof(e->where), "%s", phase);
    return -positive_code(e->code);
}

const char *err_kind_name(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE: return "none";
    case ERR_CONFIG: return "config";
    case ERR_SYSTEM: return "system";
    case ERR_STATE: return "state";
    case ERR_PROTO: return "protocol";
    case ERR_USAGE: return "usage";
    case ERR_INTERNAL: return "internal";
    }
    return "unknown";
}

const char *err_text(int code)
{
    switch (code < 0 ? -(int64_t)code : code) {
#define X(name, text)                                                                                        \
    case name:                                                                                               \
        return text;
#include "base/tbl/errno_texts.h"
#undef X
    default: return "unknown error";
    }
}
