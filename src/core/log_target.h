/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the log goes, how much of it, and what its lines look like on the way to the daemons of the host:
 *
 *     PATH, file:PATH      a file that is appended to
 *     journald:IDENT       datagrams of fields, systemd.io/JOURNAL_NATIVE_PROTOCOL
 *     syslog:IDENT         datagrams as syslog(3) sends them to /dev/log
 */
#pragma once

#include "core/log_fmt.h"

enum log_target_kind { LOG_TARGET_STDERR, LOG_TARGET_FILE, LOG_TARGET_JOURNALD, LOG_TARGET_SYSLOG };

#define LOG_JOURNALD_SOCKET "/run/systemd/journal/socket"
#define LOG_SYSLOG_SOCKET   "/dev/log"
#define LOG_IDENT_DEFAULT   "lorica"

struct log_target {
    enum log_target_kind kind;
    const char *name; /* path or identifier, within the text that was given */
};

/* NULL and "": standard error. Every text is a target; a prefix without more is an identifier of "lorica". */
struct log_target log_target_parse(const char *text);

/* "error", "warning" ("warn"), "info", "debug"; ERR_USAGE `invalid log-level: X`. */
int log_level_parse(const char *name, enum log_level *ret, struct err *reterr);

/*
 * One entry. PRIORITY, SYSLOG_IDENTIFIER, MESSAGE, and each field as LORICA_KEY; a value that holds a newline
 * goes with its length. Failures stick in `out`.
 */
void log_target_journal(const char *ident, const struct log_line *line, struct buf *out);

/* "<PRIORITY>IDENT[PID]: MESSAGE key=value ...", facility user; one line, what does not print escaped. */
void log_target_syslog(const char *ident, int pid, const struct log_line *line, struct buf *out);
