/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/clone, pidfd, ns, userns, loopback, keyring. */
#include "kernel_test.h"

#include "kernel/clone.h"
#include "kernel/io.h"
#include "kernel/keyring.h"
#include "kernel/loopback.h"
#include "kernel/ns.h"
#include "kernel/pidfd.h"
#include "kernel/procfs.h"
#include "kernel/userns.h"

#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <time.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

/* ---- clone ---- */

static void clone_rungs(void *arg)
{
    static const struct {
        enum sys_call call;
        int code;
        bool no_pidfd;
    } rungs[] = {{SYSCALL_COUNT, 0, false},
                 {SYSCALL_clone3, ENOSYS, false},
                 {SYSCALL_clone3, EPERM, false},
                 {SYSCALL_clone3, ENOSYS, true}};

    (void)arg;
    for (size_t i = 0; i < ARRAY_SIZE(rungs); i++) {
        const struct clone_request req = {.flags = CLONE_NEWUTS | CLONE_NEWPID, .cgroup_fd = -1};
        struct clone_child child;
        AUTO_PIDFD struct pidfd p = PIDFD_INIT;
        int before = count_fds(), status, r;

        sys_fault_clear();
        if (rungs[i].code)
            sys_fault_set(rungs[i].call, rungs[i].code, 0);
        if (rungs[i].no_pidfd) {
            sys_fault_set(SYSCALL_clone, EINVAL, 1); /* the try with CLONE_PIDFD */
            sys_fault_set(SYSCALL_pidfd_open, ENOSYS, 0);
        }
        r = clone_process(&req, &child, &test_err);
        CHECK_OK(r);
        if (r == 0)
            _exit(getpid() == 1 && sethostname("inside", 6) == 0 && child.pid == 0 && child.pidfd == -1 ? 42
                                                                                                        : 1);
        CHECK_INT(r, 1);
        CHECK_INT(child.pidfd >= 0, !rungs[i].no_pidfd);
        if (child.pidfd >= 0)
            CHECK(fcntl(child.pidfd, F_GETFD) & FD_CLOEXEC);
        CHECK(!child.in_cgroup);
        pidfd_adopt(&p, child.pid, child.pidfd);
        CHECK_OK(pidfd_reap(&p, io_now_ms() + 5000, &status, &test_err));
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
        pidfd_done(&p);
        CHECK_INT(count_fds(), before);
    }
}

static void test_clone_process__rungs(void **state)
{
    (void)state;
    in_child(clone_rungs, NULL, 0);
}

/* A directory that is no cgroup: born outside, and said to be. In a real one: inside. */
static void clone_cgroup(void *arg)
{
    struct clone_request req = {.cgroup_fd = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    struct clone_child child;
    struct statfs fs;
    const char *top = statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == SYS_MAGIC_CGROUP2
                          ? "/sys/fs/cgroup"
                          : "/sys/fs/cgroup/unified";
    char dir[128], text[4096];
    int r = clone_process(&req, &child, &test_err), status;

    (void)arg;
    CHECK_OK(r);
    if (r == 0)
        _exit(0);
    CHECK(!child.in_cgroup);
    CHECK(waitpid(child.pid, &status, 0) == child.pid);
    close(req.cgroup_fd);

    snprintf(dir, sizeof(dir), "%s/lorica-test-clone-%d", top, (int)getpid());
    if (statfs(top, &fs) < 0 || fs.f_type != SYS_MAGIC_CGROUP2 || mkdir(dir, 0755) < 0)
        child_skip("no cgroup2 to make a cgroup in");
    req.cgroup_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r = clone_process(&req, &child, &test_err);
    CHECK_OK(r);
    if (r == 0) {
        int n = io_read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));

        _exit(n > 0 && strstr(text, strrchr(dir, '/')) ? 0 : 1);
    }
    CHECK(child.in_cgroup);
    CHECK(waitpid(child.pid, &status, 0) == child.pid);
    rmdir(dir);
    CHECK_INT(status, 0);
}

static void test_clone_process__cgroup(void **state)
{
    (void)state;
    in_child(clone_cgroup, NULL, 0);
}

/* ---- pidfd ---- */

static pid_t sleeper(void)
{
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return pid;
}

static void pidfd_life(void *arg)
{
    const bool old = *(bool *)arg;
    pid_t pid = sleeper();
    AUTO_PIDFD struct pidfd p = PIDFD_INIT;
    AUTO_PIDFD struct pidfd other = PIDFD_INIT;
    struct procfs_stat st;
    int status;

    if (old) {
        sys_fault_set(SYSCALL_pidfd_open, ENOSYS, 0);
        sys_fault_set(SYSCALL_pidfd_send_signal, ENOSYS, 0);
    }
    CHECK_OK(pidfd_acquire(&p, pid, 0, &test_err));
    CHECK_INT(p.fd >= 0, !old);
    CHECK(p.start_time > 0);
    CHECK(procfs_stat(pid, &st) == 0 && st.start_time == p.start_time && st.ppid == getpid());
    CHECK_OK(pidfd_acquire(&other, pid, p.start_time, &test_err));
    pidfd_done(&other);
    /* another process of that number */
    CHECK_INT(pidfd_acquire(&other, pid, p.start_time + 1, &test_err), -ESRCH);
    CHECK_INT(other.fd, -1);
    CHECK_INT(pidfd_alive(&p), 1);
    CHECK_OK(pidfd_signal(&p, 0, &test_err));
    CHECK_INT(pidfd_wait_exit(&p, io_now_ms() + 30, &test_err), -ETIMEDOUT);
    CHECK_INT(pidfd_reap(&p, io_now_ms() + 30, &status, &test_err), -ETIMEDOUT);
    CHECK_OK(pidfd_signal(&p, SIGTERM, &test_err));
    CHECK_OK(pidfd_wait_exit(&p, io_now_ms() + 5000, &test_err));
    CHECK_INT(pidfd_alive(&p), 0);
    /* a zombie is a stopped container */
    CHECK_INT(pidfd_acquire(&other, pid, p.start_time, &test_err), -ESRCH);
    CHECK_OK(pidfd_reap(&p, io_now_ms() + 5000, &status, &test_err));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK_INT(pidfd_signal(&p, SIGTERM, &test_err), -ESRCH);
    CHECK_INT(pidfd_alive(&p), 0);
    CHECK_INT(pidfd_reap(&p, io_now_ms() + 100, &status, &test_err), -ECHILD);
    CHECK_INT(pidfd_acquire(&other, 0, 0, &test_err), -ESRCH);
    CHECK_INT(pidfd_acquire(&other, -1, 0, &test_err), -ESRCH);
}

/* 0: seen as a zombie; 1: reaped by its parent, asked of the kernel; 2: reaped, and the kernel cannot say */
static void pidfd_end(void *arg)
{
    const int how = *(const int *)arg;
    static const int statuses[] = {42 << 8, SIGKILL};

    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
        AUTO_PIDFD struct pidfd p = PIDFD_INIT;
        struct utsname uts;
        int status = -1, r;
        pid_t pid = fork();

        CHECK(pid >= 0);
        if (pid == 0) {
            while (getppid() != 1 && statuses[i] == SIGKILL)
                pause();
            usleep(50 * 1000);
            _exit(42);
        }
        CHECK_OK(pidfd_acquire(&p, pid, 0, &test_err));
        CHECK_INT(pidfd_exit_status(&p, &status), 0); /* it lives */
        if (statuses[i] == SIGKILL)
            CHECK_OK(pidfd_signal(&p, SIGKILL, &test_err));
        CHECK_OK(pidfd_wait_exit(&p, io_now_ms() + 5000, &test_err));
        if (how > 0)
            CHECK(waitpid(pid, NULL, 0) == pid);
        if (how > 1)
            sys_fault_set(SYSCALL_pidfd_get_info, ENOTTY, 0);
        r = pidfd_exit_status(&p, &status);
        uname(&uts);
        if (how == 0 || (how == 1 && strverscmp(uts.release, "6.15") >= 0)) {
            CHECK_INT(r, 1);
            CHECK_INT(status, statuses[i]);
        } else {
            CHECK_INT(r, 0);
        }
        if (how == 0) {
            CHECK_INT(pidfd_zombie_status(pid, p.start_time + 1, &status), 0);
            CHECK(waitpid(pid, NULL, 0) == pid);
        }
        CHECK_INT(pidfd_zombie_status(pid, p.start_time, &status), 0);
        sys_fault_clear();
    }
}

static void test_pidfd__end(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++)
        in_child(pidfd_end, &how, 0);
}

static void *wait_forever(void *arg)
{
    while (pause())
        ;
    return arg;
}

/* The first thread is a zombie in /proc, the process is not. */
static void pidfd_thread(void *arg)
{
    AUTO_PIDFD struct pidfd p = PIDFD_INIT;
    struct procfs_stat st = {.state = 0};
    pid_t pid = fork();
    int status;

    (void)arg;
    CHECK(pid >= 0);
    if (pid == 0) {
        pthread_t t;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (pthread_create(&t, NULL, wait_forever, NULL) != 0)
            _exit(1);
        syscall(SYS_exit, 0);
    }
    for (int i = 0; i < 1000 && st.state != 'Z'; i++) {
        usleep(1000);
        CHECK_INT(procfs_stat(pid, &st), 0);
    }
    CHECK_INT(st.state, 'Z');
    CHECK_OK(pidfd_acquire(&p, pid, st.start_time, &test_err));
    CHECK_INT(pidfd_alive(&p), 1);
    CHECK_OK(pidfd_signal(&p, SIGKILL, &test_err));
    CHECK_OK(pidfd_reap(&p, io_now_ms() + 5000, &status, &test_err));
}

static void test_pidfd__first_thread(void **state)
{
    (void)state;
    in_child(pidfd_thread, NULL, 0);
}

static void test_pidfd__life(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        bool o = old;

        in_child(pidfd_life, &o, 0);
    }
}

static void kill_and_reap(void *arg)
{
    struct pidfd p = PIDFD_INIT;
    pid_t pid = sleeper();

    (void)arg;
    pidfd_adopt(&p, pid, -1);
    CHECK(p.fd >= 0);
    pidfd_kill_and_reap(&p);
    CHECK_INT(p.fd, -1);
    CHECK(waitpid(pid, NULL, 0) < 0 && errno == ECHILD);
    pidfd_kill_and_reap(&p); /* nothing to do */
}

static void test_pidfd_kill_and_reap(void **state)
{
    (void)state;
    in_child(kill_and_reap, NULL, 0);
}

/* Exit codes and signals as waitpid gives them. */
static void statuses(void *arg)
{
    static const int codes[] = {0, 1, 42, 255};
    static const int signals[] = {SIGKILL, SIGSEGV, SIGTERM};

    (void)arg;
    for (size_t i = 0; i < ARRAY_SIZE(codes) + ARRAY_SIZE(signals); i++) {
        AUTO_PIDFD struct pidfd p = PIDFD_INIT;
        pid_t pid = fork();
        int status;

        if (pid == 0) {
            if (i < ARRAY_SIZE(codes))
                _exit(codes[i]);
            signal(signals[i - ARRAY_SIZE(codes)], SIG_DFL);
            raise(signals[i - ARRAY_SIZE(codes)]);
        }
        pidfd_adopt(&p, pid, -1);
        CHECK_OK(pidfd_reap(&p, io_now_ms() + 5000, &status, &test_err));
        if (i < ARRAY_SIZE(codes))
            CHECK(WIFEXITED(status) && WEXITSTATUS(status) == codes[i]);
        else
            CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i - ARRAY_SIZE(codes)]);
    }
}

static void test_pidfd_reap__statuses(void **state)
{
    (void)state;
    in_child(statuses, NULL, 0);
}

/* ---- namespaces ---- */

static void test_ns__names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NS_TYPE_COUNT; i++) {
        assert_int_equal(ns_of_clone_flag(ns_clone_flag((enum ns_type)i)), i);
        assert_string_not_equal(ns_file_name((enum ns_type)i), "?");
    }
    assert_int_equal(ns_of_clone_flag(CLONE_VM), NS_TYPE_COUNT);
    assert_int_equal(ns_clone_flag(NS_TYPE_COUNT), 0);
}

static void ns_files(void *arg)
{
    int before = count_fds(), fd;

    (void)arg;
    scratch_root("/tmp/r");
    before = count_fds();
    CHECK(mkfifo("/tmp/fifo", 0666) == 0);
    write_file("/tmp/file", "");
    fd = ns_open("/proc/self/ns/uts", NS_UTS, &test_err);
    CHECK_OK(fd);
    CHECK_INT(ns_is_own(fd, NS_UTS), 1);
    CHECK(unshare(CLONE_NEWUTS) == 0);
    CHECK_INT(ns_is_own(fd, NS_UTS), 0);
    CHECK_OK(ns_set_hostname("fresh", &test_err));
    CHECK_OK(ns_set_domainname("dom", &test_err));
    CHECK_OK(ns_join(fd, NS_UTS, &test_err));
    CHECK_INT(ns_is_own(fd, NS_UTS), 1);
    close(fd);
    /* of another type, or no namespace at all; nothing hangs */
    CHECK_INT(ns_open("/proc/self/ns/uts", NS_IPC, &test_err), -EINVAL);
    CHECK_HAS(test_err.message, "is not a ipc namespace");
    CHECK_INT(ns_open("/tmp/fifo", NS_NETWORK, &test_err), -EINVAL);
    CHECK_INT(ns_open("/tmp/file", NS_NETWORK, &test_err), -EINVAL);
    CHECK_INT(ns_open("/tmp", NS_NETWORK, &test_err), -EINVAL);
    CHECK_INT(ns_open("/proc/self/status", NS_NETWORK, &test_err), -EINVAL);
    CHECK_INT(ns_open("/tmp/none", NS_NETWORK, &test_err), -ENOENT);
    /* a bound one, as CNI makes it */
    write_file("/tmp/netns", "");
    CHECK(mount("/proc/self/ns/net", "/tmp/netns", NULL, MS_BIND, NULL) == 0);
    fd = ns_open("/tmp/netns", NS_NETWORK, &test_err);
    CHECK_OK(fd);
    close(fd);
    CHECK_INT(count_fds(), before);
}

static void test_ns_open(void **state)
{
    (void)state;
    in_child(ns_files, NULL, CLONE_NEWNS);
}

static void join_pidfd(void *arg)
{
    pid_t pid = fork();
    AUTO_PIDFD struct pidfd p = PIDFD_INIT;
    AUTO_CLOSE int dir = -1;
    AUTO_CLOSE int uts = -1;
    char name[64];

    (void)arg;
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWUTS | CLONE_NEWIPC) < 0 || sethostname("other", 5) < 0)
            _exit(1);
        for (;;)
            pause();
    }
    CHECK_OK(pidfd_acquire(&p, pid, 0, &test_err));
    dir = procfs_open_pid(pid, &test_err);
    CHECK_OK(dir);
    for (int i = 0; i < 500; i++) { /* until it has unshared */
        uts = ns_open_pid(dir, NS_UTS, &test_err);
        CHECK_OK(uts);
        if (ns_is_own(uts, NS_UTS) == 0)
            break;
        fd_close(&uts);
        poll(NULL, 0, 2);
    }
    CHECK(uts >= 0);
    poll(NULL, 0, 20);
    sys_fault_set(SYSCALL_setns, EINVAL, 1);
    CHECK_INT(ns_join_pidfd(p.fd, CLONE_NEWUTS | CLONE_NEWIPC, &test_err), -ENOSYS);
    CHECK_INT(ns_is_own(uts, NS_UTS), 0);
    CHECK_OK(ns_join_pidfd(p.fd, CLONE_NEWUTS | CLONE_NEWIPC, &test_err));
    CHECK(gethostname(name, sizeof(name)) == 0 && streq(name, "other"));
    pidfd_kill_and_reap(&p);
}

static void test_ns_join_pidfd(void **state)
{
    (void)state;
    in_child(join_pidfd, NULL, 0);
}

static void time_offsets(void *arg)
{
    const struct config_time_offset offsets[] = {{"monotonic", 86400, 5}, {"boottime", -10, 0}};
    const struct config_time_offset too_early[] = {{"boottime", INT64_MIN / 2, 0}};
    AUTO_CLOSE int fd = -1;
    struct timespec ts, host;
    pid_t pid;
    int status;

    (void)arg;
    if (unshare(CLONE_NEWTIME) < 0)
        child_skip("no time namespaces");
    clock_gettime(CLOCK_MONOTONIC, &host);
    fd = ns_open_time_offsets(&test_err);
    CHECK_OK(fd);
    CHECK_OK(ns_write_time_offsets(fd, offsets, 2, &test_err));
    CHECK_OK(ns_write_time_offsets(fd, NULL, 0, &test_err));
    CHECK_INT(ns_write_time_offsets(fd, too_early, 1, &test_err), -EINVAL);
    CHECK(strcmp(test_err.where, "/linux/timeOffsets/boottime") == 0);
    pid = fork();
    if (pid == 0) {
        clock_gettime(CLOCK_MONOTONIC, &ts);
        _exit(ts.tv_sec - host.tv_sec >= 86400 ? 0 : 1);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_ns_write_time_offsets(void **state)
{
    (void)state;
    in_child(time_offsets, NULL, 0);
}

static void loopback(void *arg)
{
    struct ifreq ifr = {.ifr_name = "lo"};
    int fd, before = count_fds();

    (void)arg;
    CHECK_OK(loopback_up(&test_err));
    CHECK_OK(loopback_up(&test_err));
    CHECK_INT(count_fds(), before);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &ifr) == 0);
    CHECK(ifr.ifr_flags & IFF_UP);
}

static void test_loopback_up(void **state)
{
    (void)state;
    in_child(loopback, NULL, CLONE_NEWNET);
}

/* ---- user namespaces ---- */

static void maps(void *arg)
{
    const bool helpers = *(bool *)arg;
    struct config_idmap lines[] = {{0, 100000, 1000}, {1000, 0, 1}};
    struct config_idmaps uids = {lines, helpers ? 1 : 2}, gids = {lines, 1};
    struct plan_idmap_write op = {
        .uids = &uids, .gids = &gids, .deny_setgroups = !helpers, .use_helpers = helpers};
    const struct clone_request req = {.flags = CLONE_NEWUSER, .cgroup_fd = -1};
    AUTO_PIDFD struct pidfd p = PIDFD_INIT;
    AUTO_CLOSE int dir = -1;
    struct clone_child child;
    char text[256], path[64];
    int fds[2], status, r;

    CHECK(pipe2(fds, O_CLOEXEC) == 0);
    r = clone_process(&req, &child, &test_err);
    CHECK_OK(r);
    if (r == 0) {
        char c;

        close(fds[1]);
        if (read(fds[0], &c, 1) != 1 || userns_become_root(&test_err) < 0)
            _exit(1);
        _exit(getuid() == 0 && getgid() == 0 ? 0 : 2);
    }
    pidfd_adopt(&p, child.pid, child.pidfd);
    dir = procfs_open_pid(child.pid, &test_err);
    CHECK_OK(dir);
    CHECK_OK(userns_write_maps(dir, child.pid, &op, &test_err));
    snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)child.pid);
    CHECK(io_read_file(AT_FDCWD, path, text, sizeof(text)) > 0);
    CHECK_HAS(text, "100000");
    if (!helpers) {
        snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)child.pid);
        CHECK(io_read_file(AT_FDCWD, path, text, sizeof(text)) > 0);
        CHECK_HAS(text, "deny");
    }
    CHECK(userns_write_maps(dir, child.pid, &op, &test_err) < 0); /* maps are written once */
    CHECK(write(fds[1], "x", 1) == 1);
    CHECK_OK(pidfd_reap(&p, io_now_ms() + 5000, &status, &test_err));
    CHECK_INT(status, 0);
}

static void test_userns_write_maps(void **state)
{
    bool helpers = false;

    (void)state;
    in_child(maps, &helpers, 0);
}

static void map_errors(void *arg)
{
    struct config_idmap overlap[] = {{0, 1, 10}, {5, 100, 10}}, many[341];
    struct config_idmaps bad = {overlap, 2}, too_many = {many, 341}, ok = {overlap, 1};
    int fd;

    (void)arg;
    for (unsigned i = 0; i < 341; i++)
        many[i] = (struct config_idmap){i, i + 1000, 1};
    CHECK_INT(userns_make(&bad, &bad, &test_err), -EINVAL);
    CHECK_INT(userns_make(&too_many, &ok, &test_err), -EINVAL);
    too_many.n = 340;
    fd = userns_make(&too_many, &ok, &test_err);
    CHECK_OK(fd);
    CHECK_INT(ns_is_own(fd, NS_USER), 0);
    CHECK(waitpid(-1, NULL, 0) < 0 && errno == ECHILD); /* nobody is left */
}

static void test_userns_make(void **state)
{
    (void)state;
    in_child(map_errors, NULL, 0);
}

/* Fake helpers in a private /usr/bin tell what they were called with. */
static void helpers(void *arg)
{
    bool use = true;
    struct config_idmap line = {0, 100000, 1000};
    struct config_idmaps one = {&line, 1};
    struct plan_idmap_write op = {.uids = &one, .gids = &one, .use_helpers = true};

    (void)arg;
    if (access("/usr/bin/newuidmap", X_OK) == 0 && access("/usr/bin/newgidmap", X_OK) == 0) {
        FILE *f = fopen("/etc/subuid", "re");
        char line_text[128];

        while (f && fgets(line_text, sizeof(line_text), f))
            if (strncmp(line_text, "root:100000:", 12) == 0) {
                maps(&use);
                return;
            }
    }
    CHECK(mount("t", "/usr/bin", "tmpfs", 0, NULL) == 0);
    CHECK(mount("t", "/usr/local/bin", "tmpfs", 0, NULL) == 0 || errno == ENOENT);
    CHECK(mount("t", "/usr/sbin", "tmpfs", 0, NULL) == 0);
    CHECK_INT(userns_write_maps(AT_FDCWD, getpid(), &op, &test_err), -ENOENT);
    CHECK_HAS(test_err.message, "newgidmap");
}

static void test_userns_write_maps__helpers(void **state)
{
    (void)state;
    in_child(helpers, NULL, CLONE_NEWNS);
}

static void bad_helper(void *arg)
{
    struct config_idmap line = {0, 100000, 1000};
    struct config_idmaps one = {&line, 1};
    struct plan_idmap_write op = {.uids = &one, .gids = &one, .use_helpers = true};
    int fd;

    (void)arg;
    CHECK(mount("t", "/tmp", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/tmp/up", 0755) == 0 && mkdir("/tmp/work", 0755) == 0);
    fd = open("/tmp/up/newgidmap", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    CHECK(fd >= 0);
    CHECK(dprintf(fd, "#!/bin/sh\n[ \"$#\" = 4 ] && [ -z \"$HOME\" ] || exit 9\n"
                      "echo \"range $3 not allowed\" >&2\nexit 3\n") > 0);
    close(fd);
    CHECK(chmod("/tmp/up/newgidmap", 0755) == 0);
    /* /usr/bin holds the shell too: the helper is laid over it */
    if (mount("o", "/usr/bin", "overlay", 0, "lowerdir=/usr/bin,upperdir=/tmp/up,workdir=/tmp/work") < 0)
        child_skip("no overlay");
    CHECK_INT(userns_write_maps(AT_FDCWD, getpid(), &op, &test_err), -EPERM);
    CHECK_HAS(test_err.message, "exit status 3 range 100000 not allowed");
}

static void test_userns_write_maps__bad_helper(void **state)
{
    (void)state;
    in_child(bad_helper, NULL, CLONE_NEWNS);
}

/* ---- keyring ---- */

static void keyring(void *arg)
{
    long before = syscall(SYS_keyctl, 0, -3, 0, 0, 0), after;

    (void)arg;
    CHECK_OK(keyring_join("_ses.lorica-test", &test_err));
    after = syscall(SYS_keyctl, 0, -3, 0, 0, 0);
    CHECK(after != before || before < 0);
    CHECK_OK(keyring_join("_ses.lorica-test", &test_err)); /* the same one by its name */
    CHECK_INT(syscall(SYS_keyctl, 0, -3, 0, 0, 0), after);
    sys_fault_set(SYSCALL_keyctl_join, ENOSYS, 0);
    CHECK_OK(keyring_join("_ses.none", &test_err));
    sys_fault_set(SYSCALL_keyctl_join, EDQUOT, 0);
    CHECK_INT(keyring_join("_ses.none", &test_err), -EDQUOT);
    CHECK_HAS(test_err.message, "kernel.keys.maxkeys");
    sys_fault_set(SYSCALL_keyctl_join, EACCES, 0);
    CHECK_INT(keyring_join("_ses.none", &test_err), -EACCES);
}

static void test_keyring_join(void **state)
{
    (void)state;
    in_child(keyring, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clone_process__rungs),
        cmocka_unit_test(test_clone_process__cgroup),
        cmocka_unit_test(test_pidfd__life),
        cmocka_unit_test(test_pidfd__end),
        cmocka_unit_test(test_pidfd__first_thread),
        cmocka_unit_test(test_pidfd_kill_and_reap),
        cmocka_unit_test(test_pidfd_reap__statuses),
        cmocka_unit_test(test_ns__names),
        cmocka_unit_test(test_ns_open),
        cmocka_unit_test(test_ns_join_pidfd),
        cmocka_unit_test(test_ns_write_time_offsets),
        cmocka_unit_test(test_loopback_up),
        cmocka_unit_test(test_userns_write_maps),
        cmocka_unit_test(test_userns_make),
        cmocka_unit_test(test_userns_write_maps__helpers),
        cmocka_unit_test(test_userns_write_maps__bad_helper),
        cmocka_unit_test(test_keyring_join),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
