/* SPDX-License-Identifier: Apache-2.0 */
/* kernel/probe and kernel/mountinfo: texts by table, and layouts of cgroups built in a mount namespace. */
#include "kernel_test.h"

#include "kernel/mountinfo.h"
#include "kernel/probe.h"

/* ---- texts ---- */

static void test_probe_features_of_release(void **state)
{
    static const struct {
        const char *release;
        uint32_t has, lacks;
    } cases[] = {
        {"6.1.0-18-amd64", KERNEL_FEATURES_ALL, 0},
        {"10.0", KERNEL_FEATURES_ALL, 0},
        {"5.19.0", KERNEL_SECCOMP_WAIT_KILLABLE, 0},
        {"5.18.99", KERNEL_CGROUP_KILL, KERNEL_SECCOMP_WAIT_KILLABLE},
        {"5.10.0-30-amd64", KERNEL_OPENAT2 | KERNEL_SETNS_PIDFD | KERNEL_CLONE_INTO_CGROUP,
         KERNEL_MOUNT_SETATTR | KERNEL_CLOSE_RANGE | KERNEL_CGROUP_KILL},
        {"5.4", KERNEL_CLONE3 | KERNEL_PIDFD | KERNEL_MOUNT_API, KERNEL_OPENAT2 | KERNEL_TIME_NS},
        {"4.18.0-553.el8.x86_64", KERNEL_CGROUP_NS | KERNEL_SECCOMP_SPEC_ALLOW,
         KERNEL_MOUNT_API | KERNEL_SECCOMP_NOTIFY},
        {"3.10.0", 0, KERNEL_FEATURES_ALL},
        {"", 0, KERNEL_FEATURES_ALL},
        {"6", 0, KERNEL_FEATURES_ALL},
        {"6.", 0, KERNEL_FEATURES_ALL},
        {"x.y", 0, KERNEL_FEATURES_ALL},
        {"99999999999.1", 0, KERNEL_FEATURES_ALL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t f = probe_features_of_release(cases[i].release);

        assert_int_equal(f & cases[i].has, cases[i].has);
        assert_int_equal(f & cases[i].lacks, 0);
    }
}

static void test_probe_parse_cgroup(void **state)
{
    static const char text[] = "12:name=systemd:/a:b\n4:cpu,cpuacct:/\n0::/user.slice/x y\n";
    static const char *const bad[] = {"x:cpu:/\n", "1:cpu\n",    "1\n",     "1:cpu:a\n",
                                      "1:cpu:\n",  "-1:cpu:/\n", ":cpu:/\n"};
    struct probe_cgroup *v;
    struct arena a;
    struct err e;
    size_t n;

    (void)state;
    err_init(&e);
    arena_init(&a, ARENA_CHUNK_DEFAULT, 1u << 20);
    assert_int_equal(probe_parse_cgroup(&a, text, sizeof(text) - 1, &v, &n, &e), 0);
    assert_int_equal(n, 3);
    assert_string_equal(v[0].controllers, "name=systemd");
    assert_string_equal(v[0].path, "/a:b");
    assert_int_equal(v[1].id, 4);
    assert_string_equal(v[2].controllers, "");
    assert_string_equal(v[2].path, "/user.slice/x y");
    assert_int_equal(probe_parse_cgroup(&a, "", 0, &v, &n, &e), 0);
    assert_int_equal(n, 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(probe_parse_cgroup(&a, bad[i], strlen(bad[i]), &v, &n, &e), -EINVAL);
    assert_int_equal(probe_parse_cgroup(&a, "1:c:/a\0b\n", 9, &v, &n, &e), -EINVAL);
    {
        char many[65 * 8] = "";
        size_t len = 0;

        for (int i = 0; i < 65; i++)
            len += (size_t)snprintf(many + len, sizeof(many) - len, "%d:c:/\n", i);
        assert_int_equal(probe_parse_cgroup(&a, many, len, &v, &n, &e), -E2BIG);
    }
    arena_done(&a);
}

static void test_mountinfo_parse(void **state)
{
    static const struct {
        const char *line;
        int want;
        uint64_t id, parent;
        const char *root, *mountpoint, *fstype, *super;
    } cases[] = {
        {"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue", 0, 36, 35, "/mnt1",
         "/mnt2", "ext3", "rw,errors=continue"},
        {"1 0 0:1 / / rw shared:1 master:2 propagate_from:3 - proc proc rw", 0, 1, 0, "/", "/", "proc", "rw"},
        {"1 0 0:1 / /a\\040b\\011c\\012d\\134e rw - tmpfs none rw", 0, 1, 0, "/", "/a b\tc\nd\\e", "tmpfs",
         "rw"},
        {"1 0 0:1 / /x rw - tmpfs  rw", 0, 1, 0, "/", "/x", "tmpfs", "rw"}, /* an empty source */
        {"1 0 0:1 / /x rw", -EINVAL, 0, 0, 0, 0, 0, 0},
        {"1 0 0:1 / /x rw - tmpfs", -EINVAL, 0, 0, 0, 0, 0, 0},
        {"x 0 0:1 / /x rw - tmpfs n rw", -EINVAL, 0, 0, 0, 0, 0, 0},
        {"1 0 0:1 / /x\\09 rw - tmpfs n rw", -EINVAL, 0, 0, 0, 0, 0, 0},
        {"1 0 0:1 / /x\\000 rw - tmpfs n rw", -EINVAL, 0, 0, 0, 0, 0, 0},
        {"1 0 0:1 / /x\\04", -EINVAL, 0, 0, 0, 0, 0, 0},
        {"", -EINVAL, 0, 0, 0, 0, 0, 0},
    };
    struct mountinfo mi;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(mountinfo_parse(cases[i].line, strlen(cases[i].line), &mi), cases[i].want);
        if (cases[i].want < 0)
            continue;
        assert_int_equal(mi.id, cases[i].id);
        assert_int_equal(mi.parent, cases[i].parent);
        assert_string_equal(mi.root, cases[i].root);
        assert_string_equal(mi.mountpoint, cases[i].mountpoint);
        assert_string_equal(mi.fstype, cases[i].fstype);
        assert_string_equal(mi.super, cases[i].super);
    }
    {
        char line[6000];
        size_t len = (size_t)snprintf(line, sizeof(line), "1 0 0:1 / /");

        memset(line + len, 'a', 5000);
        snprintf(line + len + 5000, sizeof(line) - len - 5000, " rw - tmpfs n rw");
        assert_int_equal(mountinfo_parse(line, strlen(line), &mi), -ENAMETOOLONG);
    }
}

/* ---- layouts: bind mounts stand for what a host has mounted, /proc/self/cgroup is covered by a text ---- */

static struct arena arena;
static struct facts facts;

static void probe(void)
{
    arena_init(&arena, ARENA_CHUNK_DEFAULT, 1u << 20);
    CHECK_OK(probe_facts(&arena, &facts, &test_err));
}

static void own_host(void *arg)
{
    (void)arg;
    probe();
    CHECK_INT(facts.euid, 0);
    CHECK(!facts.in_userns && !facts.rootless);
    CHECK(facts.last_cap >= 37 && facts.last_cap < 64);
    CHECK(facts.bounding_caps != 0);
    CHECK(facts.kernel & KERNEL_CGROUP_NS);
    if (facts.cgroup != CGROUP_LAYOUT_V2) {
        for (size_t i = 0; i < facts.n_v1; i++) {
            char path[PATH_MAX];
            struct statfs fs;

            CHECK(statfs(facts.v1[i].mountpoint, &fs) == 0 && fs.f_type == SYS_MAGIC_CGROUP);
            snprintf(path, sizeof(path), "%s%s", facts.v1[i].mountpoint, facts.v1[i].own_path);
            CHECK(access(path, F_OK) == 0);
        }
    }
    CHECK_OK(probe_more(&arena, &facts, PROBE_ALL, &test_err));
    if (access("/sys/kernel/mm/hugepages/hugepages-2048kB", F_OK) == 0)
        CHECK_HAS(facts.hugepage_sizes, "2MB");
}

static void test_probe_facts__own_host(void **state)
{
    (void)state;
    in_child(own_host, NULL, 0);
}

/* A private cgroup2 in place of everything. */
static void pure_v2(void *arg)
{
    (void)arg;
    /* EBUSY: that is what is there already */
    if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0 && errno != EBUSY)
        child_skip("no cgroup2");
    probe();
    CHECK_INT(facts.cgroup, CGROUP_LAYOUT_V2);
    CHECK_STR(facts.cgroup2_mountpoint, "/sys/fs/cgroup");
    CHECK(facts.cgroup2_own_path[0] == '/');
    CHECK_INT(facts.n_v1, 0);
    CHECK(facts.cgroup_writable);
    CHECK(mount(NULL, "/sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
    probe();
    CHECK(!facts.cgroup_writable);
}

static void test_probe_facts__v2(void **state)
{
    (void)state;
    in_child(pure_v2, NULL, CLONE_NEWNS);
}

static void cover_self_cgroup(const char *text)
{
    char path[64];

    write_file("/tmp/self-cgroup", text);
    snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)getpid());
    CHECK(mount("/tmp/self-cgroup", path, NULL, MS_BIND, NULL) == 0);
}

/* As in a container without a cgroup namespace: the mount shows only the own part. */
static void part_of_v2(void *arg)
{
    char dir[128], text[256];

    (void)arg;
    CHECK(mount("t", "/tmp", "tmpfs", 0, NULL) == 0 && mkdir("/tmp/cg", 0755) == 0);
    if (mount("cgroup2", "/tmp/cg", "cgroup2", 0, NULL) < 0)
        child_skip("no cgroup2");
    snprintf(dir, sizeof(dir), "/tmp/cg/lorica-test-probe-%d", (int)getpid());
    if (mkdir(dir, 0755) < 0)
        child_skip("cannot make cgroups");
    CHECK(mount(dir, "/sys/fs/cgroup", NULL, MS_BIND, NULL) == 0);
    snprintf(text, sizeof(text), "0::%s\n", strrchr(dir, '/'));
    cover_self_cgroup(text);
    probe();
    umount2("/sys/fs/cgroup", MNT_DETACH);
    CHECK(rmdir(dir) == 0 || errno == ENOENT);
    CHECK_INT(facts.cgroup, CGROUP_LAYOUT_V2);
    CHECK_STR(facts.cgroup2_mountpoint, "/sys/fs/cgroup");
    CHECK_STR(facts.cgroup2_own_path, "/");
}

static void test_probe_facts__part_of_v2(void **state)
{
    (void)state;
    in_child(part_of_v2, NULL, CLONE_NEWNS);
}

/* A v1 hierarchy under another name, and one of which only a part is mounted. */
static void odd_v1(void *arg)
{
    static const char *const names[] = {"freezer", "pids", "devices", "blkio"};
    const char *have = NULL;
    char from[128], own[128], text[512];

    (void)arg;
    for (size_t i = 0; i < ARRAY_SIZE(names) && !have; i++) {
        struct statfs fs;

        snprintf(from, sizeof(from), "/sys/fs/cgroup/%s", names[i]);
        if (statfs(from, &fs) == 0 && fs.f_type == SYS_MAGIC_CGROUP)
            have = names[i];
    }
    if (!have)
        child_skip("no v1 hierarchy");
    snprintf(own, sizeof(own), "%s/lorica-test-probe-%d", from, (int)getpid());
    CHECK(mkdir(own, 0755) == 0);
    CHECK(mount("t", "/tmp", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/tmp/whole", 0755) == 0 && mount(from, "/tmp/whole", NULL, MS_BIND, NULL) == 0);
    CHECK(mkdir("/tmp/part", 0755) == 0 && mount(own, "/tmp/part", NULL, MS_BIND, NULL) == 0);
    CHECK(mount("t", "/sys/fs/cgroup", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/sys/fs/cgroup/odd", 0755) == 0 &&
          mount("/tmp/whole", "/sys/fs/cgroup/odd", NULL, MS_MOVE, NULL) == 0);
    snprintf(text, sizeof(text), "5:%s:/\n9:nosuch:/x\n", have);
    cover_self_cgroup(text);
    probe();
    snprintf(own, sizeof(own), "/sys/fs/cgroup/odd/lorica-test-probe-%d", (int)getpid());
    CHECK(rmdir(own) == 0);
    CHECK_INT(facts.cgroup, CGROUP_LAYOUT_V1);
    CHECK_INT(facts.n_v1, 1);
    CHECK_STR(facts.v1[0].mountpoint, "/sys/fs/cgroup/odd");
    CHECK_STR(facts.v1[0].own_path, "/");
}

static void test_probe_facts__odd_v1(void **state)
{
    (void)state;
    in_child(odd_v1, NULL, CLONE_NEWNS);
}

static void nothing_mounted(void *arg)
{
    (void)arg;
    CHECK(mount("t", "/tmp", "tmpfs", 0, NULL) == 0);
    CHECK(mount("t", "/sys/fs", "tmpfs", 0, NULL) == 0);
    cover_self_cgroup("0::/\n");
    probe();
    CHECK_INT(facts.cgroup, CGROUP_LAYOUT_NONE);
    CHECK(!facts.cgroup_writable && !facts.cgroup2_mountpoint);
    CHECK_OK(probe_more(&arena, &facts, PROBE_ALL, &test_err));
    CHECK(!facts.swap_accounting);
    /* a /proc/self/cgroup that cannot be read is an error, not an empty one */
    cover_self_cgroup("nonsense\n");
    CHECK_INT(probe_facts(&arena, &facts, &test_err), -EINVAL);
}

static void test_probe_facts__nothing(void **state)
{
    (void)state;
    in_child(nothing_mounted, NULL, CLONE_NEWNS);
}

static void in_userns(void *arg)
{
    (void)arg;
    probe();
    CHECK(facts.in_userns && facts.rootless);
}

static void test_probe_facts__userns(void **state)
{
    (void)state;
    in_child(in_userns, NULL, CLONE_NEWUSER);
}

/* No memory at the n-th allocation: an error every time. */
static void no_memory(void *arg)
{
    (void)arg;
    for (size_t max = 0; max < 4000; max += 64) {
        arena_init(&arena, 1, max);
        if (probe_facts(&arena, &facts, &test_err) < 0)
            CHECK_INT(test_err.code, ENOMEM);
        arena_done(&arena);
    }
}

static void test_probe_facts__no_memory(void **state)
{
    (void)state;
    in_child(no_memory, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe_features_of_release), cmocka_unit_test(test_probe_parse_cgroup),
        cmocka_unit_test(test_mountinfo_parse),           cmocka_unit_test(test_probe_facts__own_host),
        cmocka_unit_test(test_probe_facts__v2),           cmocka_unit_test(test_probe_facts__part_of_v2),
        cmocka_unit_test(test_probe_facts__odd_v1),       cmocka_unit_test(test_probe_facts__nothing),
        cmocka_unit_test(test_probe_facts__userns),       cmocka_unit_test(test_probe_facts__no_memory),
    };

    if (!test_is_root())
        return SKIP_STATUS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
