/* SPDX-License-Identifier: Apache-2.0 */
/* The printed forms where golden plans do not reach: quoting, empty and odd values, buffers that are too
 * small. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/compiler.h"
#include "core/json.h"
#include "core/op_list.h"
#include "core/plan.h"

#include <errno.h>

#include <cmocka.h>

static void print_one(const struct plan_op *op, struct buf *text)
{
    struct plan plan = {.id = "c", .bundle = "/b", .rootfs = "/b/r", .n_ops = 1};
    struct plan_op copy = *op;

    plan.ops = &copy;
    plan_print_text(&plan, text);
    assert_int_equal(buf_error(text), 0);
}

static void test_plan_print_text__quoting(void **state)
{
    static const struct {
        const char *name, *line;
    } cases[] = {
        {"plain-1.2_3:/@+%", "init  hostname           name=plain-1.2_3:/@+%  [/hostname]\n"},
        {"", "init  hostname           name=\"\"  [/hostname]\n"},
        {"a b", "init  hostname           name=\"a b\"  [/hostname]\n"},
        {"a,b", "init  hostname           name=\"a,b\"  [/hostname]\n"},
        {"a=b", "init  hostname           name=\"a=b\"  [/hostname]\n"},
        {"x  [/evil]\ninit  exec",
         "init  hostname           name=\"x  [/evil]\\ninit  exec\"  [/hostname]\n"},
        {"\"\\", "init  hostname           name=\"\\\"\\\\\"  [/hostname]\n"},
        {"\303\244", "init  hostname           name=\"\303\244\"  [/hostname]\n"},
        {"\377", "init  hostname           name=\"\\ufffd\"  [/hostname]\n"},
        {"#", "init  hostname           name=\"#\"  [/hostname]\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);
        struct plan_op op = {.kind = OP_HOSTNAME, .pointer = "/hostname", .name.name = cases[i].name};

        print_one(&op, &out);
        assert_string_equal(strchr(buf_cstr(&out), '\n') + 1, cases[i].line);
    }
}

static void test_plan_print_text__odd_values(void **state)
{
    static const uint32_t groups[] = {0, 4294967294u};
    static const struct plan_ns_join joins[] = {{NS_USER, "/u\n", false}, {NS_PID, "/p,q", true}};
    const struct {
        struct plan_op op;
        const char *line;
    } cases[] = {
        {{.kind = OP_NO_NEW_PRIVS, .pointer = ""}, "init  no-new-privs\n"},
        {{.kind = OP_IDENTITY, .pointer = "", .identity = {1, 2, groups, 2, true}},
         "init  identity           uid=1 gid=2 groups=0,4294967294\n"},
        {{.kind = OP_IDENTITY, .pointer = "", .identity = {1, 2, NULL, 0, false}},
         "init  identity           uid=1 gid=2 groups=keep\n"},
        {{.kind = OP_CAPS_BOUNDING, .pointer = "", .caps.bounding = UINT64_C(1) << 63 | 1},
         "init  caps-bounding      bounding=CAP_CHOWN,CAP_63\n"},
        {{.kind = OP_CGROUP_JOIN, .pointer = "", .cgroup_join = {.hierarchy = 3, .path = "/x"}},
         "host  cgroup-join        hierarchy=3 path=/x\n"},
        {{.kind = OP_CLONE, .pointer = "", .clone = {.intermediate = true, .joins = joins, .n_joins = 2}},
         "host  clone              intermediate joins=\"user:/u\\n\",\"pid(not_own):/p,q\"\n"},
        {{.kind = OP_UMASK, .pointer = "", .umask = 0}, "init  umask              mask=00\n"},
        {{.kind = OP_UMASK, .pointer = "", .umask = PLAN_UMASK_CALLER},
         "init  umask              mask=caller\n"},
        {{.kind = OP_RLIMIT, .pointer = "", .rlimit = {7, 0, UINT64_MAX}},
         "init  rlimit             type=RLIMIT_NOFILE soft=0 hard=unlimited\n"},
        {{.kind = OP_OOM_SCORE_ADJ, .pointer = "", .oom_score = {-1000, EPERM_SKIP}},
         "host  oom-score-adj      value=-1000 on_eperm=skip\n"},
        {{.kind = OP_MOUNT,
          .pointer = "",
          .mount = {.kind = MOUNT_REMOUNT,
                    .target = "/a",
                    .on_target_missing = ENOENT_SKIP,
                    .target_type = TARGET_FILE}},
         "init  mount              kind=remount target=/a target_type=file on_target_missing=skip\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);

        print_one(&cases[i].op, &out);
        assert_string_equal(strchr(buf_cstr(&out), '\n') + 1, cases[i].line);
    }
}

/* A buffer that is full says so; it never holds half a plan and no error. */
static void test_plan_print__small_buffers(void **state)
{
    static const struct config_idmap lines[] = {{0, 1, 2}, {3, 4, 5}};
    static const struct config_idmaps maps = {(struct config_idmap *)(uintptr_t)lines, 2};
    struct plan_op ops[] = {
        {.kind = OP_IDMAP_WRITE, .pointer = "/x", .idmap_write = {.uids = &maps, .gids = &maps}},
        {.kind = OP_SETSID, .pointer = ""},
        {.kind = OP_HOSTNAME, .pointer = "/hostname", .name.name = "a b"},
    };
    struct plan plan = {.id = "c", .bundle = "/b", .rootfs = "/b/r", .ops = ops, .n_ops = ARRAY_SIZE(ops)};

    (void)state;
    for (int json = 0; json < 2; json++) {
        size_t max = 0;
        int error;

        do {
            AUTO_BUF struct buf out = BUF_INIT(max);

            if (json)
                plan_print_json(&plan, &out);
            else
                plan_print_text(&plan, &out);
            error = buf_error(&out);
            assert_true(out.len <= max);
            assert_true(error == 0 || error == -EMSGSIZE);
            max++;
        } while (error);
        assert_true(max > 100);
    }
}

static void test_plan_print_json__is_json(void **state)
{
    AUTO_BUF struct buf out = BUF_INIT(65536);
    struct plan_cgroup cgroup = {0, "/sys/fs/cgroup/a,b", "/\"x\""};
    const char *warning = "a \"b\"\n";
    struct plan_op op = {
        .kind = OP_CGROUP_JOIN, .pointer = "/a~1b", .cgroup_join = {.hierarchy = 0, .path = "/\"x\""}};
    struct plan plan = {.id = "c",
                        .bundle = "/b",
                        .rootfs = "/b/r",
                        .ops = &op,
                        .n_ops = 1,
                        .cgroups = &cgroup,
                        .n_cgroups = 1,
                        .warnings = {.v = &warning, .n = 1}};
    const struct json_value *v;
    struct json_doc doc;
    struct err e;

    (void)state;
    err_init(&e);
    plan_print_json(&plan, &out);
    assert_int_equal(json_parse(out.data, out.len, &doc, &e), 0);
    assert_string_equal(json_string(json_find(json_root(&doc), "rootfs")), "/b/r");
    assert_string_equal(json_string(json_first(json_find(json_root(&doc), "warnings"))), warning);
    v = json_first(json_find(json_root(&doc), "cgroups"));
    assert_string_equal(json_string(json_find(v, "path")), "/\"x\"");
    v = json_first(json_find(json_root(&doc), "operations"));
    assert_string_equal(json_string(json_find(v, "actor")), "host");
    assert_string_equal(json_string(json_find(v, "operation")), "cgroup-join");
    assert_string_equal(json_string(json_find(v, "dir")), "/sys/fs/cgroup/a,b/\"x\"");
    assert_string_equal(json_string(json_find(v, "pointer")), "/a~1b");
    json_doc_done(&doc);
}

/* Every operation has a name of its own, and an actor. */
static void test_plan_op_name__distinct(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OP_KIND_COUNT; i++) {
        const char *name = plan_op_name((enum plan_op_kind)i);

        assert_non_null(name);
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(name, plan_op_name((enum plan_op_kind)k));
    }
    assert_string_equal(plan_op_name(OP_KIND_COUNT), "unknown");
    assert_int_equal(plan_op_actor(OP_CLONE), PLAN_HOST);
    assert_int_equal(plan_op_actor(OP_EXEC), PLAN_INIT);
}

static void test_plan_find__first_or_none(void **state)
{
    struct plan_op ops[] = {
        {.kind = OP_SETSID}, {.kind = OP_UMASK, .umask = 1}, {.kind = OP_UMASK, .umask = 2}};
    struct plan plan = {.ops = ops, .n_ops = ARRAY_SIZE(ops)};

    (void)state;
    assert_ptr_equal(plan_find(&plan, OP_UMASK), &ops[1]);
    assert_null(plan_find(&plan, OP_EXEC));
}

static void test_op_list_add__grows(void **state)
{
    struct op_list list;
    struct arena a;

    (void)state;
    arena_init(&a, 1, 1u << 26);
    op_list_init(&list, &a);
    for (uint32_t i = 0; i < 1000; i++) {
        struct plan_op *op = op_list_add(&list, OP_UMASK, "/x");

        assert_non_null(op);
        op->umask = i;
    }
    assert_int_equal(list.n, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(list.v[i].umask, i);
    arena_done(&a);
    arena_init(&a, 1, 100);
    op_list_init(&list, &a);
    assert_null(op_list_add(&list, OP_UMASK, "/x"));
    assert_int_equal(list.n, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_print_text__quoting),  cmocka_unit_test(test_plan_print_text__odd_values),
        cmocka_unit_test(test_plan_print__small_buffers), cmocka_unit_test(test_plan_print_json__is_json),
        cmocka_unit_test(test_plan_op_name__distinct),    cmocka_unit_test(test_op_list_add__grows),
        cmocka_unit_test(test_plan_find__first_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
