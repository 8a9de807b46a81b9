/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"

#include <cmocka.h>
#include <errno.h>

#include "unit/alloc_fault.h"
#include "unit/seccomp_fixture.h"

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

/* ---- names ---- */

static void test_names__lookup_and_enumeration_agree(void **state)
{
    size_t n;
    uint32_t value;
    enum seccomp_op op;
    enum seccomp_arch arch;

    (void)state;
    for (n = 0; seccomp_action_name_at(n); n++)
        assert_int_equal(seccomp_action_find(seccomp_action_name_at(n), &value), 0);
    assert_int_equal(n, 9);
    for (n = 0; seccomp_op_name_at(n); n++) {
        assert_int_equal(seccomp_op_find(seccomp_op_name_at(n), &op), 0);
        assert_int_equal(op, n);
    }
    assert_int_equal(n, 7);
    for (n = 0; seccomp_arch_name_at(n); n++) {
        assert_int_equal(seccomp_arch_find(seccomp_arch_name_at(n), &arch), 0);
        assert_int_equal(arch, n);
        assert_string_equal(seccomp_arch_info(arch)->name, seccomp_arch_name_at(n));
    }
    assert_int_equal(n, 23);
    assert_int_equal(n, SECCOMP_ARCH_COUNT);
    assert_null(seccomp_arch_info(SECCOMP_ARCH_COUNT));
    for (n = 0; seccomp_flag_name_at(n); n++)
        assert_int_equal(seccomp_flag_find(seccomp_flag_name_at(n), &value), 0);
    assert_int_equal(n, 4);
}

static void test_names__unknown(void **state)
{
    static const char *const wrong[] = {"",
                                        "SCMP_ACT_ALLO",
                                        "SCMP_ACT_ALLOW ",
                                        "scmp_act_allow",
                                        "SCMP_ARCH_NATIVE",
                                        "SCMP_CMP_",
                                        "SECCOMP_FILTER_FLAG_NEW_LISTENER"};
    uint32_t value = 77;
    enum seccomp_op op;
    enum seccomp_arch arch;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        assert_int_equal(seccomp_action_find(wrong[i], &value), -EINVAL);
        assert_int_equal(seccomp_op_find(wrong[i], &op), -EINVAL);
        assert_int_equal(seccomp_arch_find(wrong[i], &arch), -EINVAL);
        assert_int_equal(seccomp_flag_find(wrong[i], &value), -EINVAL);
    }
    assert_int_equal(value, 77);
}

static void test_action_name__with_data(void **state)
{
    (void)state;
    assert_string_equal(seccomp_action_name(R_ERRNO(38)), "SCMP_ACT_ERRNO");
    assert_string_equal(seccomp_action_name(R_KILL), "SCMP_ACT_KILL");
    assert_string_equal(seccomp_action_name(R_KILL_PROCESS), "SCMP_ACT_KILL_PROCESS");
    assert_string_equal(seccomp_action_name(0x12340000), "?");
    assert_true(seccomp_action_takes_errno(R_TRACE(1)));
    assert_false(seccomp_action_takes_errno(R_ALLOW));
}

static void test_newer_syscall__numbers(void **state)
{
    static const struct {
        enum seccomp_arch arch;
        const char *name;
        int64_t nr;
    } cases[] = {
        {SECCOMP_ARCH_X86_64, "cachestat", 451},
        {SECCOMP_ARCH_AARCH64, "cachestat", 451},
        {SECCOMP_ARCH_X32, "cachestat", 0x40000000 + 451},
        {SECCOMP_ARCH_MIPS64, "cachestat", 5451},
        {SECCOMP_ARCH_X86_64, "mseal", 462},
        {SECCOMP_ARCH_AARCH64, "file_setattr", 469},
        {SECCOMP_ARCH_X86_64, "uretprobe", 335},
        {SECCOMP_ARCH_AARCH64, "uretprobe", -1},
        {SECCOMP_ARCH_X86_64, "read", -1},
        {SECCOMP_ARCH_X86_64, "", -1},
        {SECCOMP_ARCH_COUNT, "mseal", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(seccomp_newer_syscall(cases[i].arch, cases[i].name), cases[i].nr);
}

/* ---- building ---- */

static void test_build__actions_and_errno(void **state)
{
    static const struct {
        const char *text; /* of defaultAction and defaultErrnoRet */
        uint32_t action;
        bool enosys;
    } cases[] = {
        {"'defaultAction':'SCMP_ACT_ALLOW'", R_ALLOW, false},
        {"'defaultAction':'SCMP_ACT_LOG'", R_LOG, false},
        {"'defaultAction':'SCMP_ACT_TRACE'", R_TRACE(1), false},
        {"'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':65535", R_TRACE(65535), false},
        {"'defaultAction':'SCMP_ACT_ERRNO'", R_ERRNO(1), true},
        {"'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':0", R_ERRNO(0), true},
        {"'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4095", R_ERRNO(4095), true},
        {"'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38", R_ERRNO(38), false},
        {"'defaultAction':'SCMP_ACT_KILL'", R_KILL, true},
        {"'defaultAction':'SCMP_ACT_KILL_THREAD'", R_KILL, true},
        {"'defaultAction':'SCMP_ACT_KILL_PROCESS'", R_KILL_PROCESS, true},
        {"'defaultAction':'SCMP_ACT_TRAP'", R_TRAP, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct seccomp_policy *p = policy_of(&arena, arena_printf(&arena, "{%s}", cases[i].text));

        if (p->default_action != cases[i].action || p->enosys != cases[i].enosys)
            fail_msg("%s: 0x%x, enosys %d", cases[i].text, p->default_action, p->enosys);
    }
}

static void test_build__archs(void **state)
{
    struct seccomp_policy *p;

    (void)state;
    p = policy_of(&arena, "{'defaultAction':'SCMP_ACT_ALLOW'}");
    assert_int_equal(p->n_archs, 1);
    assert_int_equal(p->archs[0], SECCOMP_ARCH_X86_64);
    p = policy_of(&arena, "{'defaultAction':'SCMP_ACT_ALLOW','architectures':[]}");
    assert_int_equal(p->n_archs, 1);
    /* without the native one, and with one twice */
    p = policy_of(&arena, "{'defaultAction':'SCMP_ACT_ALLOW',"
                          "'architectures':['SCMP_ARCH_X32','SCMP_ARCH_X86','SCMP_ARCH_X32']}");
    assert_int_equal(p->n_archs, 3);
    assert_int_equal(p->archs[0], SECCOMP_ARCH_X86_64);
    assert_int_equal(p->archs[1], SECCOMP_ARCH_X32);
    assert_int_equal(p->archs[2], SECCOMP_ARCH_X86);
    p = policy_for(
        &arena, SECCOMP_ARCH_AARCH64,
        "{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_ARM','SCMP_ARCH_AARCH64']}");
    assert_int_equal(p->n_archs, 2);
    assert_int_equal(p->archs[0], SECCOMP_ARCH_AARCH64);
    assert_int_equal(p->archs[1], SECCOMP_ARCH_ARM);
}

static void test_build__flags(void **state)
{
    static const struct {
        const char *text;
        uint32_t flags;
    } cases[] = {
        {"", SECCOMP_FLAG_SPEC_ALLOW},
        {",'flags':[]", 0},
        {",'flags':['SECCOMP_FILTER_FLAG_TSYNC']", 0},
        {",'flags':['SECCOMP_FILTER_FLAG_LOG']", SECCOMP_FLAG_LOG},
        {",'flags':['SECCOMP_FILTER_FLAG_LOG','SECCOMP_FILTER_FLAG_SPEC_ALLOW']",
         SECCOMP_FLAG_LOG | SECCOMP_FLAG_SPEC_ALLOW},
        {",'flags':['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']", 0},
        {",'flags':['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],"
         "'syscalls':[{'names':['read'],'action':'SCMP_ACT_NOTIFY'}]",
         SECCOMP_FLAG_WAIT_KILLABLE_RECV},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct seccomp_policy *p =
            policy_of(&arena, arena_printf(&arena, "{'defaultAction':'SCMP_ACT_ALLOW'%s}", cases[i].text));

        if (p->flags != cases[i].flags)
            fail_msg("%s: flags %u", cases[i].text, p->flags);
    }
}

static void test_build__rules_in_order_without_the_default(void **state)
{
    struct seccomp_policy *p =
        policy_of(&arena, "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':1,'syscalls':["
                          "{'names':['read','write'],'action':'SCMP_ACT_ALLOW'},"
                          "{'names':['clone','ptrace'],'action':'SCMP_ACT_ERRNO'},"
                          "{'names':['clone3'],'action':'SCMP_ACT_ERRNO','errnoRet':38},"
                          "{'names':['ioctl'],'action':'SCMP_ACT_NOTIFY'}]}");

    (void)state;
    assert_int_equal(p->n_rules, 3);
    assert_int_equal(p->rules[0].action, R_ALLOW);
    assert_int_equal(p->rules[0].names.n, 2);
    assert_int_equal(p->rules[1].action, R_ERRNO(38));
    assert_int_equal(p->rules[1].entry, 2);
    assert_int_equal(p->rules[2].entry, 3);
    assert_int_equal(p->left_out.n, 2);
    assert_string_equal(p->left_out.v[0], "clone");
    assert_string_equal(p->left_out.v[1], "ptrace");
    assert_true(p->notify);
}

static void test_build__conditions(void **state)
{
    struct seccomp_policy *p =
        policy_of(&arena, "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
                          "{'names':['clone'],'action':'SCMP_ACT_ALLOW','args':["
                          "  {'index':3,'value':7,'op':'SCMP_CMP_GE'},"
                          "  {'index':0,'value':18446744073709551615,'valueTwo':9,'op':'SCMP_CMP_NE'},"
                          "  {'index':1,'value':240,'valueTwo':255,'op':'SCMP_CMP_MASKED_EQ'},"
                          "  {'index':2,'value':0,'valueTwo':255,'op':'SCMP_CMP_MASKED_EQ'}]},"
                          "{'names':['read'],'action':'SCMP_ACT_ALLOW','args':["
                          "  {'index':0,'value':0,'valueTwo':1,'op':'SCMP_CMP_MASKED_EQ'}]}]}");

    (void)state;
    assert_int_equal(p->n_rules, 2);
    assert_int_equal(p->rules[0].n_conds, 3); /* ascending; the empty mask is gone */
    assert_int_equal(p->rules[0].conds[0].index, 0);
    assert_true(p->rules[0].conds[0].value == UINT64_MAX && p->rules[0].conds[0].mask == UINT64_MAX);
    assert_int_equal(p->rules[0].conds[1].index, 1);
    assert_int_equal(p->rules[0].conds[1].mask, 240);
    assert_int_equal(p->rules[0].conds[1].value, 240); /* 255 within the mask */
    assert_int_equal(p->rules[0].conds[2].index, 3);
    assert_int_equal(p->rules[1].n_conds, 0);
}

static void test_build__an_argument_twice_makes_alternatives(void **state)
{
    struct seccomp_policy *p = policy_of(
        &arena, "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
                "{'names':['clone','read'],'action':'SCMP_ACT_ALLOW','args':["
                "  {'index':0,'value':1,'op':'SCMP_CMP_EQ'},"
                "  {'index':1,'value':2,'op':'SCMP_CMP_EQ'},"
                "  {'index':0,'value':3,'op':'SCMP_CMP_EQ'}]},"
                /* the same, but left out */
                "{'names':['write'],'action':'SCMP_ACT_ERRNO','args':["
                "  {'index':0,'value':1,'op':'SCMP_CMP_EQ'},{'index':0,'value':3,'op':'SCMP_CMP_EQ'}]},"
                "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW'}]}");

    (void)state;
    assert_int_equal(p->n_rules, 4);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(p->rules[i].n_conds, 1);
        assert_int_equal(p->rules[i].conds[0].value, i + 1);
        assert_int_equal(p->rules[i].names.n, 2);
        assert_int_equal(p->rules[i].entry, 0);
    }
    assert_int_equal(p->rules[3].n_conds, 0);
    assert_int_equal(p->left_out.n, 1);
}

static void test_build__refused(void **state)
{
    static const struct {
        const char *text;
        const char *where;
        const char *message; /* a part */
    } cases[] = {
        {"{'defaultAction':'SCMP_ACT_NONE'}", "/linux/seccomp/defaultAction", "SCMP_ACT_NONE"},
        {"{'defaultAction':'SCMP_ACT_NOTIFY'}", "/linux/seccomp/defaultAction",
         "SCMP_ACT_NOTIFY cannot be used as default action"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1}", "/linux/seccomp/defaultErrnoRet",
         "errno value specified for action `SCMP_ACT_ALLOW`"},
        {"{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096}", "/linux/seccomp/defaultErrnoRet",
         "4095"},
        {"{'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':65536}", "/linux/seccomp/defaultErrnoRet",
         "65535"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_X86','SCMP_ARCH_VAX']}",
         "/linux/seccomp/architectures/1", "SCMP_ARCH_VAX"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_LOUD']}", "/linux/seccomp/flags/0",
         "SECCOMP_FILTER_FLAG_LOUD"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':[],'action':'SCMP_ACT_ERRNO'}]}",
         "/linux/seccomp/syscalls/0/names", "at least one"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read',''],'action':'SCMP_ACT_ERRNO'}]}",
         "/linux/seccomp/syscalls/0/names/1", "empty string is not a valid syscall"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'ERRNO'}]}",
         "/linux/seccomp/syscalls/0/action", "ERRNO"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_KILL','errnoRet'"
         ":1}]}",
         "/linux/seccomp/syscalls/0/errnoRet", "errno value specified for action `SCMP_ACT_KILL`"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_KILL',"
         "'args':[{'index':6,'value':1,'op':'SCMP_CMP_EQ'}]}]}",
         "/linux/seccomp/syscalls/0/args/0/index", "0 to 5"},
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_KILL',"
         "'args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'},{'index':0,'value':1,'op':'EQ'}]}]}",
         "/linux/seccomp/syscalls/0/args/1/op", "EQ"},
        /* wrong even though it would be left out */
        {"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW',"
         "'args':[{'index':9,'value':1,'op':'SCMP_CMP_EQ'}]}]}",
         "/linux/seccomp/syscalls/0/args/0/index", "0 to 5"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct seccomp_policy *p = NULL;
        struct err e;

        err_init(&e);
        if (seccomp_policy_build_for(&arena, config_of(&arena, cases[i].text), SECCOMP_ARCH_X86_64, &p, &e) !=
            -EINVAL)
            fail_msg("accepted: %s", cases[i].text);
        if (e.kind != ERR_CONFIG || !streq(e.where, cases[i].where) || !strstr(e.message, cases[i].message))
            fail_msg("%s: %s: %s", cases[i].text, e.where, e.message);
    }
}

static void test_build__unknown_native_architecture(void **state)
{
    struct seccomp_policy *p;
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(seccomp_policy_build_for(&arena, config_of(&arena, "{'defaultAction':'SCMP_ACT_ALLOW'}"),
                                              SECCOMP_ARCH_COUNT, &p, &e),
                     -EINVAL);
}

static void test_build__bounds(void **state)
{
    const char *name = "read";
    struct config_seccomp_arg arg = {.op = "SCMP_CMP_EQ"};
    struct config_seccomp cfg = {.default_action = "SCMP_ACT_ERRNO"};
    struct config_seccomp_syscall *s;
    const char **many = arena_new_array(&arena, const char *, SECCOMP_NAMES_MAX + 1);
    struct seccomp_policy *p;
    struct err e;

    (void)state;
    err_init(&e);
    assert_non_null(many);
    for (size_t i = 0; i <= SECCOMP_NAMES_MAX; i++)
        many[i] = name;
    s = arena_new_array(&arena, struct config_seccomp_syscall, SECCOMP_SYSCALLS_MAX + 1);
    assert_non_null(s);
    for (size_t i = 0; i <= SECCOMP_SYSCALLS_MAX; i++)
        s[i] = (struct config_seccomp_syscall){
            .names = {&name, 1}, .action = "SCMP_ACT_ALLOW", .args = &arg, .n_args = 1};
    cfg.syscalls = s;
    cfg.n_syscalls = SECCOMP_SYSCALLS_MAX + 1;
    assert_int_equal(seccomp_policy_build_for(&arena, &cfg, SECCOMP_ARCH_X86_64, &p, &e), -EINVAL);
    assert_string_equal(e.where, "/linux/seccomp/syscalls");
    cfg.n_syscalls = SECCOMP_SYSCALLS_MAX;
    assert_int_equal(seccomp_policy_build_for(&arena, &cfg, SECCOMP_ARCH_X86_64, &p, &e), 0);
    /* a condition counts for each name */
    s[1].names = (struct strings){many, 2};
    assert_int_equal(seccomp_policy_build_for(&arena, &cfg, SECCOMP_ARCH_X86_64, &p, &e), -EINVAL);
    assert_string_equal(e.where, "/linux/seccomp/syscalls/4095/args");
    cfg.n_syscalls = 1;
    s[0] = (struct config_seccomp_syscall){.names = {many, SECCOMP_NAMES_MAX}, .action = "SCMP_ACT_ALLOW"};
    assert_int_equal(seccomp_policy_build_for(&arena, &cfg, SECCOMP_ARCH_X86_64, &p, &e), 0);
    s[0].names.n++;
    assert_int_equal(seccomp_policy_build_for(&arena, &cfg, SECCOMP_ARCH_X86_64, &p, &e), -EINVAL);
    assert_string_equal(e.where, "/linux/seccomp/syscalls/0/names");
}

static void test_build__every_allocation_fails(void **state)
{
    struct config_seccomp *cfg = config_of(
        &arena, "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86'],'syscalls':["
                "{'names':['clone'],'action':'SCMP_ACT_ALLOW','args':["
                "  {'index':0,'value':1,'op':'SCMP_CMP_EQ'},{'index':0,'value':2,'op':'SCMP_CMP_EQ'}]},"
                "{'names':['read'],'action':'SCMP_ACT_ALLOW','args':["
                "  {'index':0,'value':1,'op':'SCMP_CMP_EQ'}]}]}");
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        struct seccomp_policy *p;
        struct arena a;
        struct err e;
        int rc;

        err_init(&e);
        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = seccomp_policy_build_for(&a, cfg, SECCOMP_ARCH_X86_64, &p, &e);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            arena_done(&a);
            break;
        }
        assert_int_equal(rc, -ENOMEM);
        arena_done(&a);
    }
    assert_in_range(n, 6, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names__lookup_and_enumeration_agree),
        cmocka_unit_test(test_names__unknown),
        cmocka_unit_test(test_action_name__with_data),
        cmocka_unit_test(test_newer_syscall__numbers),
        cmocka_unit_test(test_build__actions_and_errno),
        cmocka_unit_test(test_build__archs),
        cmocka_unit_test(test_build__flags),
        cmocka_unit_test(test_build__rules_in_order_without_the_default),
        cmocka_unit_test(test_build__conditions),
        cmocka_unit_test(test_build__an_argument_twice_makes_alternatives),
        cmocka_unit_test(test_build__refused),
        cmocka_unit_test(test_build__unknown_native_architecture),
        cmocka_unit_test(test_build__bounds),
        cmocka_unit_test(test_build__every_allocation_fails),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
