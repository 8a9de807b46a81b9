/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/idmap.h"
#include "core/subid.h"

#include <cmocka.h>

static void test_subid_find(void **state)
{
    static const struct {
        const char *text, *name;
        uint32_t uid;
        const char *expect; /* "START+COUNT ..." */
    } cases[] = {
        {"", "me", 1000, ""},
        {"me:100000:65536\n", "me", 1000, "100000+65536"},
        {"me:100000:65536", "me", 1000, "100000+65536"},
        {"1000:100000:65536\n", "me", 1000, "100000+65536"},
        {"you:1:2\nme:100000:65536\n1000:5:6\nme2:7:8\n", "me", 1000, "100000+65536 5+6"},
        {"# me:1:2\nme:1\nme:1:2:3\nme:x:1\nme:1:0\nme:-1:5\nme::\nme:5:5\n", "me", 1000, "5+5"},
        {"me:4294967295:1\nme:4294967294:1\n", "me", 1000, "4294967294+1"},
        {":1:2\n", "", 1000, ""},
        {"me:1:2\n", "", 1000, ""},
        {"me:1:4294967296\n", "me", 1000, ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[256] = "";
        struct subid found;
        size_t at = 0;

        subid_find(str_of(cases[i].text), str_of(cases[i].name), cases[i].uid, &found);
        for (size_t k = 0; k < found.n; k++)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u+%u", k ? " " : "", found.v[k].start,
                                   found.v[k].count);
        assert_string_equal(text, cases[i].expect);
    }
}

static void test_subid_map(void **state)
{
    static const struct {
        uint32_t own;
        struct subid sub;
        const char *expect;
    } cases[] = {
        {1000, {.n = 0}, "0 1000 1\n"},
        {1000, {{{100000, 65536}}, 1}, "0 1000 1\n1 100000 65536\n"},
        {1000, {{{100000, 10}, {200000, 5}}, 2}, "0 1000 1\n1 100000 10\n11 200000 5\n"},
        {1000, {{{0, 2000}, {200000, 5}}, 2}, "0 1000 1\n1 200000 5\n"},
        {1000, {{{100, 10}, {105, 10}, {200, 1}}, 3}, "0 1000 1\n1 100 10\n11 200 1\n"},
        {0, {{{1, UINT32_MAX - 1}}, 1}, "0 0 1\n1 1 4294967294\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf text = BUF_INIT(4096);
        struct config_idmaps m;
        struct arena a;
        struct err e;

        err_init(&e);
        arena_init(&a, 4096, 1u << 20);
        assert_int_equal(subid_map(&a, cases[i].own, &cases[i].sub, &m), 0);
        assert_int_equal(idmap_check(&m, "/linux/uidMappings", &e), 0);
        idmap_print(&m, &text);
        assert_string_equal(buf_cstr(&text), cases[i].expect);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subid_find),
        cmocka_unit_test(test_subid_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
