/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/cgroup_systemd.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

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

#define N(value)                                                                                             \
    {                                                                                                        \
        true, (value)                                                                                        \
    }

static const struct cgroup_systemd scope = {.slice = "machine.slice", .unit = "p-n.scope"};
static const struct cgroup_systemd slice = {.slice = "a.slice", .unit = "a-b.slice"};

/* "NAME=VALUE\n" of each property. */
static void print(const struct systemd_properties *p, struct buf *out)
{
    for (size_t i = 0; i < p->n; i++) {
        buf_printf(out, "%s=", p->v[i].name);
        systemd_value_print(&p->v[i].value, out);
        buf_char(out, '\n');
    }
}

static int build(struct arena *a, const struct config_resources *r, const struct facts *f,
                 const struct pairs *annotations, const struct cgroup_systemd *unit,
                 struct systemd_properties *ret, struct err *e)
{
    struct cgroup_systemd_request req = {
        .r = r, .oci_version = "1.3.0", .facts = f, .annotations = annotations, .unit = unit, .id = "ctr"};
    struct device_rules rules;
    int rc = devices_rules_decode(a, r->devices, r->n_devices, &rules, e);

    req.rules = &rules;
    return rc < 0 ? rc : cgroup_systemd_properties(a, &req, ret, e);
}

static void expect_update(void **state, const struct config_resources *r, enum cgroup_layout layout,
                          uint32_t version, const char *wanted)
{
    AUTO_BUF struct buf out = BUF_INIT(65536);
    struct facts f = {.cgroup = layout, .systemd_version = version};
    struct cgroup_systemd_request req = {.r = r, .oci_version = "1.3.0", .facts = &f};
    struct systemd_properties p;

    assert_int_equal(cgroup_systemd_update(*state, &req, &p, NULL), 0);
    print(&p, &out);
    assert_string_equal(buf_cstr(&out), wanted);
}

#define ACCOUNTING "CPUAccounting=true\nMemoryAccounting=true\nIOAccounting=true\nTasksAccounting=true\n"
#define DEFAULT_DEVICES                                                                                      \
    "DeviceAllow=[('char-*', 'm'), ('block-*', 'm'), ('/dev/char/1:3', 'rwm'), ('/dev/char/1:8', 'rwm'), "   \
    "('/dev/char/1:7', 'rwm'), ('/dev/char/5:0', 'rwm'), ('/dev/char/1:5', 'rwm'), ('/dev/char/1:9', "       \
    "'rwm'), ('char-136', 'rwm'), ('/dev/char/5:2', 'rwm'), ('/dev/char/10:200', 'rwm')"

static void test_cgroup_systemd_properties__unit(void **state)
{
    AUTO_BUF struct buf out = BUF_INIT(65536), of_slice = BUF_INIT(65536);
    static const struct config_resources r = {0};
    struct facts f = {.cgroup = CGROUP_LAYOUT_V2, .rootless = true};
    struct systemd_properties p;

    assert_int_equal(build(*state, &r, &f, NULL, &scope, &p, NULL), 0);
    print(&p, &out);
    assert_string_equal(buf_cstr(&out),
                        "Description='lorica container ctr'\nSlice='machine.slice'\nDelegate=true\n"
                        "DefaultDependencies=false\nCollectMode='inactive-or-failed'\n" ACCOUNTING);
    f.cgroup = CGROUP_LAYOUT_HYBRID;
    f.systemd_version = 219;
    assert_int_equal(build(*state, &r, &f, NULL, &slice, &p, NULL), 0);
    print(&p, &of_slice);
    assert_string_equal(buf_cstr(&of_slice),
                        "Description='lorica container ctr'\nWants=['a.slice']\nDefaultDependencies=false\n"
                        "CPUAccounting=true\nMemoryAccounting=true\nBlockIOAccounting=true\n");
}

static void test_cgroup_systemd_update__resources(void **state)
{
    static struct config_throttle_device rate[] = {{8, 0, 1000}, {8, 16, 0}};
    static struct config_weight_device weight[] = {{8, 0, N(500), {0}}, {8, 16, {0}, {0}}};
    static const struct {
        struct config_resources r;
        const char *v2;
        const char *v1;
    } cases[] = {
        {{0}, "", ""},
        {{.memory = {.limit = N(1048576)}}, "MemoryMax=uint64 1048576\n", "MemoryLimit=uint64 1048576\n"},
        {{.memory = {.limit = N(-1)}},
         "MemoryMax=uint64 18446744073709551615\n",
         "MemoryLimit=uint64 18446744073709551615\n"},
        {{.memory = {.limit = N(0)}}, "", ""},
        {{.memory = {.limit = N(4096), .swap = N(8192), .reservation = N(2048)}},
         "MemoryMax=uint64 4096\nMemoryLow=uint64 2048\nMemorySwapMax=uint64 4096\n",
         "MemoryLimit=uint64 4096\n"},
        {{.memory = {.limit = N(4096), .swap = N(4096)}},
         "MemoryMax=uint64 4096\nMemorySwapMax=uint64 0\n",
         "MemoryLimit=uint64 4096\n"},
        {{.memory = {.swap = N(-1)}}, "MemorySwapMax=uint64 18446744073709551615\n", ""},
        {{.cpu = {.shares = N(1024)}}, "CPUWeight=uint64 100\n", "CPUShares=uint64 1024\n"},
        {{.cpu = {.shares = N(1024), .idle = N(1)}}, "CPUWeight=uint64 0\n", ""},
        {{.cpu = {.idle = N(0)}}, "", ""},
        {{.cpu = {.quota_us = N(50000), .period_us = N(100000)}},
         "CPUQuotaPeriodUSec=uint64 100000\nCPUQuotaPerSecUSec=uint64 500000\n",
         "CPUQuotaPeriodUSec=uint64 100000\nCPUQuotaPerSecUSec=uint64 500000\n"},
        {{.cpu = {.quota_us = N(-1)}},
         "CPUQuotaPerSecUSec=uint64 18446744073709551615\n",
         "CPUQuotaPerSecUSec=uint64 18446744073709551615\n"},
        {{.cpu = {.period_us = N(50000)}},
         "CPUQuotaPeriodUSec=uint64 50000\nCPUQuotaPerSecUSec=uint64 18446744073709551615\n",
         "CPUQuotaPeriodUSec=uint64 50000\nCPUQuotaPerSecUSec=uint64 18446744073709551615\n"},
        {{.cpu = {.cpus = "0-3,8,15", .mems = "0"}},
         "AllowedCPUs=@ay [0x0f, 0x81]\nAllowedMemoryNodes=@ay [0x01]\n",
         ""},
        {{.cpu = {.cpus = "64-71"}},
         "AllowedCPUs=@ay [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff]\n",
         ""},
        {{.cpu = {.cpus = "0-31:2/4"}}, "", ""},
        {{.pids_limit = N(10)}, "TasksMax=uint64 10\n", "TasksMax=uint64 10\n"},
        {{.pids_limit = N(0)}, "TasksMax=uint64 1\n", "TasksMax=uint64 1\n"},
        {{.pids_limit = N(-1)},
         "TasksMax=uint64 18446744073709551615\n",
         "TasksMax=uint64 18446744073709551615\n"},
        {{.block_io = {.weight = N(500)}}, "IOWeight=uint64 4500\n", "BlockIOWeight=uint64 500\n"},
        {{.block_io = {.throttle[THROTTLE_READ_BPS] = {rate, 2}, .throttle[THROTTLE_WRITE_IOPS] = {rate, 1}}},
         "IOReadBandwidthMax=[('/dev/block/8:0', uint64 1000), ('/dev/block/8:16', 18446744073709551615)]\n"
         "IOWriteIOPSMax=[('/dev/block/8:0', uint64 1000)]\n",
         ""},
        {{.block_io = {.weight_devices = weight, .n_weight_devices = 2}},
         "IODeviceWeight=[('/dev/block/8:0', uint64 4500)]\n",
         ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        expect_update(state, &cases[i].r, CGROUP_LAYOUT_V2, 0, cases[i].v2);
        expect_update(state, &cases[i].r, CGROUP_LAYOUT_V1, 0, cases[i].v1);
        expect_update(state, &cases[i].r, CGROUP_LAYOUT_HYBRID, 0, cases[i].v1);
    }
}

static void test_cgroup_systemd_update__unified(void **state)
{
    static const struct {
        const char *key;
        const char *value;
        const char *wanted;
    } cases[] = {
        {"memory.high", "1000", "MemoryHigh=uint64 1000\n"},
        {"memory.min", "0", "MemoryMin=uint64 0\n"},
        {"memory.low", "max", "MemoryLow=uint64 18446744073709551615\n"},
        {"memory.max", "1M", ""},
        {"memory.swap.max", "0\n", "MemorySwapMax=uint64 0\n"},
        {"memory.zswap.max", "5", "MemoryZSwapMax=uint64 5\n"},
        {"memory.oom.group", "1", "OOMPolicy='kill'\n"},
        {"memory.oom.group", "0", "OOMPolicy='continue'\n"},
        {"memory.oom.group", "2", ""},
        {"pids.max", "7", "TasksMax=uint64 7\n"},
        {"pids.max", "0", "TasksMax=uint64 1\n"},
        {"pids.max", "max", "TasksMax=uint64 18446744073709551615\n"},
        {"cpu.max", "max 100000",
         "CPUQuotaPeriodUSec=uint64 100000\nCPUQuotaPerSecUSec=uint64 18446744073709551615\n"},
        {"cpu.max", "20000", "CPUQuotaPeriodUSec=uint64 100000\nCPUQuotaPerSecUSec=uint64 200000\n"},
        {"cpu.max", "20000 50000", "CPUQuotaPeriodUSec=uint64 50000\nCPUQuotaPerSecUSec=uint64 400000\n"},
        {"cpu.max", "20000 x", ""},
        {"cpu.weight", "55", "CPUWeight=uint64 55\n"},
        {"cpu.weight", "0", ""},
        {"cpu.weight", "10001", ""},
        {"cpu.idle", "1", "CPUWeight=uint64 0\n"},
        {"cpu.idle", "0", ""},
        {"cpuset.cpus", "0,1", "AllowedCPUs=@ay [0x03]\n"},
        {"cpuset.mems", "1", "AllowedMemoryNodes=@ay [0x02]\n"},
        {"io.weight", "default 77", "IOWeight=uint64 77\n"},
        {"io.weight", "77", "IOWeight=uint64 77\n"},
        {"io.weight", "8:0 77", ""},
        {"io.max", "8:0 rbps=1", ""},
        {"hugetlb.2MB.max", "5", ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pair pair = {cases[i].key, cases[i].value};
        struct config_resources r = {.unified = {&pair, 1}};

        expect_update(state, &r, CGROUP_LAYOUT_V2, 0, cases[i].wanted);
        expect_update(state, &r, CGROUP_LAYOUT_V1, 0, "");
    }
}

static void test_cgroup_systemd_update__unified_has_the_last_word(void **state)
{
    static struct pair pairs[] = {
        {"cpu.idle", "1"}, {"cpu.weight", "9"}, {"memory.max", "max"}, {"pids.max", "3"}};
    static const struct config_resources r = {.memory = {.limit = N(4096)},
                                              .cpu = {.shares = N(1024)},
                                              .pids_limit = N(10),
                                              .unified = {pairs, ARRAY_SIZE(pairs)}};

    expect_update(state, &r, CGROUP_LAYOUT_V2, 0,
                  "MemoryMax=uint64 18446744073709551615\nCPUWeight=uint64 0\nTasksMax=uint64 3\n");
}

static void test_cgroup_systemd_update__versions(void **state)
{
    static struct pair pairs[] = {{"memory.min", "1"}, {"memory.oom.group", "1"}, {"memory.zswap.max", "1"}};
    static const struct config_resources r = {
        .memory = {.limit = N(4096), .swap = N(8192)},
        .cpu = {.idle = N(1), .quota_us = N(1000), .period_us = N(100000), .cpus = "0", .mems = "0"},
        .unified = {pairs, ARRAY_SIZE(pairs)}};

    expect_update(state, &r, CGROUP_LAYOUT_V2, 231,
                  "MemoryMax=uint64 4096\nCPUQuotaPerSecUSec=uint64 10000\n");
    expect_update(state, &r, CGROUP_LAYOUT_V2, 241,
                  "MemoryMax=uint64 4096\nMemorySwapMax=uint64 4096\nCPUQuotaPerSecUSec=uint64 10000\n"
                  "MemoryMin=uint64 1\n");
    expect_update(state, &r, CGROUP_LAYOUT_V2, 244,
                  "MemoryMax=uint64 4096\nMemorySwapMax=uint64 4096\nCPUQuotaPeriodUSec=uint64 100000\n"
                  "CPUQuotaPerSecUSec=uint64 10000\nAllowedCPUs=@ay [0x01]\nAllowedMemoryNodes=@ay [0x01]\n"
                  "MemoryMin=uint64 1\n");
    expect_update(state, &r, CGROUP_LAYOUT_V2, 253,
                  "MemoryMax=uint64 4096\nMemorySwapMax=uint64 4096\nCPUWeight=uint64 0\n"
                  "CPUQuotaPeriodUSec=uint64 100000\nCPUQuotaPerSecUSec=uint64 10000\n"
                  "AllowedCPUs=@ay [0x01]\nAllowedMemoryNodes=@ay [0x01]\nMemoryMin=uint64 1\n"
                  "OOMPolicy='kill'\nMemoryZSwapMax=uint64 1\n");
}

static void test_cgroup_systemd_properties__devices(void **state)
{
    static struct config_device_rule one[] = {{true, "c", N(10), N(229), "rw"}, {true, "b", N(8), {0}, "r"}};
    static struct config_device_rule everything[] = {{true, "a", {0}, {0}, "rwm"}};
    static struct config_device_rule but_one[] = {{true, "a", {0}, {0}, "rwm"},
                                                  {false, "c", N(10), N(229), "rwm"}};
    static struct config_device_rule hole[] = {{true, "c", N(10), {0}, "rwm"},
                                               {false, "c", N(10), N(229), "rwm"}};
    static struct config_device_rule any_major[] = {{true, "c", {0}, N(7), "rw"}};
    static const struct {
        struct config_device_rule *v;
        size_t n;
        const char *v2;
        const char *v1;
    } cases[] = {
        {one, 2, "DevicePolicy='strict'\nDeviceAllow=[('/dev/char/10:229', 'rwm'), ('block-8', 'rm'), ",
         "DevicePolicy='strict'\nDeviceAllow=[('/dev/char/10:229', 'rwm'), ('block-8', 'rm'), "},
        {NULL, 0, "DevicePolicy='strict'\n" DEFAULT_DEVICES "]\n",
         "DevicePolicy='strict'\n" DEFAULT_DEVICES "]\n"},
        {everything, 1, "DevicePolicy='auto'\nDeviceAllow=@a(ss) []\n",
         "DevicePolicy='auto'\nDeviceAllow=@a(ss) []\n"},
        {but_one, 2, "DevicePolicy='auto'\nDeviceAllow=@a(ss) []\n",
         "DevicePolicy='auto'\nDeviceAllow=@a(ss) []\n"},
        {hole, 2, "DevicePolicy='auto'\nDeviceAllow=@a(ss) []\n",
         "DevicePolicy='auto'\nDeviceAllow=@a(ss) []\n"},
        {any_major, 1, "DevicePolicy='auto'\nDeviceAllow=@a(ss) []\n",
         "DevicePolicy='strict'\nDeviceAllow=[('char-*', 'm'), ('block-*', 'm'), ('/dev/char/1:3', 'rwm')"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (int v2 = 0; v2 < 2; v2++) {
            AUTO_BUF struct buf out = BUF_INIT(65536);
            const struct config_resources r = {.devices = cases[i].v, .n_devices = cases[i].n};
            const struct facts f = {.cgroup = v2 ? CGROUP_LAYOUT_V2 : CGROUP_LAYOUT_V1};
            const char *wanted = v2 ? cases[i].v2 : cases[i].v1;
            struct systemd_properties p;

            assert_int_equal(build(*state, &r, &f, NULL, &scope, &p, NULL), 0);
            print(&p, &out);
            if (!strstr(buf_cstr(&out), wanted))
                fail_msg("case %zu, v%d: %s", i, v2 + 1, buf_cstr(&out));
        }
    }
}

static void test_cgroup_systemd_properties__annotations(void **state)
{
    static const struct {
        const char *key;
        const char *value;
        const char *wanted;
    } cases[] = {
        {"org.systemd.property.TimeoutStopUSec", "uint64 5", "TimeoutStopUSec=uint64 5\n"},
        {"org.systemd.property.TimeoutStopSec", "123", "TimeoutStopUSec=uint64 123000000\n"},
        {"org.systemd.property.TimeoutStopSec", "0.5", "TimeoutStopUSec=uint64 500000\n"},
        {"org.systemd.property.CollectMode", "'inactive'", "\nCollectMode='inactive'\n"},
        {"org.systemd.property.Description", "\"x\"", "Description='x'\n"},
        {"org.systemd.property.After", "['a.service', 'b.service']", "After=['a.service', 'b.service']\n"},
        {"org.systemd.property.Sec", "5", "Sec=5\n"},
        {"org.systemd.property.MemoryZSwapMax", "uint64 1", "MemoryZSwapMax=uint64 1\n"},
    };
    static const struct config_resources r = {0};
    const struct facts f = {.cgroup = CGROUP_LAYOUT_V2, .systemd_version = 244};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(65536);
        struct pair pairs[] = {{"org.systemd.propert", "x"}, {cases[i].key, cases[i].value}};
        const struct pairs annotations = {pairs, 2};
        struct systemd_properties p;
        struct err e;

        err_init(&e);
        if (build(*state, &r, &f, &annotations, &scope, &p, &e) < 0)
            fail_msg("%s: %s", cases[i].key, e.message);
        print(&p, &out);
        if (!strstr(buf_cstr(&out), cases[i].wanted))
            fail_msg("%s: %s", cases[i].key, buf_cstr(&out));
    }
}

static void test_cgroup_systemd_properties__annotations_refused(void **state)
{
    static const struct {
        const char *key;
        const char *value;
        const char *message;
    } cases[] = {
        {"org.systemd.property.", "1", "annotation org.systemd.property. name incorrect: too short"},
        {"org.systemd.property.ab", "1", "annotation org.systemd.property.ab name incorrect: too short"},
        {"org.systemd.property.a.b", "1",
         "annotation org.systemd.property.a.b name incorrect: only letters are allowed"},
        {"org.systemd.property.PIDs", "[uint32 1]",
         "annotation org.systemd.property.PIDs name incorrect: PIDs belongs to the runtime"},
        {"org.systemd.property.Slice", "'a.slice'",
         "annotation org.systemd.property.Slice name incorrect: Slice belongs to the runtime"},
        {"org.systemd.property.Foo", "bar",
         "annotation org.systemd.property.Foo=bar value parse error: at 1: neither a value nor a type that "
         "properties have"},
        {"org.systemd.property.FooSec", "'bar'",
         "annotation org.systemd.property.FooSec='bar' value parse error: not a number of seconds"},
        {"org.systemd.property.FooSec", "-1",
         "annotation org.systemd.property.FooSec=-1 value parse error: not a number of seconds"},
    };
    static const struct config_resources r = {0};
    const struct facts f = {.cgroup = CGROUP_LAYOUT_V2};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pair pair = {cases[i].key, cases[i].value};
        const struct pairs annotations = {&pair, 1};
        struct systemd_properties p = {.n = 77};
        char where[ERR_WHERE_MAX];
        struct err e;

        err_init(&e);
        assert_int_equal(build(*state, &r, &f, &annotations, &scope, &p, &e), -EINVAL);
        assert_string_equal(e.message, cases[i].message);
        snprintf(where, sizeof(where), "/annotations/%s", cases[i].key);
        assert_string_equal(e.where, where);
        assert_int_equal(p.n, 77);
    }
}

static void test_cgroup_systemd__conversions(void **state)
{
    static const struct {
        int64_t quota;
        uint64_t period;
        uint64_t usec;
    } quotas[] = {
        {50000, 100000, 500000},    {50000, 0, 500000},      {100000, 100000, 1000000},
        {123456, 100000, 1240000},  {1000, 100000, 10000},   {1001, 100000, 20000},
        {1, 1000000000, 10000},     {0, 100000, UINT64_MAX}, {-1, 100000, UINT64_MAX},
        {INT64_MAX, 1, UINT64_MAX},
    };
    static const struct {
        const char *text;
        uint32_t version;
    } versions[] = {
        {"252.38-1~deb12u1", 252}, {"v245.4-4ubuntu3", 245}, {"219", 219}, {"systemd", 0}, {"", 0}, {NULL, 0},
        {"99999999999", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(quotas); i++)
        assert_true(cgroup_systemd_quota(quotas[i].quota, quotas[i].period) == quotas[i].usec);
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
        assert_int_equal(cgroup_systemd_version(versions[i].text), versions[i].version);
    assert_int_equal(cgroup_systemd_io_weight(10), 10);
    assert_int_equal(cgroup_systemd_io_weight(100), 100);
    assert_int_equal(cgroup_systemd_io_weight(500), 4500);
    assert_int_equal(cgroup_systemd_io_weight(1000), 10000);
    assert_true(cgroup_systemd_manages("cpu,cpuacct"));
    assert_true(cgroup_systemd_manages("name=systemd"));
    assert_true(cgroup_systemd_manages("pids"));
    assert_false(cgroup_systemd_manages("freezer"));
    assert_false(cgroup_systemd_manages("net_cls,net_prio"));
    assert_false(cgroup_systemd_manages("cpuset"));
}

static void test_cgroup_systemd_undo__what_was_set_first(void **state)
{
    static struct pair pair = {"memory.oom.group", "1"};
    static const struct config_resources old = {.memory = {.limit = N(4096)}, .pids_limit = N(5)};
    static const struct config_resources new = {
        .memory = {.limit = N(8192), .reservation = N(1)},
        .cpu = {.shares = N(2048), .cpus = "0"},
        .unified = {&pair, 1},
    };
    AUTO_BUF struct buf out = BUF_INIT(65536);
    const struct facts f = {.cgroup = CGROUP_LAYOUT_V2};
    struct cgroup_systemd_request req = {.r = &old, .oci_version = "1.3.0", .facts = &f};
    struct systemd_properties before, done, back;

    assert_int_equal(cgroup_systemd_update(*state, &req, &before, NULL), 0);
    req.r = &new;
    assert_int_equal(cgroup_systemd_update(*state, &req, &done, NULL), 0);
    assert_int_equal(cgroup_systemd_undo(*state, &before, &done, &back, NULL), 0);
    print(&back, &out);
    assert_string_equal(buf_cstr(&out),
                        "MemoryMax=uint64 4096\nMemoryLow=uint64 0\nCPUWeight=uint64 18446744073709551615\n"
                        "AllowedCPUs=@ay []\nOOMPolicy='continue'\nTasksMax=uint64 5\n");
}

static void test_cgroup_systemd_properties__no_memory(void **state)
{
    static struct config_throttle_device rate[] = {{8, 0, 1000}};
    static struct config_weight_device weight[] = {{8, 0, N(500), {0}}};
    static const struct config_resources r = {
        .memory = {.limit = N(4096)},
        .cpu = {.cpus = "0"},
        .block_io = {.throttle[THROTTLE_READ_BPS] = {rate, 1},
                     .weight_devices = weight,
                     .n_weight_devices = 1},
    };
    struct pair pair = {"org.systemd.property.FooSec", "5"};
    const struct pairs annotations = {&pair, 1};
    const struct facts f = {.cgroup = CGROUP_LAYOUT_V2};

    (void)state;
    for (size_t n = 1;; n++) {
        struct systemd_properties p;
        struct arena a;
        int rc;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = build(&a, &r, &f, &annotations, &scope, &p, NULL);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            arena_done(&a);
            break;
        }
        assert_int_equal(rc, -ENOMEM);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_properties__unit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_update__resources, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_update__unified, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_update__unified_has_the_last_word, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_update__versions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_properties__devices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_properties__annotations, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_properties__annotations_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_systemd_undo__what_was_set_first, setup, teardown),
        cmocka_unit_test(test_cgroup_systemd__conversions),
        cmocka_unit_test(test_cgroup_systemd_properties__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
