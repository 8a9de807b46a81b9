/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/proto.h"
#include "core/seccomp_policy.h"

#include <errno.h>
#include <linux/sched.h>

#include <cmocka.h>

/* A plan with just the operations that the conversation depends on. */
static struct plan plan_of(struct plan_op *ops, size_t n)
{
    return (struct plan){.ops = ops, .n_ops = n};
}

struct script_case {
    const char *name;
    enum plan_op_kind kinds[3];
    size_t n_kinds;
    const char *expect; /* "host:go init:hooks ..." */
};

static const struct script_case scripts[] = {
    {"nothing special: one message", {OP_EXEC}, 1, "host:start"},
    {"a cgroup namespace waits for the join", {OP_NS_UNSHARE, OP_EXEC}, 2, "host:go host:start"},
    {"ids are mapped first", {OP_IDMAP_WRITE, OP_EXEC}, 2, "host:go host:start"},
    {"both need one go", {OP_IDMAP_WRITE, OP_NS_UNSHARE, OP_EXEC}, 3, "host:go host:start"},
    {"hooks", {OP_HOOKS_RUNTIME, OP_EXEC}, 2, "init:hooks host:hooks-done host:start"},
    {"a terminal is made by init", {OP_CONSOLE, OP_EXEC}, 2, "init:console host:start"},
    {"an intermediate process, and what init inherits from it", {OP_CLONE, OP_EXEC}, 2, "host:go host:start"},
    {"a listener is answered with start", {OP_SECCOMP_LISTENER, OP_EXEC}, 2, "init:listener host:start"},
    {"or before the capabilities go", {OP_SECCOMP_PRIVILEGED}, 1, "init:listener host:start"},
    {"exec waits for the agent", {OP_JOIN, OP_SECCOMP}, 2, "init:listener host:listening"},
    {"exec with a terminal too",
     {OP_JOIN, OP_CONSOLE, OP_SECCOMP_PRIVILEGED},
     3,
     "init:console init:listener host:listening"},
    {"everything",
     {OP_NS_UNSHARE, OP_HOOKS_RUNTIME, OP_CONSOLE},
     3,
     "host:go init:hooks host:hooks-done init:console host:start"},
};

static const struct seccomp_policy notifying = {.notify = true};

static void test_proto_init__scripts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
        struct plan_op ops[3] = {0};
        char text[128] = "";
        struct proto p;
        size_t len = 0;

        for (size_t k = 0; k < scripts[i].n_kinds; k++)
            ops[k].kind = scripts[i].kinds[k];
        ops[0].clone.intermediate = ops[0].kind == OP_CLONE;
        for (size_t k = 0; k < scripts[i].n_kinds; k++)
            if (ops[k].kind == OP_SECCOMP_LISTENER || ops[k].kind == OP_SECCOMP_PRIVILEGED ||
                ops[k].kind == OP_SECCOMP)
                ops[k].seccomp = &notifying;
        struct plan plan = plan_of(ops, scripts[i].n_kinds);
        proto_init(&p, &plan);
        for (uint32_t s = 0; s < p.n; s++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:%s", s ? " " : "",
                                    p.script[s].sender == PROTO_HOST ? "host" : "init",
                                    proto_message_name(p.script[s].message));
        if (strcmp(text, scripts[i].expect) != 0)
            fail_msg("%s: got \"%s\", expected \"%s\"", scripts[i].name, text, scripts[i].expect);
    }
}

/* It makes a user namespace itself: its ids are mapped before it goes on, and init waits once more. */
static void test_proto_init__intermediate_maps(void **state)
{
    struct plan_op ops[] = {{.kind = OP_CLONE}, {.kind = OP_IDMAP_WRITE}};
    struct plan plan = plan_of(ops, 2);
    struct proto p;

    (void)state;
    ops[0].clone.intermediate = true;
    ops[0].clone.unshare_flags = CLONE_NEWUSER | CLONE_NEWTIME;
    proto_init(&p, &plan);
    assert_int_equal(p.n, 4);
    assert_int_equal(proto_step(&p, PROTO_INIT, PROTO_UNSHARED, NULL), 0);
    assert_int_equal(proto_step(&p, PROTO_HOST, PROTO_MAPPED, NULL), 0);
    assert_int_equal(proto_step(&p, PROTO_HOST, PROTO_GO, NULL), 0);
    assert_int_equal(proto_turn(&p, PROTO_HOST), PROTO_START);
}

static void test_proto_step__walks_the_script(void **state)
{
    struct plan_op ops[] = {{.kind = OP_NS_UNSHARE}, {.kind = OP_HOOKS_RUNTIME}};
    struct plan plan = plan_of(ops, 2);
    struct proto p;

    (void)state;
    proto_init(&p, &plan);
    assert_int_equal(proto_turn(&p, PROTO_INIT), 0);
    assert_int_equal(proto_turn(&p, PROTO_HOST), PROTO_GO);
    assert_int_equal(proto_step(&p, PROTO_HOST, PROTO_GO, NULL), 0);
    assert_int_equal(proto_turn(&p, PROTO_HOST), 0);
    assert_int_equal(proto_step(&p, PROTO_INIT, PROTO_HOOKS, NULL), 0);
    assert_int_equal(proto_step(&p, PROTO_HOST, PROTO_HOOKS_DONE, NULL), 0);
    assert_int_equal(proto_step(&p, PROTO_HOST, PROTO_START, NULL), 0);
    assert_int_equal(proto_turn(&p, PROTO_HOST), 0);
    assert_int_equal(proto_turn(&p, PROTO_INIT), 0);
}

static void test_proto_step__refuses(void **state)
{
    static const struct {
        const char *name;
        uint32_t before; /* steps taken rightly */
        enum proto_side side;
        enum proto_message message;
        const char *text;
    } cases[] = {
        {"wrong message", 0, PROTO_HOST, PROTO_START, "runtime sent \"start\" where \"go\" was expected"},
        {"wrong side", 0, PROTO_INIT, PROTO_GO, "init sent \"go\" where \"go\" was expected"},
        {"out of turn", 1, PROTO_HOST, PROTO_HOOKS_DONE,
         "runtime sent \"hooks-done\" where \"hooks\" was expected"},
        {"twice", 1, PROTO_HOST, PROTO_GO, "runtime sent \"go\" where \"hooks\" was expected"},
        {"behind the end", 4, PROTO_HOST, PROTO_START,
         "runtime sent \"start\" where \"end of file\" was expected"},
        {"not a message", 1, PROTO_INIT, (enum proto_message)77,
         "init sent \"unknown\" where \"hooks\" was expected"},
    };
    struct plan_op ops[] = {{.kind = OP_NS_UNSHARE}, {.kind = OP_HOOKS_RUNTIME}};
    struct plan plan = plan_of(ops, 2);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct proto p;
        struct err e;

        err_init(&e);
        proto_init(&p, &plan);
        for (uint32_t s = 0; s < cases[i].before; s++)
            assert_int_equal(proto_step(&p, p.script[s].sender, p.script[s].message, &e), 0);
        assert_int_equal(proto_step(&p, cases[i].side, cases[i].message, &e), -EPROTO);
        assert_int_equal(e.kind, ERR_PROTO);
        assert_string_equal(e.message, cases[i].text);
        assert_int_equal(p.next, cases[i].before); /* a refused message changes nothing */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proto_init__scripts),
        cmocka_unit_test(test_proto_init__intermediate_maps),
        cmocka_unit_test(test_proto_step__walks_the_script),
        cmocka_unit_test(test_proto_step__refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
