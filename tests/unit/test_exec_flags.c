/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/decode.h"
#include "core/exec_cgroup.h"
#include "core/exec_flags.h"

#include <errno.h>

#include <cmocka.h>

static struct arena arena;
static struct err err;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct config_process *process(const char *json)
{
    struct config_process *p = NULL;

    if (process_decode(&arena, json, strlen(json), &p, &err) < 0)
        fail_msg("%s: %s", json, err.message);
    return p;
}

#define CONTAINER                                                                                            \
    "{\"args\":[\"/sbin/init\"],\"env\":[\"A=1\",\"B=2\"],\"cwd\":\"/srv\",\"terminal\":true,"               \
    "\"user\":{\"uid\":10,\"gid\":11,\"umask\":63,\"additionalGids\":[12]},"                                 \
    "\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],\"permitted\":[\"CAP_"       \
    "KILL\"],"                                                                                               \
    "\"inheritable\":[\"CAP_CHOWN\"]},\"noNewPrivileges\":true,\"oomScoreAdj\":5,"                           \
    "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":2}],\"apparmorProfile\":\"p\","            \
    "\"selinuxLabel\":\"l\",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":1},"                  \
    "\"scheduler\":{\"policy\":\"SCHED_BATCH\"},\"execCPUAffinity\":{\"initial\":\"0\"}}"

#define STRINGS(...)                                                                                         \
    ((struct strings){(const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)})

static struct config_process *merge(const struct exec_flags *flags, const char *file)
{
    struct config_process *p = NULL, *f = file ? process(file) : NULL;

    if (exec_flags_merge(&arena, flags, process(CONTAINER), f, &p, &err) < 0)
        fail_msg("%s", err.message);
    return p;
}

static void test_exec_flags_merge__base_is_the_container(void **state)
{
    const struct exec_flags flags = {.args = STRINGS("ls", "-l")};
    const struct config_process *p = merge(&flags, NULL);

    (void)state;
    assert_int_equal(p->args.n, 2);
    assert_string_equal(p->args.v[0], "ls");
    assert_string_equal(p->cwd, "/srv");
    assert_int_equal(p->env.n, 2);
    assert_int_equal(p->user.uid, 10);
    assert_int_equal(p->user.umask.v, 63);
    assert_true(p->no_new_privileges.v);
    assert_int_equal(p->n_rlimits, 1);
    assert_false(p->terminal); /* only the flag makes one */
}

static void test_exec_flags_merge__needs_arguments(void **state)
{
    const struct exec_flags none = {0};
    struct config_process *p = NULL;

    (void)state;
    assert_int_equal(exec_flags_merge(&arena, &none, process(CONTAINER), NULL, &p, &err), -EINVAL);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_string_equal(err.message, "process args cannot be empty");
}

static void test_exec_flags_merge__file_inherits_protection_only(void **state)
{
    const struct exec_flags none = {0};
    const struct config_process *p =
        merge(&none, "{\"args\":[\"x\"],\"cwd\":\"/\",\"user\":{\"uid\":1,\"gid\":2}}");

    (void)state;
    assert_int_equal(p->env.n, 0);
    assert_string_equal(p->cwd, "/");
    assert_int_equal(p->user.uid, 1);
    assert_int_equal(p->user.n_additional_gids, 0);
    assert_false(p->terminal);
    assert_true(p->has_capabilities);
    assert_int_equal(p->capabilities[CAP_SET_BOUNDING].n, 1);
    assert_true(p->no_new_privileges.has && p->no_new_privileges.v);
    assert_string_equal(p->apparmor_profile, "p");
    assert_string_equal(p->selinux_label, "l");
    assert_int_equal(p->n_rlimits, 1);
    assert_int_equal(p->oom_score_adj.v, 5);
    assert_non_null(p->scheduler);
    assert_non_null(p->io_priority);
    assert_non_null(p->exec_cpu_affinity);
    assert_int_equal(p->user.umask.v, 63);
}

static void test_exec_flags_merge__file_has_the_last_word_over_the_container(void **state)
{
    const struct exec_flags none = {0};
    const struct config_process *p =
        merge(&none, "{\"args\":[\"x\"],\"cwd\":\"/\",\"terminal\":true,\"noNewPrivileges\":false,"
                     "\"capabilities\":{},\"oomScoreAdj\":7,\"user\":{\"uid\":0,\"gid\":0,\"umask\":18}}");

    (void)state;
    assert_true(p->terminal);
    assert_false(p->no_new_privileges.v);
    assert_int_equal(p->capabilities[CAP_SET_BOUNDING].n, 0);
    assert_int_equal(p->oom_score_adj.v, 7);
    assert_int_equal(p->user.umask.v, 18);
}

static void test_exec_flags_merge__flags_on_top(void **state)
{
    const struct exec_flags flags = {.args = STRINGS("y"),
                                     .env = STRINGS("A=3"),
                                     .cwd = "/tmp",
                                     .user = "20",
                                     .additional_gids = STRINGS("21", "22"),
                                     .caps = STRINGS("CAP_CHOWN", "CAP_NET_RAW"),
                                     .apparmor_profile = "q",
                                     .selinux_label = "m",
                                     .tty = true};
    const char *files[] = {
        NULL, "{\"args\":[\"x\"],\"cwd\":\"/\",\"env\":[\"A=1\",\"B=2\"],\"noNewPrivileges\":false,"
              "\"user\":{\"uid\":10,\"gid\":11,\"additionalGids\":[12]}}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        const struct config_process *p = merge(&flags, files[i]);

        assert_string_equal(p->args.v[0], "y");
        assert_int_equal(p->env.n, 3);
        assert_string_equal(p->env.v[2], "A=3");
        assert_string_equal(p->cwd, "/tmp");
        assert_int_equal(p->user.uid, 20);
        assert_int_equal(p->user.gid, 11);
        assert_int_equal(p->user.n_additional_gids, 3);
        assert_int_equal(p->user.additional_gids[2], 22);
        assert_int_equal(p->capabilities[CAP_SET_BOUNDING].n, 3);
        assert_int_equal(p->capabilities[CAP_SET_EFFECTIVE].n, 3);
        assert_int_equal(p->capabilities[CAP_SET_PERMITTED].n, 3);
        assert_int_equal(p->capabilities[CAP_SET_INHERITABLE].n, 1);
        assert_int_equal(p->capabilities[CAP_SET_AMBIENT].n, 1);
        assert_string_equal(p->capabilities[CAP_SET_AMBIENT].v[0], "CAP_CHOWN");
        assert_string_equal(p->apparmor_profile, "q");
        assert_string_equal(p->selinux_label, "m");
        assert_true(p->terminal);
        assert_true(p->no_new_privileges.v == (i == 0)); /* the flag is not there: as it was */
    }
}

static void test_exec_flags_merge__no_new_privs_only_sets(void **state)
{
    const struct exec_flags off = {.args = STRINGS("x")}, on = {.args = STRINGS("x"), .no_new_privs = true};

    (void)state;
    assert_true(merge(&off, NULL)->no_new_privileges.v);
    assert_true(merge(&on, "{\"noNewPrivileges\":false,\"cwd\":\"/\"}")->no_new_privileges.v);
}

static void test_exec_flags_merge__refuses(void **state)
{
    const struct {
        struct exec_flags flags;
        const char *says;
    } cases[] = {
        {{.args = STRINGS("x"), .user = "root"}, "bad uid"},
        {{.args = STRINGS("x"), .user = "1:"}, "bad gid"},
        {{.args = STRINGS("x"), .user = "4294967295"}, "bad uid"},
        {{.args = STRINGS("x"), .additional_gids = STRINGS("1", "-1")}, "additional gid"},
        {{.args = STRINGS("x"), .caps = STRINGS("CAP_NONE")}, "unknown capability \"CAP_NONE\""},
        {{.args = STRINGS("x"), .caps = STRINGS("kill")}, "unknown capability"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config_process *p = NULL;

        assert_int_equal(exec_flags_merge(&arena, &cases[i].flags, process(CONTAINER), NULL, &p, &err),
                         -EINVAL);
        assert_int_equal(err.kind, ERR_USAGE);
        assert_non_null(strstr(err.message, cases[i].says));
    }
}

/* ---- cgroups ---- */

static struct state_cgroup v1[] = {
    {"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/ctr", NULL},
    {"pids", "/sys/fs/cgroup/pids", "/own/ctr", NULL},
    {"name=systemd", "/sys/fs/cgroup/systemd", "/ctr", NULL},
    {"", "/sys/fs/cgroup/unified", "/ctr", NULL},
};
static const struct state hybrid = {.cgroups = v1, .n_cgroups = ARRAY_SIZE(v1)};
static const struct state unified = {.cgroups = v1 + 3, .n_cgroups = 1};

static void test_exec_cgroups_resolve__table(void **state)
{
    const struct {
        const struct state *state;
        struct strings args;
        const char *paths[4];
        bool or_init;
    } cases[] = {
        {&hybrid, {0}, {"/ctr", "/own/ctr", "/ctr", "/ctr"}, true},
        {&hybrid, STRINGS("/"), {"/ctr", "/own/ctr", "/ctr", "/ctr"}, false},
        {&hybrid, STRINGS("a/b"), {"/ctr/a/b", "/own/ctr/a/b", "/ctr/a/b", "/ctr/a/b"}, false},
        {&hybrid, STRINGS("pids:x"), {"/ctr", "/own/ctr/x", "/ctr", "/ctr"}, false},
        {&hybrid,
         STRINGS("pids,cpu:/x", "name=systemd:y"),
         {"/ctr/x", "/own/ctr/x", "/ctr/y", "/ctr"},
         false},
        {&hybrid, STRINGS("cpu:x", "cpuacct:x"), {"/ctr/x", "/own/ctr", "/ctr", "/ctr"}, false},
        {&unified, STRINGS("//sub/"), {"/ctr/sub"}, false},
        {&unified, {0}, {"/ctr"}, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct exec_cgroups got;

        assert_int_equal(exec_cgroups_resolve(&arena, cases[i].state, &cases[i].args, &got, &err), 0);
        assert_int_equal(got.n, cases[i].state->n_cgroups);
        assert_int_equal(got.or_init, cases[i].or_init);
        for (size_t k = 0; k < got.n; k++)
            assert_string_equal(got.v[k].path, cases[i].paths[k]);
        assert_int_equal(got.v[got.n - 1].hierarchy, PLAN_CGROUP2);
    }
}

static void test_exec_cgroups_resolve__refuses(void **state)
{
    static const struct state none = {0};
    const struct {
        const struct state *state;
        struct strings args;
        const char *says;
    } cases[] = {
        {&hybrid, STRINGS(".."), "bad sub cgroup path"},
        {&hybrid, STRINGS("a/../../x"), "bad sub cgroup path"},
        {&hybrid, STRINGS("a/.."), "bad sub cgroup path"},
        {&hybrid, STRINGS("pids:../ctr2"), "bad sub cgroup path"},
        {&unified, STRINGS("./x"), "bad sub cgroup path"},
        {&hybrid, STRINGS("a", "b"), "only once"},
        {&hybrid, STRINGS("pids:a", "b"), "only once"},
        {&hybrid, STRINGS("pids:a", "pids:b"), "two paths"},
        {&hybrid, STRINGS("cpu:a", "cpuacct:b"), "two paths"},
        {&hybrid, STRINGS("memory:a"), "unknown controller \"memory\""},
        {&hybrid, STRINGS("pid:a"), "unknown controller"},
        {&unified, STRINGS("pids:a"), "unknown controller"},
        {&none, STRINGS("/"), "has no cgroup"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct exec_cgroups got;

        assert_int_equal(exec_cgroups_resolve(&arena, cases[i].state, &cases[i].args, &got, &err), -EINVAL);
        assert_int_equal(err.kind, ERR_USAGE);
        assert_non_null(strstr(err.message, cases[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_exec_flags_merge__base_is_the_container, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exec_flags_merge__needs_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exec_flags_merge__file_inherits_protection_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_exec_flags_merge__file_has_the_last_word_over_the_container,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_exec_flags_merge__flags_on_top, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exec_flags_merge__no_new_privs_only_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exec_flags_merge__refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exec_cgroups_resolve__table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exec_cgroups_resolve__refuses, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
