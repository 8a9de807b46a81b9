/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/cgroup_v1.h"

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

struct accepted {
    struct config_resources r;
    bool update;
    const char *ops;
};

static void check_accepted(void **state, const struct accepted *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_BUF struct buf out = BUF_INIT(65536);
        struct facts f = facts_v1();
        struct strings warnings;
        struct err e;

        err_init(&e);
        if (cgroup_ops_resources(*state, &cases[i].r, &f, cases[i].update, &out, &warnings, &e) < 0)
            fail_msg("case %zu: %s: %s", i, e.where, e.message);
        assert_string_equal(buf_cstr(&out), cases[i].ops);
    }
}

static void test_cgroup_v1_resources__memory(void **state)
{
    static const struct accepted cases[] = {
        {{0}, false, ""},
        {{.memory = {.limit = N(0), .swap = N(0), .reservation = N(0), .kernel = N(0)}}, false, ""},
        {{.memory = {.limit = N(1048576)}}, false, "write memory memory.limit_in_bytes=1048576\n"},
        {{.memory = {.limit = N(1048576), .swap = N(2097152)}},
         false,
         "write memory memory.limit_in_bytes=1048576 ~\nwrite memory memory.memsw.limit_in_bytes=2097152\n"},
        {{.memory = {.limit = N(1048576), .swap = N(1048576)}},
         false,
         "write memory memory.limit_in_bytes=1048576 ~\nwrite memory memory.memsw.limit_in_bytes=1048576\n"},
        {{.memory = {.limit = N(1048576), .swap = N(-1)}},
         false,
         "write memory memory.limit_in_bytes=1048576 ~\nwrite memory memory.memsw.limit_in_bytes=-1 ?\n"},
        {{.memory = {.limit = N(-1)}},
         false,
         "write memory memory.limit_in_bytes=-1 ~\nwrite memory memory.memsw.limit_in_bytes=-1 ?\n"},
        {{.memory = {.swap = N(-1)}}, false, "write memory memory.memsw.limit_in_bytes=-1 ?\n"},
        {{.memory = {.reservation = N(4096), .kernel = N(8192), .kernel_tcp = N(-1)}},
         false,
         "write memory memory.soft_limit_in_bytes=4096\nwrite memory memory.kmem.limit_in_bytes=8192\n"
         "write memory memory.kmem.tcp.limit_in_bytes=-1\n"},
        {{.memory = {.swappiness = N(0), .disable_oom_killer = N(true), .use_hierarchy = N(true)}},
         false,
         "write memory memory.use_hierarchy=1 ?\nwrite memory memory.oom_control=1\nwrite memory "
         "memory.swappiness=0\n"},
        {{.memory = {.swappiness = N(UINT64_MAX), .disable_oom_killer = N(false)}}, false, ""},
        {{.memory = {.disable_oom_killer = N(false), .use_hierarchy = N(false)}},
         true,
         "write memory memory.use_hierarchy=0\nwrite memory memory.oom_control=0\n"},
        {{.memory = {.limit = N(1048576), .swap = N(2097152), .check_before_update = N(true)}},
         true,
         "write memory memory.limit_in_bytes=1048576 ~ <memory.usage_in_bytes:1048576\n"
         "write memory memory.memsw.limit_in_bytes=2097152 <memory.memsw.usage_in_bytes:2097152\n"},
        {{.memory = {.limit = N(-1), .check_before_update = N(true)}},
         true,
         "write memory memory.limit_in_bytes=-1 ~\nwrite memory memory.memsw.limit_in_bytes=-1 ?\n"},
    };

    check_accepted(state, cases, ARRAY_SIZE(cases));
}

static void test_cgroup_v1_resources__cpu(void **state)
{
    static const struct accepted cases[] = {
        {{.cpu = {.shares = N(0), .quota_us = N(0), .period_us = N(0), .cpus = "", .mems = ""}}, false, ""},
        {{.cpu = {.shares = N(512)}}, false, "write cpu,cpuacct cpu.shares=512 r\n"},
        {{.cpu = {.period_us = N(50000)}}, false, "write cpu,cpuacct cpu.cfs_period_us=50000\n"},
        {{.cpu = {.quota_us = N(20000), .period_us = N(50000), .burst_us = N(10000)}},
         false,
         "write cpu,cpuacct cpu.cfs_period_us=50000 ~\nwrite cpu,cpuacct cpu.cfs_burst_us=10000 ~ ?\n"
         "write cpu,cpuacct cpu.cfs_quota_us=20000\n"},
        {{.cpu = {.quota_us = N(-5), .burst_us = N(0)}},
         false,
         "write cpu,cpuacct cpu.cfs_burst_us=0 ~ ?\nwrite cpu,cpuacct cpu.cfs_quota_us=-1\n"},
        {{.cpu = {.realtime_runtime_us = N(950000), .realtime_period_us = N(1000000)}},
         false,
         "early cpu,cpuacct cpu.rt_period_us=1000000 ~\nearly cpu,cpuacct cpu.rt_runtime_us=950000\n"},
        {{.cpu = {.realtime_period_us = N(1000000)}}, false, "early cpu,cpuacct cpu.rt_period_us=1000000\n"},
        {{.cpu = {.cpus = "0-3,7", .mems = "0"}},
         false,
         "early cpuset cpuset.cpus=0-3,7 |cpus=0-3,7\nearly cpuset cpuset.mems=0 |mems=0\n"},
        {{.cpu = {.idle = N(0), .shares = N(2)}},
         false,
         "write cpu,cpuacct cpu.idle=0 ?\nwrite cpu,cpuacct cpu.shares=2 r\n"},
        /* an idle group takes no shares */
        {{.cpu = {.idle = N(1), .shares = N(2)}}, false, "write cpu,cpuacct cpu.idle=1\n"},
    };

    check_accepted(state, cases, ARRAY_SIZE(cases));
}

static void test_cgroup_v1_resources__the_rest(void **state)
{
    static struct config_weight_device weights[] = {
        {.major = 8, .minor = 0, .weight = N(500)},
        {.major = 8, .minor = 16, .leaf_weight = N(300)},
        {.major = 9, .minor = 1, .weight = N(10), .leaf_weight = N(1000)},
    };
    static struct config_throttle_device rate[] = {{8, 0, 1048576}, {8, 16, 0}};
    static struct config_hugepage_limit huge[] = {{"2MB", 209715200}, {"1048576KB", 0}};
    static struct config_if_priority prio[] = {{"eth0", 500}, {"lo", 0}};
    static struct config_rdma rdma[] = {
        {"mlx5_1", N(3), N(10000)}, {"mlx4_0", N(1000), {0}}, {"rxe3", {0}, N(0)}};
    static const struct accepted cases[] = {
        {{.pids_limit = N(100)}, false, "write pids pids.max=100\n"},
        {{.pids_limit = N(0)}, false, "write pids pids.max=0\n"},
        {{.pids_limit = N(-1)}, false, ""},
        {{.pids_limit = N(-1)}, true, "write pids pids.max=max\n"},
        {{.block_io = {.weight = N(0), .leaf_weight = N(0)}}, false, ""},
        {{.block_io =
              {.weight = N(500), .leaf_weight = N(10), .weight_devices = weights, .n_weight_devices = 3}},
         false,
         "write blkio blkio.weight=500 |blkio.bfq.weight=500\nwrite blkio blkio.leaf_weight=10\n"
         "write blkio blkio.weight_device=8:0 500 |blkio.bfq.weight_device=8:0 500\n"
         "write blkio blkio.leaf_weight_device=8:16 300\n"
         "write blkio blkio.weight_device=9:1 10 |blkio.bfq.weight_device=9:1 10\n"
         "write blkio blkio.leaf_weight_device=9:1 1000\n"},
        {{.block_io = {.throttle = {[THROTTLE_READ_BPS] = {rate, 2},
                                    [THROTTLE_WRITE_BPS] = {rate, 1},
                                    [THROTTLE_READ_IOPS] = {rate, 1},
                                    [THROTTLE_WRITE_IOPS] = {rate, 1}}}},
         false,
         "write blkio blkio.throttle.read_bps_device=8:0 1048576\n"
         "write blkio blkio.throttle.read_bps_device=8:16 0\n"
         "write blkio blkio.throttle.write_bps_device=8:0 1048576\n"
         "write blkio blkio.throttle.read_iops_device=8:0 1048576\n"
         "write blkio blkio.throttle.write_iops_device=8:0 1048576\n"},
        {{.hugepage_limits = huge, .n_hugepage_limits = 2},
         false,
         "write hugetlb hugetlb.2MB.limit_in_bytes=209715200\n"
         "write hugetlb hugetlb.2MB.rsvd.limit_in_bytes=209715200 ?\n"
         "write hugetlb hugetlb.1GB.limit_in_bytes=0\nwrite hugetlb hugetlb.1GB.rsvd.limit_in_bytes=0 ?\n"},
        {{.network = {.class_id = N(1048577), .priorities = prio, .n_priorities = 2}},
         false,
         "write net_cls,net_prio net_cls.classid=1048577\nwrite net_cls,net_prio net_prio.ifpriomap=eth0 "
         "500\n"
         "write net_cls,net_prio net_prio.ifpriomap=lo 0\n"},
        {{.network = {.class_id = N(0)}}, false, ""},
        {{.rdma = rdma, .n_rdma = 3},
         false,
         "write rdma rdma.max=mlx5_1 hca_handle=3 hca_object=10000\nwrite rdma rdma.max=mlx4_0 "
         "hca_handle=1000\n"
         "write rdma rdma.max=rxe3 hca_object=0\n"},
    };

    check_accepted(state, cases, ARRAY_SIZE(cases));
}

static void test_cgroup_v1_resources__refused(void **state)
{
    static struct config_weight_device weight_none[] = {{.major = 8}};
    static struct config_weight_device weight_low[] = {{.major = 8, .weight = N(9)}};
    static struct config_weight_device number[] = {{.major = -1, .weight = N(100)}};
    static struct config_throttle_device rate[] = {{8, 0, 1}, {8, INT64_C(1) << 40, 1}};
    static struct config_hugepage_limit huge_path[] = {{"../../x", 1}};
    static struct config_hugepage_limit huge_none[] = {{NULL, 1}};
    static struct config_hugepage_limit huge_size[] = {{"2MB", 1}, {"64KB", 1}};
    static struct config_if_priority prio[] = {{"eth0\n", 5}};
    static struct config_rdma rdma_name[] = {{"a b", N(1), {0}}};
    static struct config_rdma rdma_empty[] = {{"mlx", {0}, {0}}};
    static struct pair unified[] = {{"memory.high", "1"}};
    static const struct {
        struct config_resources r;
        const char *where;
        const char *message;
    } cases[] = {
        {{.memory = {.limit = N(-2)}}, "memory/limit", "invalid memory value -2"},
        {{.memory = {.swap = N(-3)}}, "memory/swap", "invalid memory+swap value -3"},
        {{.memory = {.reservation = N(INT64_MIN)}}, "memory/reservation", "invalid memory reservation value"},
        {{.memory = {.kernel = N(-2)}}, "memory/kernel", "invalid kernel memory value"},
        {{.memory = {.kernel_tcp = N(-2)}}, "memory/kernelTCP", "invalid kernel TCP memory value"},
        {{.memory = {.swap = N(4096)}}, "memory/swap", "unable to set swap limit without memory limit"},
        {{.memory = {.limit = N(8192), .swap = N(4096)}},
         "memory/swap",
         "memory+swap limit should be >= memory limit"},
        {{.memory = {.swappiness = N(101)}},
         "memory/swappiness",
         "invalid value: 101 for memory swappiness; valid range 0-100"},
        {{.cpu = {.idle = N(2)}}, "cpu/idle", "cpu idle is 0 or 1, not 2"},
        {{.cpu = {.quota_us = N(1000), .burst_us = N(1001)}},
         "cpu/burst",
         "cpu burst 1001 is greater than the quota 1000"},
        {{.cpu = {.cpus = "0\n1"}}, "cpu/cpus", "not a list of numbers"},
        {{.block_io = {.weight = N(9)}}, "blockIO/weight", "block I/O weight 9 is not from 10 to 1000"},
        {{.block_io = {.leaf_weight = N(1001)}}, "blockIO/leafWeight", "block I/O weight 1001"},
        {{.block_io = {.weight_devices = weight_none, .n_weight_devices = 1}},
         "blockIO/weightDevice/0",
         "a weight device needs a weight or a leafWeight"},
        {{.block_io = {.weight_devices = weight_low, .n_weight_devices = 1}},
         "blockIO/weightDevice/0",
         "weight 9"},
        {{.block_io = {.weight_devices = number, .n_weight_devices = 1}},
         "blockIO/weightDevice/0",
         "device -1:0 is out of range"},
        {{.block_io = {.throttle = {[THROTTLE_WRITE_IOPS] = {rate, 2}}}},
         "blockIO/throttleWriteIOPSDevice/1",
         "is out of range"},
        {{.hugepage_limits = huge_path, .n_hugepage_limits = 1},
         "hugepageLimits/0",
         "pageSize \"../../x\" is not of the form \"2MB\""},
        {{.hugepage_limits = huge_none, .n_hugepage_limits = 1}, "hugepageLimits/0", "pageSize \"\""},
        {{.hugepage_limits = huge_size, .n_hugepage_limits = 2},
         "hugepageLimits/1",
         "this machine has no huge pages of size \"64KB\", but: 2MB 1GB"},
        {{.network = {.priorities = prio, .n_priorities = 1}},
         "network/priorities/0/name",
         "not the name of a network interface"},
        {{.rdma = rdma_name, .n_rdma = 1}, "rdma", "\"a b\" is not the name of an RDMA device"},
        {{.rdma = rdma_empty, .n_rdma = 1}, "rdma/mlx", "needs hcaHandles or hcaObjects"},
        {{.unified = {unified, 1}}, "unified", "invalid configuration: cannot use unified on cgroup v1"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(65536);
        char where[256];
        struct facts f = facts_v1();
        struct strings warnings;
        struct err e;

        err_init(&e);
        assert_int_equal(cgroup_ops_resources(*state, &cases[i].r, &f, false, &out, &warnings, &e), -EINVAL);
        (void)snprintf(where, sizeof(where), "/linux/resources/%s", cases[i].where);
        assert_string_equal(e.where, where);
        if (!strstr(e.message, cases[i].message))
            fail_msg("case %zu: %s", i, e.message);
    }
}

/* A hierarchy that is not mounted is an error of the setting that needs it, and of no other. */
static void test_cgroup_v1_resources__controller_not_mounted(void **state)
{
    static struct config_hugepage_limit huge[] = {{"2MB", 1}};
    static struct config_throttle_device rate[] = {{8, 0, 1}};
    static struct config_if_priority prio[] = {{"eth0", 5}};
    static struct config_rdma rdma[] = {{"mlx", N(1), {0}}};
    static struct config_weight_device weights[] = {{.major = 8, .weight = N(100)}};
    static const struct {
        struct config_resources r;
        const char *controller;
    } cases[] = {
        {{.memory = {.limit = N(4096)}}, "memory"},
        {{.memory = {.swap = N(-1)}}, "memory"},
        {{.memory = {.reservation = N(4096)}}, "memory"},
        {{.memory = {.kernel = N(4096)}}, "memory"},
        {{.memory = {.kernel_tcp = N(4096)}}, "memory"},
        {{.memory = {.swappiness = N(1)}}, "memory"},
        {{.memory = {.disable_oom_killer = N(true)}}, "memory"},
        {{.memory = {.use_hierarchy = N(true)}}, "memory"},
        {{.cpu = {.shares = N(2)}}, "cpu"},
        {{.cpu = {.quota_us = N(2)}}, "cpu"},
        {{.cpu = {.period_us = N(2)}}, "cpu"},
        {{.cpu = {.burst_us = N(2)}}, "cpu"},
        {{.cpu = {.idle = N(1)}}, "cpu"},
        {{.cpu = {.realtime_runtime_us = N(2)}}, "cpu"},
        {{.cpu = {.realtime_period_us = N(2)}}, "cpu"},
        {{.cpu = {.cpus = "0"}}, "cpuset"},
        {{.cpu = {.mems = "0"}}, "cpuset"},
        {{.pids_limit = N(1)}, "pids"},
        {{.block_io = {.weight = N(10)}}, "blkio"},
        {{.block_io = {.leaf_weight = N(10)}}, "blkio"},
        {{.block_io = {.weight_devices = weights, .n_weight_devices = 1}}, "blkio"},
        {{.block_io = {.throttle = {{rate, 1}}}}, "blkio"},
        {{.hugepage_limits = huge, .n_hugepage_limits = 1}, "hugetlb"},
        {{.network = {.class_id = N(1)}}, "net_cls"},
        {{.network = {.priorities = prio, .n_priorities = 1}}, "net_prio"},
        {{.rdma = rdma, .n_rdma = 1}, "rdma"},
    };
    static const struct facts_hierarchy only[] = {CGROUP_OPS_V1("devices", "devices", "/")};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(65536);
        char want[128];
        struct facts f = facts_v1();
        struct strings warnings;
        struct err e;

        err_init(&e);
        assert_int_equal(cgroup_ops_resources(*state, &cases[i].r, &f, false, &out, &warnings, &e), 0);
        assert_true(out.len > 0);
        f.v1 = (struct facts_hierarchy *)(uintptr_t)only;
        f.n_v1 = 1;
        assert_int_equal(cgroup_ops_resources(*state, &cases[i].r, &f, false, &out, &warnings, &e), -EINVAL);
        (void)snprintf(want, sizeof(want), ": no cgroup hierarchy with controller %s is mounted",
                       cases[i].controller);
        if (!strstr(e.message, want) || strncmp(e.message, "cannot set ", 11) != 0)
            fail_msg("case %zu: %s", i, e.message);
        assert_int_equal(strncmp(e.where, "/linux/resources/", 17), 0);
    }
}

static void test_cgroup_v1_resources__warns(void **state)
{
    static const struct config_resources r = {.cpu = {.idle = N(1), .shares = N(2)}};
    AUTO_BUF struct buf out = BUF_INIT(65536);
    struct facts f = facts_v1();
    struct strings warnings;

    assert_int_equal(cgroup_ops_resources(*state, &r, &f, false, &out, &warnings, NULL), 0);
    assert_int_equal(warnings.n, 1);
    assert_string_equal(warnings.v[0], "cpu shares have no effect in an idle cgroup and are not set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cgroup_v1_resources__memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v1_resources__cpu, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v1_resources__the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v1_resources__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v1_resources__controller_not_mounted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v1_resources__warns, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
