/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/exec_order.h"

#include "core/seccomp_policy.h"

#include <cmocka.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

#define JOINED (CLONE_NEWNS | CLONE_NEWPID)

/* A plan with what exec's always has, and one operation more. */
static struct plan_op ops[24];
static struct plan plan;

static struct plan_op *add(enum plan_op_kind kind)
{
    struct plan_op *op = &ops[plan.n_ops++];

    *op = (struct plan_op){.kind = kind, .pointer = ""};
    return op;
}

static void make(uint64_t join, bool intermediate)
{
    plan = (struct plan){.ops = ops};
    add(OP_CLONE)->clone.intermediate = intermediate;
    add(OP_JOIN)->join.flags = join;
    add(OP_SETSID);
    add(OP_UMASK);
    add(OP_CAPS_BOUNDING);
    add(OP_IDENTITY);
    add(OP_CAPS);
    add(OP_FIND_EXECUTABLE);
    add(OP_CLOSE_FDS);
    add(OP_EXEC);
}

static bool reduced(void)
{
    return exec_order_of(&plan, NULL, 0, 0).reduced;
}

/* if (nr == `nr`) return `what`; return ALLOW */
static struct sock_filter program[4];
static void refuse(long nr, uint32_t what)
{
    const struct sock_filter p[4] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, what),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RETURN_ALLOW),
    };

    memcpy(program, p, sizeof(p));
}

static struct exec_order order(void)
{
    return exec_order_of(&plan, program, 4, 0);
}

static void test_exec_order_of__containers(void **state)
{
    (void)state;
    make(JOINED, true);
    assert_true(reduced());
    assert_true(exec_order_of(&plan, NULL, 0, 0).filtered);
    make(JOINED | CLONE_NEWUSER, true);
    assert_false(reduced());
    make(CLONE_NEWNS, false);
    assert_false(reduced());
    make(CLONE_NEWNS | CLONE_NEWTIME, true);
    assert_false(reduced());
}

static void test_exec_order_of__unknown_operations(void **state)
{
    static const enum plan_op_kind foreign[] = {OP_MOUNT, OP_PIVOT, OP_HOOKS_START_CONTAINER, OP_WAIT_START};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
        make(JOINED, true);
        add(foreign[i]);
        assert_false(reduced());
    }
}

static void test_exec_order_of__scheduler(void **state)
{
    static const struct {
        uint32_t policy;
        uint64_t flags;
        bool reduced;
    } cases[] = {{0, 0, true}, {1, 0, true}, {5, 2, true}, {1, 1, false}, {0, 3, false}, {6, 0, false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        make(JOINED, true);
        add(OP_SCHEDULER)->scheduler =
            (struct plan_scheduler){.policy = cases[i].policy, .flags = cases[i].flags};
        assert_int_equal(reduced(), cases[i].reduced);
    }
}

/* Which calls must the filter let through? Each of these, and no others. */
static void test_exec_order_of__filter(void **state)
{
    static const struct {
        long nr;
        uint32_t verdict;
        bool lets;
    } cases[] = {
        {SYS_mount, SECCOMP_RETURN_KILL_PROCESS, true},
        {SYS_setsid, SECCOMP_RETURN_ERRNO | EPERM, false},
        {SYS_setsid, SECCOMP_RETURN_LOG, true},
        {SYS_setsid, SECCOMP_RETURN_NOTIFY, false},
        {SYS_setsid, SECCOMP_RETURN_TRACE, false},
        {SYS_prctl, SECCOMP_RETURN_ERRNO | EPERM, false},
        {SYS_close, SECCOMP_RETURN_ERRNO | EPERM, false},
        {SYS_exit_group, SECCOMP_RETURN_KILL_THREAD, false},
        /* down the ladder of kernel/clone */
        {SYS_clone3, SECCOMP_RETURN_ERRNO | ENOSYS, true},
        {SYS_clone3, SECCOMP_RETURN_ERRNO | EPERM, true},
        {SYS_clone3, SECCOMP_RETURN_ERRNO | EINVAL, false},
        {SYS_clone3, SECCOMP_RETURN_TRAP, false},
        {SYS_clone, SECCOMP_RETURN_ERRNO | EPERM, true},
        /* only where the plan needs them */
        {SYS_ioctl, SECCOMP_RETURN_ERRNO | EPERM, true},
        {SYS_prlimit64, SECCOMP_RETURN_ERRNO | EPERM, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        refuse(cases[i].nr, cases[i].verdict);
        make(JOINED, true);
        add(OP_SECCOMP);
        assert_true(order().reduced);
        if (order().filtered != cases[i].lets)
            fail_msg("case %zu", i);
        /* what takes privilege to load is loaded before they are given up, or nothing is */
        make(JOINED, true);
        add(OP_SECCOMP_PRIVILEGED);
        assert_int_equal(order().reduced, cases[i].lets);
        assert_int_equal(order().filtered, cases[i].lets);
    }
    refuse(SYS_ioctl, SECCOMP_RETURN_ERRNO | EPERM);
    add(OP_CONSOLE);
    assert_false(order().filtered);
    refuse(SYS_prlimit64, SECCOMP_RETURN_ERRNO | EPERM);
    assert_true(order().filtered);
    add(OP_RLIMIT_BETWEEN);
    assert_false(order().filtered);
}

static void test_exec_order_of__listener_and_nonsense(void **state)
{
    static const struct sock_filter nonsense[] = {BPF_JUMP(BPF_JMP | BPF_JA, 200, 0, 0)};

    (void)state;
    make(JOINED, true);
    add(OP_SECCOMP);
    refuse(SYS_mount, SECCOMP_RETURN_NOTIFY);
    assert_false(exec_order_of(&plan, program, 4, SECCOMP_FLAG_NEW_LISTENER).filtered);
    assert_true(exec_order_of(&plan, program, 4, SECCOMP_FLAG_LOG).filtered);
    assert_false(exec_order_of(&plan, nonsense, 1, 0).filtered);
}

static void test_exec_order_between__each_operation(void **state)
{
    static const enum plan_op_kind process[] = {OP_SETSID, OP_EXEC, OP_MOUNT};
    const struct exec_order all = {true, true}, unfiltered = {true, false}, none = {false, false};

    (void)state;
    make(JOINED, true);
    for (size_t i = 2; i < plan.n_ops; i++) {
        bool own = false;

        for (size_t k = 0; k < ARRAY_SIZE(process); k++)
            own = own || process[k] == ops[i].kind;
        assert_int_equal(exec_order_between(&all, &ops[i]), !own);
        assert_false(exec_order_between(&none, &ops[i]));
    }
    assert_true(exec_order_between(&all, add(OP_SECCOMP)));
    assert_false(exec_order_between(&unfiltered, &ops[plan.n_ops - 1]));
    assert_true(exec_order_between(&unfiltered, add(OP_SECCOMP_PRIVILEGED)));
    add(OP_RLIMIT)->rlimit.resource = RLIMIT_NOFILE;
    assert_true(exec_order_between(&all, &ops[plan.n_ops - 1]));
    ops[plan.n_ops - 1].rlimit.resource = RLIMIT_NPROC;
    assert_false(exec_order_between(&all, &ops[plan.n_ops - 1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exec_order_of__containers),
        cmocka_unit_test(test_exec_order_of__unknown_operations),
        cmocka_unit_test(test_exec_order_of__scheduler),
        cmocka_unit_test(test_exec_order_of__filter),
        cmocka_unit_test(test_exec_order_of__listener_and_nonsense),
        cmocka_unit_test(test_exec_order_between__each_operation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
