/* SPDX-License-Identifier: Apache-2.0 */
/* Filters in force: each in a child of its own, which reports by its exit status or the signal that killed
 * it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"
#include "kernel/seccomp_bpf.h"
#include "kernel/seccomp_load.h"

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

static struct seccomp_filter compile(struct seccomp_policy *p)
{
    struct seccomp_filter f;
    struct err e;

    err_init(&e);
    if (seccomp_compile(&arena, p, &f, &e) < 0)
        fail_msg("%s: %s", e.where, e.message);
    return f;
}

/* The policy for whatever this machine is. */
static struct seccomp_policy *native_policy(const char *text)
{
    return policy_for(&arena, seccomp_arch_own(), text);
}

static int wait_status(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Runs `body` in a child under the filter; 200: the filter could not be loaded. */
static int status_under(const struct seccomp_filter *f, int (*body)(void))
{
    pid_t pid = fork();

    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        int rc = 200;

        /* cmocka catches these, and would go on in the child */
        signal(SIGSYS, SIG_DFL);
        signal(SIGSEGV, SIG_DFL);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
            seccomp_filter_load(f->insns, f->n, f->flags & ~(unsigned)SECCOMP_FLAG_NEW_LISTENER, NULL) == 0)
            rc = body();
        syscall(SYS_exit_group, rc);
    }
    return wait_status(pid);
}

static void expect_exit(const struct seccomp_filter *f, int (*body)(void))
{
    int status = status_under(f, body);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("status 0x%x", status);
}

static void expect_killed(const struct seccomp_filter *f, int (*body)(void))
{
    int status = status_under(f, body);

    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
        fail_msg("status 0x%x", status);
}

static int fails_with(long rc, int code)
{
    return rc == -1 && errno == code;
}

/* ---- the profile like Docker's ---- */

#if defined(__x86_64__) && !defined(__ILP32__)
static int docker_body(void)
{
    if (getpid() <= 0 || syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY) < 0)
        return 1;
    if (!fails_with(syscall(SYS_reboot, 0, 0, 0, NULL), EPERM) ||
        !fails_with(syscall(SYS_mount, "", "", "", 0, NULL), EPERM) ||
        !fails_with(syscall(SYS_unshare, 0), EPERM))
        return 2;
    if (!fails_with(syscall(SYS_clone3, NULL, 0), ENOSYS) || !fails_with(syscall(999), ENOSYS) ||
        !fails_with(syscall(0x3fffffff), ENOSYS))
        return 3;
    if (syscall(SYS_personality, 0xffffffffu) < 0 || !fails_with(syscall(SYS_personality, 0x123456), EPERM) ||
        !fails_with(syscall(SYS_personality, UINT64_C(0x100000008)), EPERM))
        return 4;
    if (!fails_with(syscall(SYS_clone, 0x10000000 | SIGCHLD, NULL, NULL, NULL, NULL), EPERM))
        return 5;
    if (!fails_with(syscall(SYS_socket, 40, SOCK_STREAM, 0), EPERM) ||
        syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) < 0)
        return 6;
    /* known to nobody but our table: what the kernel says, not EPERM; and one that is not named */
    if (syscall(462, 1, 0, 0) == 0 || errno == EPERM || !fails_with(syscall(467), EPERM))
        return 7;
    return 0;
}

static void test_load__docker_like(void **state)
{
    struct seccomp_filter f = compile(docker_like(&arena));

    (void)state;
    expect_exit(&f, docker_body);
}

static int x32_body(void)
{
    return syscall(0x40000000 | SYS_getppid) > 0 ? 1 : 2;
}

static int int80_body(void)
{
    long rc;

    __asm__ volatile("int $0x80" : "=a"(rc) : "a"(64L /* getppid */) : "memory", "r8", "r9", "r10", "r11");
    return rc > 0 ? 1 : 2;
}

static void test_load__other_ways_into_the_kernel(void **state)
{
    struct seccomp_filter f = compile(native_policy("{'defaultAction':'SCMP_ACT_ALLOW'}"));
    int status;

    (void)state;
    expect_killed(&f, x32_body);
    status = status_under(&f, int80_body);
    /* without 32-bit emulation the instruction itself is a fault */
    assert_true(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV));
}
#endif

/* ---- actions ---- */

static int mkdir_body(void)
{
    return fails_with(syscall(SYS_mkdirat, -1, "", 0), EXDEV) ? 0 : 1;
}

static void test_load__errno(void **state)
{
    struct seccomp_filter f = compile(native_policy("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':["
                                                    "'mkdirat'],'action':'SCMP_ACT_ERRNO','errnoRet':18}]}"));

    (void)state;
    expect_exit(&f, mkdir_body);
}

static void test_load__kill(void **state)
{
    static const char *const actions[] = {"SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS",
                                          "SCMP_ACT_TRAP"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
        struct seccomp_filter f = compile(native_policy(arena_printf(
            &arena, "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['mkdirat'],'action':'%s'}]}",
            actions[i])));

        expect_killed(&f, mkdir_body);
    }
}

static int log_body(void)
{
    return fails_with(syscall(SYS_mkdirat, -1, "", 0), ENOENT) ? 0 : 1;
}

static void test_load__log_and_trace(void **state)
{
    struct seccomp_filter f = compile(native_policy(
        "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['mkdirat'],'action':'SCMP_ACT_LOG'}]}"));

    (void)state;
    expect_exit(&f, log_body);
}

static int trace_body(void)
{
    return fails_with(syscall(SYS_mkdirat, -1, "", 0), ENOSYS) ? 0 : 1;
}

static void test_load__trace_without_a_tracer(void **state)
{
    struct seccomp_filter f = compile(native_policy(
        "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['mkdirat'],'action':'SCMP_ACT_TRACE'}]}"));

    (void)state;
    expect_exit(&f, trace_body);
}

static int kill_body(void)
{
    return fails_with(syscall(SYS_kill, getpid(), 10), EPERM) && syscall(SYS_kill, getpid(), 0) == 0 ? 0 : 1;
}

static void test_load__argument(void **state)
{
    struct seccomp_filter f = compile(native_policy(
        "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['kill'],'action':'SCMP_ACT_ERRNO',"
        "'args':[{'index':1,'value':10,'op':'SCMP_CMP_EQ'}]}]}"));

    (void)state;
    expect_exit(&f, kill_body);
}

/* ---- the loader ---- */

static const struct sock_filter allow_all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RETURN_ALLOW)};

static struct err *shared_err(void)
{
    static struct err e;

    err_init(&e);
    return &e;
}

static void test_load__length(void **state)
{
    static struct sock_filter many[65537 + 1];
    struct err *e = shared_err();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(many); i++)
        many[i] = allow_all[0];
    assert_int_equal(seccomp_filter_load(many, 0, 0, e), -EINVAL);
    assert_int_equal(seccomp_filter_load(many, 4097, 0, e), -EINVAL);
    /* one instruction, were it counted in 16 bits */
    assert_int_equal(seccomp_filter_load(many, 65537, 0, e), -EINVAL);
    assert_int_equal(e->kind, ERR_INTERNAL);
    assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
}

/* In a child: the return value of a load, as a byte. */
static int load_in_child(unsigned flags, bool no_new_privs, bool unprivileged)
{
    pid_t pid = fork();

    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        int rc;

        if (unprivileged && geteuid() == 0 && syscall(SYS_setresuid, 65534, 65534, 65534) < 0)
            syscall(SYS_exit_group, 250);
        if (no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            syscall(SYS_exit_group, 251);
        rc = seccomp_filter_load(allow_all, 1, flags, NULL);
        if (rc > 0 && fcntl(rc, F_GETFD) != FD_CLOEXEC)
            syscall(SYS_exit_group, 252);
        if (rc >= 0 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2)
            syscall(SYS_exit_group, 253);
        syscall(SYS_exit_group, rc < 0 ? -rc : rc > 0 ? 254 : 0);
    }
    int status = wait_status(pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_load__flags(void **state)
{
    (void)state;
    assert_int_equal(load_in_child(0, true, false), 0);
    assert_int_equal(load_in_child(SECCOMP_FLAG_SPEC_ALLOW, true, false), 0);
    assert_int_equal(load_in_child(SECCOMP_FLAG_LOG | SECCOMP_FLAG_SPEC_ALLOW, true, false), 0);
    /* a listener is returned, and closes on exec */
    assert_int_equal(load_in_child(SECCOMP_FLAG_NEW_LISTENER, true, false), 254);
    /* what the kernel does not know, or not without a listener, is no flag to give up */
    assert_int_equal(load_in_child(1u << 30, true, false), EINVAL);
    assert_int_equal(load_in_child(1u << 30 | SECCOMP_FLAG_SPEC_ALLOW | SECCOMP_FLAG_LOG, true, false),
                     EINVAL);
    assert_int_equal(load_in_child(SECCOMP_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FLAG_SPEC_ALLOW, true, false),
                     EINVAL);
}

static void test_load__needs_a_right(void **state)
{
    (void)state;
    assert_int_equal(load_in_child(0, false, true), EACCES);
    assert_int_equal(load_in_child(0, true, true), 0);
}

static int too_many(void)
{
    static struct sock_filter long_one[4096];
    struct err *e = shared_err();

    for (size_t i = 0; i < ARRAY_SIZE(long_one); i++)
        long_one[i] = allow_all[0];
    for (unsigned i = 0; i < 10; i++) {
        int rc = seccomp_filter_load(long_one, ARRAY_SIZE(long_one), 0, e);

        if (rc == -ENOMEM)
            return i >= 2 && strstr(e->message, "32768") ? 0 : 1;
        if (rc < 0)
            return 2;
    }
    return 3;
}

static void test_load__all_filters_together(void **state)
{
    struct seccomp_filter f = {.insns = allow_all, .n = 1};

    (void)state;
    expect_exit(&f, too_many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#if defined(__x86_64__) && !defined(__ILP32__)
        cmocka_unit_test(test_load__docker_like),
        cmocka_unit_test(test_load__other_ways_into_the_kernel),
#endif
        cmocka_unit_test(test_load__errno),
        cmocka_unit_test(test_load__kill),
        cmocka_unit_test(test_load__log_and_trace),
        cmocka_unit_test(test_load__trace_without_a_tracer),
        cmocka_unit_test(test_load__argument),
        cmocka_unit_test(test_load__length),
        cmocka_unit_test(test_load__flags),
        cmocka_unit_test(test_load__needs_a_right),
        cmocka_unit_test(test_load__all_filters_together),
    };

    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0)
        return 77; /* no seccomp, or already under a filter, whose answers would mix with ours */
    return cmocka_run_group_tests(tests, setup, teardown);
}
