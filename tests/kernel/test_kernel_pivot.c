/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/pivot: the way into the root, on the new calls and on mount(2), with and without pivot_root. */
#include "kernel_test.h"

#include "kernel/fs.h"
#include "kernel/pivot.h"

#include <sys/statvfs.h>

static void use_old_calls(bool old)
{
    static const enum sys_call calls[] = {SYSCALL_open_tree, SYSCALL_move_mount, SYSCALL_fsopen,
                                          SYSCALL_mount_setattr};

    sys_fault_clear();
    for (size_t i = 0; old && i < ARRAY_SIZE(calls); i++)
        sys_fault_set(calls[i], ENOSYS, 0);
}

/* A root with a mount below, beside a host directory that must become unreachable. */
static void make_root(void)
{
    CHECK(mount("scratch", "/tmp", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/tmp/r", 0755) == 0 && mkdir("/tmp/r/sub", 0755) == 0 && mkdir("/tmp/r/proc", 0755) == 0);
    CHECK(mkdir("/tmp/r/dev", 0755) == 0);
    write_file("/tmp/r/inside", "in");
    write_file("/tmp/outside", "out");
    CHECK(mount("sub", "/tmp/r/sub", "tmpfs", MS_NOEXEC, NULL) == 0);
    write_file("/tmp/r/sub/f", "sub");
}

struct enter_case {
    bool old, no_pivot;
    uint64_t host_propagation;
};

static void enter(void *arg)
{
    const struct enter_case *c = arg;
    struct plan_root_prepare prepare = {.path = "/tmp/r", .host_propagation = c->host_propagation};
    struct plan_pivot pivot = {.no_pivot = c->no_pivot};
    struct plan_root_propagation propagation = {.ms_flags = MS_SHARED};
    int before = count_fds(), root;
    struct statvfs st;
    struct stat a, b;
    char cwd[PATH_MAX];

    make_root();
    use_old_calls(c->old);
    root = pivot_prepare(&prepare, &test_err);
    CHECK_OK(root);
    CHECK_INT(count_fds(), before + 1);
    CHECK_OK(pivot_enter(root, &pivot, &test_err));
    CHECK_INT(count_fds(), before + 1);
    CHECK_STR(read_file_text("/inside"), "in");
    CHECK_STR(read_file_text("/sub/f"), "sub");
    CHECK(access("/tmp/outside", F_OK) < 0);
    CHECK(access("/../../tmp/outside", F_OK) < 0);
    CHECK(getcwd(cwd, sizeof(cwd)) && streq(cwd, "/"));
    /* the descriptor is the root now */
    CHECK(fstat(root, &a) == 0 && stat("/", &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev);
    {
        int fd = fs_open(root, "/../inside", O_PATH, &test_err);

        CHECK_OK(fd);
        close(fd);
    }
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    if (!c->no_pivot) /* one root, nothing of the old tree */
        CHECK(!strstr(read_file_text("/proc/self/mountinfo"), "/tmp"));
    CHECK_OK(pivot_set_propagation(&propagation, &test_err));
    CHECK_HAS(read_file_text("/proc/self/mountinfo"), "shared:");
    CHECK_OK(pivot_set_read_only(root, &test_err));
    CHECK(statvfs("/", &st) == 0 && (st.f_flag & ST_RDONLY));
    CHECK(open("/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644) < 0 && errno == EROFS);
    CHECK(statvfs("/sub", &st) == 0 && !(st.f_flag & ST_RDONLY) && (st.f_flag & ST_NOEXEC));
}

static void test_pivot__enter(void **state)
{
    static const uint64_t propagations[] = {MS_SLAVE | MS_REC, MS_PRIVATE | MS_REC, MS_SHARED | MS_REC,
                                            MS_SLAVE, 0};

    (void)state;
    for (int old = 0; old < 2; old++) {
        for (int no_pivot = 0; no_pivot < 2; no_pivot++) {
            for (size_t i = 0; i < ARRAY_SIZE(propagations); i++) {
                struct enter_case c = {old, no_pivot, propagations[i]};

                in_child(enter, &c, CLONE_NEWNS | CLONE_NEWPID);
            }
        }
    }
}

/* ---- the host sees nothing ---- */

static void container(void *arg)
{
    const struct enter_case *c = arg;
    struct plan_root_prepare prepare = {.path = "/tmp/r", .host_propagation = c->host_propagation};
    struct plan_pivot pivot = {.no_pivot = c->no_pivot};
    int root;

    use_old_calls(c->old);
    root = pivot_prepare(&prepare, &test_err);
    CHECK_OK(root);
    CHECK(mount("t", "/tmp/r/dev", "tmpfs", 0, NULL) == 0);
    CHECK_OK(pivot_enter(root, &pivot, &test_err));
}

/* The host's whole tree is shared, as systemd makes it: its mount table is the same before and after. */
static void host_untouched(void *arg)
{
    static char before[65536];
    pid_t pid;
    int status;

    make_root();
    CHECK(mount("none", "/", NULL, MS_REC | MS_SHARED, NULL) == 0);
    snprintf(before, sizeof(before), "%s", read_file_text("/proc/self/mountinfo"));
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK(unshare(CLONE_NEWNS) == 0);
        container(arg);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
    CHECK_STR(read_file_text("/proc/self/mountinfo"), before);
}

static void test_pivot__host_untouched(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        for (int no_pivot = 0; no_pivot < 2; no_pivot++) {
            struct enter_case slave = {old, no_pivot, MS_SLAVE | MS_REC},
                              shared = {old, no_pivot, MS_SHARED | MS_REC};

            in_child(host_untouched, &slave, CLONE_NEWNS);
            in_child(host_untouched, &shared, CLONE_NEWNS);
        }
    }
}

/* After --no-pivot no full procfs is left that would let an unprivileged one be mounted. */
static void no_pivot_covers(void *arg)
{
    struct plan_root_prepare prepare = {.path = "/tmp/r", .host_propagation = MS_SLAVE | MS_REC};
    struct plan_pivot pivot = {.no_pivot = true};
    int root;

    (void)arg;
    make_root();
    CHECK(mkdir("/tmp/second proc", 0755) == 0); /* a name that is escaped in mountinfo */
    CHECK(mount("proc", "/tmp/second proc", "proc", 0, NULL) == 0);
    root = pivot_prepare(&prepare, &test_err);
    CHECK_OK(root);
    CHECK_OK(pivot_enter(root, &pivot, &test_err));
    CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == 0);
    if (fork() == 0) {
        CHECK(mount("proc", "/proc", "proc", 0, NULL) < 0 && errno == EPERM);
        _exit(0);
    }
    {
        int status;

        CHECK(wait(&status) > 0 && status == 0);
    }
}

static void test_pivot__no_pivot_covers(void **state)
{
    (void)state;
    in_child(no_pivot_covers, NULL, CLONE_NEWNS | CLONE_NEWPID);
}

static void errors(void *arg)
{
    struct plan_root_prepare none = {.path = "/tmp/none"}, file = {.path = "/tmp/outside"},
                             link = {.path = "/tmp/link"};

    (void)arg;
    make_root();
    CHECK(symlink("/tmp/r", "/tmp/link") == 0);
    CHECK_INT(pivot_prepare(&none, &test_err), -ENOENT);
    CHECK_HAS(test_err.message, "/tmp/none");
    CHECK_INT(pivot_prepare(&file, &test_err), -ENOTDIR);
    CHECK_OK(pivot_prepare(&link, &test_err));
    sys_fault_set(SYSCALL_pivot_root, EINVAL, 0);
    CHECK_INT(pivot_enter(open("/tmp/r", O_PATH | O_CLOEXEC), &(struct plan_pivot){false}, &test_err),
              -EINVAL);
    CHECK_HAS(test_err.message, "pivot_root");
}

static void test_pivot__errors(void **state)
{
    (void)state;
    in_child(errors, NULL, CLONE_NEWNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pivot__enter),
        cmocka_unit_test(test_pivot__host_untouched),
        cmocka_unit_test(test_pivot__no_pivot_covers),
        cmocka_unit_test(test_pivot__errors),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
