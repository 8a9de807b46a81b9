/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/rlimit.h"

#include <cmocka.h>
#include <errno.h>
#include <sys/resource.h>

static void test_rlimit_number__every_name(void **state)
{
    static const struct {
        const char *name;
        int number;
    } cases[] = {
        {"RLIMIT_AS", RLIMIT_AS},
        {"RLIMIT_CORE", RLIMIT_CORE},
        {"RLIMIT_CPU", RLIMIT_CPU},
        {"RLIMIT_DATA", RLIMIT_DATA},
        {"RLIMIT_FSIZE", RLIMIT_FSIZE},
        {"RLIMIT_LOCKS", RLIMIT_LOCKS},
        {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
        {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
        {"RLIMIT_NICE", RLIMIT_NICE},
        {"RLIMIT_NOFILE", RLIMIT_NOFILE},
        {"RLIMIT_NPROC", RLIMIT_NPROC},
        {"RLIMIT_RSS", RLIMIT_RSS},
        {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
        {"RLIMIT_RTTIME", RLIMIT_RTTIME},
        {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
        {"RLIMIT_STACK", RLIMIT_STACK},
    };

    (void)state;
    assert_int_equal(ARRAY_SIZE(cases), RLIM_NLIMITS);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(rlimit_number(str_of(cases[i].name)), cases[i].number);
        assert_string_equal(rlimit_name(cases[i].number), cases[i].name);
    }
}

static void test_rlimit_number__unknown(void **state)
{
    static const char *const unknown[] = {
        "", "NOFILE", "RLIMIT_", "rlimit_nofile", "RLIMIT_OFILE", "RLIMIT_NOFILE ", "7"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
        assert_int_equal(rlimit_number(str_of(unknown[i])), -1);
    assert_null(rlimit_name(-1));
    assert_null(rlimit_name(RLIM_NLIMITS));
}

static void test_rlimits_check__cases(void **state)
{
    static const struct {
        struct config_rlimit v[3];
        size_t n;
        const char *where, *message; /* NULL: accepted */
    } cases[] = {
        {{{0}}, 0, NULL, NULL},
        {{{"RLIMIT_NOFILE", 1024, 4096}}, 1, NULL, NULL},
        {{{"RLIMIT_NOFILE", 0, 0}}, 1, NULL, NULL},
        {{{"RLIMIT_CORE", RLIMIT_UNLIMITED, RLIMIT_UNLIMITED}}, 1, NULL, NULL},
        {{{"RLIMIT_CORE", 0, RLIMIT_UNLIMITED}}, 1, NULL, NULL},
        {{{"RLIMIT_CORE", 5, 5}, {"RLIMIT_CPU", 5, 5}, {"RLIMIT_AS", 5, 5}}, 3, NULL, NULL},
        {{{"RLIMIT_NOFILE", 2, 1}}, 1, "/p/0/soft", "soft limit 2 is above the hard limit 1"},
        {{{"RLIMIT_NOFILE", RLIMIT_UNLIMITED, 1}}, 1, "/p/0/soft", "18446744073709551615"},
        {{{"RLIMIT_FOO", 1, 1}}, 1, "/p/0/type", "unknown rlimit type \"RLIMIT_FOO\""},
        {{{"", 1, 1}}, 1, "/p/0/type", "unknown"},
        {{{NULL, 1, 1}}, 1, "/p/0/type", "without a type"},
        {{{"RLIMIT_CPU", 1, 1}, {"rlimit_cpu", 1, 1}}, 2, "/p/1/type", "unknown"},
        {{{"RLIMIT_CPU", 1, 1}, {"RLIMIT_AS", 1, 1}, {"RLIMIT_CPU", 1, 1}}, 3, "/p/2/type", "twice"},
        {{{"RLIMIT_RTTIME", 1, 1}, {"RLIMIT_RTTIME", 2, 1}}, 2, "/p/1/type", "twice"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err e;
        int r;

        err_init(&e);
        r = rlimits_check(cases[i].v, cases[i].n, "/p", &e);
        if (!cases[i].where) {
            assert_int_equal(r, 0);
            continue;
        }
        assert_int_equal(r, -EINVAL);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, cases[i].where);
        if (!strstr(e.message, cases[i].message))
            fail_msg("row %zu: %s", i, e.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rlimit_number__every_name),
        cmocka_unit_test(test_rlimit_number__unknown),
        cmocka_unit_test(test_rlimits_check__cases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
