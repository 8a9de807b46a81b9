/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of the log as runc writes them; engines parse them. One call, one line with its newline.
 *
 *     time="2026-01-02T03:04:05Z" level=error msg="..." errno=2 path=/x
 *     {"level":"error","msg":"...","errno":2,"path":"/x","time":"2026-01-02T03:04:05Z"}
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <time.h>

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* A key of [a-z_]+ with a text, or with a number when text is NULL. In the order given, after msg. */
struct log_field {
    const char *key;
    const char *text;
    int64_t number;
};

struct log_line {
    enum log_level level;
    struct timespec time; /* CLOCK_REALTIME */
    const char *message;
    const struct log_field *fields;
    size_t n_fields;
};

/* "text", "json"; NULL and "" are text. ERR_USAGE, -EINVAL: `invalid log-format: X`. */
int log_format_parse(const char *name, enum log_format *ret, struct err *reterr);

/* "error", "warning", "info", "debug". */
const char *log_level_name(enum log_level level);

/* Failures stick in `out`. Bytes that are not UTF-8 become U+FFFD in JSON and \xNN in text. */
void log_fmt(enum log_format format, const struct log_line *line, struct buf *out);

/*
 * The extra fields that describe an error: code ("config", "system", ...) and, for a config error, path (the
 * JSON pointer), line and column when known; otherwise phase (err.where, if any) and, for a system error,
 * errno; last hint (core/hint), if there is one. Returns how many of fields[LOG_ERR_FIELDS] were filled. They
 * point into `e`.
 */
#define LOG_ERR_FIELDS 5
size_t log_fmt_err_fields(const struct err *e, struct log_field fields[LOG_ERR_FIELDS]);
