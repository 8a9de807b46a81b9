/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/decode.h"
#include "core/update.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

static struct facts_hierarchy hierarchies[] = {
    {"cpu,cpuacct", "/c/cpu", "/"}, {"memory", "/c/memory", "/"}, {"pids", "/c/pids", "/"},
    {"blkio", "/c/blkio", "/"},     {"cpuset", "/c/cpuset", "/"}, {"net_cls,net_prio", "/c/net", "/"},
    {"hugetlb", "/c/hugetlb", "/"}, {"rdma", "/c/rdma", "/"},
};
static struct plan_cgroup v1_cgroups[ARRAY_SIZE(hierarchies)];
static const struct facts v1_facts = {.cgroup = CGROUP_LAYOUT_V1,
                                      .v1 = hierarchies,
                                      .n_v1 = ARRAY_SIZE(hierarchies),
                                      .hugepage_sizes = "2MB 1GB"};
static const struct plan_cgroup v2_cgroups[] = {
    {.hierarchy = PLAN_CGROUP2, .mountpoint = "/c", .path = "/x"}};
static const struct facts v2_facts = {.cgroup = CGROUP_LAYOUT_V2,
                                      .cgroup2_mountpoint = "/c",
                                      .cgroup2_controllers = "cpuset cpu io memory hugetlb pids rdma",
                                      .hugepage_sizes = "2MB 1GB"};

static int setup(void **state)
{
    static struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++)
        v1_cgroups[i] = (struct plan_cgroup){
            .hierarchy = (uint32_t)i, .mountpoint = hierarchies[i].mountpoint, .path = "/x"};
    *state = &a;
    return 0;
}

static int teardown(void **state)
{
    arena_done(*state);
    return 0;
}

static struct config_resources *decode(struct arena *a, const char *json)
{
    struct config_resources *r = NULL;

    assert_int_equal(resources_decode(a, json, strlen(json), &r, NULL), 0);
    return r;
}

static bool warn_only; /* --unsupported=warn */

static int plan(struct arena *a, bool v2, const char *version, const char *stored, const char *request,
                struct update_plan *ret, struct err *e)
{
    return plan_update(a, stored ? decode(a, stored) : NULL, decode(a, request), version,
                       v2 ? &v2_facts : &v1_facts, v2 ? v2_cgroups : v1_cgroups,
                       v2 ? ARRAY_SIZE(v2_cgroups) : ARRAY_SIZE(v1_cgroups), warn_only, ret, e);
}

/* "FILE=VALUE;" for each write */
static const char *writes_text(const struct update_plan *p, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < p->writes.n && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, "%s=%s;", p->writes.v[i].cgroup_write.file,
                                p->writes.v[i].cgroup_write.value);
    return out;
}

/* ---- sizes and flags ---- */

static void test_update_parse_size__accepted(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } cases[] = {
        {"-1", -1},
        {"0", 0},
        {"1", 1},
        {"1b", 1},
        {"1B", 1},
        {"1k", 1024},
        {"1K", 1024},
        {"1kb", 1024},
        {"1KiB", 1024},
        {"1m", 1048576},
        {"1 m", 1048576},
        {"1MB", 1048576},
        {"1g", 1073741824},
        {"0.5g", 536870912},
        {"1.5m", 1572864},
        {"1t", INT64_C(1) << 40},
        {"1p", INT64_C(1) << 50},
        {"1.9", 1},
        {"0.25t", INT64_C(1) << 38},
        {"9223372036854775807", INT64_MAX},
        {"8191p", INT64_C(8191) << 50},
        {"1.0000000001m", 1048576},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t bytes = -99;

        assert_int_equal(update_parse_size(str_of(cases[i].text), &bytes), 0);
        assert_int_equal(bytes, cases[i].bytes);
    }
}

static void test_update_parse_size__refused(void **state)
{
    static const struct {
        const char *text;
        int rc;
    } cases[] = {
        {"", -EINVAL},      {"m", -EINVAL},
        {"-2", -EINVAL},    {"+1", -EINVAL},
        {"1mm", -EINVAL},   {"1bb", -EINVAL},
        {"1bib", -EINVAL},  {"1x", -EINVAL},
        {"1  m", -EINVAL},  {"1m ", -EINVAL},
        {" 1", -EINVAL},    {"1.", -EINVAL},
        {".5m", -EINVAL},   {"1.5.5m", -EINVAL},
        {"0x10", -EINVAL},  {"1e3", -EINVAL},
        {"01", -EINVAL},    {"1,5m", -EINVAL},
        {"max", -EINVAL},   {"9223372036854775808", -ERANGE},
        {"8192p", -ERANGE}, {"99999999999999999999", -ERANGE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t bytes;

        assert_int_equal(update_parse_size(str_of(cases[i].text), &bytes), cases[i].rc);
    }
}

static void test_update_request__flags(void **state)
{
    const struct update_flags flags = {.blkio_weight = "300",
                                       .cpu_period = "100000",
                                       .cpu_quota = "-1",
                                       .cpu_burst = "0",
                                       .cpu_share = "512",
                                       .cpu_rt_period = "7",
                                       .cpu_rt_runtime = "-8",
                                       .cpuset_cpus = "0-1",
                                       .cpuset_mems = "0",
                                       .cpu_idle = "1",
                                       .memory = "1g",
                                       .memory_reservation = "512m",
                                       .memory_swap = "-1",
                                       .kernel_memory = "1k",
                                       .kernel_memory_tcp = "2k",
                                       .pids_limit = "-1"};
    AUTO_BUF struct buf out = BUF_INIT(4096);
    struct config_resources *r;

    assert_int_equal(update_request(*state, &flags, &r, NULL), 0);
    resources_print(r, &out);
    assert_string_equal(
        buf_cstr(&out),
        "{\"memory\":{\"limit\":1073741824,\"reservation\":536870912,\"swap\":-1,\"kernel\":1024,"
        "\"kernelTCP\":2048},"
        "\"cpu\":{\"shares\":512,\"quota\":-1,\"burst\":0,\"period\":100000,\"realtimeRuntime\":-8,"
        "\"realtimePeriod\":7,\"cpus\":\"0-1\",\"mems\":\"0\",\"idle\":1},\"pids\":{\"limit\":-1},"
        "\"blockIO\":{\"weight\":300},\"network\":{}}");
}

static void test_update_request__what_is_wrong_is_named(void **state)
{
    static const struct {
        struct update_flags flags;
        const char *message;
    } cases[] = {
        {{.memory = "lots"}, "invalid value for memory: \"lots\""},
        {{.memory_swap = "-2"}, "invalid value for memory-swap: \"-2\""},
        {{.cpu_quota = "1.5"}, "invalid value for cpu-quota: \"1.5\""},
        {{.cpu_share = "-1"}, "invalid value for cpu-share: \"-1\""},
        {{.blkio_weight = "65536"}, "invalid value for blkio-weight: \"65536\" is out of range"},
        {{.cpu_burst = "18446744073709551616"},
         "invalid value for cpu-burst: \"18446744073709551616\" is out of range"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config_resources *r;
        struct err e;

        err_init(&e);
        assert_int_equal(update_request(*state, &cases[i].flags, &r, &e) < 0, true);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_string_equal(e.message, cases[i].message);
    }
}

/* ---- plans ---- */

static const struct plan_case {
    bool v2;
    const char *stored;
    const char *request;
    const char *writes;
    const char *merged; /* a part of the merged resources; NULL: any */
} plan_cases[] = {
    {false, NULL, "{}", "", NULL},
    {true, "{\"memory\":{\"limit\":9},\"pids\":{\"limit\":3},\"unified\":{\"memory.high\":\"5\"}}", "{}", "",
     NULL},
    /* only what the request is about */
    {false, "{\"memory\":{\"limit\":1000},\"cpu\":{\"shares\":512}}", "{\"pids\":{\"limit\":7}}",
     "pids.max=7;", "\"limit\":1000"},
    {true, NULL, "{\"pids\":{\"limit\":-1}}", "pids.max=max;", NULL},
    /* zeros leave alone */
    {false, "{\"memory\":{\"limit\":1000}}",
     "{\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0,\"kernel\":0},\"cpu\":{\"shares\":0,\"quota\":0,"
     "\"period\":0,\"cpus\":\"\",\"mems\":\"\"},\"blockIO\":{\"weight\":0},\"pids\":{\"limit\":0}}",
     "", "\"limit\":1000"},
    /* quota and period */
    {true, "{\"cpu\":{\"quota\":5000,\"period\":50000}}", "{\"cpu\":{\"quota\":6000}}", "cpu.max=6000 50000;",
     NULL},
    {true, "{\"cpu\":{\"quota\":5000,\"period\":50000}}", "{\"cpu\":{\"period\":70000}}",
     "cpu.max=5000 70000;", NULL},
    {true, NULL, "{\"cpu\":{\"quota\":-1}}", "cpu.max=max 100000;", NULL},
    {false, "{\"cpu\":{\"quota\":5000,\"period\":50000}}", "{\"cpu\":{\"quota\":6000}}",
     "cpu.cfs_period_us=50000;cpu.cfs_quota_us=6000;", NULL},
    {true, "{\"cpu\":{\"quota\":5000}}", "{\"cpu\":{\"burst\":0}}", "cpu.max.burst=0;", NULL},
    /* idle and shares */
    {true, "{\"cpu\":{\"shares\":512}}", "{\"cpu\":{\"idle\":1}}", "cpu.idle=1;", "\"cpu\":{\"idle\":1}"},
    {true, "{\"cpu\":{\"shares\":512,\"idle\":1}}", "{\"cpu\":{\"idle\":0}}", "cpu.idle=0;",
     "\"cpu\":{\"idle\":0}"},
    {true, "{\"cpu\":{\"idle\":1}}", "{\"cpu\":{\"idle\":0,\"shares\":512}}", "cpu.idle=0;cpu.weight=59;",
     NULL},
    {false, NULL, "{\"cpu\":{\"shares\":512}}", "cpu.shares=512;", NULL},
    /* memory and swap */
    {false, NULL, "{\"memory\":{\"limit\":100,\"swap\":200}}",
     "memory.limit_in_bytes=100;memory.memsw.limit_in_bytes=200;", NULL},
    {false, "{\"memory\":{\"limit\":100,\"swap\":200}}", "{\"memory\":{\"limit\":150}}",
     "memory.limit_in_bytes=150;memory.memsw.limit_in_bytes=200;", NULL},
    {false, "{\"memory\":{\"limit\":100,\"swap\":200}}", "{\"memory\":{\"limit\":-1}}",
     "memory.limit_in_bytes=-1;memory.memsw.limit_in_bytes=-1;", "{\"limit\":-1}"},
    {true, "{\"memory\":{\"limit\":100,\"swap\":200}}", "{\"memory\":{\"limit\":-1}}",
     "memory.swap.max=max;memory.max=max;", "{\"limit\":-1}"},
    /* v2: swap stays as it is beside memory */
    {true, "{\"memory\":{\"limit\":100,\"swap\":150}}", "{\"memory\":{\"limit\":400}}",
     "memory.swap.max=50;memory.max=400;", "{\"limit\":400,\"swap\":450}"},
    {true, "{\"memory\":{\"limit\":100,\"swap\":-1}}", "{\"memory\":{\"limit\":400}}",
     "memory.swap.max=max;memory.max=400;", "\"swap\":-1"},
    {true, "{\"memory\":{\"limit\":100,\"swap\":150}}", "{\"memory\":{\"swap\":100}}",
     "memory.swap.max=0;memory.max=100;", NULL},
    {true, "{\"memory\":{\"limit\":100}}", "{\"memory\":{\"reservation\":50}}", "memory.low=50;", NULL},
    /* devices: one by one, the request's first */
    {true,
     "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1},{\"major\":8,\"minor\":"
     "16,\"rate\":2}]}}",
     "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,\"rate\":5}]}}",
     "io.max=8:16 rbps=5;", "[{\"major\":8,\"minor\":16,\"rate\":5},{\"major\":8,\"minor\":0,\"rate\":1}]"},
    {true, NULL, "{\"blockIO\":{\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":0}]}}",
     "io.max=8:16 wiops=max;", NULL},
    {false, "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":100}]}}",
     "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16,\"weight\":200}]}}",
     "blkio.weight_device=8:16 200;", NULL},
    {true, "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}",
     "{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":2}]}", "hugetlb.1GB.max=2;hugetlb.1GB.rsvd.max=2;",
     "\"2MB\""},
    {false, "{\"network\":{\"classID\":5,\"priorities\":[{\"name\":\"lo\",\"priority\":1}]}}",
     "{\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":2}]}}", "net_prio.ifpriomap=eth0 2;",
     "\"classID\":5"},
    {true, "{\"rdma\":{\"mlx4_0\":{\"hcaHandles\":1}}}", "{\"rdma\":{\"mlx5_0\":{\"hcaObjects\":2}}}",
     "rdma.max=mlx5_0 hca_object=2;", "mlx4_0"},
    {true, "{\"unified\":{\"memory.high\":\"5\",\"memory.low\":\"1\"}}",
     "{\"unified\":{\"memory.high\":\"6\"}}", "memory.high=6;", "\"memory.low\":\"1\""},
    /* never devices, never kernel memory */
    {true, "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}",
     "{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}],\"memory\":{\"kernel\":5,\"kernelTCP\":6}}", "",
     "[{\"allow\":false,\"access\":\"rwm\"}]"},
};

static void test_plan_update__writes(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(plan_cases); i++) {
        const struct plan_case *c = &plan_cases[i];
        AUTO_BUF struct buf merged = BUF_INIT(65536);
        struct update_plan p;
        char text[2048];

        assert_int_equal(plan(*state, c->v2, "1.0.2", c->stored, c->request, &p, NULL), 0);
        assert_string_equal(writes_text(&p, text, sizeof(text)), c->writes);
        resources_print(p.resources, &merged);
        if (c->merged && !strstr(buf_cstr(&merged), c->merged))
            fail_msg("case %zu: %s", i, buf_cstr(&merged));
    }
}

static void test_plan_update__pids_0_by_version(void **state)
{
    struct update_plan p;
    char text[64];

    assert_int_equal(plan(*state, true, "1.3.0", NULL, "{\"pids\":{\"limit\":0}}", &p, NULL), 0);
    assert_string_equal(writes_text(&p, text, sizeof(text)), "pids.max=0;");
}

static void test_plan_update__warnings(void **state)
{
    struct update_plan p;

    assert_int_equal(plan(*state, true, "1.0.2", NULL, "{\"memory\":{\"kernel\":5}}", &p, NULL), 0);
    assert_int_equal(p.warnings.n, 1);
    assert_string_equal(p.warnings.v[0], "kernel memory limits are obsolete and ignored");
    assert_int_equal(plan(*state, true, "1.0.2", NULL, "{\"memory\":{\"kernel\":0}}", &p, NULL), 0);
    assert_int_equal(p.warnings.n, 0);
}

static void test_plan_update__check_before_update(void **state)
{
    struct update_plan p;

    assert_int_equal(plan(*state, false, "1.0.2", "{\"memory\":{\"checkBeforeUpdate\":true}}",
                          "{\"memory\":{\"limit\":4096}}", &p, NULL),
                     0);
    assert_int_equal(p.writes.n, 1);
    assert_string_equal(p.writes.v[0].cgroup_write.usage_file, "memory.usage_in_bytes");
    assert_int_equal(p.writes.v[0].cgroup_write.usage_limit, 4096);
}

static void test_plan_update__refused(void **state)
{
    static const struct {
        bool v2;
        const char *stored;
        const char *request;
        const char *where;
    } cases[] = {
        {false, NULL, "{\"memory\":{\"swap\":5}}", "/linux/resources/memory/swap"},
        {false, "{\"memory\":{\"limit\":100,\"swap\":200}}", "{\"memory\":{\"limit\":300}}",
         "/linux/resources/memory/swap"},
        {true, "{\"memory\":{\"limit\":100}}", "{\"memory\":{\"swap\":50}}", "/linux/resources/memory/swap"},
        {true, "{\"cpu\":{\"burst\":9000,\"quota\":10000}}", "{\"cpu\":{\"quota\":5000}}",
         "/linux/resources/cpu/burst"},
        {true, NULL, "{\"cpu\":{\"idle\":2}}", "/linux/resources/cpu/idle"},
        {true, NULL, "{\"memory\":{\"swappiness\":5}}", "/linux/resources/memory/swappiness"},
        {false, NULL, "{\"unified\":{\"memory.max\":\"1\"}}", "/linux/resources/unified"},
        {true, NULL, "{\"unified\":{\"cgroup.procs\":\"1\"}}", "/linux/resources/unified/cgroup.procs"},
        {true, NULL, "{\"hugepageLimits\":[{\"pageSize\":\"../x\",\"limit\":1}]}",
         "/linux/resources/hugepageLimits/0"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct update_plan p;
        struct err e;

        err_init(&e);
        assert_int_equal(plan(*state, cases[i].v2, "1.0.2", cases[i].stored, cases[i].request, &p, &e),
                         -EINVAL);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.where, cases[i].where);
    }
}

/* ---- what is stored ---- */

static const char everything[] =
    "{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rw\"}],"
    "\"memory\":{\"limit\":1,\"reservation\":2,\"swap\":3,\"kernel\":4,\"kernelTCP\":5,\"swappiness\":6,"
    "\"disableOOMKiller\":true,\"useHierarchy\":false,\"checkBeforeUpdate\":true},"
    "\"cpu\":{\"shares\":18446744073709551615,\"quota\":-9223372036854775808,\"burst\":3,\"period\":4,"
    "\"realtimeRuntime\":5,\"realtimePeriod\":6,\"cpus\":\"0-3\",\"mems\":\"0\",\"idle\":1},\"pids\":{"
    "\"limit\":0},"
    "\"blockIO\":{\"weight\":10,\"leafWeight\":20,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1,"
    "\"leafWeight\":2}],\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}],"
    "\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":2}],"
    "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":3}],"
    "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":4}]},"
    "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":5}],"
    "\"network\":{\"classID\":7,\"priorities\":[{\"name\":\"eth0\",\"priority\":8}]},"
    "\"rdma\":{\"mlx5_0\":{\"hcaHandles\":1,\"hcaObjects\":2}},\"unified\":{\"memory.high\":\"1\\n2\"}}";

static void test_resources_print__reads_back(void **state)
{
    AUTO_BUF struct buf out = BUF_INIT(65536);

    resources_print(decode(*state, everything), &out);
    assert_string_equal(buf_cstr(&out), everything);
}

static void test_plan_update__no_memory(void **state)
{
    struct config_resources *stored = decode(*state, "{\"unified\":{\"memory.low\":\"1\"}}");
    struct config_resources *request =
        decode(*state, "{\"memory\":{\"limit\":5,\"kernel\":7},\"unified\":{\"memory.high\":\"2\"},"
                       "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}]}}");

    for (size_t n = 1;; n++) {
        struct update_plan p;
        struct arena a;
        int rc;

        arena_init(&a, 0, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = plan_update(&a, stored, request, "1.0.2", &v2_facts, v2_cgroups, 1, false, &p, NULL);
        arena_done(&a);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            assert_true(n > 5);
            break;
        }
        assert_int_equal(rc, -ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_parse_size__accepted),
        cmocka_unit_test(test_update_parse_size__refused),
        cmocka_unit_test_setup_teardown(test_update_request__flags, setup, teardown),
        cmocka_unit_test_setup_teardown(test_update_request__what_is_wrong_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plan_update__writes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plan_update__pids_0_by_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plan_update__warnings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plan_update__check_before_update, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plan_update__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resources_print__reads_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plan_update__no_memory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
