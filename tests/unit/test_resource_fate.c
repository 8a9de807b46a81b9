/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "cgroup_ops.h"

#include "core/decode.h"
#include "core/resource_fate.h"

#include <errno.h>

#include <cmocka.h>

#ifndef LORICA_SOURCE_DIR
#define LORICA_SOURCE_DIR "."
#endif

static void test_resource_fate(void **state)
{
    static const struct {
        const char *pointer;
        enum resource_fate v1, v2, missing;
    } cases[] = {
#define C RESOURCE_CONVERTIBLE
#define D RESOURCE_DROPPABLE
#define F RESOURCE_FATAL
        {"/linux/resources/memory/limit", C, C, D},
        {"/linux/resources/memory/swappiness", C, D, D},
        {"/linux/resources/unified", D, C, D},
        {"/linux/resources/unified/memory.max", D, C, D},
        {"/linux/resources/rdma/mlx5_0", C, C, D},
        {"/linux/resources/blockIO/weightDevice/3", C, C, D},
        {"/linux/resources/network/priorities", C, D, D},
        {"/linux/resources/network/priorities/0", C, D, D},
        {"/linux/resources/devices", C, C, F},
        {"/linux/resources/memory", F, F, F},
        {"/linux/resources/memory/limits", F, F, F},
        {"/linux/resources/unifiedx", F, F, F},
        {"/linux/resources", F, F, F},
        {"/linux/cgroupsPath", F, F, F},
        {"", F, F, F},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].pointer);
        assert_int_equal(resource_fate(cases[i].pointer, false), cases[i].v1);
        assert_int_equal(resource_fate(cases[i].pointer, true), cases[i].v2);
        assert_int_equal(resource_fate_missing(cases[i].pointer), cases[i].missing);
    }
}

/* A value for each row, as the configuration has it. */
static const struct {
    const char *row, *json;
} values[] = {
    {"/memory/limit", "{\"memory\":{\"limit\":4096}}"},
    {"/memory/reservation", "{\"memory\":{\"reservation\":4096}}"},
    {"/memory/swap", "{\"memory\":{\"swap\":-1}}"},
    {"/memory/kernel", "{\"memory\":{\"kernel\":4096}}"},
    {"/memory/kernelTCP", "{\"memory\":{\"kernelTCP\":4096}}"},
    {"/memory/swappiness", "{\"memory\":{\"swappiness\":5}}"},
    {"/memory/disableOOMKiller", "{\"memory\":{\"disableOOMKiller\":true}}"},
    {"/memory/useHierarchy", "{\"memory\":{\"useHierarchy\":false}}"},
    {"/cpu/shares", "{\"cpu\":{\"shares\":100}}"},
    {"/cpu/quota", "{\"cpu\":{\"quota\":10000}}"},
    {"/cpu/period", "{\"cpu\":{\"period\":10000}}"},
    {"/cpu/burst", "{\"cpu\":{\"burst\":10}}"},
    {"/cpu/realtimeRuntime", "{\"cpu\":{\"realtimeRuntime\":10}}"},
    {"/cpu/realtimePeriod", "{\"cpu\":{\"realtimePeriod\":10}}"},
    {"/cpu/cpus", "{\"cpu\":{\"cpus\":\"0\"}}"},
    {"/cpu/mems", "{\"cpu\":{\"mems\":\"0\"}}"},
    {"/cpu/idle", "{\"cpu\":{\"idle\":1}}"},
    {"/pids/limit", "{\"pids\":{\"limit\":5}}"},
    {"/blockIO/weight", "{\"blockIO\":{\"weight\":10}}"},
    {"/blockIO/leafWeight", "{\"blockIO\":{\"leafWeight\":10}}"},
    {"/blockIO/weightDevice/", "{\"blockIO\":{\"weightDevice\":[{\"major\":1,\"minor\":2,\"weight\":10}]}}"},
    {"/blockIO/throttleReadBpsDevice/",
     "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}]}}"},
    {"/blockIO/throttleWriteBpsDevice/",
     "{\"blockIO\":{\"throttleWriteBpsDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}]}}"},
    {"/blockIO/throttleReadIOPSDevice/",
     "{\"blockIO\":{\"throttleReadIOPSDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}]}}"},
    {"/blockIO/throttleWriteIOPSDevice/",
     "{\"blockIO\":{\"throttleWriteIOPSDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}]}}"},
    {"/hugepageLimits/", "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}"},
    {"/network/classID", "{\"network\":{\"classID\":7}}"},
    {"/network/priorities/", "{\"network\":{\"priorities\":[{\"name\":\"lo\",\"priority\":7}]}}"},
    {"/rdma/", "{\"rdma\":{\"mlx5_0\":{\"hcaHandles\":7}}}"},
    {"/unified/", "{\"unified\":{\"memory.high\":\"5\"}}"},
};

struct built {
    int rc;
    struct err err;
    struct cgroup_plan plan;
    size_t writes;
};

static void build(struct arena *a, const char *json, const struct facts *f, bool warn, struct built *ret)
{
    struct plan_options o = {.id = "ctr", .unsupported_warn = warn};
    struct config c = {.oci_version = "1.3.0", .linux_ = {.cgroups_path = "/ctr"}};

    *ret = (struct built){0};
    err_init(&ret->err);
    assert_int_equal(resources_decode(a, json, strlen(json), &c.linux_.resources, &ret->err), 0);
    ret->rc = cgroup_plan(a, &c, f, &o, &ret->plan, &ret->err);
    for (int late = 0; ret->rc == 0 && late < 2; late++) {
        const struct op_list *l = late ? &ret->plan.after : &ret->plan.before;

        for (size_t i = 0; i < l->n; i++)
            ret->writes += (l->v[i].kind == OP_CGROUP_WRITE || l->v[i].kind == OP_CGROUP_WRITE_EARLY) &&
                           strncmp(l->v[i].cgroup_write.file, "devices.", 8) != 0;
    }
}

/* What is asked for is written, or an error, or, with warn, left out: never anything else. */
static void check_row(struct arena *a, const char *row, const char *json, const struct facts *f,
                      enum resource_fate expected)
{
    struct built strict, lax;
    char top[128];

    snprintf(top, sizeof(top), "/linux/resources%s", row);
    if (str_ends(str_of(top), "/"))
        top[strlen(top) - 1] = '\0';
    build(a, json, f, false, &strict);
    build(a, json, f, true, &lax);
    if (lax.rc < 0)
        fail_msg("%s: %s", row, lax.err.message);
    if (expected == RESOURCE_CONVERTIBLE) {
        if (strict.rc < 0 || strict.writes == 0 || lax.writes != strict.writes || lax.plan.unapplied.n)
            fail_msg("%s is not written", row);
        return;
    }
    if (strict.rc != -EINVAL || strncmp(strict.err.where, top, strlen(top)) != 0)
        fail_msg("%s: no error at its pointer, but at \"%s\"", row, strict.err.where);
    if (lax.writes || lax.plan.unapplied.n != 1 || lax.plan.warnings.n != 0 ||
        strncmp(lax.plan.unapplied.v[0].pointer, top, strlen(top)) != 0 ||
        strcmp(lax.plan.unapplied.v[0].reason, strict.err.message) != 0)
        fail_msg("%s is not left out", row);
}

static void test_resource_fate__every_row(void **state)
{
    static const char all[] =
        "cpu cpuacct cpuset memory devices freezer blkio pids hugetlb net_cls net_prio rdma perf_event";
    struct facts v2 = facts_v2(), v1 = facts_v1(), bare2 = facts_v2(), bare1 = facts_v1();
    struct facts_hierarchy one = {"", "/sys/fs/cgroup/all", "/"}, none = {"devices", "/sys/fs/cgroup/x", "/"};
    char controllers[sizeof(all)];
    size_t seen = 0;
    struct arena a;

    (void)state;
    memcpy(controllers, all, sizeof(all));
    for (size_t i = 0; controllers[i]; i++)
        if (controllers[i] == ' ')
            controllers[i] = ',';
    one.controllers = controllers;
    v1.v1 = &one;
    bare1.v1 = &none;
    v1.n_v1 = bare1.n_v1 = 1;
    v2.cgroup2_controllers = "cpuset cpu io memory hugetlb pids rdma";
    bare2.cgroup2_controllers = "";
    v1.hugepage_sizes = v2.hugepage_sizes = bare1.hugepage_sizes = bare2.hugepage_sizes = "2MB";
    bare1.cgroup2_mountpoint = v1.cgroup2_mountpoint = NULL;
    v1.cgroup = bare1.cgroup = CGROUP_LAYOUT_V1;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        char top[128];

        arena_init(&a, 4096, 1u << 20);
        snprintf(top, sizeof(top), "/linux/resources%s", values[i].row);
        check_row(&a, values[i].row, values[i].json, &v1, resource_fate(top, false));
        check_row(&a, values[i].row, values[i].json, &v2, resource_fate(top, true));
        check_row(&a, values[i].row, values[i].json, &bare1, RESOURCE_DROPPABLE);
        check_row(&a, values[i].row, values[i].json, &bare2, RESOURCE_DROPPABLE);
        arena_done(&a);
    }
    /* each row but the device rules has its value above */
    for (size_t i = 0; resource_fate_pointer(i); i++, seen++)
        if (strcmp(resource_fate_pointer(i), "/devices") != 0) {
            size_t k = 0;

            while (k < ARRAY_SIZE(values) && strcmp(values[k].row, resource_fate_pointer(i)) != 0)
                k++;
            if (k == ARRAY_SIZE(values))
                fail_msg("no value for %s", resource_fate_pointer(i));
        }
    assert_int_equal(seen, ARRAY_SIZE(values) + 1);
}

/* Device rules protect the host. */
static void test_resource_fate__devices(void **state)
{
    struct facts f = facts_v1();
    struct built lax;
    struct arena a;

    (void)state;
    arena_init(&a, 4096, 1u << 20);
    f.n_v1 = 0;
    f.cgroup = CGROUP_LAYOUT_NONE;
    f.cgroup2_mountpoint = NULL;
    build(&a, "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}", &f, true, &lax);
    assert_int_equal(lax.rc, -EINVAL);
    assert_string_equal(lax.err.where, "/linux/resources/devices");
    arena_done(&a);
}

/* The table stands in the documents too. */
static void test_resource_fate__documented(void **state)
{
    static char text[65536];
    FILE *f = fopen(LORICA_SOURCE_DIR "/docs/resources.md", "re");
    size_t len;

    (void)state;
    assert_non_null(f);
    len = fread(text, 1, sizeof(text) - 1, f);
    text[len] = '\0';
    fclose(f);
    for (size_t i = 0; resource_fate_pointer(i); i++) {
        char cell[128];

        snprintf(cell, sizeof(cell), "| `%s` |", resource_fate_pointer(i));
        if (!strstr(text, cell))
            fail_msg("docs/resources.md has no row %s", cell);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resource_fate),
        cmocka_unit_test(test_resource_fate__every_row),
        cmocka_unit_test(test_resource_fate__devices),
        cmocka_unit_test(test_resource_fate__documented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
