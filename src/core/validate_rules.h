/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules of core/validate share: the subject, and how a violation is reported. Only for the validate
 * files.
 *
 * A rule is one function; it reports and goes on, so that all violations are found. It looks only at what it
 * needs and must take any decoded configuration: members that decoding demands are there (core/decode.h),
 * everything else may be absent.
 */
#pragma once

#include "base/tbl.h"
#include "core/validate.h"

struct validation {
    struct arena *arena;
    struct validate_report *rep;
    const struct config *config;       /* NULL when only a part is validated */
    const struct config_process *proc; /* NULL: absent */
    const char *proc_at;               /* its pointer: "/process", or "" when it is the document */
    const struct config_resources *res;
    const char *res_at;
    bool nomem;
    char at[1024];    /* what rule_at() and rule_at_name() made last */
    char quoted[160]; /* what rule_quote() made last */
};

typedef void rule(struct validation *v);

struct rule_list {
    rule *const *v;
    size_t n;
};

#define RULE_LIST(rules)                                                                                     \
    {                                                                                                        \
        (rules), ARRAY_SIZE(rules)                                                                           \
    }

extern const struct rule_list validate_document_rules;  /* config */
extern const struct rule_list validate_mount_rules;     /* config */
extern const struct rule_list validate_linux_rules;     /* config */
extern const struct rule_list validate_seccomp_rules;   /* config */
extern const struct rule_list validate_process_rules;   /* proc, config */
extern const struct rule_list validate_resources_rules; /* res */

/* Report. `pointer` is copied; it is mostly the result of rule_at(), called as an argument. */
void rule_error(struct validation *v, const char *pointer, const char *fmt, ...) PRINTF_LIKE(3, 4) COLD;
void rule_warning(struct validation *v, const char *pointer, const char *fmt, ...) PRINTF_LIKE(3, 4) COLD;

/*
 * The error of a function that checks and fails at its first finding (r is its result, e its error).
 * `pointer` NULL: where the error says, which is cut to ERR_WHERE_MAX.
 */
void rule_result(struct validation *v, int r, const char *pointer, const struct err *e);

/* Format a pointer into v->at, where it stays until the next one. */
const char *rule_at(struct validation *v, const char *fmt, ...) PRINTF_LIKE(2, 3) COLD;

/* PREFIX/NAME with the name escaped as RFC 6901 says. The prefix may be v->at itself. */
const char *rule_at_name(struct validation *v, const char *prefix, const char *name) COLD;

/* A string of the configuration as it goes into a message: quoted, escaped, cut. In v->quoted. */
const char *rule_quote(struct validation *v, const char *s) COLD;

/* Is `name` in a table of names? */
#define RULE_KNOWN(table, name) (tbl_find((table), ARRAY_SIZE(table), str_of(name)) != NULL)

/* Each of the names must be in the table: error at AT/N. `what`: "scheduler flag". */
void rule_names(struct validation *v, const struct strings *names, const struct tbl_entry *table, size_t n,
                const char *at, const char *what);

/* The string starts with "/" and is not NULL. */
bool rule_is_absolute(const char *path);
