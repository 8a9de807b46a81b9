/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the OCI runtime specification 1.3.0 over a decoded configuration: each rule is one small
 * function in a table, and every violation is listed, not only the first (a list that another module checks
 * as a whole, rlimits, id mappings, device rules, one mount's options, gives its first one). Nothing here
 * looks at the host; what depends on it is decided when the plan is built.
 *
 *     struct validate_report rep;
 *     if (validate_config(&arena, cfg, &rep) < 0)                 only -ENOMEM
 *         ...
 *     if (rep.n_errors)
 *         return validate_report_error(&rep, text, len, reterr);  the first error as a struct err
 *
 * Ownership: the report hangs on the arena.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"

enum validate_level { VALIDATE_WARNING, VALIDATE_ERROR };

struct violation {
    const char *pointer; /* JSON pointer of the value, or of the member that is missing */
    enum validate_level level;
    const char *message; /* one sentence without a full stop */
    const char *section; /* of the specification (core/spec_section): "config.md#process" */
    uint32_t line;       /* 0 until validate_report_locate */
    uint32_t column;
};

/* Beyond this many violations the list ends and `truncated` is set; an error is never hidden behind warnings.
 */
#define VALIDATE_VIOLATIONS_MAX 100u

struct validate_report {
    struct violation *v; /* in the order of the checks */
    size_t n;
    size_t n_errors; /* counted beyond the list's end as well */
    bool truncated;
    size_t cap_;
};

/* 0 whether or not there are violations; -ENOMEM. */
int validate_config(struct arena *a, const struct config *c, struct validate_report *ret) NODISCARD;

/* A process alone (exec), pointers relative to it; resources alone (update). */
int validate_process(struct arena *a, const struct config_process *p, struct validate_report *ret) NODISCARD;
int validate_resources(struct arena *a, const struct config_resources *res,
                       struct validate_report *ret) NODISCARD;

/* Fill line and column of every violation from the text that was decoded. */
void validate_report_locate(struct validate_report *rep, const char *text, size_t len);

/* The first violation of level error as a CONFIG error, located when text is not NULL. Returns -EINVAL, or 0:
 * none. */
int validate_report_error(const struct validate_report *rep, const char *text, size_t len,
                          struct err *reterr);

const char *validate_level_name(enum validate_level level); /* "error", "warning" */
