/* SPDX-License-Identifier: Apache-2.0 */
/* What plan_build refuses, and the decisions that golden plans do not show one by one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "test_plan_pipeline.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A small configuration with room for members of its four objects. */
static char *config_text(const char *process, const char *top, const char *linux_, const char *namespaces)
{
    static char text[65536];

    snprintf(text, sizeof(text),
             "{\"ociVersion\":\"1.3.0\",\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"/bin/true\"],"
             "\"cwd\":\"/\"%s%s},\"root\":{\"path\":\"rootfs\"}%s%s,"
             "\"linux\":{\"namespaces\":[%s]%s%s}}",
             *process ? "," : "", process, *top ? "," : "", top,
             namespaces ? namespaces
                        : "{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"network\"}",
             *linux_ ? "," : "", linux_);
    return text;
}

static void set_facts(struct pipeline *p)
{
    p->facts = (struct facts){.cgroup = CGROUP_LAYOUT_V2,
                              .cgroup2_mountpoint = "/sys/fs/cgroup",
                              .cgroup2_own_path = "/",
                              .cgroup2_controllers = "cpu memory pids",
                              .hugepage_sizes = "2MB",
                              .cgroup_writable = true,
                              .kernel = KERNEL_FEATURES_ALL,
                              .last_cap = 40,
                              .bounding_caps = 0x1ffffffffff};
}

/* Decoded, validated, planned, checked. */
static int plan_text(struct pipeline *p, const char *text)
{
    int r = pipeline_config(p, text, strlen(text));

    return r < 0 ? r : pipeline_plan(p);
}

static void make_plan(struct pipeline *p, const char *process, const char *top, const char *linux_,
                      const char *namespaces)
{
    if (plan_text(p, config_text(process, top, linux_, namespaces)) < 0)
        fail_msg("%s: %s", p->err.where, p->err.message);
}

#define MOUNT(fields) "\"mounts\":[{\"destination\":\"/ok\",\"type\":\"tmpfs\"},{" fields "}]"

static void test_plan_build__errors(void **state)
{
    static const struct {
        const char *process, *top, *linux_, *namespaces;
        const char *where, *message;
    } cases[] = {
        {"", "", "", "", "/linux/namespaces", "a mount namespace is required"},
        {"", MOUNT("\"destination\":\"/\",\"type\":\"tmpfs\""), "", NULL, "/mounts/1/destination",
         "the root itself"},
        {"", MOUNT("\"destination\":\"/a/..\",\"type\":\"tmpfs\""), "", NULL, "/mounts/1/destination",
         "the root itself"},
        {"", MOUNT("\"destination\":\"/proc\",\"type\":\"tmpfs\""), "", NULL, "/mounts/1",
         "\"/proc\" cannot be mounted because it is not of type proc"},
        {"", MOUNT("\"destination\":\"/proc\",\"type\":\"cgroup\""), "", NULL, "/mounts/1",
         "not of type proc"},
        {"", MOUNT("\"destination\":\"/proc/self/attr\",\"type\":\"tmpfs\""), "", NULL,
         "/mounts/1/destination", "\"/proc/self/attr\" cannot be mounted because it is inside /proc"},
        {"", MOUNT("\"destination\":\"/x/../proc//sys/kernel\",\"source\":\"/a\",\"options\":[\"bind\"]"), "",
         NULL, "/mounts/1/destination", "\"/proc/sys/kernel\" cannot be mounted because it is inside /proc"},
        {"", MOUNT("\"destination\":\"/proc/net/dev\",\"source\":\"/a\",\"options\":[\"bind\"]"), "", NULL,
         "/mounts/1/destination", "inside /proc"},
        {"", MOUNT("\"destination\":\"/proc/sys\",\"options\":[\"remount\",\"rw\"]"), "", NULL,
         "/mounts/1/destination", "inside /proc"},
        {"", MOUNT("\"destination\":\"/a\",\"source\":\"/a\",\"options\":[\"bind\",\"size=1m\"]"), "", NULL,
         "/mounts/1/options", "bind mounts cannot have any filesystem-specific options applied"},
        {"", MOUNT("\"destination\":\"/a\",\"options\":[\"bind\",\"remount\",\"size=1m\"]"), "", NULL,
         "/mounts/1/options", "bind mounts cannot have any filesystem-specific options applied"},
        {"", MOUNT("\"destination\":\"/a\",\"source\":\"\",\"options\":[\"bind\"]"), "", NULL,
         "/mounts/1/source", "a bind mount needs a source"},
        {"", MOUNT("\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/a\""), "", NULL,
         "/mounts/1/options", "a mount of type bind needs the option bind or rbind"},
        {"", MOUNT("\"destination\":\"/a\",\"type\":\"none\",\"options\":[\"rshared\"]"), "", NULL,
         "/mounts/1/options", "a mount of type none needs the option bind or rbind"},
        {"", MOUNT("\"destination\":\"/a\",\"type\":\"\""), "", NULL, "/mounts/1/type", "needs a type"},
        {"", MOUNT("\"destination\":\"/a\",\"type\":\"mqueue\",\"options\":[\"tmpcopyup\"]"), "", NULL,
         "/mounts/1/options", "tmpcopyup needs a mount of type tmpfs"},
        {"",
         MOUNT("\"destination\":\"/a\",\"source\":\"/"
               "a\",\"options\":[\"remount\",\"idmap=uids=0-1-1;gids=0-1-1\"]"),
         "", NULL, "/mounts/1/options", "a remount cannot change the id mapping"},
        {"", "", "\"maskedPaths\":[\"/a\",\"/b/..\"]", NULL, "/linux/maskedPaths/1",
         "the root itself cannot be masked"},
        {"", "", "\"readonlyPaths\":[\"//\"]", NULL, "/linux/readonlyPaths/0", "use root.readonly"},
        {"", "", "\"devices\":[{\"path\":\"/\",\"type\":\"c\",\"major\":1,\"minor\":3}]", NULL,
         "/linux/devices/0/path", "\"/\" itself cannot be a device"},
        {"", "",
         "\"devices\":[{\"path\":\"/dev/a\",\"type\":\"c\",\"major\":1,\"minor\":3},"
         "{\"path\":\"/dev//a\",\"type\":\"c\",\"major\":1,\"minor\":5}]",
         NULL, "/linux/devices/1", "another device is already at \"/dev/a\""},
        {"", "",
         "\"devices\":[{\"path\":\"/dev/a\",\"type\":\"c\",\"major\":1,\"minor\":3},"
         "{\"path\":\"/dev/a\",\"type\":\"b\",\"major\":1,\"minor\":3}]",
         NULL, "/linux/devices/1", "another device is already at \"/dev/a\""},
        {"\"apparmorProfile\":\"docker-default\"", "", "", NULL, "/process/apparmorProfile",
         "apparmor is not enabled on the host"},
        {"\"terminal\":true,\"consoleSize\":{\"height\":65536,\"width\":1}", "", "", NULL,
         "/process/consoleSize/height", "at most 65535 lines"},
        {"\"terminal\":true,\"consoleSize\":{\"height\":1,\"width\":65536}", "", "", NULL,
         "/process/consoleSize/width", "at most 65535 columns"},
        {"\"selinuxLabel\":\"a:b:c\"", "", "", NULL, "/process/selinuxLabel",
         "selinux label is specified in config, but selinux is disabled or not supported"},
        {"", "", "\"mountLabel\":\"a:b:c\"", NULL, "/linux/mountLabel",
         "selinux is disabled or not supported"},
        {"", "", "\"intelRdt\":{}", NULL, "/linux/intelRdt", "resctrl is not mounted"},
        {"", "", "\"sysctl\":{\"kernel.core_pattern\":\"|/x\"}", NULL, "/linux/sysctl/kernel.core_pattern",
         "is not in a separate kernel namespace"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        print_message("%s %s\n", cases[i].where, cases[i].message);
        assert_int_equal(
            plan_text(&p, config_text(cases[i].process, cases[i].top, cases[i].linux_, cases[i].namespaces)),
            -EINVAL);
        assert_int_equal(p.err.kind, ERR_CONFIG);
        if (strcmp(p.err.where, cases[i].where) != 0 || !strstr(p.err.message, cases[i].message))
            fail_msg("%s: %s", p.err.where, p.err.message);
        pipeline_done(&p);
    }
}

#define UNVALIDATED(process, linux_)                                                                         \
    "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/"          \
    "\"," process "},\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]" linux_ "}}"

/* Rules that validate has too: a plan is refused even without it. */
static void test_plan_build__unvalidated(void **state)
{
    static const struct {
        const char *text, *where;
    } cases[] = {
        {"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}}", "/linux/namespaces"},
        {"{\"ociVersion\":\"1.0.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},"
         "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}",
         "/root"},
        {"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},"
         "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}",
         "/root/path"},
        {"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[],\"cwd\":\"/\"},"
         "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}",
         "/process/args"},
        {"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"]},"
         "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}",
         "/process/cwd"},
        {UNVALIDATED("\"scheduler\":{\"policy\":\"SCHED_X\"}", ""), "/process/scheduler/policy"},
        {UNVALIDATED("\"scheduler\":{\"policy\":\"SCHED_RR\",\"flags\":[\"X\"]}", ""),
         "/process/scheduler/flags"},
        {UNVALIDATED("\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":-1}", ""),
         "/process/scheduler/priority"},
        {UNVALIDATED("\"ioPriority\":{\"class\":\"X\",\"priority\":1}", ""), "/process/ioPriority/class"},
        {UNVALIDATED("\"rlimits\":[{\"type\":\"X\",\"soft\":1,\"hard\":1}]", ""), "/process/rlimits/0"},
        {UNVALIDATED("\"env\":[]", ",\"personality\":{\"domain\":\"X\"}"), "/linux/personality/domain"},
        {UNVALIDATED("\"env\":[]", ",\"memoryPolicy\":{\"mode\":\"X\"}"), "/linux/memoryPolicy/mode"},
        {UNVALIDATED("\"env\":[]", ",\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"x\"}"),
         "/linux/memoryPolicy/nodes"},
        {UNVALIDATED("\"env\":[]", ",\"rootfsPropagation\":\"x\""), "/linux/rootfsPropagation"},
        {UNVALIDATED("\"env\":[]", ",\"netDevices\":{\"a\":{}}"), "/linux/netDevices"},
        {UNVALIDATED("\"env\":[]", ",\"timeOffsets\":{\"boottime\":{\"secs\":1}}"), "/linux/timeOffsets"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        assert_int_equal(config_decode(&p.arena, cases[i].text, strlen(cases[i].text), &p.config, &p.err), 0);
        assert_int_equal(plan_build(&p.arena, p.config, &p.facts, &p.options, &p.plan, &p.err), -EINVAL);
        assert_string_equal(p.err.where, cases[i].where);
        pipeline_done(&p);
    }
}

static void test_plan_build__options(void **state)
{
    static const struct {
        const char *id, *bundle;
    } cases[] = {
        {"a/b", "/b"}, {"..", "/b"}, {"", "/b"}, {"a", "b"}, {"a", "/b/"}, {"a", "/b/../c"}, {"a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *text = config_text("", "", "", NULL);
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        p.options.id = cases[i].id;
        p.options.bundle = cases[i].bundle;
        assert_int_equal(pipeline_config(&p, text, strlen(text)), 0);
        assert_int_equal(plan_build(&p.arena, p.config, &p.facts, &p.options, &p.plan, &p.err), -EINVAL);
        pipeline_done(&p);
    }
}

static const struct plan_op *nth(const struct pipeline *p, enum plan_op_kind kind, size_t n)
{
    for (size_t i = 0; i < p->plan->n_ops; i++)
        if (p->plan->ops[i].kind == kind && n-- == 0)
            return &p->plan->ops[i];
    return NULL;
}

static size_t count(const struct pipeline *p, enum plan_op_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < p->plan->n_ops; i++)
        n += p->plan->ops[i].kind == kind;
    return n;
}

static void test_plan_build__umask(void **state)
{
    static const struct {
        const char *user;
        uint32_t umask;
    } cases[] = {
        {"\"user\":{\"uid\":0,\"gid\":0}", PLAN_UMASK_CALLER},
        {"\"user\":{\"uid\":0,\"gid\":0,\"umask\":0}", 0},
        {"\"user\":{\"uid\":0,\"gid\":0,\"umask\":63}", 0077},
        {"\"user\":{\"uid\":0,\"gid\":0,\"umask\":1023}", 0777},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[1024];
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        snprintf(text, sizeof(text),
                 "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{%s,\"args\":[\"a\"],"
                 "\"cwd\":\"/\"},\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}",
                 cases[i].user);
        assert_int_equal(plan_text(&p, text), 0);
        assert_int_equal(nth(&p, OP_UMASK, 0)->umask, cases[i].umask);
        pipeline_done(&p);
    }
}

static void test_plan_build__read_only_later(void **state)
{
    static const struct {
        const char *mount;
        bool later;
        uint64_t set;
    } cases[] = {
        {"\"destination\":\"/dev\",\"type\":\"tmpfs\",\"options\":[\"ro\"]", true, MS_RDONLY},
        {"\"destination\":\"/dev\",\"type\":\"devfs\",\"options\":[\"ro\"]", true, MS_RDONLY},
        {"\"destination\":\"/run\",\"type\":\"tmpfs\",\"options\":[\"ro\",\"tmpcopyup\"]", true, MS_RDONLY},
        {"\"destination\":\"/run\",\"type\":\"tmpfs\",\"options\":[\"rw\",\"rro\"]", true, MS_RDONLY},
        {"\"destination\":\"/run\",\"type\":\"tmpfs\",\"options\":[\"ro\",\"rw\"]", false, 0},
        {"\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"options\":[\"ro\"]", false, MS_RDONLY},
        {"\"destination\":\"/dev\",\"type\":\"bind\",\"source\":\"/dev\",\"options\":[\"bind\",\"ro\"]",
         false, MS_RDONLY | MS_BIND},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char top[512];
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        snprintf(top, sizeof(top), "\"mounts\":[{%s}]", cases[i].mount);
        make_plan(&p, "", top, "", NULL);
        assert_int_equal(nth(&p, OP_MOUNT, 0)->mount.read_only_later, cases[i].later);
        assert_int_equal(nth(&p, OP_MOUNT, 0)->mount.flags.set, cases[i].set);
        assert_int_equal(count(&p, OP_MOUNTS_READONLY), cases[i].later);
        pipeline_done(&p);
    }
}

/* Whose /dev is it? */
static void test_plan_build__dev(void **state)
{
    static const struct {
        const char *mounts;
        size_t devices, links;
    } cases[] = {
        {"", 7, 6},
        {"{\"destination\":\"/dev\",\"type\":\"tmpfs\"}", 7, 6},
        {"{\"destination\":\"/dev\",\"source\":\"/dev\",\"options\":[\"rbind\"]}", 0, 0},
        {"{\"destination\":\"dev/\",\"source\":\"x\",\"options\":[\"bind\"]}", 0, 0},
        {"{\"destination\":\"/dev\",\"type\":\"devtmpfs\"}", 0, 0},
        {"{\"destination\":\"/dev\",\"source\":\"/dev\",\"options\":[\"bind\"]},"
         "{\"destination\":\"/dev\",\"type\":\"tmpfs\"}",
         7, 6},
        {"{\"destination\":\"/dev\",\"type\":\"tmpfs\"},"
         "{\"destination\":\"/dev\",\"options\":[\"remount\",\"bind\",\"nosuid\"]}",
         7, 6},
        {"{\"destination\":\"/dev/null\",\"source\":\"/x\",\"options\":[\"bind\"]},"
         "{\"destination\":\"/dev/ptmx\",\"source\":\"/y\",\"options\":[\"bind\"]}",
         6, 5},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char top[512];
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        snprintf(top, sizeof(top), "\"mounts\":[%s]", cases[i].mounts);
        make_plan(&p, "", top, "\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":9,\"minor\":9}]",
                  NULL);
        assert_int_equal(count(&p, OP_DEVICE), cases[i].devices);
        assert_int_equal(count(&p, OP_DEV_SYMLINK), cases[i].links);
        pipeline_done(&p);
    }
}

static void test_plan_build__device_by_bind_in_a_user_namespace(void **state)
{
    struct pipeline p;

    (void)state;
    pipeline_init(&p);
    set_facts(&p);
    make_plan(&p, "", "", "\"devices\":[{\"path\":\"/f\",\"type\":\"p\"}]", NULL);
    assert_int_equal(nth(&p, OP_DEVICE, 0)->device.on_eperm, EPERM_FAIL);
    pipeline_done(&p);
    pipeline_init(&p);
    set_facts(&p);
    p.facts.in_userns = true;
    make_plan(&p, "", "", "\"devices\":[{\"path\":\"/f\",\"type\":\"p\"}]", NULL);
    assert_int_equal(nth(&p, OP_DEVICE, 0)->device.on_eperm, EPERM_BIND);
    assert_int_equal(nth(&p, OP_DEVICE, 6)->device.type, S_IFIFO);
    assert_int_equal(nth(&p, OP_DEVICE, 6)->device.on_eperm, EPERM_FAIL);
    pipeline_done(&p);
}

static void test_plan_build__propagation(void **state)
{
    static const struct {
        const char *name;
        uint64_t host, root;      /* root 0: no operation */
        uint64_t source, of_user; /* a source that the runtime opens; the same with a user namespace */
    } cases[] = {
        {NULL, MS_SLAVE | MS_REC, 0, MS_SLAVE | MS_REC, MS_SLAVE | MS_REC},
        {"shared", MS_SHARED, MS_SHARED, 0, MS_SLAVE | MS_REC},
        {"rshared", MS_SHARED | MS_REC, MS_SHARED | MS_REC, 0, MS_SLAVE | MS_REC},
        {"slave", MS_SLAVE | MS_REC, MS_SLAVE, MS_SLAVE | MS_REC, MS_SLAVE | MS_REC},
        {"rslave", MS_SLAVE | MS_REC, MS_SLAVE | MS_REC, MS_SLAVE | MS_REC, MS_SLAVE | MS_REC},
        {"private", MS_PRIVATE | MS_REC, 0, MS_PRIVATE | MS_REC, MS_PRIVATE | MS_REC},
        {"rprivate", MS_PRIVATE | MS_REC, 0, MS_PRIVATE | MS_REC, MS_PRIVATE | MS_REC},
        {"unbindable", MS_PRIVATE | MS_REC, MS_UNBINDABLE, MS_PRIVATE | MS_REC, MS_PRIVATE | MS_REC},
        {"runbindable", MS_PRIVATE | MS_REC, MS_UNBINDABLE | MS_REC, MS_PRIVATE | MS_REC,
         MS_PRIVATE | MS_REC},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char linux_[128] = "";
        const struct plan_op *root;
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        if (cases[i].name)
            snprintf(linux_, sizeof(linux_), "\"rootfsPropagation\":\"%s\"", cases[i].name);
        make_plan(&p, "", "", linux_, NULL);
        assert_int_equal(nth(&p, OP_ROOT_PREPARE, 0)->root_prepare.host_propagation, cases[i].host);
        root = nth(&p, OP_ROOT_PROPAGATION, 0);
        assert_int_equal(root ? root->root_propagation.ms_flags : 0, cases[i].root);
        {
            struct config with = *p.config;
            struct config_namespace user = {.type = NS_USER};

            with.linux_.namespaces = &user;
            with.linux_.n_namespaces = 1;
            assert_int_equal(plan_source_propagation(p.config), cases[i].source);
            assert_int_equal(plan_source_propagation(&with), cases[i].of_user);
        }
        pipeline_done(&p);
    }
}

static void test_plan_build__private_root_needs_pivot(void **state)
{
    static const char *const names[] = {"private", "rprivate"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char linux_[128];
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        p.options.no_pivot = true;
        snprintf(linux_, sizeof(linux_), "\"rootfsPropagation\":\"%s\"", names[i]);
        assert_int_equal(plan_text(&p, config_text("", "", linux_, NULL)), -EINVAL);
        assert_string_equal(p.err.where, "/linux/rootfsPropagation");
        assert_string_equal(p.err.message, "rootfsPropagation of [r]private is not safe without pivot_root");
        pipeline_done(&p);
    }
}

static void test_plan_build__cgroup_mounts(void **state)
{
    static const struct {
        enum cgroup_layout layout;
        const char *type;
        enum plan_mount_kind kind;
    } cases[] = {
        {CGROUP_LAYOUT_V1, "cgroup", MOUNT_CGROUP_V1},      {CGROUP_LAYOUT_HYBRID, "cgroup", MOUNT_CGROUP_V1},
        {CGROUP_LAYOUT_V2, "cgroup", MOUNT_CGROUP_V2},      {CGROUP_LAYOUT_V1, "cgroup2", MOUNT_CGROUP_V2},
        {CGROUP_LAYOUT_HYBRID, "cgroup2", MOUNT_CGROUP_V2}, {CGROUP_LAYOUT_V2, "cgroup2", MOUNT_CGROUP_V2},
        {CGROUP_LAYOUT_NONE, "cgroup", MOUNT_CGROUP_V2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct facts_hierarchy v1 = {
            .controllers = "devices", .mountpoint = "/sys/fs/cgroup/devices", .own_path = "/"};
        char top[256];
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        p.facts.cgroup = cases[i].layout;
        if (cases[i].layout == CGROUP_LAYOUT_V1 || cases[i].layout == CGROUP_LAYOUT_HYBRID) {
            p.facts.v1 = &v1;
            p.facts.n_v1 = 1;
        }
        snprintf(top, sizeof(top), "\"mounts\":[{\"destination\":\"/sys/fs/cgroup\",\"type\":\"%s\"}]",
                 cases[i].type);
        make_plan(&p, "", top, "\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}", NULL);
        assert_int_equal(nth(&p, OP_MOUNT, 0)->mount.kind, cases[i].kind);
        pipeline_done(&p);
    }
}

static void test_plan_build__seccomp_and_the_kernel(void **state)
{
    static const struct {
        const char *policy;
        uint32_t missing;
        const char *where; /* NULL: fine */
    } cases[] = {
        {"\"defaultAction\":\"SCMP_ACT_ALLOW\"", KERNEL_SECCOMP_SPEC_ALLOW, NULL},
        {"\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]",
         KERNEL_SECCOMP_SPEC_ALLOW, "/linux/seccomp/flags"},
        {"\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]", KERNEL_SECCOMP_LOG,
         "/linux/seccomp/flags"},
        {"\"defaultAction\":\"SCMP_ACT_LOG\"", KERNEL_SECCOMP_LOG, "/linux/seccomp"},
        {"\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\"", KERNEL_SECCOMP_KILL_PROCESS, "/linux/seccomp"},
        {"\"defaultAction\":\"SCMP_ACT_KILL\"", KERNEL_SECCOMP_KILL_PROCESS, NULL},
        {"\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"syscalls\":[{\"names\":[\"mount\"],"
         "\"action\":\"SCMP_ACT_NOTIFY\"}]",
         KERNEL_SECCOMP_NOTIFY, "/linux/seccomp"},
        {"\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"flags\":["
         "\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],\"syscalls\":[{\"names\":[\"mount\"],"
         "\"action\":\"SCMP_ACT_NOTIFY\"}]",
         KERNEL_SECCOMP_WAIT_KILLABLE, "/linux/seccomp/flags"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char linux_[512];
        struct pipeline p;

        snprintf(linux_, sizeof(linux_), "\"seccomp\":{%s}", cases[i].policy);
        pipeline_init(&p);
        set_facts(&p);
        make_plan(&p, "", "", linux_, NULL);
        pipeline_done(&p);
        pipeline_init(&p);
        set_facts(&p);
        p.facts.kernel &= ~cases[i].missing;
        if (cases[i].where) {
            assert_int_equal(plan_text(&p, config_text("", "", linux_, NULL)), -EINVAL);
            assert_string_equal(p.err.where, cases[i].where);
        } else {
            make_plan(&p, "", "", linux_, NULL);
        }
        pipeline_done(&p);
    }
}

static void test_plan_build__exec(void **state)
{
    static const struct {
        const char *env;
        size_t n;
        bool home;
        const char *path;
    } cases[] = {
        {"", 0, false, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"\"A=b\",\"PATH=/x\",\"HOME=\"", 3, true, "/x"},
        {"\"PATH=/x\",\"PATH=/y\"", 1, false, "/y"},
        {"\"PATH=\"", 1, false, ""},
        {"\"PATH\",\"HOMER=1\"", 2, false, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char process[256];
        const struct plan_exec *exec;
        struct pipeline p;

        pipeline_init(&p);
        set_facts(&p);
        snprintf(process, sizeof(process), "\"env\":[%s]", cases[i].env);
        make_plan(&p, process, "", "", NULL);
        exec = &nth(&p, OP_EXEC, 0)->exec;
        assert_int_equal(exec->n_env, cases[i].n);
        assert_null(exec->env[exec->n_env]);
        assert_int_equal(exec->has_home, cases[i].home);
        assert_string_equal(exec->search_path, cases[i].path);
        pipeline_done(&p);
    }
}

static void test_plan_build__groups_of_the_unprivileged(void **state)
{
    static const char namespaces[] = "{\"type\":\"mount\"},{\"type\":\"user\"}";
    static const char maps[] = "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1}],"
                               "\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1}]";
    struct pipeline p;
    char *text;

    (void)state;
    pipeline_init(&p);
    set_facts(&p);
    p.facts.euid = p.facts.egid = 1000;
    p.facts.rootless = true;
    make_plan(&p, "", "", maps, namespaces);
    assert_false(nth(&p, OP_IDENTITY, 0)->identity.set_groups);
    assert_true(nth(&p, OP_IDMAP_WRITE, 0)->idmap_write.deny_setgroups);
    /* 0 is mapped, and yet: the kernel lets nobody call setgroups there */
    text = config_text("", "", maps, namespaces);
    assert_int_equal(pipeline_config(&p, text, strlen(text)), 0);
    p.config->process->user.additional_gids = (uint32_t[]){0};
    p.config->process->user.n_additional_gids = 1;
    assert_int_equal(pipeline_plan(&p), -EINVAL);
    assert_string_equal(p.err.where, "/process/user/additionalGids");
    assert_string_equal(p.err.message, "cannot set any additional groups in a rootless container");
    pipeline_done(&p);
}

/* A user namespace comes with all capabilities, whatever the runtime's bounding set. */
static void test_plan_build__caps_in_a_user_namespace(void **state)
{
    static const char caps[] = "\"capabilities\":{\"bounding\":[\"CAP_SYS_RESOURCE\"]}";
    static const char maps[] = "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1}],"
                               "\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1}]";
    struct pipeline p;

    (void)state;
    pipeline_init(&p);
    set_facts(&p);
    p.facts.bounding_caps = 1;
    make_plan(&p, caps, "", "", NULL);
    assert_int_equal(nth(&p, OP_CAPS_BOUNDING, 0)->caps.bounding, 0);
    assert_int_equal(p.plan->warnings.n, 1);
    pipeline_done(&p);
    pipeline_init(&p);
    set_facts(&p);
    p.facts.bounding_caps = 1;
    make_plan(&p, caps, "", maps, "{\"type\":\"mount\"},{\"type\":\"user\"}");
    assert_true(nth(&p, OP_CAPS_BOUNDING, 0)->caps.bounding == UINT64_C(1) << 24);
    assert_int_equal(p.plan->warnings.n, 0);
    pipeline_done(&p);
}

/* Each path once, however often and in whatever spelling it stands in the list; and in no more than n log n.
 */
static void test_plan_build__thousands_of_paths(void **state)
{
    AUTO_BUF struct buf text = BUF_INIT(8u << 20);
    struct pipeline p;

    (void)state;
    pipeline_init(&p);
    set_facts(&p);
    buf_str(&text, "\"maskedPaths\":[\"/first\"");
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, ",\"/sys/devices/cpu%d/\",\"/sys//devices/./cpu%d\"", i, i);
    buf_str(&text, "]");
    make_plan(&p, "", "", buf_cstr(&text), NULL);
    assert_int_equal(count(&p, OP_MASK_PATH), 1001);
    assert_string_equal(nth(&p, OP_MASK_PATH, 0)->path.path, "/first");
    assert_string_equal(nth(&p, OP_MASK_PATH, 1)->path.path, "/sys/devices/cpu0");
    assert_string_equal(nth(&p, OP_MASK_PATH, 1000)->path.path, "/sys/devices/cpu999");
    pipeline_done(&p);
}

static void test_plan_build__long_paths(void **state)
{
    char mount[8192], name[5000];
    struct pipeline p;

    (void)state;
    for (size_t i = 0; i < sizeof(name) - 1; i++)
        name[i] = i % 100 ? 'a' : '/';
    name[sizeof(name) - 1] = '\0';
    snprintf(mount, sizeof(mount), "\"mounts\":[{\"destination\":\"%s\",\"type\":\"tmpfs\"}]", name);
    pipeline_init(&p);
    set_facts(&p);
    assert_int_equal(plan_text(&p, config_text("", mount, "", NULL)), -EINVAL);
    assert_string_equal(p.err.where, "/mounts/0/destination");
    pipeline_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_build__errors),
        cmocka_unit_test(test_plan_build__unvalidated),
        cmocka_unit_test(test_plan_build__options),
        cmocka_unit_test(test_plan_build__umask),
        cmocka_unit_test(test_plan_build__read_only_later),
        cmocka_unit_test(test_plan_build__dev),
        cmocka_unit_test(test_plan_build__device_by_bind_in_a_user_namespace),
        cmocka_unit_test(test_plan_build__propagation),
        cmocka_unit_test(test_plan_build__private_root_needs_pivot),
        cmocka_unit_test(test_plan_build__cgroup_mounts),
        cmocka_unit_test(test_plan_build__seccomp_and_the_kernel),
        cmocka_unit_test(test_plan_build__exec),
        cmocka_unit_test(test_plan_build__groups_of_the_unprivileged),
        cmocka_unit_test(test_plan_build__caps_in_a_user_namespace),
        cmocka_unit_test(test_plan_build__thousands_of_paths),
        cmocka_unit_test(test_plan_build__long_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
