/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <linux/bpf.h> /* first: it names functions that base/banned.h poisons */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/devices_bpf.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"
#include "unit/devices_oracle.h"

#define N(value)                                                                                             \
    {                                                                                                        \
        true, (value)                                                                                        \
    }

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

/* The program of these rules says what the rules say, for every request in a table. */
static void compare(void **state, const struct config_device_rule *rules, size_t n)
{
    static const uint32_t numbers[] = {0, 1, 2, 3, 5, 8, 20, 136, 200, 4095, 1048575, INT32_MAX, UINT32_MAX};
    struct device_rules r;
    struct bpf_insn *insns;
    size_t n_insns;

    assert_int_equal(devices_rules_decode(*state, rules, n, &r, NULL), 0);
    assert_int_equal(devices_bpf_build(*state, &r, &insns, &n_insns, NULL), 0);
    assert_true(ebpf_is_sound(insns, n_insns));
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
            for (uint32_t access = 0; access <= DEVICE_ACCESS_ALL; access++) {
                for (int type = DEVICE_BLOCK; type <= DEVICE_CHAR; type++) {
                    int want =
                        devices_rules_check(&r, (enum device_type)type, numbers[i], numbers[j], access);
                    int got =
                        ebpf_run(insns, n_insns, (enum device_type)type, numbers[i], numbers[j], access);

                    if (got != want)
                        fail_msg("type %d, %u:%u, access %u: program says %d, rules say %d", type, numbers[i],
                                 numbers[j], access, got, want);
                }
            }
        }
    }
}

static void test_devices_bpf_build__agrees_with_the_rules(void **state)
{
    static const struct config_device_rule deny_all[] = {{.allow = false, .access = "rwm"}};
    static const struct config_device_rule allow_all[] = {{.allow = true, .access = "rwm"}};
    static const struct config_device_rule typical[] = {
        {.allow = false, .access = "rwm"},
        {.allow = true, .type = "c", .major = N(20), .access = "rw"},
        {.allow = true, .type = "b", .major = N(8), .minor = N(0), .access = "r"},
    };
    static const struct config_device_rule holes[] = {
        {.allow = true, .access = "rwm"},
        {.allow = false, .type = "c", .major = N(20), .access = "rwm"},
        {.allow = true, .type = "c", .major = N(20), .minor = N(3), .access = "rw"},
        {.allow = false, .type = "c", .major = N(20), .minor = N(3), .access = "w"},
        {.allow = false, .type = "b", .minor = N(2), .access = "m"},
        {.allow = false, .type = "a", .major = N(8), .access = "rw"},
        {.allow = false, .access = "r"},
        {.allow = true, .type = "b", .access = "r"},
    };
    static const struct config_device_rule partial[] = {
        {.allow = true, .access = "r"},
        {.allow = false, .access = "m"},
        {.allow = true, .access = "w"},
        {.allow = false, .access = "w"},
        {.allow = true, .major = N(INT32_MAX), .access = "rwm"},
    };

    compare(state, NULL, 0);
    compare(state, deny_all, ARRAY_SIZE(deny_all));
    compare(state, allow_all, ARRAY_SIZE(allow_all));
    compare(state, typical, ARRAY_SIZE(typical));
    compare(state, holes, ARRAY_SIZE(holes));
    compare(state, partial, ARRAY_SIZE(partial));
}

static void test_devices_bpf_build__too_long(void **state)
{
    static struct config_device_rule rules[DEVICE_RULES_MAX];
    struct device_rules r;
    struct bpf_insn *insns;
    struct err e;
    size_t n;

    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        rules[i] = (struct config_device_rule){
            .allow = true, .type = "c", .major = N((int64_t)i), .minor = N(1), .access = "rw"};
    err_init(&e);
    assert_int_equal(devices_rules_decode(*state, rules, ARRAY_SIZE(rules), &r, NULL), 0);
    assert_int_equal(devices_bpf_build(*state, &r, &insns, &n, &e), -EINVAL);
    assert_string_equal(e.where, "/linux/resources/devices");
    assert_non_null(strstr(e.message, "the kernel takes 4096"));
    /* as many as fit */
    assert_int_equal(devices_rules_decode(*state, rules, 500, &r, NULL), 0);
    assert_int_equal(devices_bpf_build(*state, &r, &insns, &n, NULL), 0);
    assert_true(ebpf_is_sound(insns, n));
    assert_int_equal(ebpf_run(insns, n, DEVICE_CHAR, 499, 1, DEVICE_READ | DEVICE_WRITE), 1);
    assert_int_equal(ebpf_run(insns, n, DEVICE_CHAR, 500, 1, DEVICE_READ), 0);
}

static void test_devices_bpf_build__no_memory(void **state)
{
    struct device_rules r = {.default_allow = true};

    (void)state;
    for (size_t n = 1;; n++) {
        struct bpf_insn *insns;
        struct arena a;
        size_t n_insns;
        bool fired;
        int rc;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = devices_bpf_build(&a, &r, &insns, &n_insns, NULL);
        fired = alloc_fault_fired();
        arena_done(&a);
        assert_int_equal(rc, fired ? -ENOMEM : 0);
        if (!fired)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_devices_bpf_build__agrees_with_the_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_bpf_build__too_long, setup, teardown),
        cmocka_unit_test(test_devices_bpf_build__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
