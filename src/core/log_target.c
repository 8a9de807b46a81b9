/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log_target.h"

#include "base/tbl.h"
#include "core/quote.h"

#include <errno.h>

#define FACILITY_USER (1 << 3)

struct log_target log_target_parse(const char *text)
{
    static const struct {
        const char *prefix;
        enum log_target_kind kind;
    } prefixes[] = {
        {"file:", LOG_TARGET_FILE}, {"journald:", LOG_TARGET_JOURNALD}, {"syslog:", LOG_TARGET_SYSLOG}};

    if (!text || text[0] == '\0')
        return (struct log_target){.kind = LOG_TARGET_STDERR, .name = ""};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        const char *rest = text + strlen(prefixes[i].prefix);

        if (!str_starts(str_of(text), prefixes[i].prefix))
            continue;
        if (prefixes[i].kind != LOG_TARGET_FILE && rest[0] == '\0')
            rest = LOG_IDENT_DEFAULT;
        return (struct log_target){.kind = prefixes[i].kind, .name = rest};
    }
    return (struct log_target){.kind = LOG_TARGET_FILE, .name = text};
}

int log_level_parse(const char *name, enum log_level *ret, struct err *reterr)
{
    static const struct tbl_entry levels[] = {{"error", LOG_LEVEL_ERROR},
                                              {"warning", LOG_LEVEL_WARNING},
                                              {"warn", LOG_LEVEL_WARNING},
                                              {"info", LOG_LEVEL_INFO},
                                              {"debug", LOG_LEVEL_DEBUG}};
    const struct tbl_entry *entry = tbl_find(levels, ARRAY_SIZE(levels), str_of(name));
    char quoted[128];

    if (!entry) {
        quote_go_into(quoted, sizeof(quoted), str_of(name));
        return err_usage(reterr, "invalid log-level: %.*s", (int)(strlen(quoted) - 2), quoted + 1);
    }
    *ret = (enum log_level)entry->value;
    return 0;
}

/* As syslog.h numbers them. */
static int priority(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR: return 3;
    case LOG_LEVEL_WARNING: return 4;
    case LOG_LEVEL_INFO: return 6;
    case LOG_LEVEL_DEBUG: return 7;
    }
    return 3;
}

/* ---- journald ---- */

static void journal_field(struct buf *out, const char *key, const char *value)
{
    size_t len = strlen(value);

    buf_str(out, key);
    if (!strchr(value, '\n')) {
        buf_char(out, '=');
    } else {
        buf_char(out, '\n');
        for (unsigned i = 0; i < 8; i++)
            buf_char(out, (char)(unsigned char)((uint64_t)len >> (8 * i)));
    }
    buf_add(out, value, len);
    buf_char(out, '\n');
}

void log_target_journal(const char *ident, const struct log_line *line, struct buf *out)
{
    char key[64], number[24];

    buf_printf(out, "PRIORITY=%d\n", priority(line->level));
    journal_field(out, "SYSLOG_IDENTIFIER", ident);
    journal_field(out, "MESSAGE", line->message);
    for (size_t i = 0; i < line->n_fields; i++) {
        const struct log_field *f = &line->fields[i];

        snprintf(key, sizeof(key), "LORICA_%s", f->key);
        for (char *c = key; *c; c++)
            if (*c >= 'a' && *c <= 'z')
                *c = (char)(*c - 'a' + 'A');
        snprintf(number, sizeof(number), "%lld", (long long)f->number);
        journal_field(out, key, f->text ? f->text : number);
    }
}

/* ---- syslog ---- */

/* Escaped as in the text format, without the quotes around it. */
static void put_escaped(struct buf *out, const char *s)
{
    AUTO_BUF struct buf quoted = BUF_INIT(64 * 1024);

    quote_go(&quoted, str_of(s));
    if (buf_error(&quoted) == 0 && quoted.len >= 2)
        buf_add(out, quoted.data + 1, quoted.len - 2);
}

void log_target_syslog(const char *ident, int pid, const struct log_line *line, struct buf *out)
{
    buf_printf(out, "<%d>", FACILITY_USER | priority(line->level));
    put_escaped(out, ident);
    buf_printf(out, "[%d]: ", pid);
    put_escaped(out, line->message);
    for (size_t i = 0; i < line->n_fields; i++) {
        const struct log_field *f = &line->fields[i];

        buf_printf(out, " %s=", f->key);
        if (f->text)
            quote_go(out, str_of(f->text));
        else
            buf_printf(out, "%lld", (long long)f->number);
    }
}
