/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/systemd_address.h"

#include "base/buf.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

#define ROOT_PLACES "unix:path=/run/systemd/private direct\nunix:path=/run/dbus/system_bus_socket\n"

static void test_systemd_addresses__cases(void **state)
{
    static const struct {
        uint32_t euid;
        bool rootless;
        struct systemd_environment env;
        const char *wanted;
    } cases[] = {
        {0, false, {NULL, NULL, NULL}, ROOT_PLACES},
        {0, false, {NULL, "unix:path=/s", "/run/user/0"}, ROOT_PLACES},
        {0, false, {"unix:path=/sys", NULL, NULL}, "unix:path=/sys\n"},
        {1000, true, {"unix:path=/sys", NULL, NULL}, ""},
        {1000, true, {NULL, "", ""}, ""},
        {1000, true, {NULL, "unix:abstract=/x", NULL}, "unix:abstract=/x user\n"},
        {1000,
         true,
         {NULL, NULL, "/run/user/1000"},
         "unix:path=/run/user/1000/bus user\nunix:path=/run/user/1000/systemd/private direct user\n"},
        {1000,
         true,
         {NULL, "unix:path=/s", "/run/user/1000"},
         "unix:path=/s user\nunix:path=/run/user/1000/systemd/private direct user\n"},
        {1000,
         true,
         {NULL, NULL, "/a b;c,d\xc3"},
         "unix:path=/a%20b%3bc%2cd%c3/bus user\nunix:path=/a%20b%3bc%2cd%c3/systemd/private direct user\n"},
        {0, true, {NULL, NULL, NULL}, ROOT_PLACES},
        {0, true, {NULL, "unix:path=/s", NULL}, "unix:path=/s user\n" ROOT_PLACES},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);
        struct systemd_addresses l;
        struct arena a;

        arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
        assert_int_equal(systemd_addresses(&a, cases[i].euid, cases[i].rootless, &cases[i].env, &l, NULL), 0);
        assert_true(l.n <= SYSTEMD_ADDRESSES_MAX);
        for (size_t k = 0; k < l.n; k++)
            buf_printf(&out, "%s%s%s\n", l.v[k].address, l.v[k].direct ? " direct" : "",
                       l.v[k].user ? " user" : "");
        assert_string_equal(buf_cstr(&out), cases[i].wanted);
        arena_done(&a);
    }
}

static void test_systemd_unit_path__escapes(void **state)
{
    static const char *const cases[][2] = {
        {"lorica-ctr.scope", "/org/freedesktop/systemd1/unit/lorica_2dctr_2escope"},
        {"0a.scope", "/org/freedesktop/systemd1/unit/_30a_2escope"},
        {"a0_b\\x2d@.slice", "/org/freedesktop/systemd1/unit/a0_5fb_5cx2d_40_2eslice"},
        {"\xc3\xa9", "/org/freedesktop/systemd1/unit/_c3_a9"},
        {"", "/org/freedesktop/systemd1/unit/_"},
    };
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(systemd_unit_path(&a, cases[i][0]), cases[i][1]);
    arena_done(&a);
}

static void test_systemd_addresses__no_memory(void **state)
{
    static const struct systemd_environment env = {NULL, NULL, "/run/user/1000"};

    (void)state;
    for (size_t n = 1;; n++) {
        struct systemd_addresses l;
        struct arena a;
        int rc;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = systemd_addresses(&a, 1000, true, &env, &l, NULL);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            arena_done(&a);
            break;
        }
        assert_int_equal(rc, -ENOMEM);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_systemd_addresses__cases),
        cmocka_unit_test(test_systemd_unit_path__escapes),
        cmocka_unit_test(test_systemd_addresses__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
