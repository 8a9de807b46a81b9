/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log_fmt.h"

#include "core/hint.h"
#include "core/json_write.h"
#include "core/quote.h"
#include "core/time_fmt.h"

int log_format_parse(const char *name, enum log_format *ret, struct err *reterr)
{
    char quoted[128];
    size_t len;

    if (!name || name[0] == '\0' || streq(name, "text")) {
        *ret = LOG_FORMAT_TEXT;
        return 0;
    }
    if (streq(name, "json")) {
        *ret = LOG_FORMAT_JSON;
        return 0;
    }
    /* The phrase has no quotes; what would not print is escaped all the same. */
    quote_go_into(quoted, sizeof(quoted), str_of(name));
    len = strlen(quoted);
    return err_usage(reterr, "invalid log-format: %.*s", (int)(len - 2), quoted + 1);
}

const char *log_level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR: return "error";
    case LOG_LEVEL_WARNING: return "warning";
    case LOG_LEVEL_INFO: return "info";
    case LOG_LEVEL_DEBUG: return "debug";
    }
    return "error";
}

/* Whether a value can stand in a text line as it is; the rule of the logger that runc uses. */
static bool is_plain(const char *s)
{
    if (*s == '\0')
        return false;
    for (; *s; s++) {
        bool alnum = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9');

        if (!alnum && !strchr("-._/@^+", *s))
            return false;
    }
    return true;
}

static void line_text(const struct log_line *line, struct buf *out)
{
    char time[TIME_FMT_MAX];

    buf_printf(out, "time=\"%s\" level=%s msg=", time_fmt_seconds(&line->time, time),
               log_level_name(line->level));
    quote_go(out, str_of(line->message));
    for (size_t i = 0; i < line->n_fields; i++) {
        const struct log_field *f = &line->fields[i];

        buf_printf(out, " %s=", f->key);
        if (!f->text)
            buf_printf(out, "%lld", (long long)f->number);
        else if (is_plain(f->text))
            buf_str(out, f->text);
        else
            quote_go(out, str_of(f->text));
    }
}

static void line_json(const struct log_line *line, struct buf *out)
{
    struct json_writer w;
    char time[TIME_FMT_MAX];

    json_write_init(&w, out, NULL);
    json_write_object(&w);
    json_write_key_str(&w, "level", log_level_name(line->level));
    json_write_key_str(&w, "msg", line->message);
    for (size_t i = 0; i < line->n_fields; i++) {
        const struct log_field *f = &line->fields[i];

        if (f->text)
            json_write_key_str(&w, f->key, f->text);
        else
            json_write_key_i64(&w, f->key, f->number);
    }
    json_write_key_str(&w, "time", time_fmt_seconds(&line->time, time));
    json_write_object_end(&w);
}

void log_fmt(enum log_format format, const struct log_line *line, struct buf *out)
{
    if (format == LOG_FORMAT_JSON)
        line_json(line, out);
    else
        line_text(line, out);
    buf_char(out, '\n');
}

static size_t place_fields(const struct err *e, struct log_field *fields)
{
    size_t n = 0;

    if (e->kind == ERR_CONFIG) {
        fields[n++] = (struct log_field){.key = "path", .text = e->where};
        if (e->line > 0) {
            fields[n++] = (struct log_field){.key = "line", .number = e->line};
            fields[n++] = (struct log_field){.key = "column", .number = e->column};
        }
        return n;
    }
    if (e->where[0] != '\0')
        fields[n++] = (struct log_field){.key = "phase", .text = e->where};
    if (e->kind == ERR_SYSTEM && e->code != 0)
        fields[n++] = (struct log_field){.key = "errno", .number = e->code};
    return n;
}

size_t log_fmt_err_fields(const struct err *e, struct log_field fields[LOG_ERR_FIELDS])
{
    const char *hint = hint_of(e);
    size_t n = 0;

    if (e->kind == ERR_NONE)
        return 0;
    fields[n++] = (struct log_field){.key = "code", .text = err_kind_name(e->kind)};
    n += place_fields(e, fields + n);
    if (hint)
        fields[n++] = (struct log_field){.key = "hint", .text = hint};
    return n;
}
