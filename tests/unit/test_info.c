/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/info.h"
#include "core/json.h"

#include <cmocka.h>

static struct facts_hierarchy hierarchies[] = {{"cpu,cpuacct", "/sys/fs/cgroup/cpu", "/"},
                                               {"memory", "/sys/fs/cgroup/memory", "/m"},
                                               {"pids", "/sys/fs/cgroup/pids", "/"}};

static const struct facts whole = {
    .cgroup = CGROUP_LAYOUT_V1,
    .cgroup_writable = true,
    .cgroup2_controllers = "",
    .v1 = hierarchies,
    .n_v1 = 3,
    .kernel = KERNEL_FEATURES_ALL,
    .bounding_caps = UINT64_MAX,
    .swap_accounting = true,
    .resctrl = "/sys/fs/resctrl",
    .hugepage_sizes = "2MB",
};

static struct info_host host_of(const struct facts *f)
{
    return (struct info_host){.facts = f,
                              .version = "1",
                              .release = "6.1",
                              .machine = "m",
                              .criu = "/usr/sbin/criu",
                              .systemd_built = true,
                              .systemd_running = true,
                              .open_files = 1024,
                              .open_files_max = UINT64_MAX};
}

static void test_info__nothing_missing(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(65536);
    struct info_host h = host_of(&whole);

    info_text(&h, &b);
    assert_int_equal(buf_error(&b), 0);
    assert_null(strstr(buf_cstr(&b), "missing"));
    assert_non_null(strstr(buf_cstr(&b), "cgroup v1: /sys/fs/cgroup/memory, own group /m: memory\n"));
    assert_non_null(strstr(buf_cstr(&b), "open files: 1024 of unlimited\n"));
}

static void test_info__missing_with_remedy(void **state)
{
    (void)state;
    AUTO_BUF struct buf b = BUF_INIT(65536);
    struct facts f = whole;
    struct info_host h = host_of(&f);

    f.kernel &= ~(uint32_t)(KERNEL_CGROUP_KILL | KERNEL_TIME_NS);
    f.n_v1 = 1;
    f.cgroup_writable = false;
    h.criu = NULL;
    h.has_max_user_namespaces = true;
    info_text(&h, &b);
    assert_non_null(
        strstr(buf_cstr(&b), "missing: time-namespaces: time namespaces are refused; Linux 5.6 has it\n"));
    assert_non_null(strstr(buf_cstr(&b), "missing: cgroup-kill: "));
    assert_non_null(strstr(buf_cstr(&b), "missing: memory controller: boot without cgroup_disable=memory"));
    assert_non_null(strstr(buf_cstr(&b), "missing: criu: install criu"));
    assert_non_null(
        strstr(buf_cstr(&b), "missing: user namespaces: sysctl -w user.max_user_namespaces=15000\n"));
    assert_non_null(strstr(buf_cstr(&b), "missing: permission to make cgroups: "));
    assert_null(strstr(buf_cstr(&b), "missing: cpu controller"));
}

static void test_info_json__is_json(void **state)
{
    (void)state;
    struct facts f = whole;

    for (int v2 = 0; v2 < 2; v2++) {
        AUTO_BUF struct buf b = BUF_INIT(65536);
        struct info_host h = host_of(&f);
        struct json_doc doc;

        if (v2) {
            f.cgroup = CGROUP_LAYOUT_V2;
            f.n_v1 = 0;
            f.cgroup2_mountpoint = "/sys/fs/cgroup";
            f.cgroup2_own_path = "/x \"y\"";
            f.kernel = 0;
            h.lsms = "capability,landlock";
        }
        info_json(&h, &b);
        assert_int_equal(buf_error(&b), 0);
        assert_int_equal(json_parse(b.data, b.len, &doc, NULL), 0);
        assert_non_null(json_find(json_root(&doc), "missing"));
        json_doc_done(&doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info__nothing_missing),
        cmocka_unit_test(test_info__missing_with_remedy),
        cmocka_unit_test(test_info_json__is_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
