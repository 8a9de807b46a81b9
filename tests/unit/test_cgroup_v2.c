/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/cgroup_v2.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/cgroup_ops.h"

#define N(value)                                                                                             \
    {                                                                                                        \
        true, (value)                                                                                        \
    }

static int setup(void **state)
{
    static struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    *state = &a;
    return 0;
}

static int teardown(void **state)
{
    arena_done(*state);
    return 0;
}

/* ---- conversions ---- */

static void test_cgroup_v2_weight_of_shares__table(void **state)
{
    static const struct {
        uint64_t shares, weight;
    } cases[] = {
        {0, 0},
        {1, 1},
        {2, 1},
        {3, 2},
        {10, 4},
        {512, 59},
        {1023, 100},
        {1024, 100},
        {1025, 101},
        {2000, 170},
        {2048, 174},
        {200416, 7914},
        {116225, 4938},
        {262143, 10000},
        {262144, 10000},
        {262145, 10000},
        {UINT64_MAX, 10000},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (cgroup_v2_weight_of_shares(cases[i].shares) != cases[i].weight)
            fail_msg("%" PRIu64 " gives %" PRIu64, cases[i].shares,
                     cgroup_v2_weight_of_shares(cases[i].shares));
}

/* The sum and a hash of all weights, computed with 40 digits: each of 262,143 values is exact. */
static void test_cgroup_v2_weight_of_shares__every_value(void **state)
{
    uint64_t sum = 0, hash = UINT64_C(14695981039346656037), last = 0;

    (void)state;
    for (uint64_t shares = 2; shares <= 262144; shares++) {
        uint64_t weight = cgroup_v2_weight_of_shares(shares);

        assert_true(weight >= last);
        last = weight;
        sum += weight;
        hash = (hash ^ weight) * UINT64_C(1099511628211);
    }
    assert_true(sum == 1405378460);
    assert_true(hash == UINT64_C(0x9001fbc77c74aa97));
}

static void test_cgroup_v2_io_weight__table(void **state)
{
    static const struct {
        uint32_t weight;
        uint64_t io_weight;
    } cases[] = {{0, 0},   {1, 1},     {9, 1},      {10, 1},     {11, 11},
                 {17, 71}, {100, 910}, {500, 4950}, {999, 9989}, {1000, 10000}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(cgroup_v2_io_weight(cases[i].weight), cases[i].io_weight);
}

static void test_cgroup_v2_swap_max__table(void **state)
{
    static const struct {
        int64_t limit, swap;
        int rc;
        int64_t max;
        const char *message;
    } cases[] = {
        {0, 0, 0, CGROUP_SWAP_UNSET, NULL},
        {100, 0, 0, CGROUP_SWAP_UNSET, NULL},
        {-1, 0, 0, -1, NULL},
        {-1, -1, 0, -1, NULL},
        {0, -1, 0, -1, NULL},
        {100, -1, 0, -1, NULL},
        {-1, 50, 0, 50, NULL},
        {100, 100, 0, 0, NULL},
        {100, 150, 0, 50, NULL},
        {100, INT64_MAX, 0, INT64_MAX - 100, NULL},
        {0, 50, -EINVAL, 0, "unable to set swap limit without memory limit"},
        {-2, 50, -EINVAL, 0, "invalid memory value"},
        {100, 99, -EINVAL, 0, "memory+swap limit should be >= memory limit"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t max = 7;
        struct err e;

        err_init(&e);
        assert_int_equal(cgroup_v2_swap_max(cases[i].limit, cases[i].swap, &max, &e), cases[i].rc);
        if (cases[i].rc == 0)
            assert_true(max == cases[i].max);
        else
            assert_non_null(strstr(e.message, cases[i].message));
    }
}

static void test_cgroup_pids_zero_limits__versions(void **state)
{
    static const struct {
        const char *version;
        bool limits;
    } cases[] = {
        {"1.0.2-dev", false}, {"1.2.1", false}, {"1.3.0", true}, {"1.3.0-rc.1", true}, {"1.10.0", true},
        {"2.0.0", true},      {"0.2.0", false}, {"", false},     {"1", false},         {"1.", false},
        {"x.y", false},       {"1.x", false},   {NULL, false},   {"1.3", true},        {"0.9.9", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(cgroup_pids_zero_limits(cases[i].version), cases[i].limits);
}

/* ---- resources ---- */

struct accepted {
    struct config_resources r;
    bool update;
    const char *ops;
};

static void check_accepted(void **state, const struct accepted *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_BUF struct buf out = BUF_INIT(65536);
        struct facts f = facts_v2();
        struct strings warnings;
        struct err e;

        err_init(&e);
        if (cgroup_ops_resources(*state, &cases[i].r, &f, cases[i].update, &out, &warnings, &e) < 0)
            fail_msg("case %zu: %s: %s", i, e.where, e.message);
        assert_string_equal(buf_cstr(&out), cases[i].ops);
    }
}

static void test_cgroup_v2_resources__memory(void **state)
{
    static const struct accepted cases[] = {
        {{0}, false, ""},
        {{.memory = {.limit = N(0), .swap = N(0), .reservation = N(0), .kernel = N(0), .kernel_tcp = N(-1)}},
         false,
         ""},
        {{.memory = {.swappiness = N(UINT64_MAX), .disable_oom_killer = N(false), .use_hierarchy = N(true)}},
         false,
         ""},
        {{.memory = {.limit = N(1048576), .reservation = N(4096)}},
         false,
         "write 2 memory.max=1048576\nwrite 2 memory.low=4096\n"},
        {{.memory = {.limit = N(1048576), .swap = N(2097152)}},
         false,
         "write 2 memory.swap.max=1048576\nwrite 2 memory.max=1048576\n"},
        {{.memory = {.limit = N(1048576), .swap = N(1048576)}},
         false,
         "write 2 memory.swap.max=0 ?\nwrite 2 memory.max=1048576\n"},
        {{.memory = {.limit = N(1048576), .swap = N(-1)}},
         false,
         "write 2 memory.swap.max=max ?\nwrite 2 memory.max=1048576\n"},
        {{.memory = {.limit = N(-1), .reservation = N(-1)}},
         false,
         "write 2 memory.max=max\nwrite 2 memory.low=max\n"},
        {{.memory = {.limit = N(-1)}}, true, "write 2 memory.swap.max=max ?\nwrite 2 memory.max=max\n"},
        {{.memory = {.limit = N(1048576), .swap = N(2097152), .check_before_update = N(true)}},
         true,
         "write 2 memory.swap.max=1048576 <memory.current:2097152\n"
         "write 2 memory.max=1048576 <memory.current:1048576\n"},
        {{.memory = {.limit = N(1048576), .check_before_update = N(false)}},
         true,
         "write 2 memory.max=1048576\n"},
    };

    check_accepted(state, cases, ARRAY_SIZE(cases));
}

static void test_cgroup_v2_resources__cpu(void **state)
{
    static const struct accepted cases[] = {
        {{.cpu = {.shares = N(0), .quota_us = N(0), .period_us = N(0), .realtime_period_us = N(0)}},
         false,
         ""},
        {{.cpu = {.shares = N(1024)}}, false, "write 2 cpu.weight=100\n"},
        {{.cpu = {.quota_us = N(50000)}}, false, "write 2 cpu.max=50000 100000\n"},
        {{.cpu = {.period_us = N(50000)}}, false, "write 2 cpu.max=max 50000\n"},
        {{.cpu = {.quota_us = N(-1), .period_us = N(20000)}}, false, "write 2 cpu.max=max 20000\n"},
        {{.cpu = {.quota_us = N(10000), .period_us = N(20000), .burst_us = N(5000)}},
         false,
         "write 2 cpu.max.burst=5000 ~ ?\nwrite 2 cpu.max=10000 20000\n"},
        {{.cpu = {.burst_us = N(5000)}}, false, "write 2 cpu.max.burst=5000 ?\n"},
        {{.cpu = {.cpus = "0-1", .mems = "0"}}, false, "early 2 cpuset.cpus=0-1\nearly 2 cpuset.mems=0\n"},
        {{.cpu = {.idle = N(1), .shares = N(1024)}}, false, "write 2 cpu.idle=1\n"},
        {{.cpu = {.idle = N(0), .shares = N(2)}}, false, "write 2 cpu.idle=0 ?\nwrite 2 cpu.weight=1\n"},
    };

    check_accepted(state, cases, ARRAY_SIZE(cases));
}

static void test_cgroup_v2_resources__the_rest(void **state)
{
    static struct config_weight_device weights[] = {
        {.major = 8, .minor = 0, .weight = N(500)},
        {.major = 8, .minor = 16, .weight = N(10), .leaf_weight = N(0)},
        {.major = 8, .minor = 32, .weight = N(0)},
    };
    static struct config_throttle_device rate[] = {{8, 0, 1048576}, {8, 16, 0}};
    static struct config_hugepage_limit huge[] = {{"2MB", 209715200}};
    static struct config_rdma rdma[] = {{"mlx5_1", N(3), N(10000)}};
    static struct pair unified[] = {
        {"memory.high", "1000"},   {"io.max", "8:0 rbps=1\n8:16 wbps=2\n"},
        {"cpuset.cpus", ""},       {"cpu.max", "max 100000"},
        {"cgroup.max.depth", "5"}, {"cpu.pressure", "some 1 2"},
        {"pids.max", "\n\n7"},
    };
    static const struct accepted cases[] = {
        {{.pids_limit = N(100)}, false, "write 2 pids.max=100\n"},
        {{.pids_limit = N(0)}, false, "write 2 pids.max=0\n"},
        {{.pids_limit = N(-1)}, false, ""},
        {{.pids_limit = N(-1)}, true, "write 2 pids.max=max\n"},
        {{.block_io = {.weight = N(500), .weight_devices = weights, .n_weight_devices = 3}},
         false,
         "write 2 io.bfq.weight=500 |io.weight=4950\nwrite 2 io.weight=4950 ?\n"
         "write 2 io.bfq.weight=8:0 500 |io.weight=8:0 4950\nwrite 2 io.bfq.weight=8:16 10 |io.weight=8:16 1\n"},
        {{.block_io = {.throttle = {[THROTTLE_READ_BPS] = {rate, 2},
                                    [THROTTLE_WRITE_BPS] = {rate, 1},
                                    [THROTTLE_READ_IOPS] = {rate, 1},
                                    [THROTTLE_WRITE_IOPS] = {rate, 1}}}},
         false,
         "write 2 io.max=8:0 rbps=1048576\nwrite 2 io.max=8:16 rbps=max\nwrite 2 io.max=8:0 wbps=1048576\n"
         "write 2 io.max=8:0 riops=1048576\nwrite 2 io.max=8:0 wiops=1048576\n"},
        {{.hugepage_limits = huge, .n_hugepage_limits = 1},
         false,
         "write 2 hugetlb.2MB.max=209715200\nwrite 2 hugetlb.2MB.rsvd.max=209715200 ?\n"},
        {{.network = {.class_id = N(0)}}, false, ""},
        {{.rdma = rdma, .n_rdma = 1}, false, "write 2 rdma.max=mlx5_1 hca_handle=3 hca_object=10000\n"},
        /* after the settings that name the same file */
        {{.pids_limit = N(5), .unified = {unified, ARRAY_SIZE(unified)}},
         false,
         "write 2 pids.max=5\nwrite 2 memory.high=1000 u\nwrite 2 io.max=8:0 rbps=1 u\nwrite 2 io.max=8:16 "
         "wbps=2 u\n"
         "write 2 cpuset.cpus=\n u\nwrite 2 cpu.max=max 100000 u\nwrite 2 cgroup.max.depth=5 u\n"
         "write 2 cpu.pressure=some 1 2 u\nwrite 2 pids.max=7 u\n"},
    };

    check_accepted(state, cases, ARRAY_SIZE(cases));
}

static void test_cgroup_v2_resources__no_equivalent(void **state)
{
    static struct config_weight_device leaf[] = {{.major = 8, .weight = N(10), .leaf_weight = N(10)}};
    static struct config_if_priority prio[] = {{"eth0", 5}};
    static const struct {
        struct config_resources r;
        const char *where;
    } cases[] = {
        {{.memory = {.kernel = N(4096)}}, "memory/kernel"},
        {{.memory = {.kernel_tcp = N(4096)}}, "memory/kernelTCP"},
        {{.memory = {.swappiness = N(0)}}, "memory/swappiness"},
        {{.memory = {.swappiness = N(60)}}, "memory/swappiness"},
        {{.memory = {.disable_oom_killer = N(true)}}, "memory/disableOOMKiller"},
        {{.memory = {.use_hierarchy = N(false)}}, "memory/useHierarchy"},
        {{.cpu = {.realtime_runtime_us = N(950000)}}, "cpu/realtimeRuntime"},
        {{.cpu = {.realtime_period_us = N(1000000)}}, "cpu/realtimePeriod"},
        {{.block_io = {.leaf_weight = N(10)}}, "blockIO/leafWeight"},
        {{.block_io = {.weight_devices = leaf, .n_weight_devices = 1}}, "blockIO/weightDevice/0"},
        {{.network = {.class_id = N(1)}}, "network/classID"},
        {{.network = {.priorities = prio, .n_priorities = 1}}, "network/priorities"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(65536);
        char where[256];
        struct facts f = facts_v2();
        struct strings warnings;
        struct err e;

        err_init(&e);
        assert_int_equal(cgroup_ops_resources(*state, &cases[i].r, &f, false, &out, &warnings, &e), -EINVAL);
        (void)snprintf(where, sizeof(where), "/linux/resources/%s", cases[i].where);
        assert_string_equal(e.where, where);
        if (!strstr(e.message, "with cgroup v2: it has no equivalent"))
            fail_msg("case %zu: %s", i, e.message);
    }
}

static void test_cgroup_v2_resources__unified_refused(void **state)
{
    static const struct {
        const char *key;
        const char *where;
        const char *message;
    } cases[] = {
        {"../memory.max", "", "unified resource \"../memory.max\" must be a file name (no slashes)"},
        {"a/b.max", "", "must be a file name (no slashes)"},
        {"memory", "/memory", "unified resource \"memory\" must be in the form CONTROLLER.PARAMETER"},
        {"", "/", "must be in the form CONTROLLER.PARAMETER"},
        {".", "/.", "must be in the form"},
        {"..", "/..", "must be in the form"},
        {".max", "/.max", "must be in the form"},
        {"cgroup.procs", "/cgroup.procs",
         "unified resource \"cgroup.procs\" can't be set: it belongs to the runtime"},
        {"cgroup.threads", "/cgroup.threads", "it belongs to the runtime"},
        {"cgroup.kill", "/cgroup.kill", "it belongs to the runtime"},
        {"cgroup.freeze", "/cgroup.freeze", "it belongs to the runtime"},
        {"cgroup.type", "/cgroup.type", "it belongs to the runtime"},
        {"cgroup.subtree_control", "/cgroup.subtree_control", "it belongs to the runtime"},
        {"misc.max", "/misc.max",
         "unified resource \"misc.max\" can't be set: controller \"misc\" not available"},
        {"mem.max", "/mem.max", "controller \"mem\" not available"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(65536);
        struct pair pair = {cases[i].key, "1"};
        struct config_resources r = {.unified = {&pair, 1}};
        char where[256];
        struct facts f = facts_v2();
        struct strings warnings;
        struct err e;

        err_init(&e);
        assert_int_equal(cgroup_ops_resources(*state, &r, &f, false, &out, &warnings, &e), -EINVAL);
        (void)snprintf(where, sizeof(where), "/linux/resources/unified%s", cases[i].where);
        assert_string_equal(e.where, where);
        if (!strstr(e.message, cases[i].message))
            fail_msg("case %zu: %s", i, e.message);
    }
}

static void test_cgroup_v2_resources__long_unified_value(void **state)
{
    static char value[5000];
    struct pair pair = {"io.max", value};
    struct config_resources r = {.unified = {&pair, 1}};
    AUTO_BUF struct buf out = BUF_INIT(65536);
    struct facts f = facts_v2();
    struct strings warnings;
    struct err e;

    err_init(&e);
    memset(value, 'x', 4094);
    assert_int_equal(cgroup_ops_resources(*state, &r, &f, false, &out, &warnings, &e), 0);
    value[4094] = 'x';
    assert_int_equal(cgroup_ops_resources(*state, &r, &f, false, &out, &warnings, &e), -EINVAL);
    assert_string_equal(e.where, "/linux/resources/unified/io.max");
    memset(value, 'x', sizeof(value) - 1);
    assert_int_equal(cgroup_ops_resources(*state, &r, &f, false, &out, &warnings, &e), -EINVAL);
}

static void test_cgroup_v2_resources__controller_not_available(void **state)
{
    static struct config_throttle_device rate[] = {{8, 0, 1}};
    static struct config_weight_device weights[] = {{.major = 8, .weight = N(100)}};
    static struct config_hugepage_limit huge[] = {{"2MB", 1}};
    static struct config_rdma rdma[] = {{"mlx", N(1), {0}}};
    static const struct {
        struct config_resources r;
        const char *controller;
    } cases[] = {
        {{.memory = {.limit = N(4096)}}, "memory"},
        {{.memory = {.swap = N(-1)}}, "memory"},
        {{.memory = {.reservation = N(4096)}}, "memory"},
        {{.cpu = {.shares = N(4)}}, "cpu"},
        {{.cpu = {.quota_us = N(4)}}, "cpu"},
        {{.cpu = {.period_us = N(4)}}, "cpu"},
        {{.cpu = {.burst_us = N(4)}}, "cpu"},
        {{.cpu = {.idle = N(1)}}, "cpu"},
        {{.cpu = {.cpus = "0"}}, "cpuset"},
        {{.cpu = {.mems = "0"}}, "cpuset"},
        {{.pids_limit = N(4)}, "pids"},
        {{.block_io = {.weight = N(10)}}, "io"},
        {{.block_io = {.weight_devices = weights, .n_weight_devices = 1}}, "io"},
        {{.block_io = {.throttle = {{rate, 1}}}}, "io"},
        {{.hugepage_limits = huge, .n_hugepage_limits = 1}, "hugetlb"},
        {{.rdma = rdma, .n_rdma = 1}, "rdma"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(65536);
        char want[128];
        struct facts f = facts_v2();
        struct strings warnings;
        struct err e;

        err_init(&e);
        assert_int_equal(cgroup_ops_resources(*state, &cases[i].r, &f, false, &out, &warnings, &e), 0);
        assert_true(out.len > 0);
        f.cgroup2_controllers = i % 2 ? NULL : "misc";
        assert_int_equal(cgroup_ops_resources(*state, &cases[i].r, &f, false, &out, &warnings, &e), -EINVAL);
        (void)snprintf(want, sizeof(want), ": controller %s is not available in cgroup v2",
                       cases[i].controller);
        if (!strstr(e.message, want))
            fail_msg("case %zu: %s", i, e.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cgroup_v2_weight_of_shares__table),
        cmocka_unit_test(test_cgroup_v2_weight_of_shares__every_value),
        cmocka_unit_test(test_cgroup_v2_io_weight__table),
        cmocka_unit_test(test_cgroup_v2_swap_max__table),
        cmocka_unit_test(test_cgroup_pids_zero_limits__versions),
        cmocka_unit_test_setup_teardown(test_cgroup_v2_resources__memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v2_resources__cpu, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v2_resources__the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v2_resources__no_equivalent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v2_resources__unified_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v2_resources__long_unified_value, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v2_resources__controller_not_available, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
