/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "cli/option.h"

#include <string.h>

#include <cmocka.h>

#define MAX_ARGS 12

struct values {
    bool all;
    bool detach;
    const char *format;
    uint32_t count;
    struct option_list env;
};

static const struct option_row rows[] = {
    {"all", "a", OPTION_SWITCH, offsetof(struct values, all), NULL, "", NULL},
    {"detach", "d", OPTION_SWITCH, offsetof(struct values, detach), NULL, "", NULL},
    {"format", "f", OPTION_TEXT, offsetof(struct values, format), "FORMAT", "", NULL},
    {"count", NULL, OPTION_COUNT, offsetof(struct values, count), "N", "", NULL},
    {"env", "e", OPTION_LIST, offsetof(struct values, env), "VAR", "", NULL},
    OPTIONS_END,
};

struct parsed {
    struct values v;
    char *argv[MAX_ARGS];
    int argc, n_args, r;
    char message[128];
};

static struct parsed parse(const char *const *args, bool stop)
{
    struct parsed p = {.argc = 0};

    for (; args[p.argc]; p.argc++)
        p.argv[p.argc] = (char *)(uintptr_t)args[p.argc];
    p.r = options_parse(rows, &p.v, p.argc, p.argv, stop, &p.n_args, p.message, sizeof(p.message));
    return p;
}

#define PARSE(stop, ...) parse((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, stop)

static void test_options_parse__spellings(void **state)
{
    (void)state;
    static const char *const spellings[][3] = {
        {"--format", "json", NULL}, {"-format", "json", NULL}, {"-f", "json", NULL},  {"--f", "json", NULL},
        {"--format=json", NULL},    {"-format=json", NULL},    {"-f=json", NULL},
    };

    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        struct parsed p = parse(spellings[i], false);

        assert_int_equal(p.r, 0);
        assert_string_equal(p.v.format, "json");
        assert_int_equal(p.n_args, 0);
    }
}

static void test_options_parse__switches(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int result; /* 0, 1, -1: refused */
    } cases[] = {{"--all", 1},       {"-a", 1},       {"-all", 1},      {"--all=true", 1}, {"--all=True", 1},
                 {"--all=1", 1},     {"-a=t", 1},     {"--all=T", 1},   {"--all=TRUE", 1}, {"--all=false", 0},
                 {"--all=False", 0}, {"--all=0", 0},  {"-a=f", 0},      {"--all=F", 0},    {"--all=FALSE", 0},
                 {"--all=", -1},     {"--all=yes", -1}, {"--all=tRUE", -1}, {"--all=2", -1}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parsed p = PARSE(false, cases[i].text);

        if (cases[i].result < 0 ? p.r != -1 : p.r != 0 || p.v.all != cases[i].result)
            fail_msg("%s: %d %d", cases[i].text, p.r, p.v.all);
    }
    /* the value of a switch is never the next argument */
    struct parsed p = PARSE(false, "--all", "false");
    assert_true(p.v.all);
    assert_int_equal(p.n_args, 1);
}

static void test_options_parse__lists(void **state)
{
    (void)state;
    struct parsed p = PARSE(false, "-e", "A=1,2", "id", "--env=B=3", "-env", "", "--format", "x", "--format=y");

    assert_int_equal(p.r, 0);
    assert_int_equal(p.v.env.n, 3);
    assert_string_equal(p.v.env.v[0], "A=1,2");
    assert_string_equal(p.v.env.v[1], "B=3");
    assert_string_equal(p.v.env.v[2], "");
    assert_string_equal(p.v.format, "y");
    options_done(rows, &p.v);
    assert_null(p.v.env.v);
    assert_int_equal(p.n_args, 1);
    assert_string_equal(p.argv[0], "id");
}

static void test_options_parse__order(void **state)
{
    (void)state;
    struct parsed p = PARSE(false, "id", "-a", "--", "-d", "--env");

    assert_int_equal(p.r, 0);
    assert_true(p.v.all);
    assert_false(p.v.detach);
    assert_int_equal(p.n_args, 3);
    assert_string_equal(p.argv[1], "-d");
    p = PARSE(true, "-a", "id", "sh", "-d", "--help");
    assert_int_equal(p.r, 0);
    assert_true(p.v.all);
    assert_false(p.v.detach);
    assert_int_equal(p.n_args, 4);
    assert_string_equal(p.argv[1], "id");
    p = PARSE(false, "-", "-a");
    assert_int_equal(p.n_args, 1); /* a dash alone is an argument: standard input */
}

static void test_options_parse__refused(void **state)
{
    (void)state;
    static const struct {
        const char *args[3];
        const char *message;
    } cases[] = {
        {{"--frobnicate", NULL}, "flag provided but not defined: -frobnicate"},
        {{"--frob=x", NULL}, "flag provided but not defined: -frob"},
        {{"--forma=x", NULL}, "flag provided but not defined: -forma"},
        {{"--format", NULL}, "flag needs an argument: -format"},
        {{"-e", NULL}, "flag needs an argument: -env"},
        {{"--all=maybe", NULL}, "invalid value \"maybe\" for flag -all"},
        {{"--count", "-1", NULL}, "invalid value \"-1\" for flag -count"},
        {{"--count=4294967296", NULL}, "invalid value \"4294967296\" for flag -count"},
        {{"--count=", NULL}, "invalid value \"\" for flag -count"},
        {{"--count=1x", NULL}, "invalid value \"1x\" for flag -count"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parsed p = parse(cases[i].args, false);

        assert_int_equal(p.r, -1);
        assert_string_equal(p.message, cases[i].message);
    }
}

static void test_options_parse__help(void **state)
{
    (void)state;
    static const char *const spellings[] = {"--help", "-help", "-h", "--h"};

    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        assert_int_equal(PARSE(false, "id", "-a", spellings[i], "--frobnicate").r, OPTIONS_HELP);
        assert_int_equal(PARSE(true, "-f", "x", spellings[i], "id").r, OPTIONS_HELP);
        assert_int_equal(PARSE(true, "id", spellings[i]).r, 0); /* the command's own */
        assert_int_equal(PARSE(false, "--", spellings[i]).r, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_parse__spellings), cmocka_unit_test(test_options_parse__switches),
        cmocka_unit_test(test_options_parse__lists),     cmocka_unit_test(test_options_parse__order),
        cmocka_unit_test(test_options_parse__refused),   cmocka_unit_test(test_options_parse__help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
