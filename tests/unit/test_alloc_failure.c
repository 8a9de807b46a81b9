/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole core with every single allocation failing once: decode, validate, plan, check, print. Each time
 * the end is a clean -ENOMEM, nothing leaks (the address sanitizer says so in its build), and the first run
 * that meets no failing allocation gives the same plan as always. A second pass lets everything from the n-th
 * on fail, as a machine does.
 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "test_plan_pipeline.h"


#include <cmocka.h>

#ifndef LORICA_SOURCE_DIR
#define LORICA_SOURCE_DIR "."
#endif
#define GOLDEN LORICA_SOURCE_DIR "/tests/unit/golden"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static size_t countdown; /* 0: nothing fails; n: the n-th from now on does */
static bool stays_empty; /* and everything behind it */
static bool has_failed;

static bool fails_now(void)
{
    if (has_failed && stays_empty)
        return true;
    if (countdown == 0 || --countdown > 0)
        return false;
    has_failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails_now() ? NULL : __real_realloc(p, size);
}

/* Everything between the bytes of a bundle and the printed plan. */
static int run(const char *config, size_t config_len, const char *facts, size_t facts_len, struct buf *text,
               struct buf *json, struct err *e)
{
    struct pipeline p;
    int r;

    pipeline_init(&p);
    arena_init(&p.arena, 1, ARENA_MAX_DEFAULT); /* every allocation a malloc of its own */
    r = facts_parse(&p.arena, (struct str){facts, facts_len}, &p.facts, &p.err);
    if (r == 0)
        r = pipeline_config(&p, config, config_len);
    if (r == 0)
        r = pipeline_plan(&p);
    if (r == 0) {
        plan_print_text(p.plan, text);
        plan_print_json(p.plan, json);
        r = buf_error(text) < 0 ? buf_error(text) : buf_error(json);
        if (r < 0)
            err_nomem(&p.err);
    }
    *e = p.err;
    pipeline_done(&p);
    return r;
}

static char *read_file(struct arena *a, const char *path, size_t *len)
{
    struct pipeline p = {.arena = *a};
    char *text = pipeline_read(&p, path, len);

    *a = p.arena;
    assert_non_null(text);
    return text;
}

static void fail_each(const char *name, const char *facts_name)
{
    AUTO_BUF struct buf wanted = BUF_INIT(16u << 20);
    AUTO_BUF struct buf wanted_json = BUF_INIT(16u << 20);
    size_t config_len, facts_len, n = 0;
    struct arena a;
    struct err e;
    char path[1024];
    char *config, *facts;
    int r;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    snprintf(path, sizeof(path), GOLDEN "/%s/config.json", name);
    config = read_file(&a, path, &config_len);
    snprintf(path, sizeof(path), GOLDEN "/facts/%s.facts", facts_name);
    facts = read_file(&a, path, &facts_len);
    assert_int_equal(run(config, config_len, facts, facts_len, &wanted, &wanted_json, &e), 0);
    do {
        AUTO_BUF struct buf text = BUF_INIT(16u << 20);
        AUTO_BUF struct buf json = BUF_INIT(16u << 20);

        countdown = ++n;
        has_failed = false;
        r = run(config, config_len, facts, facts_len, &text, &json, &e);
        countdown = 0;
        if (has_failed) {
            has_failed = false;
            if (r != -ENOMEM || e.code != ENOMEM || e.kind != ERR_INTERNAL)
                fail_msg("allocation %zu of %s: %d, \"%s\"", n, name, r, e.message);
        } else {
            assert_int_equal(r, 0);
            assert_string_equal(buf_cstr(&text), buf_cstr(&wanted));
            assert_string_equal(buf_cstr(&json), buf_cstr(&wanted_json));
            r = 1;
        }
    } while (r != 1);
    assert_true(n > 100);
    arena_done(&a);
}

static const struct {
    const char *name, *facts;
} cases[] = {
    {"default-v2", "root-v2"},
    {"docker-like", "root-v1"},
    {"attributes", "root-lsm"},
    {"userns", "root-hybrid"},
    {"mounts", "root-v2"},
    {"hooks", "root-v2"},
    {"seccomp-nnp", "root-v2"},
    {"sysctl", "root-v2"},
    {"caps", "root-hybrid"},
    {"resources-v1", "root-v1"},
    {"podman-rootless", "rootless-v2"},
};

static void test_core__one_allocation_fails(void **state)
{
    (void)state;
    stays_empty = false;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        fail_each(cases[i].name, cases[i].facts);
}

static void test_core__memory_is_used_up(void **state)
{
    (void)state;
    stays_empty = true;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        fail_each(cases[i].name, cases[i].facts);
    stays_empty = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_core__one_allocation_fails),
        cmocka_unit_test(test_core__memory_is_used_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
