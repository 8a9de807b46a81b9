/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans of exec: tests/unit/golden/exec/NAME.plan is what plan_print_text says of each case of the table
 * below (REGENERATE=1 writes them), and plan_exec_check refuses what is not such a plan.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "test_plan_pipeline.h"

#include "core/exec_cgroup.h"
#include "core/exec_flags.h"

#include <linux/sched.h>

#include <cmocka.h>

#ifndef LORICA_SOURCE_DIR
#define LORICA_SOURCE_DIR "."
#endif
#define GOLDEN LORICA_SOURCE_DIR "/tests/unit/golden"

#define JOIN_ALL (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

static struct state_cgroup v1[] = {
    {"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/ctr", NULL},
    {"pids", "/sys/fs/cgroup/pids", "/ctr", NULL},
    {"", "/sys/fs/cgroup/unified", "/ctr", NULL},
};
static const struct state hybrid = {.cgroups = v1, .n_cgroups = 3};
static struct state_cgroup v2[] = {{"", "/sys/fs/cgroup", "/user/ctr", NULL}};
static const struct state unified = {.cgroups = v2, .n_cgroups = 1};
static const struct state nowhere = {0};

static const char *const shell_args[] = {"sh", "-c", "id"};
static const char *const more_env[] = {"A=1"}, *const more_caps[] = {"CAP_NET_RAW"}, *const groups[] = {"7"};
static const char *const sub[] = {"pids:sub"}, *const top[] = {"/"};
#define LIST(v)                                                                                              \
    {                                                                                                        \
        (const char **)(uintptr_t)(v), ARRAY_SIZE(v)                                                         \
    }

static const struct exec_case {
    const char *name, *config, *facts;
    const struct state *state;
    uint64_t join;
    struct exec_flags flags;
    const char *process; /* JSON */
    struct strings cgroups;
    uint32_t preserve_fds;
} cases[] = {
    {.name = "minimal",
     .config = "minimal",
     .facts = "root-v2",
     .state = &unified,
     .join = JOIN_ALL,
     .flags = {.args = LIST(shell_args)}},
    {.name = "hybrid",
     .config = "docker-like",
     .facts = "root-hybrid",
     .state = &hybrid,
     .join = JOIN_ALL,
     .flags = {.args = LIST(shell_args), .tty = true},
     .cgroups = LIST(sub)},
    {.name = "flags",
     .config = "minimal",
     .facts = "root-v2",
     .state = &unified,
     .join = CLONE_NEWNS,
     .cgroups = LIST(top),
     .preserve_fds = 2,
     .flags = {.args = LIST(shell_args),
               .env = LIST(more_env),
               .caps = LIST(more_caps),
               .user = "5:6",
               .additional_gids = LIST(groups),
               .cwd = "/tmp/../srv",
               .no_new_privs = true}},
    {.name = "attributes",
     .config = "attributes",
     .facts = "root-lsm",
     .state = &hybrid,
     .join = JOIN_ALL,
     .process = "{\"args\":[\"/x\"],\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0},"
                "\"execCPUAffinity\":{\"initial\":\"0-1,4\",\"final\":\"3\"}}"},
    {.name = "userns",
     .config = "userns",
     .facts = "root-v2",
     .state = &unified,
     .join = JOIN_ALL | CLONE_NEWUSER | CLONE_NEWCGROUP,
     .process = "{\"args\":[\"/x\"],\"cwd\":\"/\",\"user\":{\"uid\":1,\"gid\":1},\"oomScoreAdj\":10,"
                "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":20}],"
                "\"execCPUAffinity\":{\"initial\":\"2\"}}"},
    {.name = "rootless",
     .config = "podman-rootless",
     .facts = "rootless-v2",
     .state = &nowhere,
     .join = JOIN_ALL | CLONE_NEWUSER,
     .flags = {.args = LIST(shell_args)}},
    {.name = "limits",
     .config = "minimal",
     .facts = "root-v2",
     .state = &unified,
     .join = JOIN_ALL,
     .process = "{\"args\":[\"/x\"],\"cwd\":\"/\",\"user\":{\"uid\":1,\"gid\":1},\"rlimits\":["
                "{\"type\":\"RLIMIT_NPROC\",\"soft\":10,\"hard\":18446744073709551615},"
                "{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":20}]}"},
    {.name = "seccomp",
     .config = "seccomp-privileged",
     .facts = "root-v2",
     .state = &unified,
     .join = JOIN_ALL,
     .flags = {.args = LIST(shell_args), .no_new_privs = true}},
    {.name = "seccomp-notify",
     .config = "seccomp-notify-nnp",
     .facts = "root-v2",
     .state = &unified,
     .join = JOIN_ALL,
     .flags = {.args = LIST(shell_args)}},
};

static void build(struct pipeline *p, const struct exec_case *c)
{
    struct plan_exec_options options = {
        .common = {.id = "golden", .bundle = "/bundle", .preserve_fds = c->preserve_fds},
        .rootfs = "/bundle/rootfs",
        .join_flags = c->join};
    struct config_process *file = NULL;
    struct exec_cgroups cgroups;
    char path[1024];
    size_t len;
    char *text;

    pipeline_init(p);
    snprintf(path, sizeof(path), GOLDEN "/facts/%s.facts", c->facts);
    assert_int_equal(pipeline_facts(p, path), 0);
    snprintf(path, sizeof(path), GOLDEN "/%s/config.json", c->config);
    text = pipeline_read(p, path, &len);
    assert_non_null(text);
    assert_int_equal(pipeline_config(p, text, len), 0);
    if (c->process && process_decode(&p->arena, c->process, strlen(c->process), &file, &p->err) < 0)
        fail_msg("%s: %s", c->name, p->err.message);
    if (exec_flags_merge(&p->arena, &c->flags, p->config->process, file, &p->config->process, &p->err) < 0)
        fail_msg("%s: %s", c->name, p->err.message);
    assert_int_equal(exec_cgroups_resolve(&p->arena, c->state, &c->cgroups, &cgroups, &p->err), 0);
    options.cgroups = cgroups.v;
    options.n_cgroups = cgroups.n;
    options.or_init_cgroup = cgroups.or_init;
    if (plan_exec_build(&p->arena, p->config, &p->facts, &options, &p->plan, &p->err) < 0 ||
        plan_exec_check(p->plan, p->config, &p->err) < 0)
        fail_msg("%s: %s: %s", c->name, p->err.where, p->err.message);
}

static void test_plan_exec_build__golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(1u << 20);
        struct pipeline p;
        char path[1024];

        build(&p, &cases[i]);
        plan_print_text(p.plan, &out);
        assert_int_equal(buf_error(&out), 0);
        snprintf(path, sizeof(path), GOLDEN "/exec/%s.plan", cases[i].name);
        if (getenv("REGENERATE")) {
            FILE *f = fopen(path, "we");

            assert_non_null(f);
            assert_int_equal(fwrite(out.data, 1, out.len, f), out.len);
            fclose(f);
        } else {
            const char *wanted = pipeline_read(&p, path, NULL);

            assert_non_null(wanted);
            assert_string_equal(buf_cstr(&out), wanted);
        }
        pipeline_done(&p);
    }
}

/* Every operation but the few that are a courtesy is missed, and none may stand twice or elsewhere. */
static void test_plan_exec_check__refuses_changed_plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pipeline p;

        build(&p, &cases[i]);
        for (size_t k = 0; k < p.plan->n_ops; k++) {
            struct plan_op *ops = arena_new_array(&p.arena, struct plan_op, p.plan->n_ops + 1);
            struct plan changed = *p.plan;

            assert_non_null(ops);
            changed.ops = ops;
            changed.n_ops = p.plan->n_ops - 1;
            memcpy(ops, p.plan->ops, k * sizeof(*ops));
            memcpy(ops + k, p.plan->ops + k + 1, (p.plan->n_ops - k - 1) * sizeof(*ops));
            if (p.plan->ops[k].kind != OP_KEYRING)
                assert_int_equal(plan_exec_check(&changed, p.config, &p.err), -EINVAL);
            changed.n_ops = p.plan->n_ops + 1;
            memcpy(ops, p.plan->ops, (k + 1) * sizeof(*ops));
            memcpy(ops + k + 1, p.plan->ops + k, (p.plan->n_ops - k) * sizeof(*ops));
            assert_int_equal(plan_exec_check(&changed, p.config, &p.err), -EINVAL);
        }
        pipeline_done(&p);
    }
}

static void test_plan_exec_check__refuses_what_makes_a_container(void **state)
{
    static const enum plan_op_kind foreign[] = {OP_CGROUP_CREATE, OP_NS_JOIN, OP_MOUNT,     OP_PIVOT,
                                                OP_MKDIR_CWD,     OP_SYSCTL,  OP_WAIT_START};
    struct pipeline p;

    (void)state;
    build(&p, &cases[0]);
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
        struct plan_op *ops = arena_new_array(&p.arena, struct plan_op, p.plan->n_ops + 1);
        struct plan changed = *p.plan;
        size_t at = 0;

        assert_non_null(ops);
        while (at < p.plan->n_ops && p.plan->ops[at].kind < foreign[i])
            at++;
        memcpy(ops, p.plan->ops, at * sizeof(*ops));
        ops[at] = (struct plan_op){.kind = foreign[i], .pointer = "", .path = {"/"}};
        memcpy(ops + at + 1, p.plan->ops + at, (p.plan->n_ops - at) * sizeof(*ops));
        changed.ops = ops;
        changed.n_ops++;
        assert_int_equal(plan_exec_check(&changed, p.config, &p.err), -EINVAL);
    }
    pipeline_done(&p);
}

static struct plan_op *op_of(struct pipeline *p, enum plan_op_kind kind)
{
    return (struct plan_op *)(uintptr_t)plan_find(p->plan, kind);
}

static void test_plan_exec_check__refuses_other_values(void **state)
{
    struct pipeline p;

    (void)state;
    build(&p, &cases[0]);
    op_of(&p, OP_CLONE)->clone.intermediate = false; /* would stay outside of the pid namespace */
    assert_int_equal(plan_exec_check(p.plan, p.config, &p.err), -EINVAL);
    op_of(&p, OP_CLONE)->clone.intermediate = true;
    op_of(&p, OP_CLONE)->clone.flags = CLONE_NEWNET;
    assert_int_equal(plan_exec_check(p.plan, p.config, &p.err), -EINVAL);
    op_of(&p, OP_CLONE)->clone.flags = 0;
    op_of(&p, OP_CLONE)->clone.into_cgroup2 = false;
    assert_int_equal(plan_exec_check(p.plan, p.config, &p.err), -EINVAL);
    op_of(&p, OP_CLONE)->clone.into_cgroup2 = true;
    op_of(&p, OP_CGROUP_JOIN)->cgroup_join.path = "/user";
    assert_int_equal(plan_exec_check(p.plan, p.config, &p.err), -EINVAL);
    op_of(&p, OP_CGROUP_JOIN)->cgroup_join.path = "/user/ctr";
    op_of(&p, OP_JOIN)->join.flags |= 1;
    assert_int_equal(plan_exec_check(p.plan, p.config, &p.err), -EINVAL);
    op_of(&p, OP_JOIN)->join.flags &= ~UINT64_C(1);
    assert_int_equal(plan_exec_check(p.plan, p.config, &p.err), 0);
    op_of(&p, OP_CAPS)->caps.inheritable = ~UINT64_C(0);
    assert_int_equal(plan_exec_check(p.plan, p.config, &p.err), -EINVAL);
    pipeline_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_exec_build__golden),
        cmocka_unit_test(test_plan_exec_check__refuses_changed_plans),
        cmocka_unit_test(test_plan_exec_check__refuses_what_makes_a_container),
        cmocka_unit_test(test_plan_exec_check__refuses_other_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
