/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/log.h"

#include "base/buf.h"
#include "kernel/io.h"
#include "kernel/sys.h"
#include "kernel/usocket.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The longest line; what is beyond is left out with its whole line rather than written in two parts. */
#define LINE_MAX_BYTES (64u * 1024u)
/* A daemon that does not listen holds nobody up. */
#define CONNECT_MS        1000
#define MESSAGE_MAX_BYTES (8u * 1024u)

static int open_file(const char *path, struct err *reterr)
{
    int fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

    return fd < 0 ? err_system(reterr, fd, "open", "%s", path) : fd;
}

/* Datagrams: an entry is there as a whole or not at all. */
static int open_socket(const char *path, struct err *reterr)
{
    return usocket_connect((struct usocket_name){.path = path}, SOCK_DGRAM, io_now_ms() + CONNECT_MS, reterr);
}

static int open_target(const struct log_target *t, struct err *reterr)
{
    switch (t->kind) {
    case LOG_TARGET_STDERR: return STDERR_FILENO;
    case LOG_TARGET_FILE: return open_file(t->name, reterr);
    case LOG_TARGET_JOURNALD: return open_socket(LOG_JOURNALD_SOCKET, reterr);
    case LOG_TARGET_SYSLOG: return open_socket(LOG_SYSLOG_SOCKET, reterr);
    }
    return err_internal(reterr, EINVAL, "unknown log target");
}

int log_open(struct log *l, const struct log_options *o, struct err *reterr)
{
    struct log_target target = log_target_parse(o->target);
    enum log_level level = o->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING;
    enum log_format format;
    bool quiet;
    int fd, r = log_format_parse(o->format, &format, reterr);

    if (r < 0)
        return r;
    /* Engines parse a file of JSON as one object: the error. */
    quiet = format == LOG_FORMAT_JSON && target.kind <= LOG_TARGET_FILE && !o->level && !o->debug;
    if (o->level && !o->debug)
        r = log_level_parse(o->level, &level, reterr);
    fd = r < 0 ? r : open_target(&target, reterr);
    if (fd < 0)
        return fd;
    log_close(l);
    *l = (struct log){.fd = fd,
                      .target = target.kind,
                      .ident = target.name,
                      .level = level,
                      .quiet = quiet,
                      .format = format};
    return 0;
}

void log_close(struct log *l)
{
    if (l->target != LOG_TARGET_STDERR)
        close(l->fd);
    *l = (struct log){.fd = STDERR_FILENO, .level = LOG_LEVEL_WARNING, .format = l->format};
}

/* One write(2): with O_APPEND a line of one process does not end up inside a line of another. */
static void put_line(const struct log *l, const struct log_line *line)
{
    AUTO_BUF struct buf text = BUF_INIT(LINE_MAX_BYTES);

    if (l->target == LOG_TARGET_JOURNALD)
        log_target_journal(l->ident, line, &text);
    else if (l->target == LOG_TARGET_SYSLOG)
        log_target_syslog(l->ident, getpid(), line, &text);
    else
        log_fmt(l->format, line, &text);
    if (buf_error(&text) < 0)
        return;
    if (l->target == LOG_TARGET_JOURNALD || l->target == LOG_TARGET_SYSLOG)
        (void)!send(l->fd, text.data, text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    else
        (void)!sys_write(l->fd, text.data, text.len);
}

void log_message(struct log *l, enum log_level level, const struct log_field *fields, size_t n_fields,
                 const char *fmt, ...)
{
    struct log_line line = {.level = level, .fields = fields, .n_fields = n_fields};
    char message[MESSAGE_MAX_BYTES] UNINITIALIZED;
    va_list ap;

    if (l->quiet || level > l->level)
        return;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    line.message = message;
    clock_gettime(CLOCK_REALTIME, &line.time);
    put_line(l, &line);
}

void log_error(struct log *l, const struct err *e)
{
    struct log_field fields[LOG_ERR_FIELDS];
    struct log_line line = {.level = LOG_LEVEL_ERROR, .message = e->message, .fields = fields};
    char plain[sizeof(e->message) + 1];
    int len;

    if (l->error_written)
        return;
    l->error_written = true;
    line.n_fields = log_fmt_err_fields(e, fields);
    clock_gettime(CLOCK_REALTIME, &line.time);
    put_line(l, &line);
    if (l->target != LOG_TARGET_STDERR) {
        len = snprintf(plain, sizeof(plain), "%s\n", e->message);
        (void)!sys_write(STDERR_FILENO, plain, (size_t)len);
    }
}
