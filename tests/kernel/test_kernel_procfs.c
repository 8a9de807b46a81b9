/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/procfs and kernel/lsm: each rung, and a /proc that lies. */
#include "kernel_test.h"

#include "kernel/lsm.h"
#include "kernel/procfs.h"

enum { RUNG_OWN, RUNG_CLONE, RUNG_PLAIN, RUNG_WALK, RUNG_COUNT };

static void use_rung(int rung)
{
    sys_fault_clear();
    if (rung >= RUNG_CLONE)
        sys_fault_set(SYSCALL_fsopen, EPERM, 0);
    if (rung >= RUNG_PLAIN)
        sys_fault_set(SYSCALL_open_tree, ENOSYS, 0);
    if (rung >= RUNG_WALK)
        sys_fault_set(SYSCALL_openat2, ENOSYS, 0);
}

static void in_own_proc(void (*fn)(void *))
{
    for (int rung = 0; rung < RUNG_COUNT; rung++) {
        int status = child_status(fn, &rung, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS);

        if (status != 0)
            fail_msg("rung %d: status 0x%x", rung, (unsigned)status);
    }
}

static void lookups(void *arg)
{
    static const struct {
        const char *path;
        int flags, want;
    } cases[] = {
        {"self/status", O_RDONLY, 0},
        {"thread-self/attr", O_PATH | O_DIRECTORY, 0},
        {"1/stat", O_RDONLY, 0},
        {"self/exe", O_RDONLY, -ELOOP},
        {"self/root/etc", O_PATH, -ELOOP},
        {"self/fd/0", O_RDONLY, -ELOOP},
        {"sys/kernel/hostname", O_RDONLY, 0},
        {"none", O_RDONLY, -ENOENT},
        {"/self/status", O_RDONLY, -EINVAL},
        {"", O_RDONLY, -EINVAL},
    };
    struct procfs p = PROCFS_INIT;
    char text[4096];
    int before = count_fds();

    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    use_rung(*(int *)arg);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int fd = procfs_open(&p, cases[i].path, cases[i].flags, &test_err);

        if ((fd < 0 ? fd : 0) != cases[i].want && !(cases[i].want == -ELOOP && fd == -ENOTDIR)) {
            fprintf(stderr, "rung %d %s: %d\n", *(int *)arg, cases[i].path, fd);
            _exit(1);
        }
        if (fd >= 0) {
            CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
            close(fd);
        }
    }
    CHECK(procfs_read(&p, "self/status", text, sizeof(text), &test_err) > 0);
    CHECK_HAS(text, "Pid:\t1\n"); /* of our own pid namespace */
    CHECK_INT(procfs_read(&p, "self/status", text, 10, &test_err), -EMSGSIZE);
    CHECK_OK(procfs_write(&p, "self/comm", "renamed", 7, &test_err));
    CHECK(procfs_read(&p, "self/comm", text, sizeof(text), &test_err) > 0);
    CHECK_STR(text, "renamed\n");
    procfs_done(&p);
    CHECK_INT(count_fds(), before);
}

static void test_procfs_open(void **state)
{
    (void)state;
    in_own_proc(lookups);
}

/* What is mounted over a file of /proc is never used: seen through, or refused. */
static void overmounted(void *arg)
{
    struct procfs p = PROCFS_INIT;
    char text[256];
    int r;

    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK(mount("scratch", "/tmp", "tmpfs", 0, NULL) == 0);
    write_file("/tmp/fake", "fake");
    CHECK(mount("/tmp/fake", "/proc/self/comm", NULL, MS_BIND, NULL) == 0);
    CHECK(mount("/proc/uptime", "/proc/sys/kernel/hostname", NULL, MS_BIND, NULL) == 0);
    use_rung(*(int *)arg);
    r = procfs_read(&p, "self/comm", text, sizeof(text), &test_err);
    if (*(int *)arg < RUNG_PLAIN) {
        CHECK_OK(r);
        CHECK(!streq(text, "fake"));
    } else {
        CHECK_INT(r, -EXDEV);
    }
    procfs_done(&p);
}

static void test_procfs_open__overmounted(void **state)
{
    (void)state;
    in_own_proc(overmounted);
}

/* A /proc that is none. The first rung does not care; the others refuse. */
static void no_proc(void *arg)
{
    struct procfs p = PROCFS_INIT;

    CHECK(mount("fake", "/proc", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/proc/self", 0755) == 0);
    write_file("/proc/self/status", "fake");
    use_rung(*(int *)arg);
    CHECK_INT(procfs_open_root(&p, &test_err) < 0, *(int *)arg != RUNG_OWN);
    CHECK_INT(procfs_open_pid(1, &test_err), -ESRCH);
    CHECK(mkdir("/proc/1", 0755) == 0);
    write_file("/proc/1/stat", "1 (x) S 0 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 7 1 1");
    CHECK_INT(procfs_open_pid(1, &test_err), -ENODEV);
    procfs_done(&p);
    /* a part of procfs mounted at /proc */
    umount2("/proc", MNT_DETACH);
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK(mount("/proc/tty", "/proc", NULL, MS_BIND, NULL) == 0);
    CHECK_INT(procfs_open_root(&p, &test_err) < 0, *(int *)arg != RUNG_OWN);
    procfs_done(&p);
}

static void test_procfs_open_root__lies(void **state)
{
    (void)state;
    in_own_proc(no_proc);
}

/* ---- sysctl ---- */

static void sysctl(void *arg)
{
    const char *forward[] = {"net", "ipv4", "ip_forward"}, *hostname[] = {"kernel", "hostname"},
               *none[] = {"net", "nosuch"}, *up[] = {"net", "..", "kernel", "hostname"},
               *slash[] = {"kernel/hostname"}, *empty[] = {"kernel", ""};
    struct plan_sysctl s = {forward, 3, "1"};
    struct procfs p = PROCFS_INIT;

    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    use_rung(*(int *)arg);
    CHECK_OK(procfs_sysctl(&p, &s, &test_err));
    CHECK_STR(read_file_text("/proc/sys/net/ipv4/ip_forward"), "1\n");
    s = (struct plan_sysctl){hostname, 2, "by-sysctl"};
    CHECK_OK(procfs_sysctl(&p, &s, &test_err));
    CHECK_STR(read_file_text("/proc/sys/kernel/hostname"), "by-sysctl\n");
    s = (struct plan_sysctl){none, 2, "1"};
    CHECK_INT(procfs_sysctl(&p, &s, &test_err), -ENOENT);
    CHECK_HAS(test_err.message, "sysctl net.nosuch");
    s = (struct plan_sysctl){forward, 3, "banana"};
    CHECK_INT(procfs_sysctl(&p, &s, &test_err), -EINVAL);
    CHECK_HAS(test_err.message, "net.ipv4.ip_forward with \"banana\"");
    s = (struct plan_sysctl){up, 4, "x"};
    CHECK_INT(procfs_sysctl(&p, &s, &test_err), -EINVAL);
    s = (struct plan_sysctl){slash, 1, "x"};
    CHECK_INT(procfs_sysctl(&p, &s, &test_err), -EINVAL);
    s = (struct plan_sysctl){empty, 2, "x"};
    CHECK_INT(procfs_sysctl(&p, &s, &test_err), -EINVAL);
    s = (struct plan_sysctl){empty, 0, "x"};
    CHECK_INT(procfs_sysctl(&p, &s, &test_err), -EINVAL);
    CHECK_STR(read_file_text("/proc/sys/kernel/hostname"), "by-sysctl\n");
    /* short: one write, and an error */
    sys_fault_set(SYSCALL_write, SYS_FAULT_SILENT, 0);
    s = (struct plan_sysctl){forward, 3, "0"};
    CHECK_INT(procfs_sysctl(&p, &s, &test_err), -EIO);
    procfs_done(&p);
}

static void test_procfs_sysctl(void **state)
{
    (void)state;
    in_own_proc(sysctl);
}

/* ---- reopening ---- */

static void reopen(void *arg)
{
    struct procfs p = PROCFS_INIT;
    char text[16] = "";
    int path, fd;

    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK(mount("scratch", "/tmp", "tmpfs", 0, NULL) == 0);
    write_file("/tmp/f", "data");
    CHECK(mkfifo("/tmp/fifo", 0600) == 0);
    use_rung(*(int *)arg);
    path = open("/tmp/f", O_PATH | O_CLOEXEC);
    fd = procfs_reopen(&p, path, O_RDONLY, &test_err);
    CHECK_OK(fd);
    CHECK(read(fd, text, sizeof(text)) == 4 && streq(text, "data"));
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
    close(path);
    path = open("/tmp", O_PATH | O_CLOEXEC);
    fd = procfs_reopen(&p, path, O_RDONLY | O_DIRECTORY, &test_err);
    CHECK_OK(fd);
    close(fd);
    close(path);
    path = open("/tmp/fifo", O_PATH | O_CLOEXEC);
    CHECK_INT(procfs_reopen(&p, path, O_RDONLY, &test_err), -EINVAL); /* would hang */
    procfs_done(&p);
}

static void test_procfs_reopen(void **state)
{
    (void)state;
    in_own_proc(reopen);
}

/* ---- stat ---- */

static void test_procfs_parse_stat(void **state)
{
    static const struct {
        const char *text;
        int want;
        char state;
        pid_t ppid;
        uint64_t start;
        bool executed;
    } cases[] = {
        {"7 (sh) S 1 7 7 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 12345 1 1", 0, 'S', 1, 12345, true},
        {"7 (a) b) Z 9 (c) R 2 7 7 0 -1 4194368 1 1 1 1 1 1 1 1 20 0 1 0 99 1", 0, 'R', 2, 99, false},
        {"7 (\n) S 3) X 4 7 7 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 18446744073709551615", 0, 'X', 4,
         UINT64_MAX, true},
        {"7 (sh) S 1 7 7 0 -1 x 1 1 1 1 1 1 1 1 20 0 1 0 5", 0, 'S', 1, 5, true},
        {"7 (sh) S 1 7 7", -EINVAL, 0, 0, 0, false},
        {"7 (sh) SS 1 7 7 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 5", -EINVAL, 0, 0, 0, false},
        {"7 (sh) S -1 7 7 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 5", -EINVAL, 0, 0, 0, false},
        {"7 (sh) S 1 7 7 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 x", -EINVAL, 0, 0, 0, false},
        {"7 (sh)", -EINVAL, 0, 0, 0, false},
        {"7 sh S 1", -EINVAL, 0, 0, 0, false},
        {"", -EINVAL, 0, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct procfs_stat st;

        assert_int_equal(procfs_parse_stat(cases[i].text, &st), cases[i].want);
        if (cases[i].want == 0) {
            assert_int_equal(st.state, cases[i].state);
            assert_int_equal(st.ppid, cases[i].ppid);
            assert_true(st.start_time == cases[i].start);
            assert_int_equal(st.has_executed, cases[i].executed);
        }
    }
}

static void own_stat(void *arg)
{
    struct procfs_stat st, again;
    char boot[PROCFS_BOOT_ID_LEN + 1];
    AUTO_CLOSE int dir = procfs_open_pid(getpid(), &test_err);

    (void)arg;
    CHECK_OK(dir);
    CHECK(prctl(PR_SET_NAME, "a) R 1 (b") == 0);
    CHECK_INT(procfs_stat(getpid(), &st), 0);
    CHECK_INT(procfs_stat_at(dir, &again), 0);
    CHECK(st.state == 'R' && st.ppid == getppid() && st.start_time == again.start_time && st.start_time > 0);
    CHECK_INT(procfs_stat(INT_MAX, &st), -ESRCH);
    CHECK_INT(procfs_stat(0, &st), -ESRCH);
    CHECK_INT(procfs_stat(-5, &st), -ESRCH);
    CHECK_OK(procfs_boot_id(boot, &test_err));
    CHECK_INT(strlen(boot), PROCFS_BOOT_ID_LEN);
    CHECK_INT(strspn(boot, "0123456789abcdef-"), PROCFS_BOOT_ID_LEN);
}

static void test_procfs_stat(void **state)
{
    (void)state;
    in_child(own_stat, NULL, 0);
}

/* ---- labels: fail closed ---- */

static void labels(void *arg)
{
    struct procfs p = PROCFS_INIT;

    (void)arg;
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    /* a kernel without these modules, or with: a profile that does not exist is an error in any case */
    CHECK(lsm_apparmor_exec(&p, "lorica-test-no-such-profile", &test_err) < 0);
    CHECK_HAS(test_err.message, "unable to apply apparmor profile lorica-test-no-such-profile");
    CHECK(lsm_selinux_exec(&p, "bogus:label", &test_err) < 0);
    CHECK_HAS(test_err.message, "SELinux");
    procfs_done(&p);
}

static void test_lsm__fails_closed(void **state)
{
    (void)state;
    in_child(labels, NULL, CLONE_NEWNS | CLONE_NEWPID);
}

/*
 * A plain file stands for the kernel's (on the last rung, whose checks are taken away): what was written is
 * read. For SELinux that is the label; for AppArmor ("exec PROFILE") it is not the profile, as when the
 * kernel did nothing.
 */
static void labels_read_back(void *arg)
{
    struct procfs p = PROCFS_INIT;

    (void)arg;
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    CHECK(mount("t", "/tmp", "tmpfs", 0, NULL) == 0);
    write_file("/tmp/exec", "");
    if (mount("/tmp/exec", "/proc/thread-self/attr/exec", NULL, MS_BIND, NULL) < 0)
        child_skip("no /proc/thread-self/attr");
    use_rung(RUNG_WALK);
    sys_fault_set(SYSCALL_mnt_id, EOPNOTSUPP, 0);
    CHECK_OK(lsm_selinux_exec(&p, "system_u:system_r:container_t:s0:c1,c2", &test_err));
    CHECK_STR(read_file_text("/tmp/exec"), "system_u:system_r:container_t:s0:c1,c2");
    write_file("/tmp/keycreate", "");
    CHECK(mount("/tmp/keycreate", "/proc/thread-self/attr/keycreate", NULL, MS_BIND, NULL) == 0);
    CHECK_OK(lsm_selinux_keycreate(&p, "system_u:system_r:container_t:s0:c1,c2", &test_err));
    CHECK_STR(read_file_text("/tmp/keycreate"), "system_u:system_r:container_t:s0:c1,c2");
    write_file("/tmp/exec", "system_u:object_r:something_longer_else_t:s0");
    CHECK_INT(lsm_selinux_exec(&p, "short", &test_err), -EPERM); /* "shortm_u:..." is not it */
    CHECK_HAS(test_err.message, "read back");
    if (access("/proc/self/attr/apparmor/exec", F_OK) < 0)
        CHECK_INT(lsm_apparmor_exec(&p, "unconfined", &test_err), -EPERM);
    sys_fault_set(SYSCALL_write, EACCES, 0);
    CHECK_INT(lsm_selinux_exec(&p, "label", &test_err), -EACCES);
    procfs_done(&p);
}

static void test_lsm__read_back(void **state)
{
    (void)state;
    in_child(labels_read_back, NULL, CLONE_NEWNS | CLONE_NEWPID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_procfs_open),
        cmocka_unit_test(test_procfs_open__overmounted),
        cmocka_unit_test(test_procfs_open_root__lies),
        cmocka_unit_test(test_procfs_sysctl),
        cmocka_unit_test(test_procfs_reopen),
        cmocka_unit_test(test_procfs_parse_stat),
        cmocka_unit_test(test_procfs_stat),
        cmocka_unit_test(test_lsm__fails_closed),
        cmocka_unit_test(test_lsm__read_back),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
