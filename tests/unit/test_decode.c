/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/decode.h"
#include "unit/alloc_fault.h"
#include "unit/full_config.h"

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <errno.h>

static struct arena arena;

static int arena_setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int arena_teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct config *decode(const char *text)
{
    struct config *c = NULL;
    struct err e;

    err_init(&e);
    if (config_decode(&arena, text, strlen(text), &c, &e) < 0)
        fail_msg("%s at \"%s\" %u:%u in %s", e.message, e.where, e.line, e.column, text);
    return c;
}

static void assert_strings(const struct strings *s, const char *const *expected)
{
    size_t i = 0;

    for (; expected[i]; i++) {
        assert_true(i < s->n);
        assert_string_equal(s->v[i], expected[i]);
    }
    assert_int_equal(s->n, i);
}

#define STRINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define assert_opt(field, value)                                                                             \
    do {                                                                                                     \
        assert_true((field).has);                                                                            \
        assert_true((field).v == (value));                                                                   \
    } while (0)

/* ---- every property has its place ---- */

static void test_config_decode__document(void **state)
{
    const struct config *c = decode(FULL_CONFIG);
    static const char *const paths[HOOK_KIND_COUNT] = {
        "/prestart", "/createRuntime", "/createContainer", "/startContainer", "/poststart", "/poststop"};

    (void)state;
    assert_string_equal(c->oci_version, "1.3.0");
    assert_true(c->has_root);
    assert_string_equal(c->root.path, "rootfs");
    assert_true(c->root.readonly);
    assert_string_equal(c->hostname, "host");
    assert_string_equal(c->domainname, "domain");
    assert_int_equal(c->annotations.n, 2);
    assert_string_equal(c->annotations.v[0].key, "com.example/key");
    assert_string_equal(c->annotations.v[0].value, "value");
    assert_string_equal(c->annotations.v[1].key, "other");
    assert_string_equal(c->annotations.v[1].value, "");
    for (unsigned kind = 0; kind < HOOK_KIND_COUNT; kind++) {
        const struct config_hook *h = c->hooks[kind].v;

        assert_int_equal(c->hooks[kind].n, 1);
        assert_string_equal(h->path, paths[kind]);
        assert_string_equal(h->path + 1, hook_kind_name((enum hook_kind)kind));
        assert_strings(&h->args, STRINGS("a0", "a1"));
        assert_true(h->has_env);
        assert_strings(&h->env, STRINGS("E=1"));
        assert_opt(h->timeout_s, 30);
    }
    assert_true(c->has_linux);
    assert_int_equal(c->other_platforms.n, 0);
    assert_int_equal(c->case_variants.n, 0);
}

static void test_config_decode__mounts(void **state)
{
    const struct config *c = decode(FULL_CONFIG);
    const struct config_mount *m = c->mounts;

    (void)state;
    assert_int_equal(c->n_mounts, 1);
    assert_string_equal(m->destination, "/data");
    assert_string_equal(m->type, "none");
    assert_string_equal(m->source, "/src");
    assert_strings(&m->options, STRINGS("rbind", "ro", "ridmap"));
    assert_int_equal(m->uid_mappings.n, 1);
    assert_int_equal(m->uid_mappings.v[0].container_id, 0);
    assert_int_equal(m->uid_mappings.v[0].host_id, 1000);
    assert_int_equal(m->uid_mappings.v[0].size, 10);
    assert_int_equal(m->gid_mappings.n, 1);
    assert_int_equal(m->gid_mappings.v[0].container_id, 1);
    assert_int_equal(m->gid_mappings.v[0].host_id, 2000);
    assert_int_equal(m->gid_mappings.v[0].size, 20);
}

static void check_process(const struct config_process *p)
{
    assert_true(p->terminal);
    assert_true(p->has_console_size);
    assert_int_equal(p->console_height, 25);
    assert_int_equal(p->console_width, 81);
    assert_true(p->has_user);
    assert_int_equal(p->user.uid, 1);
    assert_int_equal(p->user.gid, 2);
    assert_opt(p->user.umask, 18);
    assert_int_equal(p->user.n_additional_gids, 2);
    assert_int_equal(p->user.additional_gids[0], 5);
    assert_int_equal(p->user.additional_gids[1], 6);
    assert_string_equal(p->user.username, "u");
    assert_strings(&p->args, STRINGS("sh", "-c"));
    assert_strings(&p->env, STRINGS("A=1", "B=2"));
    assert_string_equal(p->cwd, "/cwd");
    assert_true(p->has_capabilities);
    for (unsigned set = 0; set < CAP_SET_COUNT; set++)
        assert_true(p->has_cap_set[set]);
    assert_strings(&p->capabilities[CAP_SET_BOUNDING], STRINGS("CAP_CHOWN", "CAP_KILL"));
    assert_strings(&p->capabilities[CAP_SET_AMBIENT], STRINGS("CAP_KILL"));
    assert_int_equal(p->n_rlimits, 1);
    assert_string_equal(p->rlimits[0].type, "RLIMIT_CORE");
    assert_true(p->rlimits[0].hard == UINT64_MAX);
    assert_true(p->rlimits[0].soft == UINT64_MAX - 1);
    assert_opt(p->no_new_privileges, true);
    assert_string_equal(p->apparmor_profile, "aa");
    assert_string_equal(p->selinux_label, "se");
    assert_opt(p->oom_score_adj, -999);
    assert_string_equal(p->scheduler->policy, "SCHED_DEADLINE");
    assert_int_equal(p->scheduler->nice, -7);
    assert_int_equal(p->scheduler->priority, 0);
    assert_strings(&p->scheduler->flags, STRINGS("SCHED_FLAG_RESET_ON_FORK"));
    assert_int_equal(p->scheduler->runtime_ns, 2000);
    assert_int_equal(p->scheduler->deadline_ns, 3000);
    assert_int_equal(p->scheduler->period_ns, 4000);
    assert_string_equal(p->io_priority->class, "IOPRIO_CLASS_BE");
    assert_int_equal(p->io_priority->priority, 4);
    assert_string_equal(p->exec_cpu_affinity->initial, "0-1");
    assert_string_equal(p->exec_cpu_affinity->final, "2,3");
}

static void test_process_decode__full(void **state)
{
    struct config_process *p = NULL;

    (void)state;
    check_process(decode(FULL_CONFIG)->process);
    assert_int_equal(process_decode(&arena, FULL_PROCESS, strlen(FULL_PROCESS), &p, NULL), 0);
    check_process(p);
}

/* Five sets, each to its own place. */
static void test_process_decode__capability_sets(void **state)
{
    static const char text[] =
        "{\"capabilities\":{\"ambient\":[\"a\"],\"bounding\":[\"b\"],\"effective\":[\"e\"],"
        "\"inheritable\":[\"i\"],\"permitted\":[]}}";
    struct config_process *p = NULL;

    (void)state;
    assert_int_equal(process_decode(&arena, text, sizeof(text) - 1, &p, NULL), 0);
    assert_strings(&p->capabilities[CAP_SET_AMBIENT], STRINGS("a"));
    assert_strings(&p->capabilities[CAP_SET_BOUNDING], STRINGS("b"));
    assert_strings(&p->capabilities[CAP_SET_EFFECTIVE], STRINGS("e"));
    assert_strings(&p->capabilities[CAP_SET_INHERITABLE], STRINGS("i"));
    assert_int_equal(p->capabilities[CAP_SET_PERMITTED].n, 0);
    assert_true(p->has_cap_set[CAP_SET_PERMITTED]);
    assert_int_equal(process_decode(&arena, "{\"capabilities\":{}}", 19, &p, NULL), 0);
    assert_true(p->has_capabilities);
    for (unsigned set = 0; set < CAP_SET_COUNT; set++)
        assert_false(p->has_cap_set[set]);
}

static void check_resources(const struct config_resources *r)
{
    const struct config_memory *m = &r->memory;
    const struct config_cpu *c = &r->cpu;
    const struct config_block_io *io = &r->block_io;
    static const uint64_t rates[THROTTLE_COUNT] = {601, 602, 603, UINT64_MAX};

    assert_int_equal(r->n_devices, 1);
    assert_true(r->devices[0].allow);
    assert_string_equal(r->devices[0].type, "c");
    assert_opt(r->devices[0].major, 10);
    assert_opt(r->devices[0].minor, 229);
    assert_string_equal(r->devices[0].access, "rw");
    assert_true(r->has_memory);
    assert_opt(m->limit, 1001);
    assert_opt(m->reservation, 1002);
    assert_opt(m->swap, 1003);
    assert_opt(m->kernel, 1004);
    assert_opt(m->kernel_tcp, -1);
    assert_opt(m->swappiness, 60);
    assert_opt(m->disable_oom_killer, true);
    assert_opt(m->use_hierarchy, true);
    assert_opt(m->check_before_update, true);
    assert_true(r->has_cpu);
    assert_opt(c->shares, 1024);
    assert_opt(c->quota_us, 50000);
    assert_opt(c->burst_us, 40000);
    assert_opt(c->period_us, 100000);
    assert_opt(c->realtime_runtime_us, 950000);
    assert_opt(c->realtime_period_us, 1000000);
    assert_string_equal(c->cpus, "0-3");
    assert_string_equal(c->mems, "0");
    assert_opt(c->idle, 1);
    assert_opt(r->pids_limit, 32771);
    assert_true(r->has_block_io);
    assert_opt(io->weight, 11);
    assert_opt(io->leaf_weight, 12);
    assert_int_equal(io->n_weight_devices, 1);
    assert_int_equal(io->weight_devices[0].major, 8);
    assert_int_equal(io->weight_devices[0].minor, 1);
    assert_opt(io->weight_devices[0].weight, 13);
    assert_opt(io->weight_devices[0].leaf_weight, 14);
    for (unsigned kind = 0; kind < THROTTLE_COUNT; kind++) {
        assert_int_equal(io->throttle[kind].n, 1);
        assert_int_equal(io->throttle[kind].v[0].major, 8);
        assert_int_equal(io->throttle[kind].v[0].minor, 2 + kind);
        assert_true(io->throttle[kind].v[0].rate == rates[kind]);
    }
    assert_int_equal(r->n_hugepage_limits, 1);
    assert_string_equal(r->hugepage_limits[0].page_size, "2MB");
    assert_true(r->hugepage_limits[0].limit == UINT64_C(9223372036854772000));
    assert_true(r->has_network);
    assert_opt(r->network.class_id, 1048577);
    assert_int_equal(r->network.n_priorities, 1);
    assert_string_equal(r->network.priorities[0].name, "eth0");
    assert_int_equal(r->network.priorities[0].priority, 500);
    assert_int_equal(r->n_rdma, 1);
    assert_string_equal(r->rdma[0].device, "mlx5_1");
    assert_opt(r->rdma[0].hca_handles, 3);
    assert_opt(r->rdma[0].hca_objects, 10000);
    assert_int_equal(r->unified.n, 2);
    assert_string_equal(r->unified.v[1].key, "pids.max");
    assert_string_equal(r->unified.v[1].value, "7");
}

static void test_resources_decode__full(void **state)
{
    struct config_resources *r = NULL;

    (void)state;
    check_resources(decode(FULL_CONFIG)->linux_.resources);
    assert_int_equal(resources_decode(&arena, FULL_RESOURCES, strlen(FULL_RESOURCES), &r, NULL), 0);
    check_resources(r);
}

static void check_seccomp(const struct config_seccomp *s)
{
    assert_string_equal(s->default_action, "SCMP_ACT_ERRNO");
    assert_opt(s->default_errno_ret, 38);
    assert_strings(&s->architectures, STRINGS("SCMP_ARCH_X86_64"));
    assert_true(s->has_flags);
    assert_strings(&s->flags, STRINGS("SECCOMP_FILTER_FLAG_LOG"));
    assert_string_equal(s->listener_path, "/run/agent.sock");
    assert_string_equal(s->listener_metadata, "meta");
    assert_int_equal(s->n_syscalls, 1);
    assert_strings(&s->syscalls[0].names, STRINGS("getcwd", "chmod"));
    assert_string_equal(s->syscalls[0].action, "SCMP_ACT_ERRNO");
    assert_opt(s->syscalls[0].errno_ret, 1);
    assert_int_equal(s->syscalls[0].n_args, 1);
    assert_int_equal(s->syscalls[0].args[0].index, 5);
    assert_true(s->syscalls[0].args[0].value == 2114060288);
    assert_true(s->syscalls[0].args[0].value_two == UINT64_MAX);
    assert_string_equal(s->syscalls[0].args[0].op, "SCMP_CMP_MASKED_EQ");
}

static void test_seccomp_decode__full(void **state)
{
    struct config_seccomp *s = NULL;

    (void)state;
    check_seccomp(decode(FULL_CONFIG)->linux_.seccomp);
    assert_int_equal(seccomp_decode(&arena, FULL_SECCOMP, strlen(FULL_SECCOMP), &s, NULL), 0);
    check_seccomp(s);
    assert_int_equal(seccomp_decode(&arena, "{\"defaultAction\":\"x\",\"flags\":[]}", 32, &s, NULL), 0);
    assert_true(s->has_flags);
    assert_int_equal(s->flags.n, 0);
    assert_int_equal(seccomp_decode(&arena, "{\"defaultAction\":\"x\"}", 21, &s, NULL), 0);
    assert_false(s->has_flags);
}

static void test_config_decode__linux(void **state)
{
    const struct config *c = decode(FULL_CONFIG);
    const struct config_linux *l = &c->linux_;
    static const enum ns_type types[] = {NS_PID, NS_NETWORK, NS_MOUNT,  NS_IPC,
                                         NS_UTS, NS_USER,    NS_CGROUP, NS_TIME};

    (void)state;
    assert_int_equal(l->uid_mappings.n, 1);
    assert_int_equal(l->uid_mappings.v[0].host_id, 100000);
    assert_int_equal(l->gid_mappings.n, 1);
    assert_int_equal(l->gid_mappings.v[0].host_id, 4294901760u);
    assert_int_equal(l->gid_mappings.v[0].size, 65535);
    assert_int_equal(l->sysctl.n, 2);
    assert_string_equal(l->sysctl.v[0].key, "net.ipv4.ip_forward");
    assert_string_equal(l->sysctl.v[1].value, "65536");
    assert_string_equal(l->cgroups_path, "/my/group");
    assert_int_equal(l->n_namespaces, NS_TYPE_COUNT);
    for (size_t i = 0; i < NS_TYPE_COUNT; i++) {
        assert_int_equal(l->namespaces[i].type, types[i]);
        assert_string_equal(l->namespaces[i].type_name, ns_type_name(types[i]));
        assert_int_equal(l->namespaces[i].path != NULL, i == 0);
    }
    assert_string_equal(config_namespace_find(c, NS_PID)->path, "/proc/1/ns/pid");
    assert_int_equal(l->n_devices, 1);
    assert_string_equal(l->devices[0].path, "/dev/fuse");
    assert_string_equal(l->devices[0].type, "c");
    assert_opt(l->devices[0].major, 10);
    assert_opt(l->devices[0].minor, 229);
    assert_opt(l->devices[0].file_mode, 438);
    assert_opt(l->devices[0].uid, 7);
    assert_opt(l->devices[0].gid, 8);
    assert_int_equal(l->n_net_devices, 2);
    assert_string_equal(l->net_devices[0].host_name, "eth0");
    assert_string_equal(l->net_devices[0].name, "container0");
    assert_string_equal(l->net_devices[1].host_name, "ens4");
    assert_null(l->net_devices[1].name);
    assert_string_equal(l->rootfs_propagation, "rslave");
    assert_strings(&l->masked_paths, STRINGS("/proc/kcore"));
    assert_strings(&l->readonly_paths, STRINGS("/proc/sys", "/proc/irq"));
    assert_string_equal(l->mount_label, "label");
}

static void test_config_decode__linux_small_objects(void **state)
{
    const struct config_linux *l = &decode(FULL_CONFIG)->linux_;

    (void)state;
    assert_string_equal(l->intel_rdt->clos_id, "guaranteed");
    assert_strings(&l->intel_rdt->schemata, STRINGS("L3:0=7f0", "MB:0=20"));
    assert_string_equal(l->intel_rdt->l3_cache_schema, "L3:0=1");
    assert_string_equal(l->intel_rdt->mem_bw_schema, "MB:0=2");
    assert_opt(l->intel_rdt->enable_monitoring, true);
    assert_string_equal(l->memory_policy->mode, "MPOL_INTERLEAVE");
    assert_string_equal(l->memory_policy->nodes, "2-3");
    assert_strings(&l->memory_policy->flags, STRINGS("MPOL_F_STATIC_NODES"));
    assert_string_equal(l->personality->domain, "LINUX32");
    assert_int_equal(l->personality->flags.n, 0);
    assert_int_equal(l->n_time_offsets, 2);
    assert_string_equal(l->time_offsets[0].clock, "monotonic");
    assert_true(l->time_offsets[0].secs == -172800);
    assert_int_equal(l->time_offsets[0].nanosecs, 1);
    assert_string_equal(l->time_offsets[1].clock, "boottime");
    assert_true(l->time_offsets[1].secs == 604800);
    assert_int_equal(l->time_offsets[1].nanosecs, 999999999);
}

static void test_config_decode__empty(void **state)
{
    const struct config *c = decode("{}");
    static const struct config zero;

    (void)state;
    assert_memory_equal(c, &zero, sizeof(zero));
}

static void test_config_decode__empty_objects(void **state)
{
    const struct config *c =
        decode("{\"process\":{},\"root\":{},\"linux\":{\"resources\":{\"memory\":{},\"cpu\":{},"
               "\"blockIO\":{},\"network\":{},\"pids\":{},\"rdma\":{}}},\"mounts\":[],"
               "\"hooks\":{},\"annotations\":{}}");

    (void)state;
    assert_non_null(c->process);
    assert_true(c->has_root && c->has_linux);
    assert_null(c->root.path);
    assert_true(c->linux_.resources->has_memory && c->linux_.resources->has_cpu);
    assert_true(c->linux_.resources->has_block_io && c->linux_.resources->has_network);
    assert_false(c->linux_.resources->memory.limit.has);
    assert_false(c->linux_.resources->pids_limit.has);
}

static void test_config_decode__null_is_absent(void **state)
{
    const struct config *c =
        decode("{\"process\":null,\"root\":null,\"linux\":{\"resources\":{\"pids\":null,\"memory\":"
               "{\"limit\":null},\"rdma\":{\"a\":null,\"b\":{\"hcaHandles\":1}}}},"
               "\"annotations\":{\"a\":null,\"b\":\"x\"},\"windows\":null}");

    (void)state;
    assert_null(c->process);
    assert_false(c->has_root);
    assert_false(c->linux_.resources->memory.limit.has);
    assert_true(c->linux_.resources->has_memory);
    assert_int_equal(c->linux_.resources->n_rdma, 1);
    assert_string_equal(c->linux_.resources->rdma[0].device, "b");
    assert_int_equal(c->annotations.n, 1);
    assert_string_equal(c->annotations.v[0].key, "b");
    assert_int_equal(c->other_platforms.n, 0);
}

static void test_config_decode__empty_optional_strings(void **state)
{
    const struct config *c =
        decode("{\"hostname\":\"\",\"process\":{\"cwd\":\"\",\"apparmorProfile\":\"\"},\"linux\":{"
               "\"namespaces\":[{\"type\":\"pid\",\"path\":\"\"}]},"
               "\"hooks\":{\"poststop\":[{\"path\":\"\"}]}}");

    (void)state;
    assert_null(c->hostname);
    assert_null(c->process->cwd);
    assert_null(c->process->apparmor_profile);
    assert_null(c->linux_.namespaces[0].path);
    assert_string_equal(c->hooks[HOOK_POSTSTOP].v[0].path, "");
}

static void test_config_decode__unknown_members(void **state)
{
    const struct config *c =
        decode("{\"x\":{\"deep\":[1,{\"y\":null}]},\"process\":{\"commandLine\":\"c\",\"cwd\":\"/\"},"
               "\"linux\":{\"intelRdt\":{\"enableCMT\":true,\"enableMBM\":1}},"
               "\"windows\":{\"layerFolders\":[]},\"vm\":{},\"solaris\":1,\"zos\":{},\"freebsd\":{}}");

    (void)state;
    assert_string_equal(c->process->cwd, "/");
    assert_strings(&c->other_platforms, STRINGS("windows", "solaris", "vm", "zos", "freebsd"));
    assert_int_equal(c->case_variants.n, 0);
}

static void test_config_decode__namespace_types(void **state)
{
    static const char text[] = "{\"linux\":{\"namespaces\":[{\"type\":\"Pid\"}]}}";
    struct config *c;
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(config_decode(&arena, text, sizeof(text) - 1, &c, &e), -EINVAL);
    assert_string_equal(e.where, "/linux/namespaces/0/type");
    assert_string_equal(e.message, "namespace \"Pid\" does not exist");
    assert_int_equal(e.column, 33);
}

/* ---- spelling ---- */

static void test_resources_decode__iops_spellings(void **state)
{
    static const char old[] =
        "{\"blockIO\":{\"throttleReadIopsDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}],"
        "\"throttleWriteIopsDevice\":[{\"major\":4,\"minor\":5,\"rate\":6}]}}";
    static const char both[] =
        "{\"blockIO\":{\"throttleWriteIOPSDevice\":[],\"throttleWriteIopsDevice\":[]}}";
    struct config_resources *r;
    struct err e;

    (void)state;
    err_init(&e);
    assert_int_equal(resources_decode(&arena, old, sizeof(old) - 1, &r, &e), 0);
    assert_int_equal(r->block_io.throttle[THROTTLE_READ_IOPS].v[0].rate, 3);
    assert_int_equal(r->block_io.throttle[THROTTLE_WRITE_IOPS].v[0].rate, 6);
    assert_int_equal(resources_decode(&arena, both, sizeof(both) - 1, &r, &e), -EINVAL);
    assert_string_equal(e.where, "/blockIO/throttleWriteIopsDevice");
    assert_non_null(strstr(e.message, "given before in another spelling"));
}

static void test_config_decode__case_variants(void **state)
{
    static const struct {
        const char *text, *where, *message; /* where NULL: accepted */
    } cases[] = {
        {"{\"process\":{},\"Process\":{}}", "/Process", "\"Process\" and \"process\" differ only in case"},
        {"{\"Process\":{},\"process\":{}}", "/Process", "\"Process\" and \"process\" differ only in case"},
        {"{\"Process\":{},\"process\":null}", "/Process", "differ only in case"},
        {"{\"Process\":{},\"PROCESS\":{}}", NULL, NULL},
        {"{\"root\":{\"path\":\"a\",\"Path\":\"b\"}}", "/root/Path", "differ only in case"},
        {"{\"linux\":{\"sysctl\":{\"a\":\"1\",\"A\":\"2\"}},\"annotations\":{\"k\":\"\",\"K\":\"\"}}", NULL,
         NULL},
        {"{\"linux\":{\"resources\":{\"rdma\":{\"dev\":{},\"DEV\":{}}}}}", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config *c;
        struct err e;
        int r;

        err_init(&e);
        r = config_decode(&arena, cases[i].text, strlen(cases[i].text), &c, &e);
        assert_int_equal(r, cases[i].where ? -EINVAL : 0);
        if (cases[i].where) {
            assert_string_equal(e.where, cases[i].where);
            assert_non_null(strstr(e.message, cases[i].message));
        }
    }
}

static void test_config_decode__case_variants_are_remembered(void **state)
{
    const struct config *c =
        decode("{\"Hostname\":\"x\",\"process\":{\"noNewPrivileges \":true,"
               "\"NoNewPrivileges\":true},\"mounts\":[{\"destination\":\"/\",\"Options\":[]}]}");
    struct buf b = BUF_INIT(65536);

    (void)state;
    assert_null(c->hostname);
    assert_false(c->process->no_new_privileges.has);
    assert_strings(&c->case_variants, STRINGS("/Hostname", "/process/NoNewPrivileges", "/mounts/0/Options"));
    buf_str(&b, "{\"mounts\":[");
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "%s{\"destination\":\"/\",\"Type\":\"x\"}", i ? "," : "");
    buf_str(&b, "]}");
    c = decode(b.data);
    assert_int_equal(c->case_variants.n, 16); /* bounded */
    assert_string_equal(c->case_variants.v[15], "/mounts/15/Type");
    buf_done(&b);
}

/* ---- the document as a whole ---- */

static void test_config_decode__not_an_object(void **state)
{
    static const char *const texts[] = {"null", "[]", "5", "\"x\"", "true"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct config *c = NULL;
        struct config_process *p = NULL;
        struct err e;

        err_init(&e);
        assert_int_equal(config_decode(&arena, texts[i], strlen(texts[i]), &c, &e), -EINVAL);
        assert_string_equal(e.where, "");
        assert_non_null(strstr(e.message, "must be an object, not "));
        assert_int_equal(e.line, 1);
        assert_int_equal(e.column, 1);
        assert_null(c);
        assert_int_equal(process_decode(&arena, texts[i], strlen(texts[i]), &p, &e), -EINVAL);
        assert_null(p);
    }
}

/* Nothing in the result points into the text. */
static void test_config_decode__copies(void **state)
{
    char *text = strdup(FULL_CONFIG);
    struct config *c;

    (void)state;
    assert_non_null(text);
    assert_int_equal(config_decode(&arena, text, strlen(text), &c, NULL), 0);
    memset(text, 'x', strlen(text));
    free(text);
    check_process(c->process);
    check_resources(c->linux_.resources);
    check_seccomp(c->linux_.seccomp);
}

static void test_config_decode__truncated(void **state)
{
    struct config *c;
    struct err e;

    (void)state;
    for (size_t len = 0; len < strlen(FULL_CONFIG); len++) {
        err_init(&e);
        assert_int_equal(config_decode(&arena, FULL_CONFIG, len, &c, &e), -EINVAL);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_int_equal(e.line, 1);
        arena_done(&arena);
    }
}

static void test_config_decode__no_memory(void **state)
{
    cJSON_Hooks hooks = {.malloc_fn = malloc, .free_fn = free};
    /* One member of another case, so that remembering it fails as well. */
    static const char *const texts[] = {FULL_CONFIG, "{\"Process\":{},\"vm\":{}}"};

    (void)state;
    cJSON_InitHooks(&hooks);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        for (size_t n = 1;; n++) {
            struct config *c = NULL;
            struct arena small;
            struct err e;
            int r;

            err_init(&e);
            arena_init(&small, 1, ARENA_MAX_DEFAULT);
            alloc_fault_at(n);
            r = config_decode(&small, texts[i], strlen(texts[i]), &c, &e);
            if (!alloc_fault_fired()) {
                assert_int_equal(r, 0);
                arena_done(&small);
                assert_true(n > 5);
                break;
            }
            assert_int_equal(r, -ENOMEM);
            assert_int_equal(e.kind, ERR_INTERNAL);
            assert_null(c);
            arena_done(&small);
        }
    cJSON_InitHooks(NULL);
}

static void test_config_decode__arena_limit(void **state)
{
    struct config *c;
    struct arena small;
    struct err e;

    (void)state;
    err_init(&e);
    arena_init(&small, 256, 1024);
    assert_int_equal(config_decode(&small, FULL_CONFIG, strlen(FULL_CONFIG), &c, &e), -ENOMEM);
    assert_int_equal(e.kind, ERR_INTERNAL);
    arena_done(&small);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_config_decode__document),
        TEST(test_config_decode__mounts),
        TEST(test_process_decode__full),
        TEST(test_process_decode__capability_sets),
        TEST(test_resources_decode__full),
        TEST(test_seccomp_decode__full),
        TEST(test_config_decode__linux),
        TEST(test_config_decode__linux_small_objects),
        TEST(test_config_decode__empty),
        TEST(test_config_decode__empty_objects),
        TEST(test_config_decode__null_is_absent),
        TEST(test_config_decode__empty_optional_strings),
        TEST(test_config_decode__unknown_members),
        TEST(test_config_decode__namespace_types),
        TEST(test_resources_decode__iops_spellings),
        TEST(test_config_decode__case_variants),
        TEST(test_config_decode__case_variants_are_remembered),
        TEST(test_config_decode__not_an_object),
        TEST(test_config_decode__copies),
        TEST(test_config_decode__truncated),
        TEST(test_config_decode__no_memory),
        TEST(test_config_decode__arena_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
