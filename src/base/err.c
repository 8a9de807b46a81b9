/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

void err_init(struct err *e)
{
    memset(e, 0, sizeof(*e));
}

static int err_fill(struct err *e, enum err_kind kind, int code, const char *where, const char *fmt,
                    va_list ap) PRINTF_LIKE(5, 0);

static int err_fill(struct err *e, enum err_kind kind, int code, const char *where, const char *fmt,
                    va_list ap)
{
    if (code < 0)
        code = -code;
    if (e) {
        e->kind = kind;
        e->code = code;
        e->line = 0;
        e->column = 0;
        snprintf(e->where, sizeof(e->where), "%s", where);
        vsnprintf(e->message, sizeof(e->message), fmt, ap);
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

    if (code < 0)
        code = -code;
    if (!reterr)
        return -code;
    va_start(ap, fmt);
    vsnprintf(object, sizeof(object), fmt, ap);
    va_end(ap);
    reterr->kind = ERR_SYSTEM;
    reterr->code = code;
    reterr->line = 0;
    reterr->column = 0;
    reterr->where[0] = '\0';
    snprintf(reterr->message, sizeof(reterr->message), "%s%s%s: %s", call, object[0] ? " " : "", object,
             err_text(code));
    return -code;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
    char rest[ERR_MESSAGE_MAX];
    va_list ap;
    int n;

    if (!e)
        return -EINVAL;
    memcpy(rest, e->message, sizeof(rest));
    va_start(ap, fmt);
    n = vsnprintf(e->message, sizeof(e->message), fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(e->message))
        snprintf(e->message + n, sizeof(e->message) - (size_t)n, ": %s", rest);
    return -e->code;
}

int err_phase(struct err *e, const char *phase)
{
    if (!e)
        return -EINVAL;
    if (!e->where[0] && e->kind != ERR_CONFIG)
        snprintf(e->where, sizeof(e->where), "%s", phase);
    return -e->code;
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
    /* The two texts that engines match on are written as the other runtimes write them (Go's spelling). */
    switch (code < 0 ? -code : code) {
    case ENOENT: return "no such file or directory";
    case EACCES: return "permission denied";
    case EPERM: return "operation not permitted";
    default: break;
    }
    const char *text = strerrordesc_np(code < 0 ? -code : code);
    return text ? text : "unknown error";
}
