/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel/cgroup* against the hierarchies of this machine: every v1 hierarchy below /sys/fs/cgroup and the
 * unified one of a hybrid, or cgroup2 itself (run inside a mount namespace with a private cgroup2 there,
 * too). Works only beneath cgroups of its own, "lorica-test-PID", and removes them.
 */
#include <linux/bpf.h> /* first: it names functions that base/banned.h poisons */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fd.h"
#include "core/devices_bpf.h"
#include "kernel/cgroup.h"
#include "kernel/cgroup_bpf.h"
#include "kernel/cgroup_dir.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct plan_cgroup found[CGROUP_SET_MAX];
static char mountpoints[CGROUP_SET_MAX][PATH_MAX];
static size_t n_found;
static bool pure_v2;
static char top[64]; /* "/lorica-test-PID" */

static long magic_of(const char *path)
{
    struct statfs st;

    return statfs(path, &st) == 0 ? (long)st.f_type : 0;
}

static void add_found(const char *path, uint32_t hierarchy)
{
    (void)snprintf(mountpoints[n_found], PATH_MAX, "%s", path);
    found[n_found] = (struct plan_cgroup){.hierarchy = hierarchy, .mountpoint = mountpoints[n_found]};
    n_found++;
}

/* What this machine has: false when that is nothing, or we may not use it. */
static bool find_hierarchies(void)
{
    DIR *dir;
    struct dirent *entry;

    if (geteuid() != 0)
        return false;
    if (magic_of("/sys/fs/cgroup") == SYS_MAGIC_CGROUP2) {
        pure_v2 = true;
        add_found("/sys/fs/cgroup", PLAN_CGROUP2);
        return true;
    }
    dir = opendir("/sys/fs/cgroup");
    while (dir && (entry = readdir(dir))) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", entry->d_name);
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && n_found < CGROUP_SET_MAX) {
            if (magic_of(path) == SYS_MAGIC_CGROUP)
                add_found(path, (uint32_t)n_found);
            else if (magic_of(path) == SYS_MAGIC_CGROUP2)
                add_found(path, PLAN_CGROUP2);
        }
    }
    if (dir)
        closedir(dir);
    return n_found > 0;
}

static const struct plan_cgroup *hierarchy_named(const char *name)
{
    for (size_t i = 0; i < n_found; i++) {
        struct str path = str_of(found[i].mountpoint);

        if (str_ends(path, name))
            return &found[i];
    }
    return NULL;
}

static bool is_cpuset(const struct plan_cgroup *c)
{
    return str_ends(str_of(c->mountpoint), "/cpuset");
}

/* ---- a container ---- */

static int64_t in_ms(int ms)
{
    return io_now_ms() + ms;
}

#define OK(call)                                                                                             \
    do {                                                                                                     \
        struct err e_;                                                                                       \
        err_init(&e_);                                                                                       \
        struct err *e = &e_;                                                                                 \
        int rc_ = (call);                                                                                    \
        if (rc_ < 0)                                                                                         \
            fail_msg("%s: %d: %s", #call, rc_, e_.message);                                                  \
    } while (0)

#define FAILS(call, want, text)                                                                              \
    do {                                                                                                     \
        struct err e_;                                                                                       \
        err_init(&e_);                                                                                       \
        struct err *e = &e_;                                                                                 \
        int rc_ = (call);                                                                                    \
        assert_int_equal(rc_, (want));                                                                       \
        if (!strstr(e_.message, (text)))                                                                     \
            fail_msg("%s: message: %s", #call, e_.message);                                                  \
    } while (0)

/* All hierarchies at `path`, prepared and made. */
static void make(struct cgroup_set *s, const char *path)
{
    struct plan_cgroup cgroups[CGROUP_SET_MAX];

    cgroup_set_init(s);
    for (size_t i = 0; i < n_found; i++) {
        cgroups[i] = found[i];
        cgroups[i].path = path;
    }
    OK(cgroup_set_prepare(s, cgroups, n_found, e));
    for (size_t i = 0; i < n_found; i++) {
        struct plan_cgroup_create op = {.hierarchy = found[i].hierarchy,
                                        .path = path,
                                        .seed_cpuset = is_cpuset(&found[i]),
                                        .controllers = ""};

        OK(cgroup_set_create(s, &op, e));
    }
}

/* A process that waits; in every cgroup of the set. */
static pid_t spawn(struct cgroup_set *s)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        for (;;)
            pause();
    }
    OK(cgroup_set_join_all(s, pid, false, e));
    return pid;
}

static void reap(pid_t pid)
{
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* A process that moves itself into the v1 members, says how that went, and waits. */
static pid_t spawn_self_joined(const struct cgroup_set *s, int *ret)
{
    int out[2];
    pid_t pid;

    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int rc = cgroup_set_join_self(s, NULL);

        if (write(out[1], &rc, sizeof(rc)) == (ssize_t)sizeof(rc))
            for (;;)
                pause();
        _exit(1);
    }
    close(out[1]);
    assert_int_equal(read(out[0], ret, sizeof(*ret)), sizeof(*ret));
    close(out[0]);
    return pid;
}

static bool exists(const struct plan_cgroup *c, const char *path)
{
    char full[PATH_MAX];
    struct stat st;

    (void)snprintf(full, sizeof(full), "%s%s", c->mountpoint, path);
    return stat(full, &st) == 0;
}

static void make_plain(const struct plan_cgroup *c, const char *path)
{
    char full[PATH_MAX];

    (void)snprintf(full, sizeof(full), "%s%s", c->mountpoint, path);
    assert_int_equal(mkdir(full, 0755), 0);
}

static void read_value(const struct plan_cgroup *c, const char *path, const char *file, char *dst, size_t cap)
{
    char full[PATH_MAX];
    int len;

    (void)snprintf(full, sizeof(full), "%s%s/%s", c->mountpoint, path, file);
    len = cgroup_dir_read(AT_FDCWD, full, dst, cap);
    if (len < 0)
        fail_msg("%s: %d", full, len);
}

static int setup(void **state)
{
    (void)state;
    if (n_found == 0)
        return 0;
    (void)snprintf(top, sizeof(top), "/lorica-test-%d", getpid());
    return 0;
}

/* After a failure nothing stays either. */
static int teardown(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;

    (void)state;
#ifdef LORICA_FAULTS
    sys_fault_clear();
#endif
    cgroup_set_init(&s);
    for (size_t i = 0; i < n_found; i++) {
        struct cgroup_ref ref = {.hierarchy = found[i].hierarchy,
                                 .mountpoint = found[i].mountpoint,
                                 .path = top,
                                 .first_made = top};

        (void)cgroup_set_add(&s, &ref, NULL);
    }
    if (n_found)
        (void)cgroup_set_signal(&s, SIGKILL, in_ms(2000), NULL);
    (void)cgroup_set_remove(&s, in_ms(2000), NULL);
    return 0;
}

#define NEEDS_CGROUPS()                                                                                      \
    do {                                                                                                     \
        (void)state;                                                                                         \
        if (n_found == 0) {                                                                                  \
            print_message("skipped: needs root and a cgroup file system at /sys/fs/cgroup\n");               \
            skip();                                                                                          \
        }                                                                                                    \
    } while (0)

#define NEEDS(hierarchy, name)                                                                               \
    const struct plan_cgroup *hierarchy;                                                                     \
    NEEDS_CGROUPS();                                                                                         \
    hierarchy = hierarchy_named(name);                                                                       \
    if (!hierarchy) {                                                                                        \
        print_message("skipped: no hierarchy %s\n", name);                                                   \
        skip();                                                                                              \
    }

/* ---- life of a set ---- */

static void test_cgroup_set__create_join_remove(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    AUTO_CGROUP_PIDS struct cgroup_pids pids = CGROUP_PIDS_INIT;
    char path[128];
    char text[8192];
    pid_t pid;
    size_t members = 0;
    struct str rest, line;

    NEEDS_CGROUPS();
    (void)snprintf(path, sizeof(path), "%s/mid/ctr", top);
    make(&s, path);
    for (size_t i = 0; i < n_found; i++) {
        assert_true(exists(&found[i], path));
        assert_int_equal(cgroup_first_made(cgroup_set_find(&s, found[i].hierarchy)), strlen(top));
        assert_true(cgroup_set_find(&s, found[i].hierarchy)->made);
    }
    OK(cgroup_set_check_unused(&s, e));
    pid = spawn(&s);

    (void)snprintf(text, sizeof(text), "/proc/%d/cgroup", pid);
    assert_true(cgroup_dir_read(AT_FDCWD, text, text, sizeof(text)) > 0);
    rest = str_of(text);
    while (str_next(&rest, '\n', &line))
        members += str_ends(line, path);
    assert_int_equal(members, n_found);

    OK(cgroup_set_pids(&s, &pids, e));
    assert_int_equal(pids.n, 1);
    assert_int_equal(pids.v[0], pid);

    (void)snprintf(text, sizeof(text), "%d", pid);
    FAILS(cgroup_set_wait_empty(&s, in_ms(20), e), -ETIMEDOUT, text);
    FAILS(cgroup_set_remove(&s, in_ms(20), e), -EBUSY, text);
    reap(pid);
    OK(cgroup_set_wait_empty(&s, in_ms(5000), e));
    OK(cgroup_set_remove(&s, in_ms(5000), e));
    for (size_t i = 0; i < n_found; i++)
        assert_false(exists(&found[i], top));
    OK(cgroup_set_remove(&s, in_ms(5000), e)); /* once more is fine */
}

static void test_cgroup_set__keeps_what_was_there(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    char path[128], made[128];

    NEEDS_CGROUPS();
    (void)snprintf(path, sizeof(path), "%s/x/y", top);
    (void)snprintf(made, sizeof(made), "%s/x", top);
    for (size_t i = 0; i < n_found; i++)
        make_plain(&found[i], top);
    make(&s, path);
    for (size_t i = 0; i < n_found; i++)
        assert_int_equal(cgroup_first_made(cgroup_set_find(&s, found[i].hierarchy)), strlen(made));
    OK(cgroup_set_remove(&s, in_ms(5000), e));
    for (size_t i = 0; i < n_found; i++) {
        assert_false(exists(&found[i], made));
        assert_true(exists(&found[i], top));
    }

    /* all of it there: nothing is made, nothing removed */
    cgroup_set_done(&s);
    make(&s, top);
    for (size_t i = 0; i < n_found; i++) {
        assert_int_equal(cgroup_first_made(cgroup_set_find(&s, found[i].hierarchy)), 0);
        assert_false(cgroup_set_find(&s, found[i].hierarchy)->made);
    }
    OK(cgroup_set_remove(&s, in_ms(5000), e));
    for (size_t i = 0; i < n_found; i++)
        assert_true(exists(&found[i], top));

    /* a later command, from the state file */
    cgroup_set_done(&s);
    cgroup_set_init(&s);
    for (size_t i = 0; i < n_found; i++) {
        struct cgroup_ref ref = {.hierarchy = found[i].hierarchy,
                                 .mountpoint = found[i].mountpoint,
                                 .path = top,
                                 .first_made = top};

        OK(cgroup_set_add(&s, &ref, e));
    }
    OK(cgroup_set_remove(&s, in_ms(5000), e));
    for (size_t i = 0; i < n_found; i++)
        assert_false(exists(&found[i], top));
}

static void test_cgroup_set_remove__leaves_a_parent_with_others_in_it(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set a, b;
    char path_a[128], path_b[128];

    NEEDS_CGROUPS();
    (void)snprintf(path_a, sizeof(path_a), "%s/a", top);
    (void)snprintf(path_b, sizeof(path_b), "%s/b", top);
    make(&a, path_a);
    make(&b, path_b);
    OK(cgroup_set_remove(&a, in_ms(5000), e));
    for (size_t i = 0; i < n_found; i++) {
        assert_false(exists(&found[i], path_a));
        assert_true(exists(&found[i], path_b));
    }
    OK(cgroup_set_remove(&b, in_ms(5000), e));
    /* b did not make the parent; whoever did is asked again */
    OK(cgroup_set_remove(&a, in_ms(5000), e));
    for (size_t i = 0; i < n_found; i++)
        assert_false(exists(&found[i], top));
}

static void test_cgroup_set_check_unused__occupied(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s, second;
    pid_t pid;

    NEEDS_CGROUPS();
    make(&s, top);
    pid = spawn(&s);
    make(&second, top);
    FAILS(cgroup_set_check_unused(&second, e), -EBUSY,
          "container's cgroup is not empty: 1 process(es) found");
    reap(pid);
    OK(cgroup_set_wait_empty(&s, in_ms(5000), e));
    OK(cgroup_set_check_unused(&second, e));
    OK(cgroup_set_freeze(&s, in_ms(5000), e));
    FAILS(cgroup_set_check_unused(&second, e), -EBUSY, "container's cgroup unexpectedly frozen");
    OK(cgroup_set_thaw(&s, in_ms(5000), e));
    OK(cgroup_set_check_unused(&second, e));
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

static void test_cgroup_set_remove__deep_and_wide(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    const struct plan_cgroup *c;
    AUTO_CLOSE int fd = -1;

    NEEDS_CGROUPS();
    c = &found[0];
    make(&s, top);
    fd = openat(cgroup_set_find(&s, c->hierarchy)->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 600; i++) {
        int next;

        assert_int_equal(mkdirat(fd, "a", 0755), 0);
        if (i % 100 == 0)
            assert_int_equal(mkdirat(fd, "b", 0755), 0);
        next = openat(fd, "a", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        close(fd);
        fd = next;
    }
    fd_close(&fd);
    OK(cgroup_set_remove(&s, in_ms(20000), e));
    assert_false(exists(c, top));
}

static void test_cgroup_set_prepare__refuses(void **state)
{
    static const char *const bad_paths[] = {"", "/", "a", "/a/", "/a//b", "/a/../b", "/..", "/./a"};
    AUTO_CGROUP_SET struct cgroup_set s;
    struct plan_cgroup c;

    NEEDS_CGROUPS();
    for (size_t i = 0; i < ARRAY_SIZE(bad_paths); i++) {
        cgroup_set_init(&s);
        c = found[0];
        c.path = bad_paths[i];
        FAILS(cgroup_set_prepare(&s, &c, 1, e), -EINVAL, "bad cgroup");
    }
    cgroup_set_init(&s);
    c = (struct plan_cgroup){.hierarchy = found[0].hierarchy, .mountpoint = "/tmp", .path = "/x"};
    FAILS(cgroup_set_prepare(&s, &c, 1, e), -ENODEV, "/tmp");
    cgroup_set_init(&s);
    c.mountpoint = "/nonexistent";
    FAILS(cgroup_set_prepare(&s, &c, 1, e), -ENOENT, "/nonexistent");
    cgroup_set_init(&s);
    struct cgroup_ref ref = {
        .hierarchy = 0, .mountpoint = "/sys/fs/cgroup", .path = "/a/bc", .first_made = "/a/b"};
    FAILS(cgroup_set_add(&s, &ref, e), -EINVAL, "does not lie in");
    assert_int_equal(s.n, 0);
}

/* ---- writes ---- */

static int write_one(struct cgroup_set *s, const struct plan_cgroup *c, const char *file, const char *value,
                     struct err *e)
{
    struct plan_cgroup_write op = {.hierarchy = c->hierarchy, .path = top, .file = file, .value = value};

    return cgroup_set_write(s, &op, e);
}

static void test_cgroup_set_write__cpu_v1(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    char text[64];

    NEEDS(cpu, "/cpu");
    make(&s, top);
    struct plan_cgroup_write shares = {
        .hierarchy = cpu->hierarchy, .path = top, .file = "cpu.shares", .value = "512", .read_back = true};

    OK(cgroup_set_write(&s, &shares, e));
    read_value(cpu, top, "cpu.shares", text, sizeof(text));
    assert_string_equal(text, "512");
    shares.value = "1";
    FAILS(cgroup_set_write(&s, &shares, e), -ERANGE, "the minimum allowed cpu-shares is 2");
    shares.value = "1000000";
    FAILS(cgroup_set_write(&s, &shares, e), -ERANGE, "the maximum allowed cpu-shares is 262144");

    /* burst above the old quota (none: fine), then above a small one: put off until the new quota is there */
    struct plan_cgroup_write burst = {.hierarchy = cpu->hierarchy,
                                      .path = top,
                                      .file = "cpu.cfs_burst_us",
                                      .value = "30000",
                                      .ignore_einval_retry_later = true};
    OK(write_one(&s, cpu, "cpu.cfs_quota_us", "20000", e));
    struct err why;
    err_init(&why);
    int r = cgroup_set_write(&s, &burst, &why);
    if (r == -ENOENT) {
        OK(cgroup_set_remove(&s, in_ms(5000), e));
        cgroup_set_done(&s);
        print_message("skipped: no cpu.cfs_burst_us before Linux 5.14\n");
        skip();
    }
    assert_int_equal(r, 0);
    assert_int_equal(s.n_pending, 1);
    OK(write_one(&s, cpu, "cpu.cfs_quota_us", "40000", e));
    assert_int_equal(s.n_pending, 0);
    read_value(cpu, top, "cpu.cfs_burst_us", text, sizeof(text));
    assert_string_equal(text, "30000");
    /* and when it does not help, it is an error after all */
    burst.value = "90000";
    OK(cgroup_set_write(&s, &burst, e));
    FAILS(cgroup_set_write_end(&s, e), -EINVAL, "cpu.cfs_burst_us \"90000\": invalid argument");
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

static void test_cgroup_set_write__files(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    char text[64];
    pid_t pid;

    NEEDS(pids, "/pids");
    make(&s, top);
    struct plan_cgroup_write op = {
        .hierarchy = pids->hierarchy, .path = top, .file = "none.max", .value = "1"};

    FAILS(cgroup_set_write(&s, &op, e), -ENOENT, "none.max \"1\": no such file or directory");
    op.on_enoent = ENOENT_SKIP;
    OK(cgroup_set_write(&s, &op, e));
    op.on_enoent = ENOENT_FAIL;
    op.alt_file = "pids.max";
    op.alt_value = "17";
    OK(cgroup_set_write(&s, &op, e));
    read_value(pids, top, "pids.max", text, sizeof(text));
    assert_string_equal(text, "17");
    op.alt_file = "other.max";
    FAILS(cgroup_set_write(&s, &op, e), -ENOENT, "none.max");
    FAILS(write_one(&s, pids, "../pids.max", "1", e), -EINVAL, "pids.max");
    FAILS(write_one(&s, pids, "pids.max", "many", e), -EINVAL, "pids.max \"many\": invalid argument");

    /* the same file again and again, another in between */
    OK(write_one(&s, pids, "pids.max", "5", e));
    OK(write_one(&s, pids, "pids.max", "6", e));
    OK(write_one(&s, pids, "notify_on_release", "0", e));
    OK(write_one(&s, pids, "pids.max", "7", e));
    read_value(pids, top, "pids.max", text, sizeof(text));
    assert_string_equal(text, "7");

    pid = spawn(&s);
    struct plan_cgroup_write checked = {.hierarchy = pids->hierarchy,
                                        .path = top,
                                        .file = "pids.max",
                                        .value = "1",
                                        .usage_file = "pids.current",
                                        .usage_limit = 1};
    FAILS(cgroup_set_write(&s, &checked, e), -EBUSY, "rejecting memory limit 1 <= usage 1");
    checked.usage_limit = 2;
    OK(cgroup_set_write(&s, &checked, e));
    reap(pid);
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

static void test_cgroup_set_write__memory_v1(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    char path[128], text[64];

    NEEDS(memory, "/memory");
    (void)snprintf(path, sizeof(path), "%s", top);
    make(&s, path);
    struct plan_cgroup_write limit = {.hierarchy = memory->hierarchy,
                                      .path = path,
                                      .file = "memory.limit_in_bytes",
                                      .value = "10485760",
                                      .ignore_einval_retry_later = true};
    struct plan_cgroup_write memsw = {.hierarchy = memory->hierarchy,
                                      .path = path,
                                      .file = "memory.memsw.limit_in_bytes",
                                      .value = "20971520",
                                      .on_enoent = ENOENT_SKIP};
    OK(cgroup_set_write(&s, &limit, e));
    OK(cgroup_set_write(&s, &memsw, e));
    /* raising both: the first is refused until the second has made room */
    limit.value = "41943040";
    memsw.value = "83886080";
    OK(cgroup_set_write(&s, &limit, e));
    OK(cgroup_set_write(&s, &memsw, e));
    OK(cgroup_set_write_end(&s, e));
    read_value(memory, path, "memory.limit_in_bytes", text, sizeof(text));
    assert_string_equal(text, "41943040");
    /* lowering both */
    limit.value = "4194304";
    memsw.value = "8388608";
    OK(cgroup_set_write(&s, &limit, e));
    OK(cgroup_set_write(&s, &memsw, e));
    OK(cgroup_set_write_end(&s, e));
    read_value(memory, path, "memory.limit_in_bytes", text, sizeof(text));
    assert_string_equal(text, "4194304");
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

/* A child that holds memory cannot be squeezed below it. */
static void test_cgroup_set_write__memory_busy(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    int ready[2];
    char byte;
    pid_t pid;

    NEEDS(memory, "/memory");
    make(&s, top);
    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        if (mmap(NULL, 16u << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
                 0) == MAP_FAILED)
            _exit(1);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    waitpid(pid, NULL, WUNTRACED);
    OK(cgroup_set_join_all(&s, pid, false, e));
    kill(pid, SIGCONT);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    FAILS(write_one(&s, memory, "memory.limit_in_bytes", "1048576", e), -EBUSY,
          "unable to set memory limit to 1048576 (current usage: ");
    close(ready[0]);
    close(ready[1]);
    reap(pid);
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

static void test_cgroup_set_write__unified_without_controller(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    const struct plan_cgroup *unified;

    NEEDS_CGROUPS();
    unified = hierarchy_named(pure_v2 ? "/cgroup" : "/unified");
    if (!unified) {
        print_message("skipped: no cgroup2\n");
        skip();
    }
    make(&s, top);
    struct plan_cgroup_write op = {
        .hierarchy = PLAN_CGROUP2, .path = top, .file = "nosuch.high", .value = "max", .unified = true};

    FAILS(cgroup_set_write(&s, &op, e), -ENOENT,
          "unified resource \"nosuch.high\" can't be set: controller \"nosuch\" not available");
    op.unified = false;
    FAILS(cgroup_set_write(&s, &op, e), -ENOENT, "controller nosuch is not enabled in this cgroup: write ");
    op.file = "cgroup.max.depth";
    op.value = "3";
    OK(cgroup_set_write(&s, &op, e));
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

/* ---- cpuset ---- */

static void test_cgroup_set_create__seeds_cpuset(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    char path[128], mid[128], want[256], have[256];

    NEEDS(cpuset, "/cpuset");
    (void)snprintf(mid, sizeof(mid), "%s/mid", top);
    (void)snprintf(path, sizeof(path), "%s/mid/leaf", top);
    /* parents that somebody made and left empty */
    for (size_t i = 0; i < n_found; i++) {
        make_plain(&found[i], top);
        make_plain(&found[i], mid);
    }
    make(&s, path);
    read_value(cpuset, "", "cpuset.cpus", want, sizeof(want));
    read_value(cpuset, path, "cpuset.cpus", have, sizeof(have));
    assert_string_equal(have, want);
    read_value(cpuset, "", "cpuset.mems", want, sizeof(want));
    read_value(cpuset, path, "cpuset.mems", have, sizeof(have));
    assert_string_equal(have, want);
    cgroup_set_done(&s);
    cgroup_set_init(&s);
    for (size_t i = 0; i < n_found; i++) {
        struct cgroup_ref ref = {.hierarchy = found[i].hierarchy,
                                 .mountpoint = found[i].mountpoint,
                                 .path = path,
                                 .first_made = top};

        OK(cgroup_set_add(&s, &ref, e));
    }
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

/* ---- freezing and killing ---- */

static void test_cgroup_set_freeze__and_thaw(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    pid_t pid;

    NEEDS_CGROUPS();
    make(&s, top);
    pid = spawn(&s);
    assert_int_equal(cgroup_set_is_frozen(&s, NULL), 0);
    OK(cgroup_set_freeze(&s, in_ms(5000), e));
    assert_int_equal(cgroup_set_is_frozen(&s, NULL), 1);
    OK(cgroup_set_freeze(&s, in_ms(5000), e));
    OK(cgroup_set_thaw(&s, in_ms(5000), e));
    assert_int_equal(cgroup_set_is_frozen(&s, NULL), 0);
    OK(cgroup_set_thaw(&s, in_ms(5000), e));

    /* a frozen container dies all the same */
    OK(cgroup_set_freeze(&s, in_ms(5000), e));
    OK(cgroup_set_signal(&s, SIGKILL, in_ms(5000), e));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    OK(cgroup_set_wait_empty(&s, in_ms(5000), e));
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

static int spawn_many(struct cgroup_set *s, pid_t *pids, int n)
{
    for (int i = 0; i < n; i++)
        pids[i] = spawn(s);
    return n;
}

static void test_cgroup_set_signal__all(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    pid_t pids[100];
    int n;

    NEEDS_CGROUPS();
    make(&s, top);
    n = spawn_many(&s, pids, ARRAY_SIZE(pids));
    /* a frozen container stays frozen under any other signal */
    OK(cgroup_set_freeze(&s, in_ms(5000), e));
    assert_int_equal(cgroup_set_signal(&s, SIGCONT, in_ms(5000), NULL), n);
    assert_int_equal(cgroup_set_is_frozen(&s, NULL), 1);
    OK(cgroup_set_thaw(&s, in_ms(5000), e));
    assert_int_equal(cgroup_set_signal(&s, SIGTERM, in_ms(5000), NULL), n);
    assert_int_equal(cgroup_set_is_frozen(&s, NULL), 0);
    for (int i = 0; i < n; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    }
    assert_int_equal(cgroup_set_signal(&s, SIGKILL, in_ms(5000), NULL), 0);
    OK(cgroup_set_remove(&s, in_ms(5000), e));
    /* gone: nothing to do */
    assert_int_equal(cgroup_set_signal(&s, SIGKILL, in_ms(5000), NULL), 0);
}

/* Without the unified hierarchy: freeze, kill each, thaw; with processes in a frozen sub-cgroup. */
static void test_cgroup_set_signal__v1_only(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set all, s;
    char sub[128];
    char full[PATH_MAX];
    pid_t pids[10];

    NEEDS(freezer, "/freezer");
    make(&all, top);
    (void)spawn_many(&all, pids, ARRAY_SIZE(pids));
    (void)snprintf(sub, sizeof(sub), "%s/sub", top);
    make_plain(freezer, sub);
    (void)snprintf(full, sizeof(full), "%s%s/cgroup.procs", freezer->mountpoint, sub);
    char text[16];
    (void)snprintf(text, sizeof(text), "%d", pids[3]);
    assert_int_equal(cgroup_dir_write(AT_FDCWD, full, text), 0);
    (void)snprintf(full, sizeof(full), "%s%s/freezer.state", freezer->mountpoint, sub);
    assert_int_equal(cgroup_dir_write(AT_FDCWD, full, "FROZEN"), 0);

    cgroup_set_init(&s);
    struct cgroup_ref ref = {
        .hierarchy = freezer->hierarchy, .mountpoint = freezer->mountpoint, .path = top, .first_made = top};
    OK(cgroup_set_add(&s, &ref, e));
    assert_int_equal(cgroup_set_signal(&s, SIGKILL, in_ms(5000), NULL), ARRAY_SIZE(pids));
    for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
        assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
    OK(cgroup_set_wait_empty(&s, in_ms(5000), e));
    OK(cgroup_set_remove(&s, in_ms(5000), e));
    OK(cgroup_set_remove(&all, in_ms(5000), e));
}

/* ---- v2 ---- */

static const struct plan_cgroup *cgroup2(void)
{
    for (size_t i = 0; i < n_found; i++)
        if (found[i].hierarchy == PLAN_CGROUP2)
            return &found[i];
    return NULL;
}

#define NEEDS_CGROUP2()                                                                                      \
    do {                                                                                                     \
        NEEDS_CGROUPS();                                                                                     \
        if (!cgroup2()) {                                                                                    \
            print_message("skipped: no cgroup2\n");                                                          \
            skip();                                                                                          \
        }                                                                                                    \
    } while (0)

static void make_v2(struct cgroup_set *s, const char *path)
{
    struct plan_cgroup c = *cgroup2();
    struct plan_cgroup_create op = {.hierarchy = PLAN_CGROUP2, .path = path, .controllers = ""};

    c.path = path;
    cgroup_set_init(s);
    OK(cgroup_set_prepare(s, &c, 1, e));
    OK(cgroup_set_create(s, &op, e));
}

/* In every v1 cgroup, and still where it was in the unified one; one that was left out is passed over. */
static void test_cgroup_set_join_self__v1(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    char text[256], pid_text[16];
    pid_t pid;
    int rc;

    NEEDS_CGROUPS();
    make(&s, top);
    s.v[0].left_out = true;
    pid = spawn_self_joined(&s, &rc);
    s.v[0].left_out = false;
    (void)snprintf(pid_text, sizeof(pid_text), "%d", pid);
    for (size_t i = 0; i < n_found; i++) {
        read_value(&found[i], top, "cgroup.procs", text, sizeof(text));
        assert_string_equal(text, i && found[i].hierarchy != PLAN_CGROUP2 ? pid_text : "");
    }
    reap(pid);
    OK(cgroup_set_remove(&s, in_ms(2000), e));
#ifdef LORICA_FAULTS
    cgroup_set_done(&s);
    if (found[0].hierarchy == PLAN_CGROUP2)
        return;
    make(&s, top);
    sys_fault_set(SYSCALL_write, EACCES, 0);
    FAILS(cgroup_set_join_self(&s, e), -EACCES, "tasks");
    sys_fault_clear();
    OK(cgroup_set_remove(&s, in_ms(2000), e));
#endif
}

static void test_cgroup_set_join__threaded(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s, invalid;
    char path[128], type[64];
    struct plan_cgroup_join op = {.hierarchy = PLAN_CGROUP2};
    pid_t pid;

    NEEDS_CGROUP2();
    make_v2(&s, top);
    pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    OK(cgroup_set_join(&s, &op, pid, e));
    /* a threaded child makes its sibling invalid */
    (void)snprintf(path, sizeof(path), "%s/t", top);
    make_plain(cgroup2(), path);
    (void)snprintf(path, sizeof(path), "%s/t/cgroup.type", top);
    char full[PATH_MAX];
    (void)snprintf(full, sizeof(full), "%s%s", cgroup2()->mountpoint, path);
    assert_int_equal(cgroup_dir_write(AT_FDCWD, full, "threaded"), 0);
    (void)snprintf(path, sizeof(path), "%s/i", top);
    make_v2(&invalid, path);
    read_value(cgroup2(), path, "cgroup.type", type, sizeof(type));
    assert_string_equal(type, "domain invalid");
    OK(cgroup_set_join(&invalid, &op, pid, e));
    read_value(cgroup2(), path, "cgroup.threads", type, sizeof(type));
    (void)snprintf(path, sizeof(path), "%d", pid);
    assert_string_equal(type, path);
    reap(pid);
    OK(cgroup_set_wait_empty(&s, in_ms(5000), e));
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

/*
 * A domain controller that the root hands out anyway, or one that hurts nobody when it does for a moment;
 * NULL: the machine has none to give.
 */
static const char *some_controller(const struct plan_cgroup *c, bool *ret_enabled)
{
    static const char *const names[] = {"hugetlb", "misc", "rdma", "memory", "io"};
    char have[512];

    read_value(c, "", "cgroup.subtree_control", have, sizeof(have));
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        *ret_enabled = true;
        if (strstr(have, names[i]))
            return names[i];
    }
    read_value(c, "", "cgroup.controllers", have, sizeof(have));
    for (size_t i = 0; i < 3; i++) {
        *ret_enabled = false;
        if (strstr(have, names[i]))
            return names[i];
    }
    return NULL;
}

/* Controllers are handed down level by level; a cgroup that hands them on itself holds no processes. */
static void test_cgroup_set_create__enables_controllers(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    char path[128], wanted[64], have[512], full[PATH_MAX], one[32];
    struct plan_cgroup_create op = {.hierarchy = PLAN_CGROUP2, .path = path, .controllers = wanted};
    struct plan_cgroup_join join = {.hierarchy = PLAN_CGROUP2, .path = path};
    const char *controller;
    struct plan_cgroup c;
    bool before;
    pid_t pid;

    NEEDS_CGROUP2();
    c = *cgroup2();
    controller = some_controller(&c, &before);
    if (!controller) {
        print_message("skipped: no controller to play with\n");
        skip();
    }
    (void)snprintf(wanted, sizeof(wanted), "%s nosuch", controller);
    (void)snprintf(path, sizeof(path), "%s/a/b", top);
    c.path = path;
    cgroup_set_init(&s);
    OK(cgroup_set_prepare(&s, &c, 1, e));
    OK(cgroup_set_create(&s, &op, e));
    read_value(&c, path, "cgroup.controllers", have, sizeof(have));
    assert_string_equal(have, controller);
    read_value(&c, path, "cgroup.subtree_control", have, sizeof(have));
    assert_string_equal(have, "");

    (void)snprintf(full, sizeof(full), "%s%s/cgroup.subtree_control", c.mountpoint, path);
    (void)snprintf(one, sizeof(one), "+%s", controller);
    assert_int_equal(cgroup_dir_write(AT_FDCWD, full, one), 0);
    pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    FAILS(cgroup_set_join(&s, &join, pid, e), -EBUSY, "hands controllers to sub-cgroups");
    reap(pid);
    OK(cgroup_set_remove(&s, in_ms(5000), e));
    if (!before) {
        (void)snprintf(full, sizeof(full), "%s/cgroup.subtree_control", c.mountpoint);
        (void)snprintf(one, sizeof(one), "-%s", controller);
        assert_int_equal(cgroup_dir_write(AT_FDCWD, full, one), 0);
    }
}

/* Limits where the machine has the controllers: all that the translation for v2 may write is taken by the
 * kernel. */
static void test_cgroup_set_write__v2(void **state)
{
    static const struct {
        const char *controller;
        struct plan_cgroup_write op;
        const char *want;
    } cases[] = {
        {"memory", {.file = "memory.swap.max", .value = "1048576", .on_enoent = ENOENT_SKIP}, NULL},
        {"memory", {.file = "memory.max", .value = "16777216"}, "16777216"},
        {"memory", {.file = "memory.low", .value = "max"}, "max"},
        {"memory",
         {.file = "memory.max", .value = "4194304", .usage_file = "memory.current", .usage_limit = 4194304},
         "4194304"},
        {"cpu", {.file = "cpu.max", .value = "20000 100000"}, "20000 100000"},
        {"cpu",
         {.file = "cpu.max.burst",
          .value = "30000",
          .ignore_einval_retry_later = true,
          .on_enoent = ENOENT_SKIP},
         NULL},
        {"cpu", {.file = "cpu.max", .value = "40000 100000"}, "40000 100000"},
        {"cpu", {.file = "cpu.weight", .value = "59"}, "59"},
        {"cpu", {.file = "cpu.idle", .value = "1", .on_enoent = ENOENT_SKIP}, NULL},
        {"pids", {.file = "pids.max", .value = "0"}, "0"},
        {"pids", {.file = "pids.max", .value = "max"}, "max"},
        {"cpuset", {.file = "cpuset.cpus", .value = "0"}, "0"},
        {"cpuset", {.file = "cpuset.mems", .value = "0"}, "0"},
        {"cpuset", {.file = "cpuset.cpus", .value = "\n"}, ""},
        {"io",
         {.file = "io.bfq.weight",
          .value = "500",
          .alt_file = "io.weight",
          .alt_value = "4950",
          .on_enoent = ENOENT_SKIP},
         NULL},
    };
    AUTO_CGROUP_SET struct cgroup_set s;
    struct plan_cgroup_create op = {.hierarchy = PLAN_CGROUP2, .path = top};
    struct plan_cgroup c;
    char controllers[512], have[512];
    size_t written = 0;

    NEEDS_CGROUP2();
    c = *cgroup2();
    c.path = top;
    /* only where the root hands them out anyway: the machine stays as it is */
    read_value(&c, "", "cgroup.subtree_control", controllers, sizeof(controllers));
    op.controllers = controllers;
    cgroup_set_init(&s);
    OK(cgroup_set_prepare(&s, &c, 1, e));
    OK(cgroup_set_create(&s, &op, e));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static struct plan_cgroup_write writes[ARRAY_SIZE(cases)]; /* one that is put off is borrowed */
        struct plan_cgroup_write write = cases[i].op;

        if (!strstr(controllers, cases[i].controller))
            continue;
        write.hierarchy = PLAN_CGROUP2;
        write.path = top;
        writes[i] = write;
        OK(cgroup_set_write(&s, &writes[i], e));
        OK(write.ignore_einval_retry_later ? 0 : cgroup_set_write_end(&s, e));
        written++;
        if (cases[i].want) {
            read_value(&c, top, write.file, have, sizeof(have));
            assert_string_equal(have, cases[i].want);
        }
    }
    OK(cgroup_set_remove(&s, in_ms(5000), e));
    if (!written) {
        print_message("skipped: no controllers\n");
        skip();
    }
}

static void test_cgroup_set_create__gives_to_owner(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    struct plan_cgroup_create op = {
        .hierarchy = PLAN_CGROUP2, .path = top, .controllers = "", .has_owner = true, .owner_uid = 12345};
    struct plan_cgroup c;
    struct stat st;
    char full[PATH_MAX];

    NEEDS_CGROUP2();
    c = *cgroup2();
    c.path = top;
    cgroup_set_init(&s);
    OK(cgroup_set_prepare(&s, &c, 1, e));
    OK(cgroup_set_create(&s, &op, e));
    (void)snprintf(full, sizeof(full), "%s%s", c.mountpoint, top);
    assert_int_equal(stat(full, &st), 0);
    assert_int_equal(st.st_uid, 12345);
    (void)snprintf(full, sizeof(full), "%s%s/cgroup.procs", c.mountpoint, top);
    assert_int_equal(stat(full, &st), 0);
    assert_int_equal(st.st_uid, 12345);
    (void)snprintf(full, sizeof(full), "%s%s/cgroup.kill", c.mountpoint, top);
    if (stat(full, &st) == 0)
        assert_int_equal(st.st_uid, 0);
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

/* ---- device programs ---- */

/* What a process in the cgroup may do: errno of opening, or of making, a device; 0. */
static int child_errno(struct cgroup_set *s, const char *path, mode_t mode, dev_t dev, int flags)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        char node[64];
        int fd;

        raise(SIGSTOP);
        if (path) {
            fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
            _exit(fd < 0 ? errno : 0);
        }
        (void)snprintf(node, sizeof(node), "/tmp/lorica-node-%d", getpid());
        fd = mknod(node, mode, dev);
        status = fd < 0 ? errno : 0;
        unlink(node);
        _exit(status);
    }
    waitpid(pid, NULL, WUNTRACED);
    OK(cgroup_set_join_all(s, pid, false, e));
    kill(pid, SIGCONT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void attach(struct cgroup_set *s, const struct config_device_rule *rules, size_t n, bool skip_eperm)
{
    struct plan_cgroup_devices op = {.path = top, .on_eperm = skip_eperm ? EPERM_SKIP : EPERM_FAIL};
    struct arena a;
    struct device_rules decoded;
    struct bpf_insn *insns;
    size_t n_insns;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    OK(devices_rules_decode(&a, rules, n, &decoded, e));
    OK(devices_bpf_build(&a, &decoded, &insns, &n_insns, e));
    op.insns = insns;
    op.n_insns = n_insns;
    OK(cgroup_set_devices(s, &op, e));
    arena_done(&a);
}

static void test_cgroup_bpf__enforced_and_replaced(void **state)
{
    static const struct config_device_rule all = {.allow = true, .access = "rwm"};
    static const struct config_device_rule none = {.allow = false, .access = "rwm"};
    static const struct config_device_rule readable[] = {
        {.allow = false, .access = "rwm"},
        {.allow = true, .type = "c", .major = {true, 1}, .minor = {true, 11}, .access = "r"}};
    AUTO_CGROUP_SET struct cgroup_set s;
    uint32_t ids[8];
    uint32_t first;
    size_t n;

    NEEDS_CGROUP2();
    make_v2(&s, top);
    attach(&s, &none, 1, false);
    assert_int_equal(child_errno(&s, "/dev/null", 0, 0, O_RDWR), 0);
    assert_int_equal(child_errno(&s, NULL, S_IFCHR | 0600, makedev(1, 11), 0), 0); /* making is allowed, */
    assert_int_equal(child_errno(&s, "/dev/kmsg", 0, 0, O_RDONLY), EPERM);         /* opening is not */
    OK(cgroup_bpf_devices_query(cgroup_set_cgroup2_fd(&s), ids, ARRAY_SIZE(ids), &n, e));
    assert_int_equal(n, 1);
    first = ids[0];

    attach(&s, readable, 2, false);
    OK(cgroup_bpf_devices_query(cgroup_set_cgroup2_fd(&s), ids, ARRAY_SIZE(ids), &n, e));
    assert_int_equal(n, 1);
    assert_int_not_equal(ids[0], first);
    assert_int_equal(child_errno(&s, "/dev/kmsg", 0, 0, O_RDONLY), 0);
    assert_int_equal(child_errno(&s, "/dev/kmsg", 0, 0, O_WRONLY), EPERM);

    attach(&s, &all, 1, true);
    assert_int_equal(child_errno(&s, "/dev/kmsg", 0, 0, O_WRONLY), 0);
    OK(cgroup_bpf_devices_detach_all(cgroup_set_cgroup2_fd(&s), e));
    OK(cgroup_bpf_devices_query(cgroup_set_cgroup2_fd(&s), ids, ARRAY_SIZE(ids), &n, e));
    assert_int_equal(n, 0);
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

static void test_cgroup_bpf__bad_program(void **state)
{
    static const struct bpf_insn no_exit = {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0};
    AUTO_CGROUP_SET struct cgroup_set s;

    NEEDS_CGROUP2();
    make_v2(&s, top);
    FAILS(cgroup_bpf_devices_attach(cgroup_set_cgroup2_fd(&s), &no_exit, 1, e), -EINVAL, "BPF_PROG_LOAD");
    struct plan_cgroup_devices op = {.path = top, .insns = &no_exit, .n_insns = 1};
    FAILS(cgroup_set_devices(&s, &op, e), -EINVAL, top);
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

/* v1: the lines of a container that may read /dev/kmsg */
static void test_cgroup_set_write__devices_v1(void **state)
{
    static const struct config_device_rule rules[] = {
        {.allow = false, .access = "rwm"},
        {.allow = true, .type = "c", .major = {true, 1}, .minor = {true, 11}, .access = "r"}};
    AUTO_CGROUP_SET struct cgroup_set s;
    struct arena a;
    struct device_rules decoded;
    struct devices_v1_line *lines;
    size_t n;

    NEEDS(devices, "/devices");
    make(&s, top);
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    OK(devices_rules_decode(&a, rules, 2, &decoded, e));
    OK(devices_v1_lines(&a, &decoded, &lines, &n, e));
    for (size_t i = 0; i < n; i++)
        OK(write_one(&s, devices, lines[i].allow ? "devices.allow" : "devices.deny", lines[i].text, e));
    arena_done(&a);
    assert_int_equal(child_errno(&s, "/dev/null", 0, 0, O_RDWR), 0);
    assert_int_equal(child_errno(&s, "/dev/kmsg", 0, 0, O_RDONLY), 0);
    assert_int_equal(child_errno(&s, "/dev/kmsg", 0, 0, O_WRONLY), EPERM);
    assert_int_equal(child_errno(&s, NULL, S_IFCHR | 0600, makedev(1, 11), 0), 0);
    OK(cgroup_set_remove(&s, in_ms(5000), e));
}

/* ---- without newer calls ---- */

#ifdef LORICA_FAULTS
static void test_cgroup__without_openat2(void **state)
{
    NEEDS_CGROUPS();
    sys_fault_set(SYSCALL_openat2, ENOSYS, 0);
    test_cgroup_set__create_join_remove(state);
    test_cgroup_set__keeps_what_was_there(state);
    test_cgroup_set_remove__deep_and_wide(state);
    sys_fault_clear();
}

static void test_cgroup__without_pidfd(void **state)
{
    static const struct {
        enum sys_call call;
        int code;
    } rungs[] = {{SYSCALL_pidfd_open, ENOSYS},
                 {SYSCALL_pidfd_open, EPERM},
                 {SYSCALL_pidfd_send_signal, ENOSYS},
                 {SYSCALL_pidfd_send_signal, EPERM}};

    NEEDS_CGROUPS();
    for (size_t i = 0; i < ARRAY_SIZE(rungs); i++) {
        sys_fault_set(rungs[i].call, rungs[i].code, 0);
        test_cgroup_set_signal__all(state);
        sys_fault_clear();
    }
}

/* Not permitted, and nothing was asked of it: the container goes without. */
static void test_cgroup__left_out(void **state)
{
    AUTO_CGROUP_SET struct cgroup_set s;
    struct plan_cgroup_create op = {
        .hierarchy = found[0].hierarchy, .path = top, .controllers = "", .on_eperm = EPERM_SKIP};
    struct plan_cgroup_join join = {.hierarchy = found[0].hierarchy, .path = top};
    struct plan_cgroup c;

    NEEDS_CGROUPS();
    c = found[0];
    c.path = top;
    cgroup_set_init(&s);
    OK(cgroup_set_prepare(&s, &c, 1, e));
    sys_fault_set(SYSCALL_mkdirat, EACCES, 0);
    OK(cgroup_set_create(&s, &op, e));
    assert_true(cgroup_set_find(&s, found[0].hierarchy)->left_out);
    OK(cgroup_set_join(&s, &join, getpid(), e));
    OK(cgroup_set_remove(&s, in_ms(100), e));
    cgroup_set_done(&s);
    cgroup_set_init(&s);
    OK(cgroup_set_prepare(&s, &c, 1, e));
    op.on_eperm = EPERM_FAIL;
    FAILS(cgroup_set_create(&s, &op, e), -EACCES, "mkdir ");
    sys_fault_clear();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cgroup_set__create_join_remove, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set__keeps_what_was_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_remove__leaves_a_parent_with_others_in_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_check_unused__occupied, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_remove__deep_and_wide, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_prepare__refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_write__cpu_v1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_write__files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_write__memory_v1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_write__memory_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_write__unified_without_controller, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_write__devices_v1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_create__seeds_cpuset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_create__enables_controllers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_write__v2, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_create__gives_to_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_join_self__v1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_join__threaded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_freeze__and_thaw, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_signal__all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_set_signal__v1_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_bpf__enforced_and_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_bpf__bad_program, setup, teardown),
#ifdef LORICA_FAULTS
        cmocka_unit_test_setup_teardown(test_cgroup__without_openat2, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup__without_pidfd, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup__left_out, setup, teardown),
#endif
    };

    (void)find_hierarchies();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
