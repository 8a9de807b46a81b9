/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/compiler.h"
#include "core/facts.h"

#include <errno.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct facts facts;
    struct err err;
};

static int parse(struct fixture *f, const char *text)
{
    arena_init(&f->arena, 4096, 1u << 20);
    err_init(&f->err);
    return facts_parse(&f->arena, str_of(text), &f->facts, &f->err);
}

static void assert_str(const char *got, const char *wanted)
{
    if (wanted)
        assert_string_equal(got, wanted);
    else
        assert_null(got);
}

static const char example[] = "# a hybrid host\n"
                              "\n"
                              "euid 0\n"
                              "egid 4294967295\n"
                              "in_userns false\n"
                              "rootless true\n"
                              "cgroup hybrid\n"
                              "cgroup2_mountpoint /sys/fs/cgroup/unified\n"
                              "cgroup2_own_path /a\\040b\n"
                              "cgroup2_controllers  hugetlb   pids \r\n"
                              "cgroup_writable true\n"
                              "v1 cpu,cpuacct /sys/fs/cgroup/cpu /\n"
                              "  v1 name=systemd /sys/fs/cgroup/sys\\134temd /own\\055\n"
                              "kernel openat2 clone-into-cgroup\n"
                              "last_cap 40\n"
                              "bounding_caps 0x1fffeffffff\n"
                              "swap_accounting true\n"
                              "hugepage_sizes 2MB 1GB\n"
                              "systemd_version 252\n"
                              "systemd_user true\n"
                              "systemd_cgroup /user.slice/user-1000.slice/user@1000.service\n";

static void test_facts_parse__every_kind_of_value(void **state)
{
    struct fixture f;

    (void)state;
    assert_int_equal(parse(&f, example), 0);
    assert_int_equal(f.facts.euid, 0);
    assert_int_equal(f.facts.egid, UINT32_MAX);
    assert_false(f.facts.in_userns);
    assert_true(f.facts.rootless);
    assert_int_equal(f.facts.cgroup, CGROUP_LAYOUT_HYBRID);
    assert_str(f.facts.cgroup2_mountpoint, "/sys/fs/cgroup/unified");
    assert_int_equal(f.facts.systemd_version, 252);
    assert_true(f.facts.systemd_user);
    assert_str(f.facts.systemd_cgroup, "/user.slice/user-1000.slice/user@1000.service");
    assert_str(f.facts.cgroup2_own_path, "/a b");
    assert_str(f.facts.cgroup2_controllers, "hugetlb pids");
    assert_true(f.facts.cgroup_writable);
    assert_int_equal(f.facts.n_v1, 2);
    assert_str(f.facts.v1[0].controllers, "cpu,cpuacct");
    assert_str(f.facts.v1[0].mountpoint, "/sys/fs/cgroup/cpu");
    assert_str(f.facts.v1[0].own_path, "/");
    assert_str(f.facts.v1[1].controllers, "name=systemd");
    assert_str(f.facts.v1[1].mountpoint, "/sys/fs/cgroup/sys\\temd");
    assert_str(f.facts.v1[1].own_path, "/own-");
    assert_int_equal(f.facts.kernel, KERNEL_OPENAT2 | KERNEL_CLONE_INTO_CGROUP);
    assert_int_equal(f.facts.last_cap, 40);
    assert_true(f.facts.bounding_caps == 0x1fffeffffffull);
    assert_false(f.facts.apparmor);
    assert_true(f.facts.swap_accounting);
    assert_str(f.facts.hugepage_sizes, "2MB 1GB");
    arena_done(&f.arena);
}

static void test_facts_parse__absent_is_zero(void **state)
{
    struct fixture f;

    (void)state;
    assert_int_equal(parse(&f, ""), 0);
    assert_null(f.facts.cgroup2_mountpoint);
    assert_str(f.facts.cgroup2_controllers, "");
    assert_str(f.facts.hugepage_sizes, "");
    assert_int_equal(f.facts.cgroup, CGROUP_LAYOUT_NONE);
    assert_int_equal(f.facts.n_v1, 0);
    assert_int_equal(f.facts.kernel, 0);
    arena_done(&f.arena);
}

static void test_facts_parse__many_hierarchies(void **state)
{
    AUTO_BUF struct buf text = BUF_INIT(65536);
    struct fixture f;

    (void)state;
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "v1 c%d /m%d /o%d\n", i, i, i);
    assert_int_equal(parse(&f, buf_cstr(&text)), 0);
    assert_int_equal(f.facts.n_v1, 100);
    assert_str(f.facts.v1[0].controllers, "c0");
    assert_str(f.facts.v1[99].own_path, "/o99");
    arena_done(&f.arena);
}

static void test_facts_parse__errors(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"color red", "facts: line 1: unknown name"},
        {"\n\nEUID 0", "facts: line 3: unknown name"},
        {"euid -1", "facts: line 1: invalid value of \"euid\""},
        {"euid 4294967296", "facts: line 1: invalid value of \"euid\""},
        {"euid", "facts: line 1: invalid value of \"euid\""},
        {"euid 0\neuid 0", "facts: line 2: \"euid\" stands twice"},
        {"rootless yes", "facts: line 1: invalid value of \"rootless\""},
        {"cgroup v3", "facts: line 1: invalid value of \"cgroup\""},
        {"kernel openat3", "facts: line 1: invalid value of \"kernel\""},
        {"bounding_caps 1f", "facts: line 1: invalid value of \"bounding_caps\""},
        {"bounding_caps 0x", "facts: line 1: invalid value of \"bounding_caps\""},
        {"bounding_caps 0x1F", "facts: line 1: invalid value of \"bounding_caps\""},
        {"bounding_caps 0x11111111111111111", "facts: line 1: invalid value of \"bounding_caps\""},
        {"v1 cpu /a", "facts: line 1: invalid value of \"v1\""},
        {"v1 cpu /a /b /c", "facts: line 1: invalid value of \"v1\""},
        {"v1 cpu - /", "facts: line 1: invalid value of \"v1\""},
        {"cgroup2_mountpoint a b", "facts: line 1: invalid value of \"cgroup2_mountpoint\""},
        {"cgroup2_mountpoint /\\04", "facts: line 1: invalid value of \"cgroup2_mountpoint\""},
        {"cgroup2_mountpoint /\\000", "facts: line 1: invalid value of \"cgroup2_mountpoint\""},
        {"cgroup2_mountpoint /\\400", "facts: line 1: invalid value of \"cgroup2_mountpoint\""},
        {"cgroup2_mountpoint /\\04x", "facts: line 1: invalid value of \"cgroup2_mountpoint\""},
        {"hugepage_sizes a\tb", "facts: line 1: invalid value of \"hugepage_sizes\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture f;

        print_message("%s\n", cases[i].text);
        assert_int_equal(parse(&f, cases[i].text), -EINVAL);
        assert_int_equal(f.err.kind, ERR_USAGE);
        assert_string_equal(f.err.message, cases[i].message);
        arena_done(&f.arena);
    }
}

static void test_facts_parse__nul(void **state)
{
    struct fixture f;

    (void)state;
    arena_init(&f.arena, 4096, 1u << 20);
    err_init(&f.err);
    assert_int_equal(facts_parse(&f.arena, STR("euid 0\0\n"), &f.facts, &f.err), -EINVAL);
    arena_done(&f.arena);
}

static void test_facts_print__round_trip(void **state)
{
    AUTO_BUF struct buf once = BUF_INIT(65536);
    AUTO_BUF struct buf twice = BUF_INIT(65536);
    struct fixture f, again;

    (void)state;
    assert_int_equal(parse(&f, example), 0);
    facts_print(&f.facts, &once);
    assert_int_equal(parse(&again, buf_cstr(&once)), 0);
    facts_print(&again.facts, &twice);
    assert_string_equal(buf_cstr(&once), buf_cstr(&twice));
    assert_int_equal(again.facts.kernel, f.facts.kernel);
    assert_str(again.facts.cgroup2_own_path, "/a b");
    assert_str(again.facts.v1[1].mountpoint, "/sys/fs/cgroup/sys\\temd");
    arena_done(&f.arena);
    arena_done(&again.arena);
}

static void test_facts_print__text(void **state)
{
    static const char wanted[] = "euid 1000\n"
                                 "egid 100\n"
                                 "in_userns true\n"
                                 "rootless true\n"
                                 "cgroup v2\n"
                                 "cgroup2_mountpoint /sys/fs/cgroup\n"
                                 "cgroup2_own_path -\n"
                                 "cgroup2_controllers memory pids\n"
                                 "cgroup_writable false\n"
                                 "cgroup_parent_writable false\n"
                                 "v1 \\055 /a\\011b /\\177\n"
                                 "kernel all\n"
                                 "last_cap 40\n"
                                 "bounding_caps 0x0\n"
                                 "apparmor false\n"
                                 "selinux true\n"
                                 "resctrl -\n"
                                 "swap_accounting false\n"
                                 "hugepage_sizes\n"
                                 "systemd_version 0\n"
                                 "systemd_user false\n"
                                 "systemd_cgroup -\n";
    AUTO_BUF struct buf out = BUF_INIT(65536);
    struct facts_hierarchy v1 = {.controllers = "-", .mountpoint = "/a\tb", .own_path = "/\177"};
    struct facts f = {.euid = 1000,
                      .egid = 100,
                      .in_userns = true,
                      .rootless = true,
                      .cgroup = CGROUP_LAYOUT_V2,
                      .cgroup2_mountpoint = "/sys/fs/cgroup",
                      .cgroup2_controllers = "memory pids",
                      .v1 = &v1,
                      .n_v1 = 1,
                      .kernel = KERNEL_FEATURES_ALL,
                      .last_cap = 40,
                      .selinux = true};

    (void)state;
    facts_print(&f, &out);
    assert_string_equal(buf_cstr(&out), wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_parse__every_kind_of_value),
        cmocka_unit_test(test_facts_parse__absent_is_zero),
        cmocka_unit_test(test_facts_parse__many_hierarchies),
        cmocka_unit_test(test_facts_parse__errors),
        cmocka_unit_test(test_facts_parse__nul),
        cmocka_unit_test(test_facts_print__round_trip),
        cmocka_unit_test(test_facts_print__text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
