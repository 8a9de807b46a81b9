/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps before the container's program, and what its parent hears: exec, stdio, sigwait,
 * seccomp_load. */
#include "kernel_test.h"

#include "core/seccomp_policy.h"
#include "kernel/exec.h"
#include "kernel/seccomp_load.h"
#include "kernel/sigwait.h"
#include "kernel/stdio.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/syscall.h>

/* ---- exec ---- */

static const enum sys_call access_call = SYSCALL_faccessat2;

static void finds(const char *name, const char *path, const char *want)
{
    char out[PATH_MAX];

    CHECK_OK(exec_find(name, path, out, &test_err));
    CHECK_STR(out, want);
}

static void refuses(const char *name, const char *path, int code, const char *message)
{
    char out[PATH_MAX];

    CHECK_INT(exec_find(name, path, out, &test_err), code);
    CHECK_STR(test_err.message, message);
}

static void find(void *arg)
{
    static const int codes[] = {0, ENOSYS, EPERM};
    static char long_name[PATH_MAX + 8];

    (void)arg;
    scratch_root("/tmp/a");
    CHECK(mkdir("/tmp/b", 0755) == 0 && mkdir("/tmp/a/dir", 0755) == 0);
    write_file("/tmp/a/x", "");
    write_file("/tmp/b/x", "");
    write_file("/tmp/a/plain", "");
    CHECK(chmod("/tmp/b/x", 0755) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        sys_fault_set(access_call, codes[i], 0);
        /* what may not be executed is passed over */
        finds("x", "/tmp/a:/tmp/b", "/tmp/b/x");
        finds("x", "/none::/tmp/b", "/tmp/b/x");
        finds("/tmp/b/x", "", "/tmp/b/x");
        refuses("y", "/tmp/a:/tmp/b", -ENOENT, "exec: \"y\": executable file not found in $PATH");
        refuses("x", "", -ENOENT, "exec: \"x\": executable file not found in $PATH");
        refuses("plain", "/tmp/a", -EACCES,
                "exec: \"plain\": permission denied (the file has no execute permission, mode 0644)");
        refuses("/tmp/a/dir", "", -EACCES, "exec: \"/tmp/a/dir\": permission denied (it is a directory)");
        refuses("/tmp/none", "", -ENOENT, "exec: \"/tmp/none\": stat /tmp/none: no such file or directory");
    }
    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[0] = '/';
    CHECK_INT(exec_find(long_name, "", (char[PATH_MAX]){0}, &test_err), -ENAMETOOLONG);
}

static void test_exec_find(void **state)
{
    (void)state;
    in_child(find, NULL, CLONE_NEWNS);
}

static void cannot_run(const char *path, int code, const char *part)
{
    char x[] = "x", *argv[] = {x, NULL}, *envp[] = {NULL};

    CHECK_INT(exec_run(path, argv, envp, &test_err), code);
    CHECK_HAS(test_err.message, part);
}

static void run_failures(void *arg)
{
    (void)arg;
    scratch_root("/tmp/a");
    write_file("/tmp/a/script", "#!/no/interpreter -x\n");
    write_file("/tmp/a/text", "no program\n");
    write_file("/tmp/a/plain", "");
    CHECK(chmod("/tmp/a/script", 0755) == 0 && chmod("/tmp/a/text", 0755) == 0);
    cannot_run("/tmp/a/script", -ENOENT, "interpreter \"/no/interpreter\" of the script is missing");
    cannot_run("/tmp/a/text", -ENOEXEC, "exec format error");
    cannot_run("/tmp/a/plain", -EACCES, "permission denied");
    cannot_run("/tmp/a/none", -ENOENT, "no such file or directory");
}

static void run_true(void *arg)
{
    char sh[] = "sh", c[] = "-c", script[] = "test \"$A\" = b", a[] = "A=b";
    char *argv[] = {sh, c, script, NULL}, *envp[] = {a, NULL};

    (void)arg;
    CHECK_OK(exec_run("/bin/sh", argv, envp, &test_err));
}

static void test_exec_run(void **state)
{
    (void)state;
    in_child(run_failures, NULL, CLONE_NEWNS);
    in_child(run_true, NULL, 0);
}

/* ---- stdio ---- */

static uid_t owner(int fd)
{
    struct stat st;

    CHECK(fstat(fd, &st) == 0);
    return st.st_uid;
}

static void give(void *arg)
{
    int pipes[2], file;

    (void)arg;
    scratch_root("/tmp/a");
    write_file("/tmp/a/f", "");
    file = open("/tmp/a/f", O_RDWR | O_CLOEXEC);
    CHECK(file >= 0 && pipe2(pipes, O_CLOEXEC) == 0);
    CHECK(dup2(pipes[0], 0) == 0 && dup2(file, 1) == 1);
    CHECK_OK(stdio_give_to(4711, &test_err));
    CHECK_INT(owner(0), 4711);
    CHECK_INT(owner(pipes[1]), 4711);
    CHECK_INT(owner(1), 0);
    CHECK_OK(stdio_give_to(4711, &test_err)); /* it has it already */
    close(0);
    CHECK_OK(stdio_give_to(0, &test_err));
    /* not ours to give: it stays */
    CHECK(dup2(pipes[0], 0) == 0 && setresuid(1000, 1000, 1000) == 0);
    CHECK_OK(stdio_give_to(1000, &test_err));
    CHECK_INT(owner(0), 4711);
}

static void test_stdio_give_to(void **state)
{
    (void)state;
    in_child(give, NULL, CLONE_NEWNS);
}

/* ---- sigwait ---- */

static void wait_for_signals(void *arg)
{
    static const int signals[] = {SIGTERM, SIGCHLD, 32, 33, 34, 64};
    struct sigwait_signal got;
    struct pollfd ready = {.events = POLLIN};
    uint64_t old, again;

    (void)arg;
    CHECK_OK(sigwait_hold(&old, &test_err));
    ready.fd = sigwait_open(&test_err);
    CHECK_OK(ready.fd);
    CHECK_INT(fcntl(ready.fd, F_GETFD), FD_CLOEXEC);
    CHECK_INT(sigwait_try(&got, &test_err), 0);
    CHECK_INT(poll(&ready, 1, 0), 0);
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        CHECK(syscall(SYS_kill, getpid(), signals[i]) == 0);
        CHECK_INT(poll(&ready, 1, 5000), 1);
        if (i % 2)
            CHECK_OK(sigwait_next(&got, &test_err));
        else
            CHECK_INT(sigwait_try(&got, &test_err), 1);
        CHECK_INT(got.number, signals[i]);
        CHECK_INT(got.sender, getpid());
    }
    /* the kernel's own has no sender */
    alarm(1);
    CHECK_OK(sigwait_next(&got, &test_err));
    CHECK_INT(got.number, SIGALRM);
    CHECK_INT(got.sender, 0);
    alarm(120);
    CHECK_OK(sigwait_restore(old, &test_err));
    CHECK_OK(sigwait_hold(&again, &test_err));
    CHECK(again == old);
}

static void test_sigwait(void **state)
{
    (void)state;
    in_child(wait_for_signals, NULL, 0);
}

/* ---- seccomp_load ---- */

static const struct sock_filter no_acct[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_acct, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENETDOWN),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static void in_force(void)
{
    CHECK(syscall(SYS_acct, "/no/such/file") == -1 && errno == ENETDOWN);
}

static void load_plain(void *arg)
{
    (void)arg;
    CHECK_INT(seccomp_filter_load(no_acct, 0, 0, &test_err), -EINVAL);
    CHECK_OK(seccomp_filter_load(no_acct, ARRAY_SIZE(no_acct), 0, &test_err));
    in_force();
}

/* Flags that the kernel does not know are given up, but no others. */
static void load_flags(void *arg)
{
    const unsigned all = SECCOMP_FLAG_LOG | SECCOMP_FLAG_SPEC_ALLOW;

    (void)arg;
    sys_fault_set(SYSCALL_seccomp, EINVAL, 1);
    CHECK_OK(seccomp_filter_load(no_acct, ARRAY_SIZE(no_acct), all, &test_err));
    CHECK_INT(sys_fault_count(SYSCALL_seccomp), 2);
    in_force();
    sys_fault_clear();
    sys_fault_set(SYSCALL_seccomp, EINVAL, 0);
    CHECK_INT(seccomp_filter_load(no_acct, ARRAY_SIZE(no_acct), all, &test_err), -EINVAL);
    CHECK_INT(sys_fault_count(SYSCALL_seccomp), 3);
    sys_fault_clear();
    sys_fault_set(SYSCALL_seccomp, EINVAL, 0);
    CHECK_INT(seccomp_filter_load(no_acct, ARRAY_SIZE(no_acct), SECCOMP_FLAG_TSYNC, &test_err), -EINVAL);
    CHECK_INT(sys_fault_count(SYSCALL_seccomp), 1);
}

static void load_refused(void *arg)
{
    static const int codes[] = {ENOSYS, EPERM, ENOMEM};

    (void)arg;
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        sys_fault_set(SYSCALL_seccomp, codes[i], 0);
        CHECK_INT(seccomp_filter_load(no_acct, ARRAY_SIZE(no_acct), 0, &test_err), -codes[i]);
        CHECK_HAS(test_err.message, "seccomp filter of 4 instructions");
    }
    sys_fault_clear();
    CHECK(setresuid(1000, 1000, 1000) == 0);
    CHECK_INT(seccomp_filter_load(no_acct, ARRAY_SIZE(no_acct), 0, &test_err), -EACCES);
    CHECK_HAS(test_err.message, "no_new_privs");
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK_OK(seccomp_filter_load(no_acct, ARRAY_SIZE(no_acct), 0, &test_err));
    in_force();
}

static void test_seccomp_filter_load(void **state)
{
    (void)state;
    in_child(load_plain, NULL, 0);
    in_child(load_flags, NULL, 0);
    in_child(load_refused, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exec_find),           cmocka_unit_test(test_exec_run),
        cmocka_unit_test(test_stdio_give_to),       cmocka_unit_test(test_sigwait),
        cmocka_unit_test(test_seccomp_filter_load),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
