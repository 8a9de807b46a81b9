/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle is tested by breaking good plans: every operation dropped, doubled and moved, and every member
 * changed in a way that would make a container weaker or another one. A plan_check that lets one of them pass
 * proves nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "test_plan_pipeline.h"

#include <sys/mount.h>

#include "core/seccomp_policy.h"

#include <linux/sched.h>

#include <cmocka.h>

/* Something of everything. */
static const char rich[] =
    "{\"ociVersion\":\"1.3.0\",\"hostname\":\"h\",\"domainname\":\"d\",\"root\":{\"path\":\"r\",\"readonly\":"
    "true},"
    "\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},"
    "\"user\":{\"uid\":5,\"gid\":6,\"additionalGids\":[7,8]},\"args\":[\"a\",\"b\"],\"env\":[\"PATH=/"
    "bin\",\"HOME=/\"],"
    "\"cwd\":\"/"
    "w\",\"noNewPrivileges\":true,\"oomScoreAdj\":10,\"apparmorProfile\":\"p\",\"selinuxLabel\":\"l\","
    "\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"permitted\":[\"CAP_KILL\",\"CAP_CHOWN\"],"
    "\"effective\":[\"CAP_KILL\"],\"inheritable\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]},"
    "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":2},{\"type\":\"RLIMIT_CPU\",\"soft\":3,"
    "\"hard\":4}],"
    "\"scheduler\":{\"policy\":\"SCHED_OTHER\"},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":4}"
    "},"
    "\"hooks\":{\"prestart\":[{\"path\":\"/p\"}],\"createRuntime\":[{\"path\":\"/r\"}],"
    "\"createContainer\":[{\"path\":\"/c\"}],\"startContainer\":[{\"path\":\"/s\"}]},"
    "\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"},"
    "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"options\":[\"ro\",\"nosuid\",\"noexec\"]},"
    "{\"destination\":\"/sys\",\"type\":\"sysfs\",\"options\":[\"ro\",\"nodev\"]},"
    "{\"destination\":\"/data\",\"source\":\"data\",\"options\":[\"rbind\",\"rro\",\"rnosuid\",\"rslave\"]},"
    "{\"destination\":\"/proc/uptime\",\"source\":\"/u\",\"options\":[\"bind\"]},"
    "{\"destination\":\"/map\",\"source\":\"/m\",\"options\":[\"bind\",\"idmap\"],"
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],"
    "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]},"
    "{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\"]},"
    "{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\"}],"
    "\"linux\":{\"rootfsPropagation\":\"rslave\",\"mountLabel\":\"m\",\"maskedPaths\":[\"/proc/kcore\",\"/"
    "x\"],"
    "\"readonlyPaths\":[\"/proc/sys\",\"/"
    "y\"],\"sysctl\":{\"net.ipv4.ip_forward\":\"1\",\"kernel.sem\":\"2\"},"
    "\"devices\":[{\"path\":\"/dev/d\",\"type\":\"c\",\"major\":9,\"minor\":8},{\"path\":\"/"
    "f\",\"type\":\"p\"}],"
    "\"netDevices\":{\"eth1\":{}},\"intelRdt\":{},\"personality\":{\"domain\":\"LINUX32\"},"
    "\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\"},\"timeOffsets\":{\"boottime\":{\"secs\":1}},"
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":9,\"size\":99}],"
    "\"gidMappings\":[{\"containerID\":0,\"hostID\":9,\"size\":99}],"
    "\"resources\":{\"pids\":{\"limit\":9}},"
    "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
    "\"action\":\"SCMP_ACT_ALLOW\"}]},"
    "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"network\"},"
    "{\"type\":\"user\"},{\"type\":\"time\"},{\"type\":\"cgroup\"},{\"type\":\"pid\",\"path\":\"/ns/"
    "pid\"}]}}";

/* The same without a user namespace: namespaces joined by init, seccomp before the drop. */
static const char plain[] =
    "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"/r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\","
    "\"user\":{\"uid\":0,\"gid\":0}},\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"},"
    "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"network\",\"path\":\"/ns/net\"},"
    "{\"type\":\"ipc\",\"path\":\"/ns/ipc\"},{\"type\":\"pid\"},{\"type\":\"time\",\"path\":\"/ns/time\"}]}}";

static void make(struct pipeline *p, const char *text)
{
    pipeline_init(p);
    p->facts = (struct facts){.cgroup = CGROUP_LAYOUT_V2,
                              .cgroup2_mountpoint = "/sys/fs/cgroup",
                              .cgroup2_own_path = "/",
                              .cgroup2_controllers = "cpu memory pids",
                              .hugepage_sizes = "",
                              .cgroup_writable = true,
                              .kernel = KERNEL_FEATURES_ALL,
                              .last_cap = 40,
                              .bounding_caps = 0x1ffffffffff,
                              .apparmor = true,
                              .selinux = true,
                              .resctrl = "/sys/fs/resctrl"};
    if (pipeline_config(p, text, strlen(text)) < 0 || pipeline_plan(p) < 0)
        fail_msg("%s: %s", p->err.where, p->err.message);
}

static void assert_refused(struct pipeline *p, const char *what)
{
    err_init(&p->err);
    if (plan_check(p->plan, p->config, &p->err) == 0)
        fail_msg("plan_check let it pass: %s", what);
    assert_int_equal(p->err.code, EINVAL);
    assert_int_equal(p->err.kind, ERR_INTERNAL);
    if (strncmp(p->err.message, "plan check: ", 12) != 0)
        fail_msg("%s: %s", what, p->err.message);
}

/* Limits of cgroups are known to core/cgroup_plan alone, the keyring to the options. */
static bool may_be_missing(enum plan_op_kind kind)
{
    return kind == OP_KEYRING || kind == OP_CGROUP_WRITE || kind == OP_CGROUP_WRITE_EARLY ||
           kind == OP_CGROUP_DEVICES;
}

static bool may_be_twice(enum plan_op_kind kind)
{
    return kind == OP_CGROUP_WRITE || kind == OP_CGROUP_WRITE_EARLY;
}

static void test_plan_check__every_operation_dropped(void **state)
{
    const char *const texts[] = {rich, plain};
    struct pipeline p;

    (void)state;
    for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
        make(&p, texts[t]);
        size_t n = p.plan->n_ops;
        struct plan_op *ops = p.plan->ops;
        struct plan_op *fewer = arena_new_array(&p.arena, struct plan_op, n);

        for (size_t drop = 0; drop < n; drop++) {
            memcpy(fewer, ops, drop * sizeof(*ops));
            memcpy(fewer + drop, ops + drop + 1, (n - drop - 1) * sizeof(*ops));
            p.plan->ops = fewer;
            p.plan->n_ops = n - 1;
            if (!may_be_missing(ops[drop].kind))
                assert_refused(&p, plan_op_name(ops[drop].kind));
        }
        pipeline_done(&p);
    }
}

static void test_plan_check__every_operation_doubled(void **state)
{
    const char *const texts[] = {rich, plain};
    struct pipeline p;

    (void)state;
    for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
        make(&p, texts[t]);
        size_t n = p.plan->n_ops;
        struct plan_op *ops = p.plan->ops;
        struct plan_op *more = arena_new_array(&p.arena, struct plan_op, n + 1);

        for (size_t at = 0; at < n; at++) {
            memcpy(more, ops, (at + 1) * sizeof(*ops));
            memcpy(more + at + 1, ops + at, (n - at) * sizeof(*ops));
            p.plan->ops = more;
            p.plan->n_ops = n + 1;
            if (!may_be_twice(ops[at].kind))
                assert_refused(&p, plan_op_name(ops[at].kind));
        }
        pipeline_done(&p);
    }
}

static void test_plan_check__every_operation_moved(void **state)
{
    struct pipeline p;

    (void)state;
    make(&p, rich);
    for (size_t i = 0; i + 1 < p.plan->n_ops; i++) {
        struct plan_op *ops = p.plan->ops;
        struct plan_op first = ops[i];

        if (first.kind == ops[i + 1].kind)
            continue;
        ops[i] = ops[i + 1];
        ops[i + 1] = first;
        assert_refused(&p, plan_op_name(first.kind));
        ops[i + 1] = ops[i];
        ops[i] = first;
    }
    assert_int_equal(plan_check(p.plan, p.config, &p.err), 0);
    pipeline_done(&p);
}

/* ---- members ---- */

static struct plan_op *find(struct pipeline *p, enum plan_op_kind kind)
{
    for (size_t i = 0; i < p->plan->n_ops; i++)
        if (p->plan->ops[i].kind == kind)
            return &p->plan->ops[i];
    fail_msg("no %s in the plan", plan_op_name(kind));
    return NULL;
}

static struct plan_mount *mount_at(struct pipeline *p, const char *target)
{
    for (size_t i = 0; i < p->plan->n_ops; i++)
        if (p->plan->ops[i].kind == OP_MOUNT && streq(p->plan->ops[i].mount.target, target))
            return &p->plan->ops[i].mount;
    fail_msg("no mount at %s", target);
    return NULL;
}

static struct plan_device *device_at(struct pipeline *p, const char *path)
{
    for (size_t i = 0; i < p->plan->n_ops; i++)
        if (p->plan->ops[i].kind == OP_DEVICE && streq(p->plan->ops[i].device.path, path))
            return &p->plan->ops[i].device;
    fail_msg("no device %s", path);
    return NULL;
}

static const struct plan_ns_join one_join = {.type = NS_PID, .path = "/ns/pid"};
static const struct plan_ns_join uts_join = {.type = NS_UTS, .path = "/ns/pid"};
static const struct config_hooks other_hooks;

/* Each case changes one thing of a fresh plan of `rich`. */
#define BREAK(what, statement)                                                                               \
    do {                                                                                                     \
        struct pipeline p_;                                                                                  \
        struct pipeline *p = &p_;                                                                            \
        make(p, rich);                                                                                       \
        statement;                                                                                           \
        assert_refused(p, what);                                                                             \
        pipeline_done(p);                                                                                    \
    } while (0)

static void test_plan_check__head(void **state)
{
    (void)state;
    BREAK("id", p->plan->id = "");
    BREAK("id", p->plan->id = "a/b");
    BREAK("bundle", p->plan->bundle = "bundle");
    BREAK("bundle", p->plan->bundle = NULL);
    BREAK("rootfs", p->plan->rootfs = "/");
    BREAK("rootfs", p->plan->rootfs = "/other");
    BREAK("rootfs", p->plan->rootfs = "/bundle/./r");
    BREAK("warning", p->plan->warnings = ((struct strings){.v = (const char *[]){""}, .n = 1}));
    BREAK("kind", p->plan->ops[3].kind = OP_KIND_COUNT);
    BREAK("pointer", p->plan->ops[3].pointer = NULL);
    BREAK("pointer", p->plan->ops[3].pointer = "mounts/0");
}

static void test_plan_check__namespaces(void **state)
{
    (void)state;
    BREAK("new", find(p, OP_CLONE)->clone.flags &= ~(uint64_t)CLONE_NEWNET);
    BREAK("new", find(p, OP_CLONE)->clone.flags |= CLONE_NEWPID);
    BREAK("cgroup in the clone", find(p, OP_CLONE)->clone.flags |= CLONE_NEWCGROUP);
    BREAK("time in the clone", {
        find(p, OP_CLONE)->clone.flags |= CLONE_NEWTIME;
        find(p, OP_CLONE)->clone.unshare_flags = 0;
    });
    BREAK("user unshared by the runtime", {
        find(p, OP_CLONE)->clone.flags &= ~(uint64_t)CLONE_NEWUSER;
        find(p, OP_CLONE)->clone.unshare_flags |= CLONE_NEWUSER;
    });
    BREAK("join", find(p, OP_CLONE)->clone.join_pid = NULL);
    BREAK("join", find(p, OP_CLONE)->clone.join_pid = "/ns/other");
    BREAK("join", find(p, OP_CLONE)->clone.join_time = "/ns/time");
    BREAK("join twice", {
        find(p, OP_CLONE)->clone.joins = &one_join;
        find(p, OP_CLONE)->clone.n_joins = 1;
    });
    BREAK("own", {
        p->config->linux_.namespaces[7].type = NS_UTS;
        p->config->linux_.namespaces[1].type = NS_PID;
        find(p, OP_CLONE)->clone.flags ^= CLONE_NEWPID | CLONE_NEWUTS;
        find(p, OP_CLONE)->clone.join_pid = NULL;
        find(p, OP_CLONE)->clone.intermediate = true;
        find(p, OP_CLONE)->clone.joins = &uts_join;
        find(p, OP_CLONE)->clone.n_joins = 1;
    });
    BREAK("offsets", find(p, OP_CLONE)->clone.n_time_offsets = 0);
    BREAK("unshare", find(p, OP_NS_UNSHARE)->ns_unshare.flags = 0);
    BREAK("not in its cgroup", find(p, OP_CLONE)->clone.into_cgroup2 = false);
}

static void test_plan_check__cgroups(void **state)
{
    (void)state;
    BREAK("path", p->plan->cgroups[0].path = "/a/../b");
    BREAK("path", p->plan->cgroups[0].path = "/");
    BREAK("mountpoint", p->plan->cgroups[0].mountpoint = "sys");
    BREAK("none", p->plan->n_cgroups = 0);
    BREAK("create", find(p, OP_CGROUP_CREATE)->cgroup_create.path = "/other");
    BREAK("create", find(p, OP_CGROUP_CREATE)->cgroup_create.hierarchy = 7);
    BREAK("join", find(p, OP_CGROUP_JOIN)->cgroup_join.path = "/");
    BREAK("devices", find(p, OP_CGROUP_DEVICES)->cgroup_devices.path = "/other");
    BREAK("devices", find(p, OP_CGROUP_DEVICES)->cgroup_devices.n_insns = 0);
    BREAK("write", find(p, OP_CGROUP_WRITE)->cgroup_write.path = "/other");
    BREAK("file", find(p, OP_CGROUP_WRITE)->cgroup_write.file = "../pids.max");
    BREAK("file", find(p, OP_CGROUP_WRITE)->cgroup_write.file = "..");
    BREAK("file", find(p, OP_CGROUP_WRITE)->cgroup_write.file = "");
    BREAK("value", find(p, OP_CGROUP_WRITE)->cgroup_write.value = NULL);
    BREAK("alt_file", find(p, OP_CGROUP_WRITE)->cgroup_write.alt_file = "a/b");
    BREAK("alt_value", find(p, OP_CGROUP_WRITE)->cgroup_write.alt_file = "a");
    BREAK("usage_file", find(p, OP_CGROUP_WRITE)->cgroup_write.usage_file = "/a");
}

static void test_plan_check__mounts(void **state)
{
    (void)state;
    BREAK("target", mount_at(p, "/data")->target = "/other");
    BREAK("target", mount_at(p, "/data")->target = "/data/");
    BREAK("target", mount_at(p, "/data")->target = "/x/../data");
    BREAK("ro", mount_at(p, "/sys")->flags.set &= ~(uint64_t)MS_RDONLY);
    BREAK("nodev", mount_at(p, "/sys")->flags.set &= ~(uint64_t)MS_NODEV);
    BREAK("nosuid", mount_at(p, "/dev")->flags.set &= ~(uint64_t)MS_NOSUID);
    BREAK("rro", mount_at(p, "/data")->flags.rec_set &= ~1ull);
    BREAK("set and clear", mount_at(p, "/sys")->flags.clear |= MS_RDONLY);
    BREAK("bind", mount_at(p, "/data")->kind = MOUNT_FS);
    BREAK("bind", mount_at(p, "/data")->flags.set &= ~(uint64_t)MS_BIND);
    BREAK("rbind", mount_at(p, "/data")->flags.set &= ~(uint64_t)MS_REC);
    BREAK("bind of the host's", mount_at(p, "/data")->source = "/data");
    BREAK("bind of nothing", mount_at(p, "/data")->source = NULL);
    BREAK("data on a bind", mount_at(p, "/data")->data = "size=1");
    BREAK("propagation", mount_at(p, "/data")->flags.propagation[0] = 0);
    BREAK("type", mount_at(p, "/sys")->fstype = "tmpfs");
    BREAK("type", mount_at(p, "/sys")->fstype = NULL);
    BREAK("rule of /proc", mount_at(p, "/proc")->proc_rule = PROC_RULE_NONE);
    BREAK("rule in /proc", mount_at(p, "/proc/uptime")->proc_rule = PROC_RULE_NONE);
    BREAK("rule of /sys", mount_at(p, "/sys")->proc_rule = PROC_RULE_NONE);
    BREAK("rule elsewhere", mount_at(p, "/data")->proc_rule = PROC_RULE_ROOT);
    BREAK("file in /proc", {
        p->config->mounts[4].destination = "/proc/self";
        mount_at(p, "/proc/uptime")->target = "/proc/self";
    });
    BREAK("other /proc", {
        p->config->mounts[0].type = "tmpfs";
        mount_at(p, "/proc")->fstype = "tmpfs";
    });
    BREAK("ro later for ever", mount_at(p, "/sys")->read_only_later = true);
    BREAK("ro never", mount_at(p, "/dev")->read_only_later = false); /* but mounts-readonly is there */
    BREAK("idmap", mount_at(p, "/map")->idmap = false);
    BREAK("idmap", mount_at(p, "/map")->uid_mappings = NULL);
    BREAK("copy", mount_at(p, "/tmp")->tmpcopyup = false);
    BREAK("copy", mount_at(p, "/sys")->tmpcopyup = true);
    BREAK("label", mount_at(p, "/tmp")->label = "other");
    BREAK("cgroup", mount_at(p, "/sys/fs/cgroup")->kind = MOUNT_FS);
    BREAK("cgroup", mount_at(p, "/tmp")->kind = MOUNT_CGROUP_V2);
    BREAK("pointer", find(p, OP_MOUNT)->pointer = "/mounts/1");
}

static void test_plan_check__devices_and_paths(void **state)
{
    (void)state;
    BREAK("null", device_at(p, "/dev/null")->minor = 5);
    BREAK("mode", device_at(p, "/dev/null")->mode = 0600);
    BREAK("null", device_at(p, "/dev/null")->path = "/dev/null2");
    BREAK("device", device_at(p, "/dev/d")->major = 1);
    BREAK("device", device_at(p, "/dev/d")->type = 0060000);
    BREAK("device", device_at(p, "/dev/d")->path = "/dev/../etc/d");
    BREAK("device", device_at(p, "/dev/d")->path = "/dev/ptmx");
    BREAK("device of nobody", device_at(p, "/dev/d")->path = "/dev/e");
    BREAK("default instead of configured", {
        p->config->linux_.devices[0].path = "/dev/null";
        p->config->linux_.devices[0].major.v = 1;
        p->config->linux_.devices[0].minor.v = 3;
        device_at(p, "/dev/d")->path = "/dev/e";
    });
    BREAK("device outside a foreign /dev", {
        p->config->linux_.devices[1].path = "/g";
        device_at(p, "/f")->path = "/h";
    });
    BREAK("device", device_at(p, "/dev/d")->uid = UINT32_MAX);
    BREAK("device", device_at(p, "/dev/d")->optional = true);
    BREAK("mode", device_at(p, "/f")->mode = 0100644);
    BREAK("link", find(p, OP_DEV_SYMLINK)->symlink.target = "/etc");
    BREAK("link", find(p, OP_DEV_SYMLINK)->symlink.path = "/dev/../fd");
    BREAK("foreign /dev", {
        mount_at(p, "/dev")->fstype = "devtmpfs";
        p->config->mounts[1].type = "devtmpfs";
    });
    BREAK("mask", find(p, OP_MASK_PATH)->path.path = "/proc/kcore2");
    BREAK("mask", find(p, OP_MASK_PATH)->path.path = "/proc/../proc/kcore");
    BREAK("mask twice", find(p, OP_MASK_PATH)->path.path = "/x");
    BREAK("mask of nowhere", find(p, OP_MASK_PATH)->pointer = "/linux/maskedPaths/9");
    BREAK("mask of nowhere", find(p, OP_MASK_PATH)->pointer = "/linux/maskedPaths/01");
    BREAK("readonly", find(p, OP_READONLY_PATH)->path.path = "/");
}

static void test_plan_check__process(void **state)
{
    (void)state;
    BREAK("hostname", find(p, OP_HOSTNAME)->name.name = "other");
    BREAK("domainname", find(p, OP_DOMAINNAME)->name.name = "");
    BREAK("keyring", find(p, OP_KEYRING)->name.name = "_ses.other");
    BREAK("keyring", find(p, OP_KEYRING)->name.label = "u:r:other:s0");
    BREAK("apparmor", find(p, OP_APPARMOR)->name.name = "unconfined");
    BREAK("selinux", find(p, OP_SELINUX)->name.name = "other");
    BREAK("sysctl", find(p, OP_SYSCTL)->sysctl.value = "0");
    BREAK("sysctl", find(p, OP_SYSCTL)->sysctl.components = ((const char *[]){"net", "ipv4", "other"}));
    BREAK("sysctl", find(p, OP_SYSCTL)->sysctl.components = ((const char *[]){"net", "..", "ip_forward"}));
    BREAK("sysctl", find(p, OP_SYSCTL)->sysctl.components = ((const char *[]){"net", "ipv4/ip_forward", ""}));
    BREAK("sysctl", find(p, OP_SYSCTL)->sysctl.n_components = 2);
    BREAK("uid", find(p, OP_IDENTITY)->identity.uid = 0);
    BREAK("uid", {
        find(p, OP_IDENTITY)->identity.uid = UINT32_MAX;
        p->config->process->user.uid = UINT32_MAX;
    });
    BREAK("gid", find(p, OP_IDENTITY)->identity.gid = UINT32_MAX);
    BREAK("groups", find(p, OP_IDENTITY)->identity.n_groups = 1);
    BREAK("groups", find(p, OP_IDENTITY)->identity.groups = ((uint32_t[]){7, 0}));
    BREAK("groups", find(p, OP_IDENTITY)->identity.set_groups = false);
    BREAK("umask", find(p, OP_UMASK)->umask = 01000);
    BREAK("bounding", find(p, OP_CAPS_BOUNDING)->caps.bounding |= UINT64_C(1) << 21);
    BREAK("bounding", {
        find(p, OP_CAPS_BOUNDING)->caps.bounding |= UINT64_C(1) << 21;
        find(p, OP_CAPS)->caps.bounding |= UINT64_C(1) << 21;
    });
    BREAK("effective", find(p, OP_CAPS)->caps.effective |= 1);
    BREAK("permitted", find(p, OP_CAPS)->caps.permitted |= UINT64_C(1) << 62);
    BREAK("permitted", find(p, OP_CAPS)->caps.permitted = 0);
    BREAK("inheritable", find(p, OP_CAPS)->caps.inheritable |= 1);
    BREAK("ambient", find(p, OP_CAPS)->caps.inheritable = 0);
    BREAK("args", find(p, OP_EXEC)->exec.args = ((const char *[]){"a", "c", NULL}));
    BREAK("args", find(p, OP_EXEC)->exec.args = ((const char *[]){"a", NULL}));
    BREAK("args", find(p, OP_EXEC)->exec.args = ((const char *[]){"a", "b", "c", NULL}));
    BREAK("home", find(p, OP_EXEC)->exec.env = ((const char *[]){"PATH=/bin", NULL}));
    BREAK("env", {
        find(p, OP_EXEC)->exec.has_home = false;
        find(p, OP_EXEC)->exec.n_env = 1;
    });
    BREAK("path", find(p, OP_EXEC)->exec.search_path = NULL);
    BREAK("cwd", find(p, OP_CHDIR)->path.path = "/");
    BREAK("cwd", find(p, OP_CHDIR_EARLY)->path.path = "/w/");
    BREAK("cwd", find(p, OP_MKDIR_CWD)->path.path = "/other");
    BREAK("hooks", find(p, OP_HOOKS_RUNTIME)->hooks.hooks = &other_hooks);
    BREAK("hooks", find(p, OP_HOOKS_RUNTIME)->hooks.prestart = NULL);
    BREAK("hooks", find(p, OP_HOOKS_START_CONTAINER)->hooks.hooks = &p->config->hooks[HOOK_POSTSTOP]);
}

static void test_plan_check__attributes(void **state)
{
    (void)state;
    BREAK("rlimit", find(p, OP_RLIMIT)->rlimit.hard = 3);
    BREAK("rlimit", find(p, OP_RLIMIT)->rlimit.resource++);
    BREAK("rlimit", find(p, OP_RLIMIT_RAISE)->rlimit.soft = 0);
    BREAK("rlimit", {
        find(p, OP_RLIMIT)->rlimit.soft = 9;
        find(p, OP_RLIMIT_RAISE)->rlimit.soft = 9;
        p->config->process->rlimits[0].soft = 9;
    });
    BREAK("oom", find(p, OP_OOM_SCORE_ADJ)->oom_score.value = -10);
    BREAK("console", find(p, OP_CONSOLE)->console.height = 1);
    BREAK("console", find(p, OP_CONSOLE)->console.uid++);
    BREAK("console", find(p, OP_CONSOLE)->console.bind = false);
    BREAK("net device", find(p, OP_NET_DEVICE)->net_device.host_name = "eth0");
    BREAK("net device", find(p, OP_NET_DEVICE)->net_device.name = "a/b");
    BREAK("host shared", find(p, OP_ROOT_PREPARE)->root_prepare.host_propagation = MS_SHARED | MS_REC);
    BREAK("host slave, not all of it", find(p, OP_ROOT_PREPARE)->root_prepare.host_propagation = MS_SLAVE);
    BREAK("host left alone", find(p, OP_ROOT_PREPARE)->root_prepare.host_propagation = 0);
    BREAK("host unbindable",
          find(p, OP_ROOT_PREPARE)->root_prepare.host_propagation = MS_UNBINDABLE | MS_REC);
    BREAK("root private", find(p, OP_ROOT_PROPAGATION)->root_propagation.ms_flags = MS_PRIVATE | MS_REC);
    BREAK("root not recursive", find(p, OP_ROOT_PROPAGATION)->root_propagation.ms_flags = MS_SLAVE);
}

static void test_plan_check__seccomp(void **state)
{
    struct seccomp_policy allow = {.default_action = SECCOMP_RETURN_ALLOW};
    struct seccomp_rule rule = {.entry = 1};
    struct seccomp_policy stray = {.default_action = SECCOMP_RETURN_ERRNO | 1, .rules = &rule, .n_rules = 1};

    (void)state;
    BREAK("none", find(p, OP_SECCOMP)->seccomp = NULL);
    BREAK("default", find(p, OP_SECCOMP)->seccomp = &allow);
    BREAK("rule", find(p, OP_SECCOMP)->seccomp = &stray);
    BREAK("without no_new_privs", p->config->process->no_new_privileges.v = false);
    BREAK("a listener that nobody wants",
          ((struct seccomp_policy *)(uintptr_t)find(p, OP_SECCOMP)->seccomp)->notify = true);
    BREAK("a place for a listener", find(p, OP_SECCOMP)->kind = OP_SECCOMP_LISTENER);
}

/* The oracle's own idea of what a path means. */
static void test_plan_check__meaning_of_paths(void **state)
{
    static const struct {
        const char *destination, *target;
        bool same;
    } cases[] = {
        {"a/b", "/a/b", true},       {"//a///b//", "/a/b", true},  {"/a/./b/.", "/a/b", true},
        {"/x/../a/b", "/a/b", true}, {"/../../a/b", "/a/b", true}, {"/a/b/c/..", "/a/b", true},
        {"/a", "/a/b", false},       {"/a/bc", "/a/b", false},     {"/a/b/...", "/a/b", false},
        {"/a/b", "/a//b", false},    {"/a/b", "/a/./b", false},    {"/a/b", "a/b", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pipeline p;

        make(&p, plain);
        p.config->linux_.masked_paths = (struct strings){.v = (const char *[]){cases[i].destination}, .n = 1};
        /* the keyring, which is no duty, makes room for one operation */
        struct plan_op *ops = p.plan->ops, mask = {.kind = OP_MASK_PATH, .pointer = "/linux/maskedPaths/0"};
        size_t from = (size_t)(find(&p, OP_KEYRING) - ops), to = (size_t)(find(&p, OP_PIVOT) - ops);

        mask.path.path = cases[i].target;
        memmove(ops + from, ops + from + 1, (to - from - 1) * sizeof(*ops));
        ops[to - 1] = mask;
        assert_int_equal(plan_check(p.plan, p.config, &p.err) == 0, cases[i].same);
        pipeline_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_check__every_operation_dropped),
        cmocka_unit_test(test_plan_check__every_operation_doubled),
        cmocka_unit_test(test_plan_check__every_operation_moved),
        cmocka_unit_test(test_plan_check__head),
        cmocka_unit_test(test_plan_check__namespaces),
        cmocka_unit_test(test_plan_check__cgroups),
        cmocka_unit_test(test_plan_check__mounts),
        cmocka_unit_test(test_plan_check__devices_and_paths),
        cmocka_unit_test(test_plan_check__process),
        cmocka_unit_test(test_plan_check__attributes),
        cmocka_unit_test(test_plan_check__seccomp),
        cmocka_unit_test(test_plan_check__meaning_of_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
