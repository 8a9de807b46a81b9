/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel/exeseal: this program seals itself. Called with "inner" it is the program that was started again: it
 * looks at itself and tells by its exit status. Needs no root.
 */
#include "kernel_test.h"

#include "kernel/exeseal.h"

#include <sys/mman.h>

extern char **environ;

/* In the copy: sealed, the mark gone, arguments and environment as given, and nobody can write to it. */
static int inner(int argc, char **argv)
{
    struct err e;
    int fd;

    err_init(&e);
    if (exeseal_ensure(argv, environ, &e) < 0) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    if (exeseal_is_sealed(&e) != 1)
        return 2;
    if (getenv(EXESEAL_ENV) || !getenv("KEEP") || !streq(getenv("KEEP"), "this"))
        return 3;
    if (argc != 3 || !streq(argv[2], "argument"))
        return 4;
    fd = open("/proc/self/exe", O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        return 5;
    fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) == 0)
        return 6;
    /* nothing of the copying is left open, and the name is ours */
    for (int i = fd + 1; i < 64; i++)
        if (fcntl(i, F_GETFD) >= 0)
            return 7;
    return 0;
}

static int run_inner(const char *extra_env)
{
    char arg0[] = "lorica-test", arg1[] = "inner", arg2[] = "argument", keep[] = "KEEP=this", extra[64];
    char *argv[] = {arg0, arg1, arg2, NULL}, *env[] = {keep, extra_env ? extra : NULL, NULL};
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        snprintf(extra, sizeof(extra), "%s", extra_env ? extra_env : "");
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        execve("/proc/self/exe", argv, env);
        _exit(99);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_exeseal_ensure(void **state)
{
    (void)state;
    assert_int_equal(run_inner(NULL), 0);
}

/* The mark without the seals would mean a loop: an error. */
static void test_exeseal_ensure__no_loop(void **state)
{
    (void)state;
    assert_int_equal(run_inner(EXESEAL_ENV "=1"), 1);
}

static void test_exeseal_is_sealed__plain_file(void **state)
{
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(exeseal_is_sealed(&e), 0);
}

static void test_exeseal_copy_self(void **state)
{
    struct err e;
    struct stat a, b;
    int fd, seals;
    char c = 0;

    (void)state;
    err_init(&e);
    fd = exeseal_copy_self(&e);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fstat(fd, &a), 0);
    assert_int_equal(stat("/proc/self/exe", &b), 0);
    assert_int_equal(a.st_size, b.st_size);
    assert_true(a.st_ino != b.st_ino || a.st_dev != b.st_dev);
    seals = fcntl(fd, F_GET_SEALS);
    assert_int_equal(seals & (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
                     F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    assert_true(pwrite(fd, &c, 1, 0) < 0);
    assert_true(ftruncate(fd, 1) < 0);
    assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    close(fd);
}

static void test_exeseal_copy_bytes(void **state)
{
    char back[8] = "";
    struct err e;
    int fd;

    (void)state;
    err_init(&e);
    fd = exeseal_copy_bytes("program", 7, "lorica-init", &e);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, back, 7, 0), 7);
    assert_string_equal(back, "program");
    close(fd);
}

/* A page of the copy that the kernel itself still holds: it is asked again, for a while. */
static void test_exeseal__busy_page(void **state)
{
    struct err e;
    int fd;

    (void)state;
    err_init(&e);
    sys_fault_set(SYSCALL_fcntl, EBUSY, 1);
    fd = exeseal_copy_bytes("program", 7, "lorica-init", &e);
    assert_true(fd >= 0);
    close(fd);
    sys_fault_set(SYSCALL_fcntl, EBUSY, 0);
    assert_int_equal(exeseal_copy_bytes("program", 7, "lorica-init", &e), -EBUSY);
    sys_fault_clear();
}

/* Whatever fails: an error, and no descriptor left. Never "sealed enough". */
static void test_exeseal__faults(void **state)
{
    static const struct {
        enum sys_call call;
        int code;
        unsigned nth;
        int want;
    } cases[] = {
        {SYSCALL_memfd_create, EACCES, 0, -EACCES}, {SYSCALL_memfd_create, ENOSYS, 0, -ENOSYS},
        {SYSCALL_fcntl, EPERM, 1, -EPERM},          {SYSCALL_fcntl, SYS_FAULT_SILENT, 1, -EPERM},
        {SYSCALL_openat, ENOENT, 1, -ENOENT},       {SYSCALL_fstatfs, EIO, 1, -EIO},
    };
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int before = count_fds();

        err_init(&e);
        sys_fault_clear();
        sys_fault_set(cases[i].call, cases[i].code, cases[i].nth);
        assert_int_equal(exeseal_copy_self(&e), cases[i].want);
        assert_true(e.message[0]);
        assert_int_equal(count_fds(), before);
    }
    /* kernels without MFD_EXEC and F_SEAL_EXEC */
    sys_fault_clear();
    sys_fault_set(SYSCALL_memfd_create, EINVAL, 1);
    {
        int fd = exeseal_copy_self(&e);

        assert_true(fd >= 0);
        close(fd);
    }
    sys_fault_clear();
    sys_fault_set(SYSCALL_fcntl, EINVAL, 1);
    {
        int fd = exeseal_copy_self(&e);

        assert_true(fd >= 0);
        close(fd);
    }
    sys_fault_clear();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exeseal_ensure),
        cmocka_unit_test(test_exeseal_ensure__no_loop),
        cmocka_unit_test(test_exeseal_is_sealed__plain_file),
        cmocka_unit_test(test_exeseal_copy_self),
        cmocka_unit_test(test_exeseal_copy_bytes),
        cmocka_unit_test(test_exeseal__busy_page),
        cmocka_unit_test(test_exeseal__faults),
    };

    if (argc > 1 && streq(argv[1], "inner"))
        return inner(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
