/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/idmap.h"

#include <cmocka.h>
#include <errno.h>

#define MAX_LINES 4
#define TOP       UINT32_MAX /* "no id" */

static struct config_idmaps maps_of(struct config_idmap *lines, size_t n)
{
    return (struct config_idmaps){lines, n};
}

static void test_idmap_check__accepted(void **state)
{
    static struct {
        struct config_idmap lines[MAX_LINES];
        size_t n;
    } cases[] = {
        {{{0, 0, 0}}, 0},
        {{{0, 1000, 1}}, 1},
        {{{0, 0, TOP}}, 1}, /* the whole initial namespace */
        {{{TOP - 1, 0, 1}}, 1},
        {{{0, TOP - 1, 1}}, 1},
        {{{0, 1000, 1}, {1, 100000, 65536}}, 2},
        {{{10, 5, 5}, {5, 10, 5}}, 2}, /* adjacent on both sides, not in order */
        {{{0, 100, 10}, {20, 0, 100}, {10, 110, 10}}, 3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct config_idmaps m = maps_of(cases[i].lines, cases[i].n);
        struct err e;

        err_init(&e);
        if (idmap_check(&m, "/linux/uidMappings", &e) != 0)
            fail_msg("row %zu: %s", i, e.message);
    }
}

static void test_idmap_check__refused(void **state)
{
    static struct {
        struct config_idmap lines[MAX_LINES];
        size_t n;
        const char *where, *message;
    } cases[] = {
        {{{0, 0, 0}}, 1, "/m/0", "size 0"},
        {{{0, 0, 1}, {1, 1, 0}}, 2, "/m/1", "size 0"},
        {{{TOP, 0, 1}}, 1, "/m/0", "containerID"},
        {{{0, TOP, 1}}, 1, "/m/0", "hostID"},
        {{{1, 0, TOP}}, 1, "/m/0", "containerID"},
        {{{0, 1, TOP}}, 1, "/m/0", "hostID"},
        {{{TOP - 1, 0, 2}}, 1, "/m/0", "containerID"},
        {{{0, 2147483648u, 2147483648u}}, 1, "/m/0", "hostID"},
        {{{0, 0, 10}, {9, 100, 1}}, 2, "/m/1", "container ids"},
        {{{9, 100, 1}, {0, 0, 10}}, 2, "/m/1", "container ids"},
        {{{0, 0, 10}, {10, 9, 1}}, 2, "/m/1", "host ids"},
        {{{10, 9, 1}, {0, 0, 10}}, 2, "/m/1", "host ids"},
        {{{5, 5, 5}, {5, 50, 5}}, 2, "/m/1", "container ids"},
        {{{5, 5, 5}, {5, 5, 5}}, 2, "/m/1", "container ids"},
        {{{0, 0, 5}, {10, 10, 5}, {20, 14, 1}}, 3, "/m/2", "overlaps mapping 1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct config_idmaps m = maps_of(cases[i].lines, cases[i].n);
        struct err e;

        err_init(&e);
        assert_int_equal(idmap_check(&m, "/m", &e), -EINVAL);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, cases[i].where);
        if (!strstr(e.message, cases[i].message))
            fail_msg("row %zu: %s", i, e.message);
    }
}

static void test_idmap_check__number_of_lines(void **state)
{
    static struct config_idmap lines[IDMAP_LINES_MAX + 1];
    struct config_idmaps m = maps_of(lines, IDMAP_LINES_MAX);
    struct err e;

    (void)state;
    for (uint32_t i = 0; i < ARRAY_SIZE(lines); i++)
        lines[i] = (struct config_idmap){i, i, 1};
    assert_int_equal(idmap_check(&m, "/m", &e), 0);
    m.n++;
    assert_int_equal(idmap_check(&m, "/m", &e), -EINVAL);
    assert_string_equal(e.where, "/m");
    assert_non_null(strstr(e.message, "341"));
}

static void test_idmap_check__bytes_of_text(void **state)
{
    static struct config_idmap lines[200];
    struct config_idmaps m = maps_of(lines, 0);
    struct err e;

    (void)state;
    /* "1000000100 1000000100 1\n" is 24 bytes: 170 lines are 4080 bytes, 171 would be 4104 */
    for (uint32_t i = 0; i < ARRAY_SIZE(lines); i++)
        lines[i] = (struct config_idmap){1000000100u + i, 1000000100u + i, 1};
    m.n = 170;
    assert_int_equal(idmap_check(&m, "/m", &e), 0);
    /* 15 bytes more make exactly 4095, one digit more is too much */
    m.n = 171;
    lines[170] = (struct config_idmap){100000, 100000, 1};
    assert_int_equal(idmap_check(&m, "/m", &e), -EINVAL);
    assert_non_null(strstr(e.message, "4096 bytes"));
    lines[170] = (struct config_idmap){10000, 100000, 1};
    assert_int_equal(idmap_check(&m, "/m", &e), 0);
}

static struct config_idmap sample_lines[] = {
    {0, 1000, 1}, {1, 100000, 65535}, {70000, 5, 10}, {TOP - 1, TOP - 1, 1}};
static const struct config_idmaps sample = {sample_lines, 4};

static void test_idmap_to_host__and_back(void **state)
{
    static const struct {
        uint32_t container, host;
    } mapped[] = {
        {0, 1000}, {1, 100000}, {2, 100001}, {65535, 165534}, {70000, 5}, {70009, 14}, {TOP - 1, TOP - 1},
    };
    static const uint32_t no_container[] = {65536, 69999, 70010, TOP, 4294967000u};
    static const uint32_t no_host[] = {0, 4, 15, 999, 1001, 99999, 165535, TOP};
    uint32_t id;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(mapped); i++) {
        assert_true(idmap_to_host(&sample, mapped[i].container, &id));
        assert_int_equal(id, mapped[i].host);
        assert_true(idmap_to_container(&sample, mapped[i].host, &id));
        assert_int_equal(id, mapped[i].container);
    }
    id = 42;
    for (size_t i = 0; i < ARRAY_SIZE(no_container); i++)
        assert_false(idmap_to_host(&sample, no_container[i], &id));
    for (size_t i = 0; i < ARRAY_SIZE(no_host); i++)
        assert_false(idmap_to_container(&sample, no_host[i], &id));
    assert_int_equal(id, 42);
    assert_false(idmap_to_host(&(struct config_idmaps){0}, 0, &id));
    assert_false(idmap_to_container(&(struct config_idmaps){0}, 0, &id));
}

static void test_idmap_range_to_host__cases(void **state)
{
    static const struct {
        uint32_t first, size, host;
        bool found;
    } cases[] = {
        {0, 1, 1000, true},       {0, 2, 0, false},         {1, 65535, 100000, true}, {1, 65536, 0, false},
        {2, 65534, 100001, true}, {65535, 1, 165534, true}, {65535, 2, 0, false},     {70005, 5, 10, true},
        {70005, 6, 0, false},     {0, 0, 0, false},         {1, TOP, 0, false},       {TOP, 1, 0, false},
        {TOP - 1, 2, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t host = 0;

        assert_int_equal(idmap_range_to_host(&sample, cases[i].first, cases[i].size, &host), cases[i].found);
        assert_int_equal(host, cases[i].host);
    }
}

static void test_idmap_equal__cases(void **state)
{
    static struct {
        struct config_idmap a[MAX_LINES];
        size_t n_a;
        struct config_idmap b[MAX_LINES];
        size_t n_b;
        bool equal;
    } cases[] = {
        {{{0, 0, 0}}, 0, {{0, 0, 0}}, 0, true},
        {{{0, 1, 2}}, 1, {{0, 1, 2}}, 1, true},
        {{{0, 1, 2}}, 1, {{0, 0, 0}}, 0, false},
        {{{0, 1, 2}}, 1, {{0, 1, 3}}, 1, false},
        {{{0, 1, 2}}, 1, {{0, 2, 2}}, 1, false},
        {{{0, 1, 2}}, 1, {{1, 1, 2}}, 1, false},
        {{{0, 10, 5}, {5, 30, 5}}, 2, {{5, 30, 5}, {0, 10, 5}}, 2, true},             /* order */
        {{{0, 10, 10}}, 1, {{0, 10, 3}, {3, 13, 7}}, 2, true},                        /* splitting */
        {{{0, 10, 4}, {4, 14, 6}}, 2, {{7, 17, 3}, {0, 10, 3}, {3, 13, 4}}, 3, true}, /* both */
        {{{0, 10, 10}}, 1, {{0, 10, 3}, {3, 14, 7}}, 2, false},
        {{{0, 10, 10}}, 1, {{0, 10, 3}, {4, 14, 7}}, 2, false},
        {{{0, 0, TOP}}, 1, {{0, 0, 1}, {1, 1, TOP - 1}}, 2, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct config_idmaps a = maps_of(cases[i].a, cases[i].n_a),
                                   b = maps_of(cases[i].b, cases[i].n_b);

        if (idmap_equal(&a, &b) != cases[i].equal || idmap_equal(&b, &a) != cases[i].equal)
            fail_msg("row %zu", i);
    }
}

static void test_idmap_print__lines(void **state)
{
    AUTO_BUF struct buf text = BUF_INIT(1024);

    (void)state;
    idmap_print(&(struct config_idmaps){0}, &text);
    assert_string_equal(buf_cstr(&text), "");
    idmap_print(&sample, &text);
    assert_string_equal(buf_cstr(&text), "0 1000 1\n1 100000 65535\n70000 5 10\n4294967294 4294967294 1\n");
}

static void test_idmap_scan(void **state)
{
    static const struct {
        const char *text;
        int r;
        size_t n;
        struct config_idmap last;
    } cases[] = {
        {"", 0, 0, {0, 0, 0}},
        {"         0       1000          1\n", 0, 1, {0, 1000, 1}},
        {"         0       1000          1\n         1     100000      65536\n", 0, 2, {1, 100000, 65536}},
        {"0 0 4294967295\n", 0, 1, {0, 0, TOP}},
        {"0 0\n", -EINVAL, 0, {0, 0, 0}},
        {"0 0 1 2\n", -EINVAL, 0, {0, 0, 0}},
        {"0 0 4294967296\n", -EINVAL, 0, {0, 0, 0}},
        {"a 0 1\n", -EINVAL, 0, {0, 0, 0}},
        {"0 0 -1\n", -EINVAL, 0, {0, 0, 0}},
    };
    struct arena a;

    (void)state;
    arena_init(&a, 4096, 1u << 20);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config_idmaps m = {0};

        assert_int_equal(idmap_scan(&a, str_of(cases[i].text), &m), cases[i].r);
        assert_int_equal(m.n, cases[i].n);
        if (m.n)
            assert_memory_equal(&m.v[m.n - 1], &cases[i].last, sizeof(cases[i].last));
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idmap_check__accepted),
        cmocka_unit_test(test_idmap_check__refused),
        cmocka_unit_test(test_idmap_check__number_of_lines),
        cmocka_unit_test(test_idmap_check__bytes_of_text),
        cmocka_unit_test(test_idmap_to_host__and_back),
        cmocka_unit_test(test_idmap_range_to_host__cases),
        cmocka_unit_test(test_idmap_equal__cases),
        cmocka_unit_test(test_idmap_print__lines),
        cmocka_unit_test(test_idmap_scan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
