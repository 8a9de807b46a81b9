/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of one command: a file given by --log, or standard error. Each message is one line and one
 * write(2).
 *
 * What appears: errors and warnings always, info and debug with --debug. In JSON the log holds exactly one
 * object, that of log_error, and nothing else unless --debug was given: engines feed the whole file to one
 * JSON parse. log_error writes only the first error it is given.
 */
#pragma once

#include "base/err.h"
#include "core/log_fmt.h"

#include <stdbool.h>

struct log {
    int fd; /* of the file; 2 without one */
    bool is_file;
    bool debug;
    bool error_written;
    enum log_format format;
};

/* A log on standard error as text: what a command has before its options are read. */
#define LOG_INIT ((struct log){.fd = 2})

/*
 * path NULL or "": standard error. A file is opened O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0644. format as in
 * log_format_parse. On failure the log stays what it was.
 */
int log_open(struct log *l, const char *path, const char *format, bool debug, struct err *reterr);

/* Closes the file; the log is LOG_INIT again, with its format. */
void log_close(struct log *l);

/* A line at that level, if it is to appear. Failures to write are not reported: there is nowhere to. */
void log_message(struct log *l, enum log_level level, const struct log_field *fields, size_t n_fields,
                 const char *fmt, ...) PRINTF_LIKE(5, 6);

/*
 * The outermost error of a command, complete: once. When the log is a file the plain message also goes to
 * standard error, as runc does, for the human who looks there.
 */
void log_error(struct log *l, const struct err *e);
