/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/cpulist.h"
#include "core/hugepage.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

static int setup(void **state)
{
    static struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    *state = &a;
    return 0;
}

static int teardown(void **state)
{
    arena_done(*state);
    return 0;
}

static void test_cpulist_check(void **state)
{
    static const struct {
        const char *text;
        bool fine;
    } cases[] = {
        {"0", true},       {"0-3,5,7-9", true},   {"0-31:2/4", true}, {"0-31:2/4,40", true},
        {"0 1\t2", true},  {",,1,,", true},       {"all", true},      {"all:1/2", true},
        {"0-N", true},     {"N", true},           {"N-N", true},      {"0\n", true},
        {"0-N:1/2", true}, {"4294967295", true},  {"", false},        {" , ", false},
        {"0-", false},     {"-", false},          {"-3", false},      {"3-1", false},
        {"0--1", false},   {"0- 3", false},       {"0 -3", false},    {"x", false},
        {"0x1", false},    {"1.5", false},        {"0-3:", false},    {"0-3:1", false},
        {"0-3:1/", false}, {"0-3:1/0", false},    {"0-3:3/2", false}, {"0-3:1/2/3", false},
        {"3:1/2", false},  {"0-3-5", false},      {"alle", false},    {"0-3:N/N", false},
        {"1;2", false},    {"4294967296", false}, {"NN", false},      {"0,1-", false},
        {"0-3:0/2", true}, {"0-\377", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err e;

        err_init(&e);
        if ((cpulist_check(str_of(cases[i].text), "/p", &e) == 0) != cases[i].fine)
            fail_msg("\"%s\": %s", cases[i].text, e.message);
        if (!cases[i].fine)
            assert_string_equal(e.where, "/p");
    }
}

static void test_cpulist_parse__accepted(void **state)
{
    static const struct {
        const char *text;
        uint32_t last;
        const char *printed;
        uint32_t count;
    } cases[] = {
        {"0", 0, "0", 1},
        {"0-3,5,7-9", 15, "0-3,5,7-9", 8},
        {"7-9,0-3,5", 15, "0-3,5,7-9", 8},
        {" 0-3 ,\t5,7 \n", 15, "0-3,5,7", 6},
        {",,1,,2,", 15, "1-2", 2},
        {"1,1,1-1,0-2", 15, "0-2", 3},
        {"63,64", 127, "63-64", 2},
        {"0-127", 127, "0-127", 128},
        {"60-70,127", 127, "60-70,127", 12},
        {"8191", 8191, "8191", 1},
        {"0-65535", 65535, "0-65535", 65536},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);
        struct cpulist l;

        assert_int_equal(cpulist_parse(*state, str_of(cases[i].text), cases[i].last, "", &l, NULL), 0);
        assert_int_equal(l.count, cases[i].count);
        assert_int_equal(l.n_words, l.highest / 64 + 1);
        cpulist_print(&l, &out);
        assert_string_equal(buf_cstr(&out), cases[i].printed);
    }
}

static void test_cpulist_parse__refused(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "the list is empty"},
        {" , ,", "the list is empty"},
        {"a", "\"a\" is not a number or a range of numbers"},
        {"1-", "\"\" is not a number or a range of numbers"},
        {"-1", "\"\" is not a number or a range of numbers"},
        {"1-2-3", "\"2-3\" is not a number or a range of numbers"},
        {"1 - 2", "\"1 \" is not a number or a range of numbers"},
        {"1 2", "\"1 2\" is not a number or a range of numbers"},
        {"01", "\"01\" is not a number or a range of numbers"},
        {"+1", "\"+1\" is not a number or a range of numbers"},
        {"0x1", "\"0x1\" is not a number or a range of numbers"},
        {"0-7:2", "\"7:2\" is not a number or a range of numbers"},
        {"16", "\"16\" is above the largest number allowed, 15"},
        {"0-16", "\"16\" is above the largest number allowed, 15"},
        {"99999999999999999999", "\"99999999999999999999\" is above the largest number allowed, 15"},
        {"3-1", "range \"3-1\" is descending"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cpulist l = {.count = 77};
        struct err e;

        err_init(&e);
        assert_int_equal(cpulist_parse(*state, str_of(cases[i].text), 15, "/a/b", &l, &e), -EINVAL);
        assert_string_equal(e.message, cases[i].message);
        assert_string_equal(e.where, "/a/b");
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_int_equal(l.count, 77);
    }
}

static void test_cpulist_parse__limits(void **state)
{
    struct cpulist l;
    struct err e;

    err_init(&e);
    assert_int_equal(cpulist_parse(*state, STR("1"), 65536, "", &l, &e), -EINVAL);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(cpulist_parse(*state, (struct str){NULL, 0}, 15, "", &l, NULL), -EINVAL);
}

static void test_cpulist_has__bits(void **state)
{
    struct cpulist l;

    assert_int_equal(cpulist_parse(*state, STR("0,63-65,100"), 127, "", &l, NULL), 0);
    assert_true(cpulist_has(&l, 0));
    assert_false(cpulist_has(&l, 1));
    assert_false(cpulist_has(&l, 62));
    assert_true(cpulist_has(&l, 63));
    assert_true(cpulist_has(&l, 64));
    assert_true(cpulist_has(&l, 65));
    assert_true(cpulist_has(&l, 100));
    assert_false(cpulist_has(&l, 101));
    assert_false(cpulist_has(&l, 128));
    assert_false(cpulist_has(&l, UINT32_MAX));
}

static void test_cpulist_parse__no_memory(void **state)
{
    struct arena a;
    struct cpulist l;

    (void)state;
    for (size_t n = 1;; n++) {
        int rc;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = cpulist_parse(&a, STR("0-3"), 15, "", &l, NULL);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            arena_done(&a);
            break;
        }
        assert_int_equal(rc, -ENOMEM);
        arena_done(&a);
    }
}

/* ---- huge page sizes ---- */

static void test_hugepage_size__names(void **state)
{
    static const struct {
        const char *name;
        int rc;
        uint64_t bytes;
        const char *canonical;
    } cases[] = {
        {"2MB", 0, 2u << 20, "2MB"},
        {"1GB", 0, 1u << 30, "1GB"},
        {"64KB", 0, 64u << 10, "64KB"},
        {"2048KB", 0, 2u << 20, "2MB"},
        {"1024MB", 0, 1u << 30, "1GB"},
        {"1536KB", 0, 1536u << 10, "1536KB"},
        {"16GB", 0, UINT64_C(16) << 30, "16GB"},
        {"8589934592GB", 0, UINT64_C(1) << 63, "8589934592GB"},
        {"8589934593GB", -ERANGE, 0, NULL},
        {"99999999999999999999KB", -ERANGE, 0, NULL},
        {"0MB", -EINVAL, 0, NULL},
        {"02MB", -EINVAL, 0, NULL},
        {"2mb", -EINVAL, 0, NULL},
        {"2M", -EINVAL, 0, NULL},
        {"MB", -EINVAL, 0, NULL},
        {"B", -EINVAL, 0, NULL},
        {"", -EINVAL, 0, NULL},
        {"2TB", -EINVAL, 0, NULL},
        {"-2MB", -EINVAL, 0, NULL},
        {"../../2MB", -EINVAL, 0, NULL},
        {"2MB/", -EINVAL, 0, NULL},
        {"2MB\n", -EINVAL, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char name[HUGEPAGE_NAME_MAX];
        uint64_t bytes = 1;

        assert_int_equal(hugepage_size_parse(str_of(cases[i].name), &bytes), cases[i].rc);
        if (cases[i].rc == 0) {
            assert_true(bytes == cases[i].bytes);
            hugepage_size_name(bytes, name);
            assert_string_equal(name, cases[i].canonical);
        } else {
            assert_true(bytes == 1);
        }
    }
}

static void test_hugepage_size__listed(void **state)
{
    (void)state;
    assert_true(hugepage_size_listed("2MB 1GB", 2u << 20));
    assert_true(hugepage_size_listed("2MB 1GB", 1u << 30));
    assert_false(hugepage_size_listed("2MB 1GB", 64u << 10));
    assert_false(hugepage_size_listed("", 2u << 20));
    assert_false(hugepage_size_listed(NULL, 2u << 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpulist_check),
        cmocka_unit_test_setup_teardown(test_cpulist_parse__accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cpulist_parse__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cpulist_parse__limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cpulist_has__bits, setup, teardown),
        cmocka_unit_test(test_cpulist_parse__no_memory),
        cmocka_unit_test(test_hugepage_size__names),
        cmocka_unit_test(test_hugepage_size__listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
