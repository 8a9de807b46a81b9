/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/activation.h"
#include "core/env.h"

#include <errno.h>

#include <cmocka.h>

static const char *env_of(const struct config *c, const char *name)
{
    return env_find(c->process->env.v, c->process->env.n, name);
}

static void test_activation_apply__nothing(void **state)
{
    struct config_process process = {0};
    struct config config = {.process = &process};
    const struct config *ret = NULL;
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    assert_int_equal(activation_apply(&a, &config, &(struct activation){0}, &ret, NULL), 0);
    assert_ptr_equal(ret, &config);
    config.process = NULL;
    assert_int_equal(activation_apply(&a, &config, &(struct activation){.n_fds = 1}, &ret, NULL), 0);
    assert_ptr_equal(ret, &config);
    arena_done(&a);
}

static void test_activation_apply__both(void **state)
{
    const char *env[] = {"LISTEN_FDS=9", "A=b"};
    struct config_mount mount = {.destination = "/proc"};
    struct config_process process = {.env = {env, 2}};
    struct config config = {.process = &process, .mounts = &mount, .n_mounts = 1, .hostname = "h"};
    const struct activation add = {.notify_dir = "/state/c/notify", .n_fds = 2, .fd_names = "x:y"};
    const struct config *ret = NULL;
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    assert_int_equal(activation_apply(&a, &config, &add, &ret, NULL), 0);
    assert_ptr_not_equal(ret, &config);
    assert_string_equal(ret->hostname, "h");
    assert_int_equal(ret->n_mounts, 2);
    assert_string_equal(ret->mounts[0].destination, "/proc");
    assert_string_equal(ret->mounts[1].destination, "/run/notify");
    assert_string_equal(ret->mounts[1].source, "/state/c/notify");
    assert_int_equal(ret->mounts[1].options.n, 5);
    assert_string_equal(ret->mounts[1].options.v[4], "ro");
    assert_string_equal(env_of(ret, "A"), "b");
    assert_string_equal(env_of(ret, "LISTEN_FDS"), "2");
    assert_string_equal(env_of(ret, "LISTEN_PID"), "1");
    assert_string_equal(env_of(ret, "LISTEN_FDNAMES"), "x:y");
    assert_string_equal(env_of(ret, "NOTIFY_SOCKET"), "/run/notify/notify.sock");
    /* what was given is as it was */
    assert_int_equal(config.n_mounts, 1);
    assert_int_equal(process.env.n, 2);
    arena_done(&a);
}

static void test_activation_apply__no_memory(void **state)
{
    struct config_process process = {0};
    struct config config = {.process = &process};
    const struct activation add = {.notify_dir = "/state/c/notify", .n_fds = 2, .fd_names = "x:y"};
    const struct config *ret;
    bool done = false;

    (void)state;
    for (size_t max = 0; !done; max += 16) {
        struct arena a;
        int r;

        arena_init(&a, 64, max);
        r = activation_apply(&a, &config, &add, &ret, NULL);
        assert_true(r == 0 || r == -ENOMEM);
        done = r == 0;
        arena_done(&a);
    }
}

static void test_activation_ready_line__table(void **state)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"", ""},
        {"READY=1", "READY=1"},
        {"READY=1\n", "READY=1"},
        {"STATUS=starting", ""},
        {"STATUS=READY=1", ""},
        {"STATUS=a\nREADY=1\nSTATUS=b", "READY=1"},
        {"\n\nREADY=", "READY="},
        {"ready=1", ""},
        {" READY=1", ""},
        {"READY", ""},
        {"READY=1\nREADY=2", "READY=1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct str line = activation_ready_line(cases[i].text, strlen(cases[i].text));

        if (!str_eq(line, cases[i].line))
            fail_msg("\"%s\": \"%.*s\"", cases[i].text, (int)line.len, line.ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_activation_apply__nothing),
        cmocka_unit_test(test_activation_apply__both),
        cmocka_unit_test(test_activation_apply__no_memory),
        cmocka_unit_test(test_activation_ready_line__table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
