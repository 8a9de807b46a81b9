/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <linux/bpf.h> /* first: it names functions that base/banned.h poisons */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/cgroup_plan.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"
#include "unit/cgroup_ops.h"
#include "unit/devices_oracle.h"

#define N(value)                                                                                             \
    {                                                                                                        \
        true, (value)                                                                                        \
    }

#define V1_DEFAULT_DEVICES                                                                                   \
    "early devices devices.deny=a\nearly devices devices.allow=c *:* m\nearly devices devices.allow=b *:* "  \
    "m\n"                                                                                                    \
    "early devices devices.allow=c 1:3 rwm\nearly devices devices.allow=c 1:8 rwm\n"                         \
    "early devices devices.allow=c 1:7 rwm\nearly devices devices.allow=c 5:0 rwm\n"                         \
    "early devices devices.allow=c 1:5 rwm\nearly devices devices.allow=c 1:9 rwm\n"                         \
    "early devices devices.allow=c 136:* rwm\nearly devices devices.allow=c 5:2 rwm\n"                       \
    "early devices devices.allow=c 10:200 rwm\n"

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

static const struct plan_options options = {.id = "ctr"};

static void expect(void **state, const struct config *c, const struct facts *f, const struct plan_options *o,
                   const char *before, const char *after)
{
    AUTO_BUF struct buf b = BUF_INIT(65536), l = BUF_INIT(65536);
    struct cgroup_plan p;
    struct err e;

    err_init(&e);
    if (cgroup_plan(*state, c, f, o, &p, &e) < 0)
        fail_msg("%s: %s", e.where, e.message);
    cgroup_ops_print(f, &p.before, &b);
    cgroup_ops_print(f, &p.after, &l);
    assert_string_equal(buf_cstr(&b), before);
    assert_string_equal(buf_cstr(&l), after);
}

static void expect_error(void **state, const struct config *c, const struct facts *f,
                         const struct plan_options *o, const char *where, const char *message)
{
    struct cgroup_plan p = {.n_cgroups = 77};
    struct err e;

    err_init(&e);
    assert_int_equal(cgroup_plan(*state, c, f, o, &p, &e), -EINVAL);
    assert_string_equal(e.where, where);
    if (!strstr(e.message, message))
        fail_msg("%s", e.message);
    assert_int_equal(p.n_cgroups, 77);
}

/* ---- layouts ---- */

static void test_cgroup_plan__v1(void **state)
{
    static struct config_resources r = {.memory = {.limit = N(1048576)}, .cpu = {.cpus = "0"}};
    struct config c = {.oci_version = "1.0.2", .linux_ = {.resources = &r}};
    struct facts f = facts_v1();

    expect(
        state, &c, &f, &options,
        "create cpu,cpuacct /own/ctr\ncreate cpuset /own/ctr seed\ncreate memory /own/mem/ctr\n"
        "create devices /own/ctr\ncreate freezer /own/ctr\ncreate blkio /own/ctr\ncreate pids /own/ctr\n"
        "create hugetlb /own/ctr\ncreate net_cls,net_prio /ctr\ncreate rdma /ctr\ncreate name=systemd "
        "/own/ctr\n"
        "early cpuset cpuset.cpus=0 |cpus=0\n" V1_DEFAULT_DEVICES,
        "join cpu,cpuacct /own/ctr\njoin cpuset /own/ctr\njoin memory /own/mem/ctr\njoin devices /own/ctr\n"
        "join freezer /own/ctr\njoin blkio /own/ctr\njoin pids /own/ctr\njoin hugetlb /own/ctr\n"
        "join net_cls,net_prio /ctr\njoin rdma /ctr\njoin name=systemd /own/ctr\n"
        "write memory memory.limit_in_bytes=1048576\n");
}

static void test_cgroup_plan__hybrid(void **state)
{
    struct config c = {.oci_version = "1.0.2", .linux_ = {.cgroups_path = "/a/b"}};
    struct facts f = facts_hybrid();
    struct cgroup_plan p;

    f.v1 += 3; /* devices, freezer */
    f.n_v1 = 2;
    expect(state, &c, &f, &options,
           "create devices /a/b\ncreate freezer /a/b\ncreate 2 /a/b\n" V1_DEFAULT_DEVICES,
           "join devices /a/b\njoin freezer /a/b\njoin 2 /a/b\n");
    c.linux_.cgroups_path = "rel";
    assert_int_equal(cgroup_plan(*state, &c, &f, &options, &p, NULL), 0);
    assert_int_equal(p.n_cgroups, 3);
    assert_string_equal(p.cgroups[1].path, "/own/rel");
    assert_string_equal(p.cgroups[1].mountpoint, "/sys/fs/cgroup/freezer");
    assert_int_equal(p.cgroups[1].hierarchy, 1);
    /* below our own, as in v1 */
    assert_string_equal(p.cgroups[2].path, "/own/u/rel");
    assert_int_equal(p.cgroups[2].hierarchy, PLAN_CGROUP2);
    assert_string_equal(p.cgroup2_path, "/own/u/rel");

    /* without a v1 devices hierarchy the program does it */
    c.linux_.cgroups_path = "/a/b";
    f.v1 += 1;
    f.n_v1 = 1;
    expect(state, &c, &f, &options, "create freezer /a/b\ncreate 2 /a/b\ndevices /a/b\n",
           "join freezer /a/b\njoin 2 /a/b\n");
}

static void test_cgroup_plan__v2(void **state)
{
    static struct config_resources r = {
        .memory = {.limit = N(1048576)}, .cpu = {.cpus = "0"}, .pids_limit = N(9)};
    struct config c = {.oci_version = "1.0.2", .linux_ = {.resources = &r}};
    struct facts f = facts_v2();
    struct cgroup_plan p;

    expect(state, &c, &f, &options,
           "create 2 /user.slice/ctr +cpuset cpu io memory hugetlb pids rdma\nearly 2 cpuset.cpus=0\n"
           "devices /user.slice/ctr\n",
           "join 2 /user.slice/ctr\nwrite 2 memory.max=1048576\nwrite 2 pids.max=9\n");
    assert_int_equal(cgroup_plan(*state, &c, &f, &options, &p, NULL), 0);
    assert_int_equal(p.n_cgroups, 1);
    assert_string_equal(p.cgroup2_path, "/user.slice/ctr");
    assert_string_equal(p.cgroups[0].mountpoint, "/sys/fs/cgroup");
    assert_false(p.has_systemd);
    for (size_t i = 0; i < p.before.n; i++)
        if (p.before.v[i].kind == OP_CGROUP_DEVICES)
            assert_true(
                ebpf_is_sound(p.before.v[i].cgroup_devices.insns, p.before.v[i].cgroup_devices.n_insns));
    f.cgroup2_controllers = NULL;
    r = (struct config_resources){0};
    expect(state, &c, &f, &options, "create 2 /user.slice/ctr\ndevices /user.slice/ctr\n",
           "join 2 /user.slice/ctr\n");
}

/* pids.limit 0: none at all since 1.3, no limit before */
static void test_cgroup_plan__pids_zero(void **state)
{
    static struct config_resources r = {.pids_limit = N(0)};
    struct config c = {.oci_version = "1.0.2-dev", .linux_ = {.resources = &r, .cgroups_path = "/x"}};
    struct facts f = facts_v2();

    f.cgroup2_controllers = "pids";
    expect(state, &c, &f, &options, "create 2 /x +pids\ndevices /x\n", "join 2 /x\n");
    c.oci_version = "1.3.0";
    expect(state, &c, &f, &options, "create 2 /x +pids\ndevices /x\n", "join 2 /x\nwrite 2 pids.max=0\n");
}

static void test_cgroup_plan__nothing_mounted(void **state)
{
    static struct config_device_rule all = {.allow = true, .access = "rwm"};
    static struct config_resources r = {.devices = &all, .n_devices = 1};
    struct config c = {.linux_ = {.resources = &r}};
    struct facts f = {.cgroup = CGROUP_LAYOUT_NONE};

    expect(state, &c, &f, &options, "", "");
    r.n_devices = 0;
    expect_error(state, &c, &f, &options, "/linux/resources/devices", "device rules cannot be enforced");
    r.pids_limit = (struct opt_i64)N(5);
    expect_error(state, &c, &f, &options, "/linux/resources", "no cgroup file system is mounted");
    c.linux_.cgroups_path = "/a";
    expect_error(state, &c, &f, &options, "/linux/cgroupsPath", "no cgroup file system is mounted");
}

static void test_cgroup_plan__v1_without_devices(void **state)
{
    static struct config_device_rule all = {.allow = true, .access = "rwm"};
    static struct config_resources r = {.devices = &all, .n_devices = 1};
    struct config c = {.linux_ = {.resources = &r, .cgroups_path = "/a"}};
    struct facts f = facts_v1();

    f.v1 += 6; /* pids */
    f.n_v1 = 1;
    expect(state, &c, &f, &options, "create pids /a\n", "join pids /a\n");
    r.n_devices = 0;
    expect_error(state, &c, &f, &options, "/linux/resources/devices",
                 "neither a devices hierarchy nor cgroup2");
    f.in_userns = true;
    expect(state, &c, &f, &options, "create pids /a\n", "join pids /a\n");
}

/* ---- rootless ---- */

static void test_cgroup_plan__rootless(void **state)
{
    static const char phrase[] =
        "rootless needs no limits + no cgrouppath when no permission is granted for cgroups";
    static struct config_resources r;
    struct config c = {.oci_version = "1.0.2", .linux_ = {.resources = &r}};
    struct facts f = facts_v2();
    struct facts f1 = facts_v1();

    f.rootless = f1.rootless = true;
    f.euid = f1.euid = 1000;
    f.cgroup_parent_writable = true;
    f.cgroup2_controllers = "pids memory";
    r = (struct config_resources){.cpu = {.shares = N(0)}, .memory = {.disable_oom_killer = N(false)}};
    expect(state, &c, &f, &options,
           "create 2 /user.slice/ctr +pids memory optional\ndevices /user.slice/ctr optional\n",
           "join 2 /user.slice/ctr\n");
    r.pids_limit = (struct opt_i64)N(5);
    expect(state, &c, &f, &options,
           "create 2 /user.slice/ctr +pids memory\ndevices /user.slice/ctr optional\n",
           "join 2 /user.slice/ctr\nwrite 2 pids.max=5\n");
    /* the own cgroup alone was delegated, not what holds it */
    f.cgroup_parent_writable = false;
    f.cgroup2_own_path = "/user.slice/mine";
    expect(state, &c, &f, &options,
           "create 2 /user.slice/mine/ctr +pids memory\ndevices /user.slice/mine/ctr optional\n",
           "join 2 /user.slice/mine/ctr\nwrite 2 pids.max=5\n");
    /* v1: no device lists, and only what is limited is insisted on */
    f1.v1 += 5; /* blkio, pids */
    f1.n_v1 = 2;
    expect(state, &c, &f1, &options, "create blkio /own/ctr optional\ncreate pids /own/ctr\n",
           "join blkio /own/ctr\njoin pids /own/ctr\nwrite pids pids.max=5\n");
    c.linux_.cgroups_path = "/a";
    expect(state, &c, &f1, &options, "create blkio /a\ncreate pids /a\n",
           "join blkio /a\njoin pids /a\nwrite pids pids.max=5\n");

    f.cgroup_writable = false;
    expect_error(state, &c, &f, &options, "/linux/cgroupsPath", phrase);
    c.linux_.cgroups_path = NULL;
    expect_error(state, &c, &f, &options, "/linux/resources", phrase);
    r.pids_limit.has = false;
    expect(state, &c, &f, &options, "", "");
    c.linux_.resources = NULL;
    expect(state, &c, &f, &options, "", "");
    f.cgroup = CGROUP_LAYOUT_NONE;
    expect(state, &c, &f, &options, "", "");
    /* root with a read-only cgroup file system is told so by the kernel, not here */
    f = facts_v2();
    f.cgroup_writable = false;
    f.cgroup2_controllers = "";
    expect(state, &c, &f, &options, "create 2 /user.slice/ctr\ndevices /user.slice/ctr\n",
           "join 2 /user.slice/ctr\n");
}

static void test_cgroup_resources_need_controllers__table(void **state)
{
    static struct config_weight_device weight;
    static struct config_throttle_device rate;
    static struct config_hugepage_limit huge;
    static struct config_if_priority prio;
    static struct config_rdma rdma;
    static struct pair pair;
    static struct config_device_rule rule;
    static const struct {
        struct config_resources r;
        bool need;
    } cases[] = {
        {{0}, false},
        {{.devices = &rule, .n_devices = 1}, false},
        {{.memory =
              {.limit = N(0), .swap = N(0), .swappiness = N(UINT64_MAX), .disable_oom_killer = N(false)}},
         false},
        {{.memory = {.limit = N(1)}}, true},
        {{.memory = {.swap = N(-1)}}, true},
        {{.memory = {.reservation = N(1)}}, true},
        {{.memory = {.kernel = N(1)}}, true},
        {{.memory = {.kernel_tcp = N(1)}}, true},
        {{.memory = {.swappiness = N(0)}}, true},
        {{.memory = {.disable_oom_killer = N(true)}}, true},
        {{.cpu = {.shares = N(0), .idle = N(0), .cpus = "", .mems = ""}}, false},
        {{.cpu = {.shares = N(2)}}, true},
        {{.cpu = {.quota_us = N(-1)}}, true},
        {{.cpu = {.period_us = N(1)}}, true},
        {{.cpu = {.burst_us = N(1)}}, true},
        {{.cpu = {.realtime_period_us = N(1)}}, true},
        {{.cpu = {.realtime_runtime_us = N(1)}}, true},
        {{.cpu = {.idle = N(1)}}, true},
        {{.cpu = {.cpus = "0"}}, true},
        {{.cpu = {.mems = "0"}}, true},
        {{.pids_limit = N(0)}, false},
        {{.pids_limit = N(-1)}, false},
        {{.pids_limit = N(1)}, true},
        {{.block_io = {.weight = N(0)}}, false},
        {{.block_io = {.weight = N(10)}}, true},
        {{.block_io = {.leaf_weight = N(10)}}, true},
        {{.block_io = {.weight_devices = &weight, .n_weight_devices = 1}}, true},
        {{.block_io = {.throttle = {[THROTTLE_WRITE_IOPS] = {&rate, 1}}}}, true},
        {{.hugepage_limits = &huge, .n_hugepage_limits = 1}, true},
        {{.network = {.class_id = N(0)}}, false},
        {{.network = {.class_id = N(1)}}, true},
        {{.network = {.priorities = &prio, .n_priorities = 1}}, true},
        {{.rdma = &rdma, .n_rdma = 1}, true},
        {{.unified = {&pair, 1}}, true},
    };

    (void)state;
    assert_false(cgroup_resources_need_controllers(NULL));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (cgroup_resources_need_controllers(&cases[i].r) != cases[i].need)
            fail_msg("case %zu", i);
}

/* ---- paths ---- */

static void test_cgroup_plan__systemd(void **state)
{
    static const struct plan_options with_systemd = {.id = "ctr", .systemd_cgroup = true};
    struct config c = {.linux_ = {.cgroups_path = "machine.slice:libpod:ctr"}};
    struct facts f = facts_v2();
    struct cgroup_plan p;

    f.cgroup2_controllers = "pids";
    assert_int_equal(cgroup_plan(*state, &c, &f, &with_systemd, &p, NULL), 0);
    assert_true(p.has_systemd);
    assert_string_equal(p.systemd.slice, "machine.slice");
    assert_string_equal(p.systemd.unit, "libpod-ctr.scope");
    assert_string_equal(p.cgroup2_path, "/machine.slice/libpod-ctr.scope");
    expect(state, &c, &f, &with_systemd,
           "create 2 /machine.slice/libpod-ctr.scope +pids\ndevices /machine.slice/libpod-ctr.scope\n",
           "join 2 /machine.slice/libpod-ctr.scope\n");
    c.linux_.cgroups_path = "/machine.slice/x";
    expect_error(state, &c, &f, &with_systemd, "/linux/cgroupsPath",
                 "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got "
                 "\"/machine.slice/x\" instead");
}

static void test_cgroup_plan__bad_path(void **state)
{
    struct config c = {.linux_ = {.cgroups_path = "../../x"}};
    struct facts f = facts_v2();

    expect_error(state, &c, &f, &options, "/linux/cgroupsPath", "holds \"..\"");
    c.linux_.cgroups_path = "x";
    f.cgroup2_own_path = "/..";
    expect_error(state, &c, &f, &options, "/linux/cgroupsPath", "not visible");
    f = facts_hybrid();
    f.cgroup2_own_path = "/..";
    expect_error(state, &c, &f, &options, "/linux/cgroupsPath", "not visible");
}

/* ---- delegation ---- */

static void test_cgroup_plan__owner(void **state)
{
    static const char *ro[] = {"nosuid", "ro"}, *rw[] = {"ro", "rw"}, *plain[] = {"nosuid"};
    static struct config_mount mount = {
        .destination = "/sys/fs/cgroup", .type = "cgroup", .options = {plain, 1}};
    static struct config_namespace namespaces[] = {{.type = NS_CGROUP}, {.type = NS_USER}};
    static struct config_idmap map = {.container_id = 0, .host_id = 100000, .size = 65536};
    static struct config_process process = {.user = {.uid = 5}};
    struct config c = {
        .mounts = &mount,
        .n_mounts = 1,
        .process = &process,
        .linux_ = {
            .cgroups_path = "/x", .namespaces = namespaces, .n_namespaces = 2, .uid_mappings = {&map, 1}}};
    struct facts f = facts_v2();
    static const char owned[] = "create 2 /x +pids owner 100005\ndevices /x\n";
    static const char not_owned[] = "create 2 /x +pids\ndevices /x\n";
    static const char join[] = "join 2 /x\n";

    f.cgroup2_controllers = "pids";
    expect(state, &c, &f, &options, owned, join);
    mount.options = (struct strings){ro, 2};
    expect(state, &c, &f, &options, not_owned, join);
    mount.options = (struct strings){rw, 2};
    expect(state, &c, &f, &options, owned, join);
    mount.type = "bind";
    expect(state, &c, &f, &options, not_owned, join);
    mount.type = "cgroup2";
    expect(state, &c, &f, &options, owned, join);
    mount.destination = "/elsewhere";
    expect(state, &c, &f, &options, not_owned, join);
    mount.destination = "/sys/fs/cgroup";
    /* no cgroup namespace of its own */
    namespaces[0].path = "/proc/1/ns/cgroup";
    expect(state, &c, &f, &options, not_owned, join);
    namespaces[0].path = NULL;
    /* an id that is not mapped */
    map.size = 5;
    expect(state, &c, &f, &options, not_owned, join);
    map.size = 6;
    expect(state, &c, &f, &options, owned, join);
    /* ours already */
    f.euid = 100005;
    expect(state, &c, &f, &options, not_owned, join);
    f.euid = 0;
    /* without a user namespace the id is the host's */
    c.linux_.n_namespaces = 1;
    expect(state, &c, &f, &options, "create 2 /x +pids owner 5\ndevices /x\n", join);
    c.process = NULL;
    expect(state, &c, &f, &options, not_owned, join);
}

/* ---- update ---- */

static void test_cgroup_plan_update__is_writes_only(void **state)
{
    static struct config_device_rule rule = {.allow = true, .access = "rwm"};
    static struct config_resources r = {.devices = &rule,
                                        .n_devices = 1,
                                        .cpu = {.cpus = "1", .realtime_runtime_us = N(5)},
                                        .pids_limit = N(0)};
    static const struct plan_cgroup cgroups[] = {
        {.hierarchy = 0, .path = "/c"}, {.hierarchy = 1, .path = "/c"}, {.hierarchy = 6, .path = "/c"}};
    AUTO_BUF struct buf out = BUF_INIT(65536);
    struct facts f = facts_v1();
    struct strings warnings;
    struct op_list l;
    struct err e;

    err_init(&e);
    op_list_init(&l, *state);
    assert_int_equal(cgroup_plan_update(*state, &r, "1.0.0", &f, cgroups, 3, &l, &warnings, NULL, NULL), 0);
    cgroup_ops_print(&f, &l, &out);
    assert_string_equal(buf_cstr(&out),
                        "write cpuset cpuset.cpus=1 |cpus=1\nwrite cpu,cpuacct cpu.rt_runtime_us=5\n"
                        "write pids pids.max=max\n");
    assert_int_equal(warnings.n, 0);
    for (size_t i = 0; i < l.n; i++)
        assert_string_equal(l.v[i].cgroup_write.path, "/c");
    /* a hierarchy that the container is not in */
    assert_int_equal(cgroup_plan_update(*state, &r, "1.0.0", &f, cgroups, 2, &l, &warnings, NULL, &e),
                     -EINVAL);
    assert_string_equal(e.where, "/linux/resources/pids/limit");
}

/* ---- memory ---- */

static void no_memory(struct facts f)
{
    static struct config_weight_device weight = {.major = 8, .weight = N(10)};
    static struct config_throttle_device rate = {8, 0, 5};
    static struct config_hugepage_limit huge = {"2MB", 5};
    static struct config_rdma rdma = {"mlx", N(1), N(2)};
    static struct config_device_rule rule = {.allow = true, .type = "c", .access = "r"};
    static struct config_resources r = {
        .devices = &rule,
        .n_devices = 1,
        .memory = {.limit = N(4096), .swap = N(8192), .reservation = N(1)},
        .cpu = {.shares = N(5), .quota_us = N(100), .burst_us = N(1), .idle = N(1), .cpus = "0", .mems = "0"},
        .pids_limit = N(5),
        .block_io = {.weight = N(20),
                     .weight_devices = &weight,
                     .n_weight_devices = 1,
                     .throttle = {{&rate, 1}}},
        .hugepage_limits = &huge,
        .n_hugepage_limits = 1,
        .rdma = &rdma,
        .n_rdma = 1};
    struct config c = {.oci_version = "1.3.0", .linux_ = {.resources = &r, .cgroups_path = "a/b"}};
    static struct pair unified = {"memory.high", "1\n2"};

    if (f.cgroup == CGROUP_LAYOUT_V2)
        r.unified = (struct pairs){&unified, 1};
    else
        r.unified = (struct pairs){NULL, 0};
    for (size_t n = 1;; n++) {
        struct cgroup_plan p;
        struct op_list l;
        struct strings warnings;
        struct arena a;
        bool fired;
        int rc;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        op_list_init(&l, &a);
        alloc_fault_at(n);
        rc = cgroup_plan(&a, &c, &f, &options, &p, NULL);
        if (rc == 0)
            rc = cgroup_plan_update(&a, &r, "1.3.0", &f, p.cgroups, p.n_cgroups, &l, &warnings, NULL, NULL);
        fired = alloc_fault_fired();
        arena_done(&a);
        assert_int_equal(rc, fired ? -ENOMEM : 0);
        if (!fired) {
            assert_true(n > 30);
            break;
        }
    }
}

static void test_cgroup_plan__no_memory(void **state)
{
    (void)state;
    no_memory(facts_v1());
    no_memory(facts_hybrid());
    no_memory(facts_v2());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cgroup_plan__v1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__hybrid, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__v2, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__pids_zero, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__nothing_mounted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__v1_without_devices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__rootless, setup, teardown),
        cmocka_unit_test(test_cgroup_resources_need_controllers__table),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__systemd, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__bad_path, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan__owner, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_plan_update__is_writes_only, setup, teardown),
        cmocka_unit_test(test_cgroup_plan__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
