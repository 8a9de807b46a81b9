/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/log.h"

#include "base/buf.h"
#include "kernel/sys.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

/* The longest line; what is beyond is left out with its whole line rather than written in two parts. */
#define LINE_MAX_BYTES    (64u * 1024u)
#define MESSAGE_MAX_BYTES (8u * 1024u)

int log_open(struct log *l, const char *path, const char *format, bool debug, struct err *reterr)
{
    enum log_format parsed;
    int fd = STDERR_FILENO, r;
    bool is_file = path && path[0] != '\0';

    r = log_format_parse(format, &parsed, reterr);
    if (r < 0)
        return r;
    if (is_file) {
        fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (fd < 0)
            return err_system(reterr, fd, "open", "%s", path);
    }
    log_close(l);
    *l = (struct log){.fd = fd, .is_file = is_file, .debug = debug, .format = parsed};
    return 0;
}

void log_close(struct log *l)
{
    if (l->is_file)
        close(l->fd);
    *l = (struct log){.fd = STDERR_FILENO, .format = l->format};
}

/* One write(2): with O_APPEND a line of one process does not end up inside a line of another. */
static void put_line(const struct log *l, const struct log_line *line)
{
    AUTO_BUF struct buf text = BUF_INIT(LINE_MAX_BYTES);

    log_fmt(l->format, line, &text);
    if (buf_error(&text) == 0)
        (void)!sys_write(l->fd, text.data, text.len);
}

static bool appears(const struct log *l, enum log_level level)
{
    return l->debug || (l->format == LOG_FORMAT_TEXT && level <= LOG_LEVEL_WARNING);
}

void log_message(struct log *l, enum log_level level, const struct log_field *fields, size_t n_fields,
                 const char *fmt, ...)
{
    struct log_line line = {.level = level, .fields = fields, .n_fields = n_fields};
    char message[MESSAGE_MAX_BYTES] UNINITIALIZED;
    va_list ap;

    if (!appears(l, level))
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
    if (l->is_file) {
        len = snprintf(plain, sizeof(plain), "%s\n", e->message);
        (void)!sys_write(STDERR_FILENO, plain, (size_t)len);
    }
}
