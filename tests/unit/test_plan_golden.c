/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden plans: tests/unit/golden/CASE holds
 *     config.json   the configuration
 *     case          "facts NAME" (golden/facts/NAME.facts); further lines: "config CASE" (take that case's
 *                   configuration), "id ID", "bundle PATH", "no_pivot", "no_new_keyring", "wait_start",
 *                   "systemd_cgroup", "unsupported_warn", "preserve_fds N"
 *     plan          what plan_print_text says of it
 * With REGENERATE=1 in the environment the plans are written instead of compared: look at the difference.
 *
 * BUNDLES_DIR names a directory of config.json files as engines write them; each must become a plan.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "test_plan_pipeline.h"

#include "core/json.h"

#include <dirent.h>

#include <cmocka.h>

#ifndef LORICA_SOURCE_DIR
#define LORICA_SOURCE_DIR "."
#endif
#define GOLDEN LORICA_SOURCE_DIR "/tests/unit/golden"

#define CASES_MAX 256
#define PATH_SIZE 1024

struct names {
    char v[CASES_MAX][128];
    size_t n;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Entries of a directory, sorted, that hold `part`; "." and ".." excepted. */
static void list(const char *dir, const char *part, struct names *ret)
{
    DIR *d = opendir(dir);
    struct dirent *e;

    ret->n = 0;
    assert_non_null(d);
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.' || !strstr(e->d_name, part))
            continue;
        assert_true(ret->n < CASES_MAX);
        snprintf(ret->v[ret->n++], sizeof(ret->v[0]), "%.127s", e->d_name);
    }
    closedir(d);
    qsort(ret->v, ret->n, sizeof(ret->v[0]), compare_names);
}

static bool has_file(const char *name, const char *file)
{
    char path[PATH_SIZE];
    FILE *f;

    snprintf(path, sizeof(path), GOLDEN "/%s/%s", name, file);
    f = fopen(path, "re");
    if (f)
        fclose(f);
    return f != NULL;
}

/* One line of `case`. */
static void apply_line(struct pipeline *p, struct str line, char *config_of, size_t size)
{
    struct str value = line, key;
    char path[PATH_SIZE];

    assert_true(str_next(&value, ' ', &key));
    if (str_eq(key, "facts")) {
        snprintf(path, sizeof(path), GOLDEN "/facts/%.*s.facts", (int)value.len, value.ptr);
        if (pipeline_facts(p, path) < 0)
            fail_msg("%s: %s", path, p->err.message);
    } else if (str_eq(key, "config")) {
        snprintf(config_of, size, "%.*s", (int)value.len, value.ptr);
    } else if (str_eq(key, "id")) {
        p->options.id = arena_strndup(&p->arena, value.ptr, value.len);
    } else if (str_eq(key, "bundle")) {
        p->options.bundle = arena_strndup(&p->arena, value.ptr, value.len);
    } else if (str_eq(key, "no_pivot")) {
        p->options.no_pivot = true;
    } else if (str_eq(key, "no_new_keyring")) {
        p->options.no_new_keyring = true;
    } else if (str_eq(key, "wait_start")) {
        p->options.wait_start = true;
    } else if (str_eq(key, "systemd_cgroup")) {
        p->options.systemd_cgroup = true;
    } else if (str_eq(key, "unsupported_warn")) {
        p->options.unsupported_warn = true;
    } else if (str_eq(key, "preserve_fds")) {
        assert_int_equal(str_to_u32(value, 1000, &p->options.preserve_fds), 0);
    } else {
        fail_msg("unknown line in case: %.*s", (int)line.len, line.ptr);
    }
}

/* The plan of a case, built and checked. */
static void build_case(struct pipeline *p, const char *name)
{
    char path[PATH_SIZE], config_of[128];
    struct str text, line;
    size_t len;
    char *file;

    pipeline_init(p);
    snprintf(config_of, sizeof(config_of), "%s", name);
    snprintf(path, sizeof(path), GOLDEN "/%s/case", name);
    file = pipeline_read(p, path, &len);
    assert_non_null(file);
    text = (struct str){file, len};
    while (str_next(&text, '\n', &line))
        if (line.len)
            apply_line(p, line, config_of, sizeof(config_of));
    snprintf(path, sizeof(path), GOLDEN "/%s/config.json", config_of);
    file = pipeline_read(p, path, &len);
    assert_non_null(file);
    if (pipeline_config(p, file, len) < 0 || pipeline_plan(p) < 0)
        fail_msg("%s: %s: %s", name, p->err.where, p->err.message);
}

/* Where two texts part, as a line of each. */
static void show_difference(const char *name, const char *wanted, const char *got)
{
    size_t at = 0, line = 1;

    while (wanted[at] && wanted[at] == got[at])
        at++;
    for (size_t i = 0; i < at; i++)
        line += wanted[i] == '\n';
    while (at && wanted[at - 1] != '\n')
        at--;
    fail_msg("%s/plan:%zu\n  wanted: %.*s\n  got:    %.*s", name, line, (int)strcspn(wanted + at, "\n"),
             wanted + at, (int)strcspn(got + at, "\n"), got + at);
}

static void test_plan_print_text__golden(void **state)
{
    bool regenerate = getenv("REGENERATE") != NULL;
    struct names names;
    size_t compared = 0;

    (void)state;
    list(GOLDEN, "", &names);
    for (size_t i = 0; i < names.n; i++) {
        AUTO_BUF struct buf out = BUF_INIT(16u << 20);
        char path[PATH_SIZE];
        struct pipeline p;
        const char *wanted;

        if (!has_file(names.v[i], "case"))
            continue;
        build_case(&p, names.v[i]);
        plan_print_text(p.plan, &out);
        assert_int_equal(buf_error(&out), 0);
        snprintf(path, sizeof(path), GOLDEN "/%s/plan", names.v[i]);
        if (regenerate) {
            FILE *f = fopen(path, "we");

            assert_non_null(f);
            assert_int_equal(fwrite(out.data, 1, out.len, f), out.len);
            assert_int_equal(fclose(f), 0);
        } else {
            wanted = pipeline_read(&p, path, NULL);
            if (!wanted)
                fail_msg("%s: no plan to compare with", names.v[i]);
            if (strcmp(wanted, buf_cstr(&out)) != 0)
                show_difference(names.v[i], wanted, buf_cstr(&out));
        }
        pipeline_done(&p);
        compared++;
    }
    assert_true(compared >= 25);
}

/* The JSON form holds the same operations, and is JSON to our own strict reader. */
static void test_plan_print_json__says_the_same(void **state)
{
    struct names names;

    (void)state;
    list(GOLDEN, "", &names);
    for (size_t i = 0; i < names.n; i++) {
        AUTO_BUF struct buf out = BUF_INIT(16u << 20);
        const struct json_value *op;
        struct json_doc doc;
        struct pipeline p;
        size_t n = 0;

        if (!has_file(names.v[i], "case"))
            continue;
        build_case(&p, names.v[i]);
        plan_print_json(p.plan, &out);
        assert_int_equal(buf_error(&out), 0);
        assert_int_equal(json_parse(out.data, out.len, &doc, &p.err), 0);
        op = json_first(json_find(json_root(&doc), "operations"));
        for (; op; op = json_next(op), n++) {
            assert_true(n < p.plan->n_ops);
            assert_string_equal(json_string(json_find(op, "operation")), plan_op_name(p.plan->ops[n].kind));
            assert_non_null(json_string(json_find(op, "actor")));
        }
        assert_int_equal(n, p.plan->n_ops);
        json_doc_done(&doc);
        pipeline_done(&p);
    }
}

/*
 * What engines really write. Every configuration plans for root on cgroup v1 (where it was recorded), and for
 * a rootless caller with cgroups of its own; on v2 the only reason not to is a setting that v2 does not have.
 */
static void test_plan_build__bundles_of_engines(void **state)
{
    static const struct {
        const char *facts;
        bool v2;
    } hosts[] = {
        {"root-v1", false}, {"root-hybrid", false}, {"rootless-v1", false},
        {"root-v2", true},  {"rootless-v2", true},
    };
    const char *dir = getenv("BUNDLES_DIR");
    struct names names;

    (void)state;
    if (!dir) {
        print_message("BUNDLES_DIR is not set: no recorded configurations to plan\n");
        skip();
    }
    list(dir, "config", &names);
    assert_true(names.n > 0);
    for (size_t i = 0; i < names.n * ARRAY_SIZE(hosts); i++) {
        const char *name = names.v[i / ARRAY_SIZE(hosts)];
        const char *facts = hosts[i % ARRAY_SIZE(hosts)].facts;
        char path[PATH_SIZE];
        struct pipeline p;
        size_t len;
        char *text;
        int r;

        pipeline_init(&p);
        snprintf(path, sizeof(path), GOLDEN "/facts/%s.facts", facts);
        if (pipeline_facts(&p, path) < 0)
            fail_msg("%s: %s", path, p.err.message);
        snprintf(path, sizeof(path), "%s/%s", dir, name);
        text = pipeline_read(&p, path, &len);
        assert_non_null(text);
        r = pipeline_config(&p, text, len);
        if (r == 0)
            r = pipeline_plan(&p);
        if (r < 0 && !(hosts[i % ARRAY_SIZE(hosts)].v2 && p.err.kind == ERR_CONFIG &&
                       str_starts(str_of(p.err.where), "/linux/resources/")))
            fail_msg("%s on %s: %s: %s", name, facts, p.err.where, p.err.message);
        pipeline_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_print_text__golden),
        cmocka_unit_test(test_plan_print_json__says_the_same),
        cmocka_unit_test(test_plan_build__bundles_of_engines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
