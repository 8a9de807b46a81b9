/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error convention: a function returns 0 (or a value >= 0) or a negative errno and, on failure,
 * fills a struct err that lives on the caller's stack. No heap, no logging, no exit.
 *
 *     struct err e;
 *     err_init(&e);
 *     if (config_decode(&arena, text, len, &cfg, &e) < 0)
 *         show(e.message);
 *
 * On success the struct is left as it was. A CONFIG error names a JSON pointer in `where`; a SYSTEM error's
 * message names call, object and errno text; `where` is the phase it happened in, or empty.
 * `reterr` may be NULL: the code is still returned.
 */
#pragma once

#include "base/compiler.h"

#include <stdint.h>

enum err_kind {
    ERR_NONE = 0,
    ERR_CONFIG,   /* the bundle or a process file is wrong; `where` is a JSON pointer */
    ERR_SYSTEM,   /* a system call failed */
    ERR_STATE,    /* the container is not in a state that allows the request, or does not exist */
    ERR_PROTO,    /* runtime and init disagree; a peer died */
    ERR_USAGE,    /* the caller's arguments are wrong */
    ERR_INTERNAL, /* a bug of ours, or no memory */
};

#define ERR_WHERE_MAX   256
#define ERR_MESSAGE_MAX 1024

struct err {
    int code; /* errno value, positive; 0: no error */
    enum err_kind kind;
    uint32_t line; /* position in the JSON text, from 1; 0: unknown */
    uint32_t column;
    char where[ERR_WHERE_MAX];     /* JSON pointer ("" is the document) or phase; always terminated */
    char message[ERR_MESSAGE_MAX]; /* one sentence without a full stop; always terminated */
};

void err_init(struct err *e);

/*
 * Each returns -code so that a failing function can end with `return err_…(…)`. `code` is the errno, positive
 * or negative; 0 (an errno that was lost) becomes EIO, so that a failure never returns 0. `pointer` and the
 * arguments may point into *reterr.
 */
int err_config(struct err *reterr, const char *pointer, const char *fmt, ...)
    PRINTF_LIKE(3, 4) COLD; /* -EINVAL */
int err_state(struct err *reterr, int code, const char *fmt, ...) PRINTF_LIKE(3, 4) COLD;
int err_proto(struct err *reterr, int code, const char *fmt, ...) PRINTF_LIKE(3, 4) COLD;
int err_usage(struct err *reterr, const char *fmt, ...) PRINTF_LIKE(2, 3) COLD; /* -EINVAL */
int err_internal(struct err *reterr, int code, const char *fmt, ...) PRINTF_LIKE(3, 4) COLD;
int err_nomem(struct err *reterr) COLD; /* -ENOMEM */

/*
 * A failed system call: "CALL OBJECT: errno text". OBJECT is what
 * the call was about (a path, "fd of /proc/self/exe", ...), formatted; it may be empty.
 */
int err_system(struct err *reterr, int code, const char *call, const char *fmt, ...) PRINTF_LIKE(4, 5) COLD;

/*
 * Put "PREFIX: " before the message of an error that is already set; keeps code, kind and place. Returns
 * -code. Without an err the code is not known, and -EINVAL is returned: return the code of the callee where
 * it matters.
 */
int err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3) COLD;

/* Name the phase of an error that has no place yet. Returns as err_prefix. */
int err_phase(struct err *e, const char *phase) COLD;

/* "config", "system", ...: stable names for logs. */
const char *err_kind_name(enum err_kind kind);

/* errno text without locale or allocation, from base/tbl/errno_texts.h: "no such file or directory". */
const char *err_text(int code);
