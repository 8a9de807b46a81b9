/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/process_state.h"

#include <cmocka.h>

static void test_process_state_json__shape(void **state)
{
    struct pair pairs[] = {{"key", "a \"value\""}};
    struct pairs annotations = {pairs, 1};
    struct process_state s = {
        .pid = 43,
        .metadata = "pod=1\n",
        .state = {.id = "c1", .status = "creating", .pid = 42, .bundle = "/b", .annotations = &annotations}};
    AUTO_BUF struct buf b = BUF_INIT(4096);

    (void)state;
    process_state_json(&s, &b);
    assert_string_equal(
        buf_cstr(&b),
        "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":43,\"metadata\":\"pod=1\\n\","
        "\"state\":{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"creating\",\"pid\":42,"
        "\"bundle\":\"/b\",\"annotations\":{\"key\":\"a \\\"value\\\"\"}}}");
    buf_clear(&b);
    s.metadata = NULL;
    s.state.status = "running";
    annotations.n = 0;
    process_state_json(&s, &b);
    assert_string_equal(buf_cstr(&b),
                        "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":43,"
                        "\"state\":{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"running\",\"pid\":42,"
                        "\"bundle\":\"/b\"}}");
}

/* Metadata is opaque, and may be empty; what does not fit is an error, not half a document. */
static void test_process_state_json__bounds(void **state)
{
    struct process_state s = {
        .pid = 1, .metadata = "", .state = {.id = "c", .status = "running", .bundle = "/"}};
    AUTO_BUF struct buf b = BUF_INIT(4096), small = BUF_INIT(64);

    (void)state;
    process_state_json(&s, &b);
    assert_non_null(strstr(buf_cstr(&b), "\"metadata\":\"\""));
    process_state_json(&s, &small);
    assert_int_not_equal(buf_error(&small), 0);
}

static void test_process_state_socket__table(void **state)
{
    static const struct {
        const char *path, *expected;
    } cases[] = {
        {"/run/agent.sock", "/run/agent.sock"},
        {"agent.sock", "/bundle/agent.sock"},
        {"../agent.sock", "/bundle/../agent.sock"},
        {"@agent", "/bundle/@agent"}, /* a path, not a name of the abstract kind */
    };
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(process_state_socket(&a, cases[i].path, "/bundle"), cases[i].expected);
    arena_done(&a);
    arena_init(&a, ARENA_CHUNK_DEFAULT, 8);
    assert_null(process_state_socket(&a, "agent.sock", "/bundle"));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process_state_json__shape),
        cmocka_unit_test(test_process_state_json__bounds),
        cmocka_unit_test(test_process_state_socket__table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
