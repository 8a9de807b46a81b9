/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/criu_args.h"

#include <errno.h>
#include <sched.h>

#include <cmocka.h>

struct fixture {
    struct arena a;
    struct criu_opts o;
    struct err e;
};

static void begin(struct fixture *f)
{
    arena_init(&f->a, 1, ARENA_MAX_DEFAULT);
    err_init(&f->e);
    f->o = CRIU_OPTS_INIT;
}

static void test_criu_args_wishes__what_is_said(void **state)
{
    (void)state;
    const struct criu_wishes w = {.parent_path = "../first",
                                  .page_server = "[::1]:9876",
                                  .manage_cgroups_mode = "ignore",
                                  .empty_ns = "network",
                                  .network_lock = "nftables",
                                  .lsm_profile = "apparmor:p",
                                  .leave_running = true,
                                  .tcp_close = true,
                                  .shell_job = true};
    const struct criu_wishes none = {.parent_path = ""};
    struct fixture f;

    begin(&f);
    assert_int_equal(criu_args_wishes(&f.a, &w, false, &f.o, &f.e), 0);
    assert_string_equal(f.o.parent_img, "../first");
    assert_true(f.o.track_mem);
    assert_string_equal(f.o.page_server_address, "::1");
    assert_int_equal(f.o.page_server_port, 9876);
    assert_int_equal(f.o.cg_mode, CRIU_CG_IGNORE);
    assert_int_equal(f.o.empty_ns, CLONE_NEWNET);
    assert_int_equal(f.o.network_lock, CRIU_LOCK_NFTABLES);
    assert_string_equal(f.o.lsm_profile, "apparmor:p");
    assert_true(f.o.leave_running && f.o.tcp_close && f.o.shell_job && !f.o.file_locks);
    assert_string_equal(f.o.log_file, "dump.log");
    assert_false(f.o.rst_sibling);
    assert_int_equal(criu_args_wishes(&f.a, &none, true, &f.o, &f.e), 0);
    assert_null(f.o.parent_img);
    assert_false(f.o.track_mem);
    assert_int_equal(f.o.cg_mode, CRIU_CG_SOFT);
    assert_string_equal(f.o.log_file, "restore.log");
    assert_true(f.o.rst_sibling);
    arena_done(&f.a);
}

static void test_criu_args_wishes__refused(void **state)
{
    (void)state;
    static const struct criu_wishes cases[] = {
        {.manage_cgroups_mode = "x"}, {.network_lock = "x"},        {.page_server = "x"},
        {.page_server = ":1"},        {.page_server = "h:0"},       {.page_server = "h:65536"},
        {.page_server = "h:1x"},      {.parent_path = "/abs"},      {.empty_ns = "pid"},
        {.lsm_profile = "name"},      {.lsm_profile = "apparmor:"}, {.lsm_profile = "other:x"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture f;

        begin(&f);
        assert_int_equal(criu_args_wishes(&f.a, &cases[i], true, &f.o, &f.e), -EINVAL);
        assert_int_equal(f.e.kind, ERR_USAGE);
        arena_done(&f.a);
    }
}

static void test_criu_args_mounts__what_is_outside(void **state)
{
    (void)state;
    struct plan_cgroup cgroups[] = {{0, "/sys/fs/cgroup/cpu,cpuacct", "/c"},
                                    {PLAN_CGROUP2, "/sys/fs/cgroup/unified", "/c"}};
    struct plan_op ops[] = {
        {.kind = OP_MOUNT, .mount = {.kind = MOUNT_BIND, .target = "/a", .source = "/host/a"}},
        {.kind = OP_MOUNT, .mount = {.kind = MOUNT_FS, .target = "/tmp", .fstype = "tmpfs"}},
        {.kind = OP_MOUNT, .mount = {.kind = MOUNT_CGROUP_V1, .target = "/sys/fs/cgroup"}},
        {.kind = OP_MASK_PATH, .path = {"/proc/kcore"}},
        {.kind = OP_DEVICE, .device = {.path = "/dev/null", .on_eperm = EPERM_BIND}},
        {.kind = OP_DEVICE, .device = {.path = "/dev/zero", .on_eperm = EPERM_FAIL}},
    };
    const struct state_mount added[] = {{.destination = "/b", .source = "/host/b"},
                                        {.destination = "/t", .type = "tmpfs", .source = "tmpfs"}};
    const struct plan plan = {.ops = ops, .n_ops = ARRAY_SIZE(ops), .cgroups = cgroups, .n_cgroups = 2};
    static const struct criu_mount expected[] = {
        {"/a", "/a", "/host/a", false, false},
        {"/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/c", false,
         false},
        {"/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified/c", false, false},
        {"/proc/kcore", "/dev/null", "/dev/null", true, false},
        {"/dev/null", "/dev/null", "/dev/null", true, false},
        {"/b", "/b", "/host/b", false, false},
    };
    struct criu_mount *m;
    struct fixture f;
    size_t n;

    begin(&f);
    assert_int_equal(criu_args_mounts(&f.a, &plan, NULL, added, 2, &m, &n, &f.e), 0);
    assert_int_equal(n, ARRAY_SIZE(expected));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(m[i].target, expected[i].target);
        assert_string_equal(m[i].cookie, expected[i].cookie);
        assert_string_equal(m[i].source, expected[i].source);
        assert_int_equal(m[i].only_file, expected[i].only_file);
    }
    assert_int_equal(criu_args_add_mount(&f.a, &f.o, &m[0], "/seen", &f.e), 0);
    assert_int_equal(criu_args_add_mount(&f.a, &f.o, &m[3], NULL, &f.e), 0);
    assert_int_equal(f.o.external.n, 2);
    assert_string_equal(f.o.external.v[0], "mnt[/seen]:/a");
    assert_string_equal(f.o.external.v[1], "mnt[/dev/null]:/dev/null");
    assert_int_equal(criu_args_add_mount(&f.a, &f.o, &m[0], "/a]b", &f.e), -EINVAL);
    ops[2].mount.cgroup_ns = true; /* then criu sees mounts of its own */
    assert_int_equal(criu_args_mounts(&f.a, &plan, NULL, NULL, 0, &m, &n, &f.e), 0);
    assert_int_equal(n, 3);
    arena_done(&f.a);
}

/* What a user namespace cannot mount anew is the host's. */
static void test_criu_args_mounts__fallbacks(void **state)
{
    (void)state;
    struct plan_op ops[] = {
        {.kind = OP_CLONE, .clone = {.flags = CLONE_NEWUSER}},
        {.kind = OP_MOUNT, .mount = {.kind = MOUNT_CGROUP_V2, .target = "/cg", .cgroup_path = "/c"}},
        {.kind = OP_MOUNT, .mount = {.kind = MOUNT_FS, .target = "/s", .fstype = "sysfs"}},
        {.kind = OP_MOUNT, .mount = {.kind = MOUNT_FS, .target = "/q", .fstype = "mqueue"}},
        {.kind = OP_MOUNT, .mount = {.kind = MOUNT_FS, .target = "/t", .fstype = "tmpfs"}},
    };
    const struct plan plan = {.ops = ops, .n_ops = ARRAY_SIZE(ops)};
    const struct facts facts = {.cgroup2_mountpoint = "/sys/fs/cgroup"};
    static const char *const sources[] = {"/sys/fs/cgroup/c", "/sys", "/dev/mqueue"};
    struct criu_mount *m;
    struct fixture f;
    size_t n;

    begin(&f);
    assert_int_equal(criu_args_mounts(&f.a, &plan, &facts, NULL, 0, &m, &n, &f.e), 0);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(m[i].target, ops[i + 1].mount.target);
        assert_string_equal(m[i].cookie, m[i].target);
        assert_string_equal(m[i].source, sources[i]);
        assert_true(m[i].only_same_fs);
    }
    ops[1].mount.cgroup_ns = true; /* mounted, as its owner may */
    assert_int_equal(criu_args_mounts(&f.a, &plan, &facts, NULL, 0, &m, &n, &f.e), 0);
    assert_int_equal(n, 2);
    ops[0].clone.flags = 0;
    ops[1].mount.cgroup_ns = false;
    assert_int_equal(criu_args_mounts(&f.a, &plan, &facts, NULL, 0, &m, &n, &f.e), 0);
    assert_int_equal(n, 0);
    arena_done(&f.a);
}

static void test_criu_args_lists__cgroups_namespaces(void **state)
{
    (void)state;
    struct state_cgroup v1[] = {{"cpu,cpuacct", "/cg/cpu", "/c", NULL},
                                {"freezer", "/cg/freezer", "/c", NULL},
                                {"", "/cg/unified", "/c", NULL}};
    struct state_cgroup v2[] = {{"", "/cg", "/c", NULL}};
    const struct state hybrid = {.cgroups = v1, .n_cgroups = 3, .cgroup_layout = CGROUP_LAYOUT_HYBRID};
    const struct state unified = {.cgroups = v2, .n_cgroups = 1, .cgroup_layout = CGROUP_LAYOUT_V2};
    const struct state none = {.id = "a"};
    const char *freezer;
    struct fixture f;

    begin(&f);
    assert_int_equal(criu_args_cgroups(&f.a, &hybrid, &f.o, &f.e), 0);
    assert_int_equal(f.o.n_cg_roots, 3);
    assert_string_equal(f.o.cg_roots[2].controllers, "");
    assert_int_equal(criu_args_own_cgroups(&f.a, &hybrid, &f.o, &f.e), 0);
    assert_int_equal(f.o.cgroup_dump_controllers.n, 3);
    assert_string_equal(f.o.cgroup_dump_controllers.v[0], "cpu,cpuacct");
    assert_string_equal(f.o.cgroup_dump_controllers.v[2], "");
    assert_int_equal(criu_args_own_cgroups(&f.a, &none, &f.o, &f.e), 0);
    assert_int_equal(f.o.cgroup_dump_controllers.n, 1); /* none would be all */
    assert_int_equal(criu_args_freezer(&f.a, &hybrid, &freezer, &f.e), 0);
    assert_string_equal(freezer, "/cg/freezer/c");
    assert_int_equal(criu_args_freezer(&f.a, &unified, &freezer, &f.e), 0);
    assert_string_equal(freezer, "/cg/c");
    assert_int_equal(criu_args_freezer(&f.a, &none, &freezer, &f.e), 0);
    assert_null(freezer);
    assert_string_equal(criu_args_ns_key(NS_NETWORK), "extRootNetNS");
    assert_string_equal(criu_args_ns_key(NS_PID), "extRootPidNS");
    assert_null(criu_args_ns_key(NS_IPC));
    assert_int_equal(criu_args_add_join(&f.a, &f.o, NS_UTS, "/u", &f.e), 0);
    assert_string_equal(f.o.join_ns[0].ns, "uts");
    assert_int_equal(criu_args_add_join(&f.a, &f.o, NS_CGROUP, "/u", &f.e), -ENOTSUP);
    assert_int_equal(criu_args_add_join(&f.a, &f.o, NS_MOUNT, "/u", &f.e), -ENOTSUP);
    arena_done(&f.a);
}

static void test_criu_args_config_file__annotation_or_default(void **state)
{
    (void)state;
    struct pair set[] = {{"x", "y"}, {"org.criu.config", "/f"}}, off[] = {{"org.criu.config", ""}};

    assert_string_equal(criu_args_config_file(&(struct pairs){set, 2}, "/d"), "/f");
    assert_null(criu_args_config_file(&(struct pairs){off, 1}, "/d"));
    assert_string_equal(criu_args_config_file(&(struct pairs){set, 1}, "/d"), "/d");
    assert_null(criu_args_config_file(&(struct pairs){set, 1}, NULL));
}

static void test_criu_args_descriptors__there_and_back(void **state)
{
    (void)state;
    const char *const names[3] = {"pipe:[7]", "", "file[1f:7] /dev/null"};
    static const char *const bad[] = {
        "", "{}", "[1]", "[\"a\",null]", "[[]]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"};
    AUTO_BUF struct buf b = BUF_INIT(4096);
    struct strings back;
    struct fixture f;

    begin(&f);
    criu_args_descriptors_print(names, &b);
    assert_int_equal(criu_args_descriptors(&f.a, b.data, b.len, &back, &f.e), 0);
    assert_int_equal(back.n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(back.v[i], names[i]);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(criu_args_descriptors(&f.a, bad[i], strlen(bad[i]), &back, &f.e), -EINVAL);
    arena_done(&f.a);
}

static void test_criu_args_descriptor_key__only_what_is_outside(void **state)
{
    (void)state;
    static const struct {
        const char *name, *key;
        bool is_null;
    } cases[] = {
        {"pipe:[7]", "pipe:[7]", false},
        {"file[1f:7]", "file[1f:7]", false},
        {"tty[8800:5]", "tty[8800:5]", false},
        {"file[1f:3] /dev/null", "file[1f:3]", true},
        {"", NULL, false},
        {"/dev/pts/0", NULL, false},
        {"socket:[7]", NULL, false},
        {"/a/pipe:[7]", NULL, false},
        {"pipe:[7]x", NULL, false},
        {"pipe:[7", NULL, false},
    };
    struct fixture f;

    begin(&f);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        bool is_null;
        const char *key = criu_args_descriptor_key(&f.a, cases[i].name, &is_null);

        assert_true(streq(key, cases[i].key));
        assert_true(!key || is_null == cases[i].is_null);
    }
    arena_done(&f.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_criu_args_wishes__what_is_said),
        cmocka_unit_test(test_criu_args_wishes__refused),
        cmocka_unit_test(test_criu_args_mounts__what_is_outside),
        cmocka_unit_test(test_criu_args_mounts__fallbacks),
        cmocka_unit_test(test_criu_args_lists__cgroups_namespaces),
        cmocka_unit_test(test_criu_args_config_file__annotation_or_default),
        cmocka_unit_test(test_criu_args_descriptors__there_and_back),
        cmocka_unit_test(test_criu_args_descriptor_key__only_what_is_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
