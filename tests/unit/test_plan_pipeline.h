/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the plan: text of a configuration and of facts to a plan, the way the runtime does it.
 * Header only.
 */
#pragma once

#include "core/decode.h"
#include "core/plan.h"
#include "core/validate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct pipeline {
    struct arena arena;
    struct err err;
    struct facts facts;
    struct plan_options options;
    struct config *config;
    struct plan *plan;
};

static inline void pipeline_init(struct pipeline *p)
{
    *p = (struct pipeline){.options = {.id = "golden", .bundle = "/bundle"}};
    arena_init(&p->arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&p->err);
}

static inline void pipeline_done(struct pipeline *p)
{
    arena_done(&p->arena);
}

/* config_decode and validate_config. */
static inline int pipeline_config(struct pipeline *p, const char *text, size_t len)
{
    struct validate_report report;
    int r = config_decode(&p->arena, text, len, &p->config, &p->err);

    if (r < 0)
        return r;
    r = validate_config(&p->arena, p->config, &report);
    if (r < 0)
        return err_nomem(&p->err);
    return validate_report_error(&report, text, len, &p->err);
}

/* plan_build and plan_check; facts and options are set. */
static inline int pipeline_plan(struct pipeline *p)
{
    int r = plan_build(&p->arena, p->config, &p->facts, &p->options, &p->plan, &p->err);

    return r < 0 ? r : plan_check(p->plan, p->config, &p->err);
}

/* A whole file on the arena, terminated; NULL and errno. */
static inline char *pipeline_read(struct pipeline *p, const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    long size;

    if (!f)
        return NULL;
    if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0) {
        text = arena_alloc(&p->arena, (size_t)size + 1);
        if (text && fread(text, 1, (size_t)size, f) != (size_t)size)
            text = NULL;
        if (text && ret_len)
            *ret_len = (size_t)size;
    }
    fclose(f);
    return text;
}

static inline int pipeline_facts(struct pipeline *p, const char *path)
{
    size_t len;
    char *text = pipeline_read(p, path, &len);

    if (!text)
        return err_system(&p->err, errno, "open", "%s", path);
    return facts_parse(&p->arena, (struct str){text, len}, &p->facts, &p->err);
}
