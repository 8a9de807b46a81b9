/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as config.json, as a process file, as resources and as mounts: decoded, then validated. Errors
 * have a message, a place, and a pointer that is empty or begins with '/'; every violation can be located in
 * the text; the same bytes give the same result twice. What passed validation keeps the promises that the
 * rest of the program builds on.
 */
#include "oracle.h"

#include "core/decode.h"
#include "core/json.h"
#include "core/json_utf8.h"
#include "core/validate.h"

#include <errno.h>

static void check_text(const char *s)
{
    size_t len = strlen(s);

    for (size_t i = 0, n; i < len; i += n) {
        n = json_utf8_len(s + i, len - i);
        CHECK(n > 0);
    }
}

static void check_error(const struct err *e)
{
    CHECK(e->kind == ERR_CONFIG);
    CHECK(e->message[0] != '\0');
    CHECK(e->where[0] == '\0' || e->where[0] == '/');
    CHECK(e->line > 0 && e->column > 0);
}

static void check_report(struct validate_report *rep, const char *text, size_t size)
{
    size_t errors = 0;
    struct err e;

    validate_report_locate(rep, text, size);
    for (size_t i = 0; i < rep->n; i++) {
        const struct violation *v = &rep->v[i];

        CHECK(v->pointer[0] == '\0' || v->pointer[0] == '/');
        CHECK(v->message[0] != '\0' && strchr(v->message, '\n') == NULL);
        CHECK(strncmp(v->section, "config", 6) == 0 && strchr(v->section, '#') != NULL);
        CHECK(v->line > 0 && v->column > 0);
        check_text(v->pointer);
        errors += v->level == VALIDATE_ERROR;
    }
    CHECK(rep->truncated ? errors <= rep->n_errors : errors == rep->n_errors);
    CHECK((errors > 0) == (rep->n_errors > 0));
    err_init(&e);
    if (validate_report_error(rep, text, size, &e) < 0) {
        CHECK(rep->n_errors > 0);
        check_error(&e);
    } else {
        CHECK(rep->n_errors == 0);
    }
}

/* What plan building relies on. */
static void check_promises(const struct config *c)
{
    const struct config_process *p = config_process_or_none(c);
    uint32_t seen = 0;

    CHECK(c->oci_version && c->has_root && c->root.path);
    CHECK((p->args.n >= 1 || !c->process) && p->cwd && p->cwd[0] == '/');
    for (size_t i = 0; i < c->linux_.n_namespaces; i++) {
        CHECK(!(seen & 1u << c->linux_.namespaces[i].type));
        seen |= 1u << c->linux_.namespaces[i].type;
        CHECK(!c->linux_.namespaces[i].path || c->linux_.namespaces[i].path[0] == '/');
    }
    CHECK(!c->hostname || (seen & 1u << NS_UTS));
    for (size_t i = 0; i < p->n_rlimits; i++)
        CHECK(p->rlimits[i].soft <= p->rlimits[i].hard);
    for (unsigned kind = 0; kind < HOOK_KIND_COUNT; kind++)
        for (size_t i = 0; i < c->hooks[kind].n; i++)
            CHECK(c->hooks[kind].v[i].path[0] == '/');
    for (size_t i = 0; i < c->n_mounts; i++)
        CHECK(c->mounts[i].destination[0] != '\0');
    CHECK(p->user.uid != UINT32_MAX && p->user.gid != UINT32_MAX);
}

struct outcome {
    int code;
    struct err err;
    size_t violations, errors;
};

static struct outcome run_config(const char *text, size_t size)
{
    struct outcome o = {.violations = 0};
    struct validate_report rep;
    struct config *c;
    struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&o.err);
    o.code = config_decode(&a, text, size, &c, &o.err);
    if (o.code < 0) {
        CHECK(o.code == -EINVAL);
        check_error(&o.err);
    } else {
        CHECK(validate_config(&a, c, &rep) == 0);
        check_report(&rep, text, size);
        if (rep.n_errors == 0)
            check_promises(c);
        o.violations = rep.n;
        o.errors = rep.n_errors;
    }
    arena_done(&a);
    return o;
}

static void run_parts(const char *text, size_t size)
{
    struct validate_report rep;
    struct config_resources *res;
    struct config_process *p;
    struct config_seccomp *s;
    struct config_mount *m;
    size_t n;
    struct arena a;
    struct err e;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    if (process_decode(&a, text, size, &p, &e) < 0) {
        check_error(&e);
    } else {
        CHECK(validate_process(&a, p, &rep) == 0);
        check_report(&rep, text, size);
    }
    if (resources_decode(&a, text, size, &res, &e) < 0) {
        check_error(&e);
    } else {
        CHECK(validate_resources(&a, res, &rep) == 0);
        check_report(&rep, text, size);
    }
    if (seccomp_decode(&a, text, size, &s, &e) < 0)
        check_error(&e);
    if (mounts_decode(&a, text, size, &m, &n, &e) < 0)
        check_error(&e);
    else
        for (size_t i = 0; i < n; i++)
            CHECK(m[i].destination != NULL);
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct outcome first = run_config(text, size), second = run_config(text, size);

    CHECK(first.code == second.code);
    CHECK(first.violations == second.violations && first.errors == second.errors);
    CHECK(strcmp(first.err.message, second.err.message) == 0 &&
          strcmp(first.err.where, second.err.where) == 0);
    CHECK(first.err.line == second.err.line && first.err.column == second.err.column);
    run_parts(text, size);
    return 0;
}
