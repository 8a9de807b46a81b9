/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/hooks.h"

#include <errno.h>
#include <limits.h>

#include <cmocka.h>

static void test_hook_kind_find__names_round_trip(void **state)
{
    (void)state;
    static const char *const names[] = {"prestart",       "createRuntime", "createContainer",
                                        "startContainer", "poststart",     "poststop"};
    enum hook_kind kind;

    assert_int_equal(ARRAY_SIZE(names), HOOK_KIND_COUNT);
    for (int i = 0; i < HOOK_KIND_COUNT; i++) {
        assert_string_equal(hook_kind_name((enum hook_kind)i), names[i]);
        assert_int_equal(hook_kind_find(str_of(names[i]), &kind), 0);
        assert_int_equal(kind, i);
    }
    assert_int_equal(hook_kind_find(STR("Prestart"), &kind), -EINVAL);
    assert_int_equal(hook_kind_find(STR(""), &kind), -EINVAL);
    assert_int_equal(hook_kind_find(STR("poststopx"), &kind), -EINVAL);
}

static void test_hook_status__by_kind(void **state)
{
    (void)state;
    assert_string_equal(hook_status(HOOK_PRESTART), "creating");
    assert_string_equal(hook_status(HOOK_CREATE_RUNTIME), "creating");
    assert_string_equal(hook_status(HOOK_CREATE_CONTAINER), "creating");
    assert_string_equal(hook_status(HOOK_START_CONTAINER), "created");
    assert_string_equal(hook_status(HOOK_POSTSTART), "running");
    assert_string_equal(hook_status(HOOK_POSTSTOP), "stopped");
}

static void test_hook_argv__as_given_or_path(void **state)
{
    (void)state;
    const char *args[] = {"name", "-x", ""};
    struct config_hook hook = {.path = "/bin/hook", .args = {args, 3}};
    struct arena a;
    const char *const *argv;

    arena_init(&a, 1, ARENA_MAX_DEFAULT);
    argv = hook_argv(&a, &hook);
    assert_non_null(argv);
    assert_string_equal(argv[0], "name");
    assert_string_equal(argv[2], "");
    assert_null(argv[3]);
    hook.args.n = 0;
    argv = hook_argv(&a, &hook);
    assert_non_null(argv);
    assert_string_equal(argv[0], "/bin/hook");
    assert_null(argv[1]);
    arena_done(&a);
    arena_init(&a, 1, 8);
    assert_null(hook_argv(&a, &hook));
    arena_done(&a);
}

static void test_hook_env__rules(void **state)
{
    (void)state;
    const char *runtime_v[] = {"R=1"}, *container_v[] = {"C=1", "C=2"}, *own_v[] = {"O=1"};
    struct strings runtime = {runtime_v, 1}, container = {container_v, 2};
    struct config_hook hook = {.path = "/h"};
    struct arena a;
    const char *const *env;

    arena_init(&a, 1, ARENA_MAX_DEFAULT);
    for (int kind = 0; kind < HOOK_KIND_COUNT; kind++) {
        /* absent */
        hook.has_env = false;
        hook.env = (struct strings){NULL, 0};
        assert_int_equal(hook_env(&a, (enum hook_kind)kind, &hook, &runtime, &container, &env, NULL), 0);
        assert_string_equal(env[0], kind == HOOK_START_CONTAINER ? "C=2" : "R=1");
        assert_null(env[1]);
        assert_int_equal(hook_env(&a, (enum hook_kind)kind, &hook, NULL, NULL, &env, NULL), 0);
        assert_null(env[0]);
        /* [] */
        hook.has_env = true;
        assert_int_equal(hook_env(&a, (enum hook_kind)kind, &hook, &runtime, &container, &env, NULL), 0);
        assert_null(env[0]);
        /* given */
        hook.env = (struct strings){own_v, 1};
        assert_int_equal(hook_env(&a, (enum hook_kind)kind, &hook, &runtime, &container, &env, NULL), 0);
        assert_string_equal(env[0], "O=1");
        assert_null(env[1]);
    }
    arena_done(&a);
}

static void test_hook_state_json__shape(void **state)
{
    (void)state;
    struct pair pairs[] = {{"a", "1"}, {"org.x/y", "q\"\n"}};
    struct pairs annotations = {pairs, 2};
    struct hook_state s = {
        .id = "c1", .status = "creating", .pid = 42, .bundle = "/b", .annotations = &annotations};
    AUTO_BUF struct buf b = BUF_INIT(4096);

    hook_state_json(&s, &b);
    assert_string_equal(
        buf_cstr(&b),
        "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"creating\",\"pid\":42,\"bundle\":\"/b\","
        "\"annotations\":{\"a\":\"1\",\"org.x/y\":\"q\\\"\\n\"}}");
    buf_clear(&b);
    s.pid = 0;
    s.status = "stopped";
    annotations.n = 0;
    hook_state_json(&s, &b);
    assert_string_equal(buf_cstr(&b),
                        "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"stopped\",\"bundle\":\"/b\"}");
    buf_clear(&b);
    s.annotations = NULL;
    hook_state_json(&s, &b);
    assert_int_equal(buf_error(&b), 0);
}

static void test_hook_deadline_ms__saturates(void **state)
{
    (void)state;
    static const struct {
        struct opt_i64 timeout;
        int64_t now, deadline;
    } cases[] = {
        {{false, 0}, 5, HOOK_NO_DEADLINE},
        {{false, 9}, 5, HOOK_NO_DEADLINE},
        {{true, 1}, 5, 1005},
        {{true, 0}, 5, 5},
        {{true, -1}, 5, 5},
        {{true, INT64_MIN}, 5, 5},
        {{true, 2147483648LL}, 5, 2147483648005LL}, /* 2^31 s do not fit 32 bits of anything */
        {{true, INT64_MAX}, 5, HOOK_NO_DEADLINE},
        {{true, INT64_MAX / 1000}, 807, INT64_MAX}, /* exactly at the end */
        {{true, INT64_MAX / 1000}, 808, HOOK_NO_DEADLINE},
        {{true, 1}, INT64_MAX, HOOK_NO_DEADLINE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t deadline = hook_deadline_ms(cases[i].timeout, cases[i].now);

        if (deadline != cases[i].deadline)
            fail_msg("case %zu: %lld", i, (long long)deadline);
    }
}

static void test_hook_poll_ms__fits_int(void **state)
{
    (void)state;
    assert_int_equal(hook_poll_ms(HOOK_NO_DEADLINE, 7), -1);
    assert_int_equal(hook_poll_ms(7, 7), 0);
    assert_int_equal(hook_poll_ms(6, 7), 0);
    assert_int_equal(hook_poll_ms(8, 7), 1);
    assert_int_equal(hook_poll_ms((int64_t)INT_MAX + 7, 7), INT_MAX);
    assert_int_equal(hook_poll_ms((int64_t)INT_MAX + 8, 7), INT_MAX);
    assert_int_equal(hook_poll_ms(HOOK_NO_DEADLINE - 1, 0), INT_MAX);
}

static void test_hook_error__phrases(void **state)
{
    (void)state;
    static const struct {
        enum hook_kind kind;
        size_t index;
        struct hook_result result;
        int code;
        const char *message;
    } cases[] = {
        {HOOK_CREATE_RUNTIME,
         0,
         {.end = HOOK_END_EXITED, .value = 1},
         ECHILD,
         "error running createRuntime hook #0: exit status 1, stdout: , stderr: "},
        {HOOK_PRESTART,
         12,
         {.end = HOOK_END_EXITED,
          .value = 255,
          .out = {"one\ntwo\n", 8},
          .err = {"  bad: \t\x1b[1m\xff\n", 14}},
         ECHILD,
         "error running prestart hook #12: exit status 255, stdout: one\ntwo, stderr: bad: \t?[1m?"},
        {HOOK_POSTSTART,
         1,
         {.end = HOOK_END_SIGNALED, .value = 9},
         ECHILD,
         "error running poststart hook #1: signal: killed, stdout: , stderr: "},
        {HOOK_START_CONTAINER,
         1,
         {.end = HOOK_END_SIGNALED, .value = 11, .core_dumped = true},
         ECHILD,
         "error running startContainer hook #1: signal: segmentation fault (core dumped), stdout: , "
         "stderr: "},
        {HOOK_POSTSTOP,
         0,
         {.end = HOOK_END_SIGNALED, .value = 40},
         ECHILD,
         "error running poststop hook #0: signal: SIGRTMIN+6, stdout: , stderr: "},
        {HOOK_CREATE_CONTAINER,
         0,
         {.end = HOOK_END_TIMEOUT, .value = 1, .out = {"x", 1}},
         ETIMEDOUT,
         "error running createContainer hook #0: hook ran past specified timeout of 1.0s, stdout: x, "
         "stderr: "},
        {HOOK_CREATE_RUNTIME,
         0,
         {.end = HOOK_END_EXEC, .value = ENOENT},
         ENOENT,
         "error running createRuntime hook #0: fork/exec /no/such: no such file or directory"},
        {HOOK_CREATE_RUNTIME,
         0,
         {.end = HOOK_END_EXEC, .value = EACCES, .out = {"ignored", 7}},
         EACCES,
         "error running createRuntime hook #0: fork/exec /no/such: permission denied"},
    };
    const struct config_hook hook = {.path = "/no/such"};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err e;

        err_init(&e);
        assert_int_equal(hook_error(&e, cases[i].kind, cases[i].index, &hook, &cases[i].result),
                         -cases[i].code);
        assert_string_equal(e.message, cases[i].message);
        assert_int_equal(e.code, cases[i].code);
        assert_int_equal(e.kind, ERR_SYSTEM);
        assert_int_equal(hook_error(NULL, cases[i].kind, 0, &hook, &cases[i].result), -cases[i].code);
    }
}

static char *filled(size_t n, const char *unit)
{
    size_t len = strlen(unit);
    char *s = malloc(n * len + 1);

    assert_non_null(s);
    for (size_t i = 0; i < n; i++)
        memcpy(s + i * len, unit, len);
    s[n * len] = '\0';
    return s;
}

/* Long output keeps its end, on both streams, and room for prefixes stays. */
static void test_hook_error__shortens_output(void **state)
{
    (void)state;
    char *big = filled(70000, "o");
    char *euros = filled(30000, "\xe2\x82\xac");
    const struct config_hook hook = {.path = "/h"};
    struct hook_result result = {.end = HOOK_END_EXITED, .value = 3};
    struct err e;

    big[69999] = 'Z';
    result.out = str_of(big);
    result.err = str_of(euros);
    err_init(&e);
    hook_error(&e, HOOK_CREATE_RUNTIME, 0, &hook, &result);
    assert_non_null(strstr(e.message, "stdout: ...ooo"));
    assert_non_null(strstr(e.message, "oZ, stderr: ...\xe2\x82\xac\xe2\x82\xac"));
    assert_true(strlen(e.message) + 100 < ERR_MESSAGE_MAX);
    assert_true(strlen(e.message) > ERR_MESSAGE_MAX - 160);
    assert_null(strchr(e.message, '?')); /* no character was cut in half */

    /* what stdout does not need stderr has */
    result.out = STR("short");
    result.err = str_of(big);
    hook_error(&e, HOOK_CREATE_RUNTIME, 0, &hook, &result);
    assert_non_null(strstr(e.message, "stdout: short, stderr: ...ooo"));
    assert_true(str_ends(str_of(e.message), "oZ"));
    assert_true(strlen(e.message) > ERR_MESSAGE_MAX - 160);
    result.err = STR("short");
    result.out = str_of(big);
    hook_error(&e, HOOK_CREATE_RUNTIME, 0, &hook, &result);
    assert_true(str_ends(str_of(e.message), "oZ, stderr: short"));
    assert_true(strlen(e.message) > ERR_MESSAGE_MAX - 160);
    free(big);
    free(euros);
}

static void test_hook_error__output_of_every_length(void **state)
{
    (void)state;
    const struct config_hook hook = {.path = "/h"};

    for (size_t n = 0; n < 1200; n++) {
        char *out = malloc(n + 1),
             *err = malloc(n + 1); /* exact blocks: a sanitizer sees a read behind them */
        struct hook_result result = {
            .end = HOOK_END_EXITED, .value = 1, .out = {out, n}, .err = {err, n % 7 ? n : n / 3}};
        struct err e;

        assert_non_null(out);
        assert_non_null(err);
        memset(out, 'a', n);
        memset(err, '\x82', n); /* nothing but continuation bytes */
        hook_error(&e, HOOK_POSTSTOP, n, &hook, &result);
        assert_true(strlen(e.message) < ERR_MESSAGE_MAX - 100);
        if (n > 0 && n < 300)
            assert_non_null(strstr(e.message, "stdout: a"));
        free(out);
        free(err);
    }
}

static void test_hook_error__long_path_keeps_errno_text(void **state)
{
    (void)state;
    char *path = filled(4000, "p");
    const struct config_hook hook = {.path = path};
    struct hook_result result = {.end = HOOK_END_EXEC, .value = ENOENT};
    struct err e;

    hook_error(&e, HOOK_CREATE_RUNTIME, 0, &hook, &result);
    assert_non_null(strstr(e.message, "fork/exec ...ppp"));
    assert_true(str_ends(str_of(e.message), "p: no such file or directory"));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hook_kind_find__names_round_trip),
        cmocka_unit_test(test_hook_status__by_kind),
        cmocka_unit_test(test_hook_argv__as_given_or_path),
        cmocka_unit_test(test_hook_env__rules),
        cmocka_unit_test(test_hook_state_json__shape),
        cmocka_unit_test(test_hook_deadline_ms__saturates),
        cmocka_unit_test(test_hook_poll_ms__fits_int),
        cmocka_unit_test(test_hook_error__phrases),
        cmocka_unit_test(test_hook_error__shortens_output),
        cmocka_unit_test(test_hook_error__output_of_every_length),
        cmocka_unit_test(test_hook_error__long_path_keeps_errno_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
