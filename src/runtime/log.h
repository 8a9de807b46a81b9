/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of one command: standard error, or what --log names (core/log_target). Each message is one line and
 * one write(2), or one datagram.
 *
 * What appears: errors and warnings always, info and debug with --debug; --log-level says otherwise. In JSON
 * the log holds exactly one object, that of log_error, and nothing else unless it was asked for: engines feed
 * the whole file to one JSON parse. log_error writes only the first error it is given.
 */
#pragma once

#include "base/err.h"
#include "core/log_fmt.h"
#include "core/log_target.h"

#include <stdbool.h>

struct log {
    int fd; /* 2 without a target */
    enum log_target_kind target;
    const char *ident;    /* of the two daemons; borrowed from the options */
    enum log_level level; /* the last that appears */
    bool quiet;           /* nothing but log_error */
    bool error_written;
    enum log_format format;
};

/* A log on standard error as text: what a command has before its options are read. */
#define LOG_INIT ((struct log){.fd = 2, .level = LOG_LEVEL_WARNING})

struct log_options {
    const char *target; /* as in log_target_parse; lives as long as the log */
    const char *format; /* as in log_format_parse */
    const char *level;  /* as in log_level_parse; NULL: as above */
    bool debug;         /* everything, whatever level says */
};

/*
 * A file is opened O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0644; a daemon's socket must be there. On failure the
 * log stays what it was.
 */
int log_open(struct log *l, const struct log_options *o, struct err *reterr);

/* Closes the file; the log is LOG_INIT again, with its format. */
void log_close(struct log *l);

/* A line at that level, if it is to appear. Failures to write are not reported: there is nowhere to. */
void log_message(struct log *l, enum log_level level, const struct log_field *fields, size_t n_fields,
                 const char *fmt, ...) PRINTF_LIKE(5, 6);

/*
 * The outermost error of a command, complete: once. When the log is elsewhere the plain message also
 * goes to standard error, as runc does, for the human who looks there.
 */
void log_error(struct log *l, const struct err *e);
