/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/rdt.h"

#include <errno.h>

#include <cmocka.h>

#define LINES(...)                                                                                           \
    {                                                                                                        \
        .v = (const char *[]){__VA_ARGS__}, .n = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)      \
    }

static void join(const struct strings *lines, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < lines->n; i++)
        at += (size_t)snprintf(out + at, size - at, "%s|", lines->v[i]);
}

static void test_rdt_lines__order(void **state)
{
    const struct {
        struct config_intel_rdt rdt;
        const char *expect;
    } cases[] = {
        {{0}, ""},
        {{.clos_id = "a", .l3_cache_schema = "", .mem_bw_schema = ""}, ""},
        {{.l3_cache_schema = "L3:0=f"}, "L3:0=f|"},
        {{.mem_bw_schema = "MB:0=10"}, "MB:0=10|"},
        {{.mem_bw_schema = "MB:0=10", .l3_cache_schema = "L3:0=f"}, "L3:0=f|MB:0=10|"},
        {{.schemata = LINES("MB:0=1", "L3:0=1"), .mem_bw_schema = "MB:0=10", .l3_cache_schema = "L3:0=f"},
         "L3:0=f|MB:0=10|MB:0=1|L3:0=1|"},
        {{.schemata = LINES(" L2:0=f ")}, "L2:0=f|"},
        /* several lines, and the bandwidth of l3CacheSchema gives way to memBwSchema */
        {{.l3_cache_schema = "L3:0=f\n\nMB:0=70\n"}, "L3:0=f|MB:0=70|"},
        {{.l3_cache_schema = "L3:0=f\nMB:0=70", .mem_bw_schema = "MB:0=20"}, "L3:0=f|MB:0=20|"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct strings lines;
        char text[256];
        struct arena a;

        arena_init(&a, 4096, 1u << 20);
        assert_int_equal(rdt_lines(&a, &cases[i].rdt, &lines, NULL), 0);
        join(&lines, text, sizeof(text));
        assert_string_equal(text, cases[i].expect);
        arena_done(&a);
    }
}

static void test_rdt_lines__refused(void **state)
{
    static char longest[RDT_LINE_MAX + 2];
    const char *many[RDT_LINES_MAX + 1];
    const struct {
        struct config_intel_rdt rdt;
        const char *where;
    } cases[] = {
        {{.schemata = LINES("L3:0=1", "")}, "/linux/intelRdt/schemata/1"},
        {{.schemata = LINES(" ")}, "/linux/intelRdt/schemata/0"},
        {{.schemata = LINES(longest)}, "/linux/intelRdt/schemata/0"},
        {{.l3_cache_schema = longest}, "/linux/intelRdt/l3CacheSchema"},
        {{.mem_bw_schema = longest}, "/linux/intelRdt/memBwSchema"},
        {{.schemata = {.v = many, .n = ARRAY_SIZE(many)}}, "/linux/intelRdt/schemata/64"},
    };

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    for (size_t i = 0; i < ARRAY_SIZE(many); i++)
        many[i] = "L3:0=1";
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct strings lines;
        struct arena a;
        struct err e;

        err_init(&e);
        arena_init(&a, 4096, 1u << 20);
        assert_int_equal(rdt_lines(&a, &cases[i].rdt, &lines, &e), -EINVAL);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, cases[i].where);
        arena_done(&a);
    }
}

#define FILE_TEXT "    MB:0= 30;1=100\n    L3:0=7ff;1=00f\nL3CODE:0=3\n"

static void test_rdt_match_line(void **state)
{
    static const struct {
        const char *line;
        uint64_t step;
        enum rdt_match expect;
    } cases[] = {
        {"L3:0=7ff", 0, RDT_SAME},
        {"L3:1=f;0=7FF", 0, RDT_SAME},
        {"L3:00=07ff", 0, RDT_SAME},
        {" L3 : 0 = 7ff ; 1 = f ", 0, RDT_SAME},
        {"MB:0=30", 0, RDT_SAME},
        {"MB:0=030;1=100", 0, RDT_SAME},
        {"L3CODE:0=3", 0, RDT_SAME},
        {"L3:0=7fe", 0, RDT_DIFFERENT},
        {"L3:0=7ff;1=e", 0, RDT_DIFFERENT},
        {"L3:0=f7ff", 0, RDT_DIFFERENT},
        /* the kernel rounds bandwidth up, and nothing else */
        {"MB:0=25", 0, RDT_DIFFERENT},
        {"MB:0=25", 10, RDT_SAME},
        {"MB:0=30", 10, RDT_SAME},
        {"MB:0=20", 10, RDT_DIFFERENT},
        {"MB:0=31", 10, RDT_DIFFERENT},
        {"MB:0=99999999999999999999", 10, RDT_DIFFERENT},
        {"L3:1=6", 10, RDT_DIFFERENT},
        {"L2:0=f", 0, RDT_ABSENT},
        {"L3:2=f", 0, RDT_ABSENT},
        {"L3:0=7fe;2=f", 0, RDT_ABSENT},
        {"l3:0=7ff", 0, RDT_ABSENT},
        {"", 0, RDT_MALFORMED},
        {"L3", 0, RDT_MALFORMED},
        {"L3:", 0, RDT_MALFORMED},
        {":0=1", 0, RDT_MALFORMED},
        {"L3:0", 0, RDT_MALFORMED},
        {"L3:=f", 0, RDT_MALFORMED},
        {"L3:0=", 0, RDT_MALFORMED},
        {"L3:0=7ff;", 0, RDT_MALFORMED},
        {"L2:0", 0, RDT_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (rdt_match_line(str_of(FILE_TEXT), str_of(cases[i].line), cases[i].step) != cases[i].expect)
            fail_msg("%s", cases[i].line);
    assert_int_equal(rdt_match_line(str_of(""), STR("L3:0=1"), 0), RDT_ABSENT);
}

static void test_rdt_match_all(void **state)
{
    const char *const lines[] = {"L3:0=7ff", "MB:0=25", "L3:1=3"};
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(rdt_match_all(str_of(FILE_TEXT), lines, 2, 10, "gold", &e), 0);
    assert_int_equal(rdt_match_all(str_of(FILE_TEXT), NULL, 0, 10, "gold", &e), 0);
    assert_int_equal(rdt_match_all(str_of(FILE_TEXT), lines, 3, 10, "gold", &e), -EINVAL);
    assert_string_equal(e.where, "/linux/intelRdt");
    assert_string_equal(e.message,
                        "schemata \"L3:1=3\" do not match those of closID \"gold\", which has another value");
}

static void test_rdt_find_line(void **state)
{
    struct str line;

    (void)state;
    assert_true(rdt_find_line(str_of(FILE_TEXT), "L3", &line));
    assert_true(str_eq(line, "L3:0=7ff;1=00f"));
    assert_true(rdt_find_line(str_of(FILE_TEXT), "L3CODE", &line));
    assert_false(rdt_find_line(str_of(FILE_TEXT), "L2", &line));
    assert_false(rdt_find_line(str_of(""), "L3", &line));
}

static void test_rdt_decide(void **state)
{
    const struct plan_intel_rdt any = {.clos_id = "a"}, must = {.clos_id = "a", .must_exist = true};
    enum rdt_action action;
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(rdt_decide(&any, false, &action, &e), 0);
    assert_int_equal(action, RDT_CREATE);
    assert_int_equal(rdt_decide(&any, true, &action, &e), 0);
    assert_int_equal(action, RDT_USE);
    assert_int_equal(rdt_decide(&must, true, &action, &e), 0);
    assert_int_equal(action, RDT_USE);
    assert_int_equal(rdt_decide(&must, false, &action, &e), -EINVAL);
    assert_string_equal(e.where, "/linux/intelRdt/closID");
}

static void test_rdt_removal(void **state)
{
    static const struct {
        bool made, owned, complete;
        enum rdt_removal expect;
    } cases[] = {
        {false, false, false, RDT_KEEP}, {false, false, true, RDT_KEEP},
        {false, true, false, RDT_KEEP},  {false, true, true, RDT_KEEP},
        {true, true, false, RDT_REMOVE}, {true, true, true, RDT_REMOVE},
        {true, false, true, RDT_KEEP},   {true, false, false, RDT_REMOVE_UNUSED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(rdt_removal(cases[i].made, cases[i].owned, cases[i].complete), cases[i].expect);
}

static void test_rdt_is_reserved(void **state)
{
    (void)state;
    assert_true(rdt_is_reserved("info"));
    assert_true(rdt_is_reserved("mon_groups"));
    assert_true(rdt_is_reserved("mon_data"));
    assert_false(rdt_is_reserved("/"));
    assert_false(rdt_is_reserved("Info"));
}

static void test_rdt_update_lines(void **state)
{
    static const struct {
        const char *l3, *mb, *expect, *message;
    } cases[] = {
        {"L3:0=f", NULL, "L3:0=f|", NULL},
        {NULL, "MB:0=10", "MB:0=10|", NULL},
        {"L3:0=f", "MB:0=10", "L3:0=f|MB:0=10|", NULL},
        {NULL, NULL, "", NULL},
        {"", NULL, NULL, "invalid value for l3-cache-schema: \"\" is not a line that begins with \"L3:\""},
        {"MB:0=10", NULL, NULL, "invalid value for l3-cache-schema"},
        {"L3:0=1\nMB:0=1", NULL, NULL, "invalid value for l3-cache-schema"},
        {NULL, "L3:0=1", NULL, "invalid value for mem-bw-schema"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct strings lines;
        char text[256];
        struct arena a;
        struct err e;

        err_init(&e);
        arena_init(&a, 4096, 1u << 20);
        assert_int_equal(rdt_update_lines(&a, cases[i].l3, cases[i].mb, &lines, &e),
                         cases[i].expect ? 0 : -EINVAL);
        if (cases[i].expect) {
            join(&lines, text, sizeof(text));
            assert_string_equal(text, cases[i].expect);
        } else {
            assert_int_equal(e.kind, ERR_USAGE);
            assert_non_null(strstr(e.message, cases[i].message));
        }
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rdt_lines__order), cmocka_unit_test(test_rdt_lines__refused),
        cmocka_unit_test(test_rdt_match_line),   cmocka_unit_test(test_rdt_match_all),
        cmocka_unit_test(test_rdt_find_line),    cmocka_unit_test(test_rdt_decide),
        cmocka_unit_test(test_rdt_removal),      cmocka_unit_test(test_rdt_is_reserved),
        cmocka_unit_test(test_rdt_update_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
