/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/capset, cred, procattr: what init does to itself, always read back. */
#include "kernel_test.h"

#include "kernel/capset.h"
#include "kernel/cred.h"
#include "kernel/procattr.h"
#include "kernel/procfs.h"

#include <grp.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#define BIT(n) (UINT64_C(1) << (n))
enum { CHOWN = 0, KILL_ = 5, SETGID_ = 6, SETUID_ = 7, NET_BIND = 10, SYS_ADMIN = 21 };

/* A line of /proc/self/status. */
static const char *status_line(const char *name)
{
    static char line[1024];
    const char *at = strstr(read_file_text("/proc/self/status"), name);

    CHECK(at);
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

/* ---- capabilities ---- */

static void last_cap(void *arg)
{
    const char *text = read_file_text("/proc/sys/kernel/cap_last_cap");
    uint32_t want;

    (void)arg;
    CHECK(str_to_u32(str_trim(str_of(text)), 63, &want) == 0);
    CHECK_INT(capset_last_cap(), want);
    /* the search, when the guess is wrong */
    sys_fault_set(SYSCALL_prctl, EINVAL, 1);
    CHECK(capset_last_cap() <= want);
}

static void test_capset_last_cap(void **state)
{
    (void)state;
    in_child(last_cap, NULL, 0);
}

static void full_drop(void *arg)
{
    const struct plan_caps want = {.effective = BIT(KILL_) | BIT(NET_BIND),
                                   .permitted = BIT(KILL_) | BIT(NET_BIND) | BIT(CHOWN),
                                   .bounding = BIT(KILL_) | BIT(NET_BIND) | BIT(CHOWN),
                                   .inheritable = BIT(NET_BIND),
                                   .ambient = BIT(NET_BIND)};
    const uint32_t groups[] = {30, 10, 20, 10};
    const struct plan_identity id = {
        .uid = 1000, .gid = 1001, .groups = groups, .n_groups = 4, .set_groups = true};
    struct plan_caps got;
    char expect[64];

    (void)arg;
    CHECK_OK(capset_drop_bounding(want.bounding, &test_err));
    CHECK_OK(capset_keep(true, &test_err));
    CHECK_OK(cred_set_identity(&id, NULL, &test_err));
    CHECK_OK(capset_apply(&want, &test_err));
    CHECK_OK(capset_read(&got, &test_err));
    CHECK_INT(got.effective, want.effective);
    CHECK_INT(got.permitted, want.permitted);
    CHECK_INT(got.inheritable, want.inheritable);
    CHECK_INT(got.bounding, want.bounding);
    CHECK_INT(got.ambient, want.ambient);
    snprintf(expect, sizeof(expect), "CapBnd:\t%016llx", (unsigned long long)want.bounding);
    CHECK_STR(status_line("CapBnd:"), expect);
    snprintf(expect, sizeof(expect), "CapAmb:\t%016llx", (unsigned long long)want.ambient);
    CHECK_STR(status_line("CapAmb:"), expect);
    CHECK_STR(status_line("Uid:"), "Uid:\t1000\t1000\t1000\t1000");
    CHECK_STR(status_line("Gid:"), "Gid:\t1001\t1001\t1001\t1001");
    CHECK_STR(status_line("Groups:"), "Groups:\t10 10 20 30 ");
    CHECK(setuid(0) < 0);
    CHECK_INT(prctl(PR_GET_KEEPCAPS), 0);
}

static void test_capset__full_drop(void **state)
{
    (void)state;
    in_child(full_drop, NULL, 0);
}

/* Nothing kept: an ordinary user without a single capability, and none to be had by a set-uid program's
 * bounding set. */
static void empty_sets(void *arg)
{
    const struct plan_caps none = {0};
    const struct plan_identity id = {.uid = 65534, .gid = 65534, .set_groups = true};

    (void)arg;
    CHECK_OK(capset_drop_bounding(0, &test_err));
    CHECK_OK(capset_keep(true, &test_err));
    CHECK_OK(cred_set_identity(&id, NULL, &test_err));
    CHECK_OK(capset_apply(&none, &test_err));
    CHECK_STR(status_line("CapBnd:"), "CapBnd:\t0000000000000000");
    CHECK_STR(status_line("CapPrm:"), "CapPrm:\t0000000000000000");
    CHECK_STR(status_line("CapInh:"), "CapInh:\t0000000000000000");
    CHECK_STR(status_line("Groups:"), "Groups:\t ");
}

/* Nothing left to drop, and no right to: no error. */
static void drop_twice(void *arg)
{
    const struct plan_caps none = {0};

    (void)arg;
    CHECK_OK(capset_drop_bounding(0, &test_err));
    CHECK_OK(capset_apply(&none, &test_err));
    CHECK_OK(capset_drop_bounding(0, &test_err));
}

static void test_capset_drop_bounding__twice(void **state)
{
    (void)state;
    in_child(drop_twice, NULL, 0);
}

static void drop_refused(void *arg)
{
    const struct plan_caps none = {0};

    (void)arg;
    CHECK_OK(capset_apply(&none, &test_err));
    CHECK_INT(capset_drop_bounding(0, &test_err), -EPERM);
    CHECK_HAS(test_err.message, "drop capability 0");
}

static void test_capset_drop_bounding__refused(void **state)
{
    (void)state;
    in_child(drop_refused, NULL, 0);
}

static void test_capset__empty(void **state)
{
    (void)state;
    in_child(empty_sets, NULL, 0);
}

/* What cannot be had, and what the kernel would do silently, are errors. */
static void cap_errors(void *arg)
{
    struct plan_caps caps = {.effective = BIT(CHOWN), .permitted = BIT(KILL_)},
                     ambient = {.permitted = BIT(CHOWN), .ambient = BIT(CHOWN)},
                     unknown = {
                         .permitted = BIT(CHOWN) | BIT(63), .effective = BIT(63), .inheritable = BIT(62)};

    (void)arg;
    CHECK_INT(capset_apply(&caps, &test_err), -EPERM);    /* effective beyond permitted */
    CHECK_INT(capset_apply(&ambient, &test_err), -EPERM); /* ambient without inheritable */
    CHECK_HAS(test_err.message, "ambient");
    CHECK_OK(capset_apply(&unknown, &test_err));
}

static void test_capset__errors(void **state)
{
    (void)state;
    in_child(cap_errors, NULL, 0);
}

/* A call that does nothing and says it did (a seccomp filter that answers with errno 0) is found out. */
static void read_back(void *arg)
{
    const struct plan_caps want = {.effective = BIT(CHOWN), .permitted = BIT(CHOWN)};
    const struct plan_identity id = {.uid = 12, .gid = 34, .set_groups = true};
    const struct plan_rlimit limit = {RLIMIT_NOFILE, 77, 88};

    (void)arg;
    sys_fault_set(SYSCALL_capset, SYS_FAULT_SILENT, 0);
    CHECK_INT(capset_apply(&want, &test_err), -EPERM);
    CHECK_HAS(test_err.message, "read back");
    sys_fault_clear();
    /* a bounding set of which nothing is dropped */
    sys_fault_set(SYSCALL_prctl, SYS_FAULT_SILENT, 1);
    CHECK_INT(capset_drop_bounding(0, &test_err), -EPERM);
    sys_fault_clear();
    sys_fault_set(SYSCALL_prctl, EINVAL, 1); /* not the end of the capabilities: it is there */
    CHECK_INT(capset_drop_bounding(0, &test_err), -EINVAL);
    sys_fault_clear();
    sys_fault_set(SYSCALL_capget, EPERM, 0);
    CHECK_INT(capset_apply(&want, &test_err), -EPERM);
    sys_fault_clear();
    sys_fault_set(SYSCALL_setgroups, SYS_FAULT_SILENT, 0);
    CHECK(setgroups(1, (gid_t[]){99}) == 0 || errno == EPERM);
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EPERM);
    sys_fault_clear();
    sys_fault_set(SYSCALL_setresuid, SYS_FAULT_SILENT, 0);
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EPERM);
    sys_fault_clear();
    sys_fault_set(SYSCALL_setresgid, SYS_FAULT_SILENT, 0);
    CHECK(cred_set_identity(&(struct plan_identity){.uid = 0, .gid = 35}, NULL, &test_err) == -EPERM);
    sys_fault_clear();
    sys_fault_set(SYSCALL_prlimit, SYS_FAULT_SILENT, 1);
    CHECK_INT(procattr_rlimit(0, &limit, &test_err), -EPERM);
    sys_fault_clear();
    sys_fault_set(SYSCALL_prctl, SYS_FAULT_SILENT, 1);
    CHECK_INT(procattr_no_new_privs(&test_err), -EPERM);
}

static void test_capset__read_back(void **state)
{
    (void)state;
    in_child(read_back, NULL, 0);
}

/* ---- identity ---- */

static void bad_ids(void *arg)
{
    const uint32_t bad_group[] = {5, UINT32_MAX};
    struct plan_identity id = {.uid = UINT32_MAX, .gid = 1};

    (void)arg;
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EINVAL);
    id.uid = 1;
    id.gid = UINT32_MAX;
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EINVAL);
    id.gid = 1;
    id.set_groups = true;
    id.groups = bad_group;
    id.n_groups = 2;
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EINVAL);
    id.n_groups = 70000;
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EINVAL);
    CHECK_INT(getuid(), 0);
    id.n_groups = 1;
    sys_fault_set(SYSCALL_getgroups, EPERM, 1);
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EPERM);
    sys_fault_set(SYSCALL_setresuid, EAGAIN, 1);
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EAGAIN);
    CHECK_HAS(test_err.message, "setresuid 1");
}

static void test_cred_set_identity__bad(void **state)
{
    (void)state;
    in_child(bad_ids, NULL, 0);
}

/* A user namespace that denies setgroups: an empty list leaves them, a list is an error; unmapped ids are
 * one. */
static void denied_groups(void *arg)
{
    const uint32_t group[] = {0};
    struct plan_identity id = {.uid = 0, .gid = 0, .set_groups = true}, unmapped = {.uid = 7, .gid = 0};

    (void)arg;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 0 1");
    write_file("/proc/self/gid_map", "0 0 1");
    CHECK_OK(cred_set_identity(&id, NULL, &test_err));
    id.groups = group;
    id.n_groups = 1;
    CHECK_INT(cred_set_identity(&id, NULL, &test_err), -EPERM);
    CHECK_INT(cred_set_identity(&unmapped, NULL, &test_err), -EINVAL);
}

static void test_cred_set_identity__denied(void **state)
{
    (void)state;
    in_child(denied_groups, NULL, CLONE_NEWUSER);
}

static void change_dir(void *arg)
{
    int outside;

    (void)arg;
    scratch_root("/tmp/r");
    CHECK_OK(cred_chdir("/tmp/r", &test_err));
    CHECK_INT(cred_chdir("/none", &test_err), -ENOENT);
    CHECK_HAS(test_err.message,
              "chdir to cwd (\"/none\") set in config.json failed: no such file or directory");
    CHECK_INT(cred_chdir("/proc/self/status", &test_err), -ENOTDIR);
    /* a descriptor from outside the root, reached by its number */
    outside = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(mkdir("/tmp/r/proc", 0755) == 0 && mount("/proc", "/tmp/r/proc", NULL, MS_BIND, NULL) == 0);
    CHECK(chroot("/tmp/r") == 0);
    {
        char path[64];

        snprintf(path, sizeof(path), "/proc/self/fd/%d", outside);
        CHECK_INT(cred_chdir(path, &test_err), -EPERM);
        CHECK_HAS(test_err.message, "container breakout");
    }
}

static void test_cred_chdir(void **state)
{
    (void)state;
    in_child(change_dir, NULL, CLONE_NEWNS);
}

/* ---- limits and switches ---- */

static void limits(void *arg)
{
    struct plan_rlimit nofile = {RLIMIT_NOFILE, 100, 200}, core = {RLIMIT_CORE, 0, 0},
                       swapped = {RLIMIT_NOFILE, 300, 200}, up;
    struct rlimit rl;

    (void)arg;
    CHECK_OK(procattr_rlimit(0, &nofile, &test_err));
    CHECK(getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur == 100 && rl.rlim_max == 200);
    CHECK_OK(procattr_rlimit(0, &core, &test_err));
    CHECK_INT(procattr_rlimit(0, &swapped, &test_err), -EINVAL);
    CHECK_HAS(test_err.message, "RLIMIT_NOFILE");
    up = (struct plan_rlimit){RLIMIT_NOFILE, 0, 150};
    CHECK_OK(procattr_rlimit_raise(0, &up, &test_err)); /* higher already */
    CHECK(getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_max == 200);
    up.hard = 5000000;
    if (procattr_rlimit_raise(0, &up, &test_err) < 0)
        CHECK_HAS(test_err.message, "operation not permitted");
    assert_string_equal(procattr_rlimit_name(RLIMIT_AS), "RLIMIT_AS");
    assert_string_equal(procattr_rlimit_name(99), "RLIMIT_?");
}

static void test_procattr_rlimit(void **state)
{
    (void)state;
    in_child(limits, NULL, 0);
}

static void oom_score(void *arg)
{
    AUTO_CLOSE int dir = procfs_open_pid(getpid(), &test_err);

    (void)arg;
    CHECK_OK(dir);
    CHECK_OK(procattr_oom_score_adj(dir, 500, false, &test_err));
    CHECK_STR(read_file_text("/proc/self/oom_score_adj"), "500\n");
    CHECK_OK(procattr_oom_score_adj(-1, 600, false, &test_err));
    CHECK_STR(read_file_text("/proc/self/oom_score_adj"), "600\n");
    CHECK_INT(procattr_oom_score_adj(dir, 5000, false, &test_err), -EINVAL);
    sys_fault_set(SYSCALL_write, EACCES, 0);
    CHECK_INT(procattr_oom_score_adj(dir, 1, false, &test_err), -EACCES);
    CHECK_OK(procattr_oom_score_adj(dir, 1, true, &test_err));
}

static void test_procattr_oom_score_adj(void **state)
{
    (void)state;
    in_child(oom_score, NULL, 0);
}

static void switches(void *arg)
{
    int sig = 0;

    (void)arg;
    CHECK_OK(procattr_set_dumpable(false, &test_err));
    CHECK_INT(prctl(PR_GET_DUMPABLE), 0);
    CHECK_OK(procattr_set_dumpable(true, &test_err));
    CHECK_INT(prctl(PR_GET_DUMPABLE), 1);
    CHECK_OK(procattr_set_pdeathsig(SIGKILL, getppid(), &test_err));
    CHECK(prctl(PR_GET_PDEATHSIG, &sig) == 0 && sig == SIGKILL);
    CHECK_INT(procattr_set_pdeathsig(SIGKILL, 1 + getppid(), &test_err), -ESRCH);
    CHECK_OK(procattr_set_pdeathsig(0, 0, &test_err));
    CHECK_OK(procattr_no_new_privs(&test_err));
    CHECK_INT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    CHECK_OK(procattr_personality(PER_LINUX32, &test_err));
    CHECK_INT(personality(0xffffffff), PER_LINUX32);
    CHECK_OK(procattr_personality(PER_LINUX, &test_err));
}

static void test_procattr__switches(void **state)
{
    (void)state;
    in_child(switches, NULL, 0);
}

static void nnp_verified(void *arg)
{
    (void)arg;
    sys_fault_set(SYSCALL_prctl, EINVAL, 2); /* the question */
    CHECK_INT(procattr_no_new_privs(&test_err), -EPERM);
    sys_fault_set(SYSCALL_prctl, ENOMEM, 1);
    CHECK_INT(procattr_no_new_privs(&test_err), -ENOMEM);
}

static void test_procattr_no_new_privs__verified(void **state)
{
    (void)state;
    in_child(nnp_verified, NULL, 0);
}

static void scheduling(void *arg)
{
    const struct plan_scheduler batch = {.policy = SCHED_BATCH, .nice = 5},
                                other = {.policy = SCHED_OTHER, .nice = 7}, bad = {.policy = 99};
    const struct plan_io_priority idle = {.class = 3, .priority = 0}, best = {.class = 2, .priority = 6},
                                  wrong = {.class = 7};
    const uint64_t nodes[] = {1};
    const struct plan_memory_policy bind = {.mode = 2, .nodemask = nodes, .n_words = 1}, dfl = {.mode = 0},
                                    nonsense = {.mode = 77};

    (void)arg;
    CHECK_OK(procattr_scheduler(&batch, &test_err));
    CHECK_INT(sched_getscheduler(0), SCHED_BATCH);
    CHECK_OK(procattr_scheduler(&other, &test_err));
    CHECK_INT(procattr_scheduler(&bad, &test_err), -EINVAL);
    CHECK_OK(procattr_io_priority(&best, &test_err));
    CHECK_INT(syscall(SYS_ioprio_get, 1, 0), (2 << 13) | 6);
    CHECK_OK(procattr_io_priority(&idle, &test_err));
    CHECK_INT(procattr_io_priority(&wrong, &test_err), -EINVAL);
    if (procattr_memory_policy(&dfl, &test_err) == -ENOSYS)
        return;
    CHECK_OK(procattr_memory_policy(&bind, &test_err));
    CHECK_OK(procattr_memory_policy(&dfl, &test_err));
    CHECK_INT(procattr_memory_policy(&nonsense, &test_err), -EINVAL);
}

static void test_procattr__scheduling(void **state)
{
    (void)state;
    in_child(scheduling, NULL, 0);
}

/* ---- descriptors: three rungs ---- */

static void sweep_rung(int rung)
{
    sys_fault_clear();
    if (rung >= 1)
        sys_fault_set(SYSCALL_close_range, rung == 1 ? ENOSYS : EPERM, 0);
    if (rung == 3) { /* no procfs either */
        sys_fault_set(SYSCALL_fsopen, ENOSYS, 0);
        sys_fault_set(SYSCALL_open_tree, ENOSYS, 0);
        sys_fault_set(SYSCALL_openat, ENOENT, 0);
    }
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void descriptors(void *arg)
{
    struct rlimit nofile;

    (void)arg;
    CHECK(getrlimit(RLIMIT_NOFILE, &nofile) == 0);
    nofile.rlim_cur = 6000;
    if (nofile.rlim_max < nofile.rlim_cur)
        nofile.rlim_max = nofile.rlim_cur;
    CHECK(setrlimit(RLIMIT_NOFILE, &nofile) == 0);
    for (int rung = 0; rung < 4; rung++) {
        static const int high[] = {10, 11, 12, 40, 500, 5000};

        for (size_t i = 0; i < ARRAY_SIZE(high); i++)
            CHECK(dup2(0, high[i]) == high[i]);
        sweep_rung(rung);
        CHECK_OK(procattr_close_range(11, 12, &test_err));
        CHECK(is_open(10) && !is_open(11) && !is_open(12) && is_open(40));
        CHECK_OK(procattr_close_range(13, 12, &test_err));
        CHECK_OK(procattr_cloexec_from(40, &test_err));
        CHECK(fcntl(10, F_GETFD) == 0);
        for (int i = 3; i < 6; i++)
            CHECK_INT(fcntl(high[i], F_GETFD), FD_CLOEXEC);
        CHECK_OK(procattr_close_from(10, &test_err));
        for (size_t i = 0; i < ARRAY_SIZE(high); i++)
            CHECK(!is_open(high[i]));
        CHECK(is_open(0) && is_open(1) && is_open(2));
    }
}

static void test_procattr__descriptors(void **state)
{
    (void)state;
    in_child(descriptors, NULL, 0);
}

/* ---- signals, affinity ---- */

static void reset_signals(void *arg)
{
    sigset_t set;

    (void)arg;
    sigfillset(&set);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    for (int sig = 1; sig <= SIGRTMAX; sig++)
        signal(sig, SIG_IGN);
    CHECK_OK(procattr_reset_signals(&test_err));
    CHECK_STR(status_line("SigIgn:"), "SigIgn:\t0000000000000000");
    CHECK_STR(status_line("SigBlk:"), "SigBlk:\t0000000000000000");
    CHECK_STR(status_line("SigCgt:"), "SigCgt:\t0000000000000000");
}

static void test_procattr_reset_signals(void **state)
{
    (void)state;
    in_child(reset_signals, NULL, 0);
}

static void pin(void *arg)
{
    struct procattr_affinity saved;
    cpu_set_t before, now;
    pid_t pid;
    int status;

    (void)arg;
    CHECK(sched_getaffinity(0, sizeof(before), &before) == 0);
    CHECK_INT(procattr_pin(&saved), 0);
    CHECK(sched_getaffinity(0, sizeof(now), &now) == 0);
    CHECK_INT(CPU_COUNT(&now), 1);
    pid = fork();
    if (pid == 0)
        _exit(procattr_unpin(0, &saved) == 0 && sched_getaffinity(0, sizeof(now), &now) == 0 &&
                      CPU_EQUAL(&now, &before)
                  ? 0
                  : 1);
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    CHECK_INT(procattr_unpin(0, &saved), 0);
    procattr_affinity_done(&saved);
    CHECK(sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_EQUAL(&now, &before));
    /* not possible: nothing is saved, and nothing restored */
    sys_fault_set(SYSCALL_setaffinity, EPERM, 0);
    CHECK_INT(procattr_pin(&saved), 0);
    CHECK(!saved.mask);
    CHECK_INT(procattr_unpin(0, &saved), 0);
}

static void test_procattr_pin(void **state)
{
    (void)state;
    in_child(pin, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capset_last_cap),
        cmocka_unit_test(test_capset__full_drop),
        cmocka_unit_test(test_capset__empty),
        cmocka_unit_test(test_capset_drop_bounding__twice),
        cmocka_unit_test(test_capset_drop_bounding__refused),
        cmocka_unit_test(test_capset__errors),
        cmocka_unit_test(test_capset__read_back),
        cmocka_unit_test(test_cred_set_identity__bad),
        cmocka_unit_test(test_cred_set_identity__denied),
        cmocka_unit_test(test_cred_chdir),
        cmocka_unit_test(test_procattr_rlimit),
        cmocka_unit_test(test_procattr_oom_score_adj),
        cmocka_unit_test(test_procattr__switches),
        cmocka_unit_test(test_procattr_no_new_privs__verified),
        cmocka_unit_test(test_procattr__scheduling),
        cmocka_unit_test(test_procattr__descriptors),
        cmocka_unit_test(test_procattr_reset_signals),
        cmocka_unit_test(test_procattr_pin),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
