/* SPDX-License-Identifier: Apache-2.0 */
/* Running the rules, and the report. The rules are in the other validate files. */
#include "core/validate.h"

#include "core/json.h"
#include "core/json_utf8.h"
#include "core/quote.h"
#include "core/spec_section.h"
#include "core/validate_rules.h"

#include <errno.h>
#include <stdarg.h>

/* ---- reporting ---- */

/* Room for one more. A full list gives its last place to the first error, so that no error goes unseen. */
static struct violation *report_add(struct validation *v, enum validate_level level)
{
    struct validate_report *rep = v->rep;

    rep->n_errors += level == VALIDATE_ERROR;
    if (rep->n == VALIDATE_VIOLATIONS_MAX) {
        rep->truncated = true;
        return level == VALIDATE_ERROR && rep->n_errors == 1 ? &rep->v[rep->n - 1] : NULL;
    }
    if (rep->n == rep->cap_) {
        size_t cap = rep->cap_ ? rep->cap_ * 2 : 8;
        struct violation *list = arena_new_array(v->arena, struct violation, cap);

        if (!list) {
            v->nomem = true;
            return NULL;
        }
        if (rep->n)
            memcpy(list, rep->v, rep->n * sizeof(*list));
        rep->v = list;
        rep->cap_ = cap;
    }
    return &rep->v[rep->n++];
}

static void report(struct validation *v, enum validate_level level, const char *pointer, const char *fmt,
                   va_list ap) PRINTF_LIKE(4, 0);

static void report(struct validation *v, enum validate_level level, const char *pointer, const char *fmt,
                   va_list ap)
{
    struct violation *violation = report_add(v, level);
    char text[ERR_MESSAGE_MAX];

    if (!violation)
        return;
    vsnprintf(text, sizeof(text), fmt, ap);
    *violation = (struct violation){.pointer = arena_strdup(v->arena, pointer),
                                    .level = level,
                                    .message = arena_strdup(v->arena, text),
                                    .section = spec_section_of(pointer)};
    if (!violation->pointer || !violation->message)
        v->nomem = true;
}

void rule_error(struct validation *v, const char *pointer, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(v, VALIDATE_ERROR, pointer, fmt, ap);
    va_end(ap);
}

void rule_warning(struct validation *v, const char *pointer, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(v, VALIDATE_WARNING, pointer, fmt, ap);
    va_end(ap);
}

void rule_result(struct validation *v, int r, const char *pointer, const struct err *e)
{
    if (r >= 0)
        return;
    if (r == -ENOMEM) {
        v->nomem = true;
        return;
    }
    rule_error(v, pointer ? pointer : e->where, "%s", e->message);
}

const char *rule_at(struct validation *v, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(v->at, sizeof(v->at), fmt, ap);
    va_end(ap);
    return v->at;
}

const char *rule_at_name(struct validation *v, const char *prefix, const char *name)
{
    if (prefix != v->at)
        snprintf(v->at, sizeof(v->at), "%s", prefix);
    json_pointer_add(v->at, sizeof(v->at), name);
    return v->at;
}

const char *rule_quote(struct validation *v, const char *s)
{
    return quote_go_into(v->quoted, sizeof(v->quoted), str_of(s));
}

void rule_names(struct validation *v, const struct strings *names, const struct tbl_entry *table, size_t n,
                const char *at, const char *what)
{
    for (size_t i = 0; i < names->n; i++)
        if (!tbl_find(table, n, str_of(names->v[i])))
            rule_error(v, rule_at(v, "%s/%zu", at, i), "unknown %s %s", what, rule_quote(v, names->v[i]));
}

bool rule_is_absolute(const char *path)
{
    return path && path[0] == '/';
}

/* ---- running ---- */

static void run(struct validation *v, const struct rule_list *list)
{
    for (size_t i = 0; i < list->n && !v->nomem; i++)
        list->v[i](v);
}

int validate_config(struct arena *a, const struct config *c, struct validate_report *ret)
{
    struct validation v = {.arena = a,
                           .rep = ret,
                           .config = c,
                           .proc = c->process,
                           .proc_at = "/process",
                           .res = c->linux_.resources,
                           .res_at = "/linux/resources"};

    *ret = (struct validate_report){.v = NULL};
    run(&v, &validate_document_rules);
    if (v.proc)
        run(&v, &validate_process_rules);
    run(&v, &validate_mount_rules);
    run(&v, &validate_linux_rules);
    if (v.res)
        run(&v, &validate_resources_rules);
    if (c->linux_.seccomp)
        run(&v, &validate_seccomp_rules);
    return v.nomem ? -ENOMEM : 0;
}

int validate_process(struct arena *a, const struct config_process *p, struct validate_report *ret)
{
    struct validation v = {.arena = a, .rep = ret, .proc = p, .proc_at = ""};

    *ret = (struct validate_report){.v = NULL};
    run(&v, &validate_process_rules);
    return v.nomem ? -ENOMEM : 0;
}

int validate_resources(struct arena *a, const struct config_resources *res, struct validate_report *ret)
{
    struct validation v = {.arena = a, .rep = ret, .res = res, .res_at = ""};

    *ret = (struct validate_report){.v = NULL};
    run(&v, &validate_resources_rules);
    return v.nomem ? -ENOMEM : 0;
}

/* ---- the report ---- */

void validate_report_locate(struct validate_report *rep, const char *text, size_t len)
{
    for (size_t i = 0; i < rep->n; i++)
        (void)json_locate(text, len, rep->v[i].pointer, &rep->v[i].line, &rep->v[i].column);
}

/* A pointer that was cut must not end within a character. */
static void trim_cut(char *s)
{
    size_t len = strlen(s), i = 0, n;

    while (i < len && (n = json_utf8_len(s + i, len - i)) > 0)
        i += n;
    s[i] = '\0';
}

int validate_report_error(const struct validate_report *rep, const char *text, size_t len, struct err *reterr)
{
    for (size_t i = 0; i < rep->n; i++) {
        if (rep->v[i].level != VALIDATE_ERROR)
            continue;
        err_config(reterr, rep->v[i].pointer, "%s", rep->v[i].message);
        if (reterr)
            trim_cut(reterr->where);
        if (reterr && text)
            (void)json_locate(text, len, rep->v[i].pointer, &reterr->line, &reterr->column);
        return -EINVAL;
    }
    return 0;
}

const char *validate_level_name(enum validate_level level)
{
    return level == VALIDATE_ERROR ? "error" : "warning";
}
