/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/caps.h"

#include <cmocka.h>
#include <errno.h>
#include <linux/capability.h>

#include "unit/alloc_fault.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

#define BIT(n) (UINT64_C(1) << (n))

static void test_caps_number__every_name(void **state)
{
    size_t n, seen = 0;
    const char *const *names = caps_names(&n);
    uint64_t mask = 0;

    (void)state;
    assert_int_equal(n, CAPS_KNOWN_LAST + 1);
    for (size_t i = 0; i < n; i++) {
        int cap = caps_number(str_of(names[i]));

        assert_in_range(cap, 0, CAPS_KNOWN_LAST);
        assert_string_equal(caps_name((unsigned)cap), names[i]);
        if (i)
            assert_true(strcmp(names[i - 1], names[i]) < 0);
        if (!(mask & BIT(cap)))
            seen++;
        mask |= BIT(cap);
    }
    assert_int_equal(seen, n);
}

static void test_caps_number__kernel_header(void **state)
{
    (void)state;
    /* some from each end of <linux/capability.h> */
    assert_int_equal(caps_number(STR("CAP_CHOWN")), CAP_CHOWN);
    assert_int_equal(caps_number(STR("CAP_DAC_READ_SEARCH")), CAP_DAC_READ_SEARCH);
    assert_int_equal(caps_number(STR("CAP_KILL")), CAP_KILL);
    assert_int_equal(caps_number(STR("CAP_SETPCAP")), CAP_SETPCAP);
    assert_int_equal(caps_number(STR("CAP_NET_BIND_SERVICE")), CAP_NET_BIND_SERVICE);
    assert_int_equal(caps_number(STR("CAP_NET_RAW")), CAP_NET_RAW);
    assert_int_equal(caps_number(STR("CAP_SYS_ADMIN")), CAP_SYS_ADMIN);
    assert_int_equal(caps_number(STR("CAP_MKNOD")), CAP_MKNOD);
    assert_int_equal(caps_number(STR("CAP_SETFCAP")), CAP_SETFCAP);
    assert_int_equal(caps_number(STR("CAP_AUDIT_READ")), CAP_AUDIT_READ);
    assert_int_equal(caps_number(STR("CAP_BPF")), 39);
    assert_int_equal(caps_number(STR("CAP_CHECKPOINT_RESTORE")), 40);
    assert_true(CAP_LAST_CAP <= CAPS_KNOWN_LAST); /* a newer header: extend the table */
}

static void test_caps_number__unknown(void **state)
{
    static const char *const unknown[] = {
        "",           "CAP_",       "CHOWN",      "cap_chown",    "Cap_Chown",
        "CAP_CHOWN ", " CAP_CHOWN", "CAP_CHOWNS", "CAP_CHOW",     "CAP_63",
        "0",          "ALL",        "CAP_ALL",    "CAP_LAST_CAP", "CAP_CHOWN,CAP_KILL"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
        assert_int_equal(caps_number(str_of(unknown[i])), -1);
    assert_null(caps_name(CAPS_KNOWN_LAST + 1));
    assert_null(caps_name(63));
    assert_null(caps_name(UINT32_MAX));
    assert_non_null(caps_name(CAPS_KNOWN_LAST));
}

static void test_caps_grantable__cases(void **state)
{
    static const struct {
        uint32_t last_cap;
        uint64_t bounding, grantable;
    } cases[] = {
        {40, UINT64_MAX, BIT(41) - 1},
        {40, BIT(0) | BIT(40) | BIT(41), BIT(0) | BIT(40)},
        {37, UINT64_MAX, BIT(38) - 1},
        {0, UINT64_MAX, 1},
        {40, 0, 0},
        {62, UINT64_MAX, UINT64_MAX >> 1},
        {63, UINT64_MAX, UINT64_MAX},
        {64, UINT64_MAX, UINT64_MAX},
        {UINT32_MAX, BIT(63), BIT(63)},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(caps_grantable(cases[i].last_cap, cases[i].bounding), cases[i].grantable);
}

static void test_caps_from_names__mask_and_unknown(void **state)
{
    const char *names[] = {
        "CAP_KILL", "CAP_FUTURE", "CAP_CHOWN", "CAP_KILL", "chown", "CAP_FUTURE", "CAP_CHECKPOINT_RESTORE"};
    struct strings unknown;
    uint64_t mask;

    (void)state;
    assert_int_equal(caps_from_names(&arena, &(struct strings){names, ARRAY_SIZE(names)}, &mask, &unknown),
                     0);
    assert_int_equal(mask, BIT(CAP_KILL) | BIT(CAP_CHOWN) | BIT(40));
    assert_int_equal(unknown.n, 2);
    assert_string_equal(unknown.v[0], "CAP_FUTURE");
    assert_string_equal(unknown.v[1], "chown");

    assert_int_equal(caps_from_names(&arena, &(struct strings){names, 1}, &mask, &unknown), 0);
    assert_int_equal(mask, BIT(CAP_KILL));
    assert_int_equal(unknown.n, 0);
    assert_int_equal(caps_from_names(&arena, &(struct strings){NULL, 0}, &mask, &unknown), 0);
    assert_int_equal(mask, 0);
    assert_int_equal(unknown.n, 0);
    assert_int_equal(caps_from_names(&arena, &(struct strings){names, 2}, NULL, NULL), 0);
}

static void test_caps_from_names__unknown_is_bounded(void **state)
{
    const char *names[CAPS_UNKNOWN_MAX + 10];
    struct strings unknown;
    uint64_t mask;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        names[i] = arena_printf(&arena, "CAP_NEW_%u", i);
    assert_int_equal(caps_from_names(&arena, &(struct strings){names, ARRAY_SIZE(names)}, &mask, &unknown),
                     0);
    assert_int_equal(mask, 0);
    assert_int_equal(unknown.n, CAPS_UNKNOWN_MAX);
    assert_string_equal(unknown.v[CAPS_UNKNOWN_MAX - 1], "CAP_NEW_63");
}

static void test_caps_print__and_to_names(void **state)
{
    static const struct {
        uint64_t mask;
        const char *text;
    } cases[] = {
        {0, ""},
        {BIT(0), "CAP_CHOWN"},
        {BIT(5) | BIT(0) | BIT(40), "CAP_CHOWN CAP_KILL CAP_CHECKPOINT_RESTORE"},
        {BIT(21) | BIT(41) | BIT(63), "CAP_SYS_ADMIN CAP_41 CAP_63"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf text = BUF_INIT(4096);
        AUTO_BUF struct buf joined = BUF_INIT(4096);
        struct strings names;

        caps_print(cases[i].mask, &text);
        assert_string_equal(buf_cstr(&text), cases[i].text);
        assert_int_equal(caps_to_names(&arena, cases[i].mask, &names), 0);
        for (size_t j = 0; j < names.n; j++)
            buf_printf(&joined, "%s%s", j ? " " : "", names.v[j]);
        assert_string_equal(buf_cstr(&joined), cases[i].text);
    }
}

static void test_caps__names_and_mask_round_trip(void **state)
{
    (void)state;
    for (unsigned cap = 0; cap <= CAPS_KNOWN_LAST; cap++) {
        uint64_t mask = (BIT(cap) | BIT(0)), again;
        struct strings names, unknown;

        assert_int_equal(caps_to_names(&arena, mask, &names), 0);
        assert_int_equal(caps_from_names(&arena, &names, &again, &unknown), 0);
        assert_int_equal(again, mask);
        assert_int_equal(unknown.n, 0);
    }
}

static void test_caps__allocations_fail(void **state)
{
    const char *names[] = {"CAP_KILL", "CAP_FUTURE"};

    (void)state;
    for (size_t n = 1;; n++) {
        struct strings out;
        struct arena a;
        uint64_t mask;
        int r;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        r = caps_from_names(&a, &(struct strings){names, 2}, &mask, &out);
        if (r == 0)
            r = caps_to_names(&a, BIT(0) | BIT(60), &out);
        arena_done(&a);
        if (!alloc_fault_fired()) {
            assert_int_equal(r, 0);
            assert_int_equal(n, 4);
            break;
        }
        assert_int_equal(r, -ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caps_number__every_name),
        cmocka_unit_test(test_caps_number__kernel_header),
        cmocka_unit_test(test_caps_number__unknown),
        cmocka_unit_test(test_caps_grantable__cases),
        cmocka_unit_test(test_caps_from_names__mask_and_unknown),
        cmocka_unit_test(test_caps_from_names__unknown_is_bounded),
        cmocka_unit_test(test_caps_print__and_to_names),
        cmocka_unit_test(test_caps__names_and_mask_round_trip),
        cmocka_unit_test(test_caps__allocations_fail),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
