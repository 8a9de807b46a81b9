/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <linux/bpf.h> /* first: it names functions that base/banned.h poisons */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/devices.h"

#include <errno.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"
#include "unit/devices_oracle.h"

#define N(value)                                                                                             \
    {                                                                                                        \
        true, (value)                                                                                        \
    }

#define RWM DEVICE_ACCESS_ALL
#define R   DEVICE_READ
#define W   DEVICE_WRITE
#define M   DEVICE_MKNOD

static int setup(void **state)
{
    static struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    *state = &a;
    return 0;
}

static int teardown(void **state)
{
    arena_done(*state);
    return 0;
}

static struct device_rules decode(void **state, const struct config_device_rule *rules, size_t n)
{
    struct device_rules r;
    struct err e;

    err_init(&e);
    if (devices_rules_decode(*state, rules, n, &r, &e) < 0)
        fail_msg("%s: %s", e.where, e.message);
    return r;
}

/* ---- decoding ---- */

static void test_devices_rules_decode__defaults(void **state)
{
    static const struct {
        enum device_type type;
        uint32_t major, minor, access;
        bool granted;
    } cases[] = {
        {DEVICE_CHAR, 1, 3, RWM, true},                                     /* null */
        {DEVICE_CHAR, 1, 5, RWM, true},                                     /* zero */
        {DEVICE_CHAR, 1, 7, RWM, true},                                     /* full */
        {DEVICE_CHAR, 1, 8, RWM, true},                                     /* random */
        {DEVICE_CHAR, 1, 9, RWM, true},                                     /* urandom */
        {DEVICE_CHAR, 5, 0, RWM, true},                                     /* tty */
        {DEVICE_CHAR, 5, 2, RWM, true},                                     /* ptmx */
        {DEVICE_CHAR, 136, 77, RWM, true},                                  /* pts/77 */
        {DEVICE_CHAR, 10, 200, RWM, true},                                  /* tun */
        {DEVICE_CHAR, 5, 1, R, false},                                      /* console */
        {DEVICE_CHAR, 5, 1, M, true},                                       /* making is always allowed */
        {DEVICE_CHAR, 1, 1, R, false},                                      /* mem */
        {DEVICE_CHAR, 1, 1, R | M, false},                                  /* one bit is not */
        {DEVICE_CHAR, 10, 229, RWM, false},                                 /* fuse */
        {DEVICE_BLOCK, 8, 0, R, false},                                     /* sda */
        {DEVICE_BLOCK, 8, 0, M, true},      {DEVICE_BLOCK, 1, 3, R, false}, /* ram3, not null */
        {DEVICE_BLOCK, 8, 0, 0, true},                                      /* nothing asked for */
    };
    struct device_rules r = decode(state, NULL, 0);

    assert_false(r.default_allow);
    assert_int_equal(r.n, 11);
    assert_false(devices_rules_allow_all(&r));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(
            devices_rules_check(&r, cases[i].type, cases[i].major, cases[i].minor, cases[i].access),
            cases[i].granted);
}

static void test_devices_rules_decode__fields(void **state)
{
    static const struct config_device_rule rules[] = {
        {.allow = true, .type = "c", .major = N(7), .minor = N(8), .access = "rwr"},
        {.allow = true, .type = "b", .major = N(-1), .minor = N(9), .access = "m"},
        {.allow = true, .type = "a", .major = N(10), .access = "w"},
        {.allow = true, .major = N(INT32_MAX), .minor = N(0), .access = "r"},
        {.allow = true, .type = "", .major = N(3), .minor = N(0), .access = "r"},
    };
    struct device_rules r = decode(state, rules, ARRAY_SIZE(rules));

    assert_int_equal(r.n, ARRAY_SIZE(rules) + 11);
    assert_int_equal(r.v[0].types, DEVICE_CHAR);
    assert_int_equal(r.v[0].access, R | W);
    assert_int_equal(r.v[0].major, 7);
    assert_int_equal(r.v[0].minor, 8);
    assert_int_equal(r.v[0].source, 0);
    assert_int_equal(r.v[1].types, DEVICE_BLOCK);
    assert_true(r.v[1].any_major && !r.v[1].any_minor);
    assert_int_equal(r.v[2].types, DEVICE_TYPE_ALL);
    assert_true(!r.v[2].any_major && r.v[2].any_minor);
    assert_int_equal(r.v[3].major, INT32_MAX);
    assert_int_equal(r.v[4].types, DEVICE_TYPE_ALL);
    assert_int_equal(r.v[5].source, DEVICE_RULE_DEFAULT);
}

static void test_devices_rules_decode__refused(void **state)
{
    static const struct {
        struct config_device_rule rule;
        const char *where;
        const char *message;
    } cases[] = {
        {{.access = NULL}, "/linux/resources/devices/1/access", "device access at 1 field cannot be empty"},
        {{.access = ""}, "/linux/resources/devices/1/access", "device access at 1 field cannot be empty"},
        {{.access = "rx"},
         "/linux/resources/devices/1/access",
         "device access \"rx\" has a letter other than r, w and m"},
        {{.access = "r", .type = "p"}, "/linux/resources/devices/1/type", "invalid cgroup device type \"p\""},
        {{.access = "r", .type = "cc"},
         "/linux/resources/devices/1/type",
         "invalid cgroup device type \"cc\""},
        {{.access = "r", .major = N(-2)},
         "/linux/resources/devices/1/major",
         "device number -2 is out of range"},
        {{.access = "r", .minor = N(INT64_C(1) << 31)},
         "/linux/resources/devices/1/minor",
         "device number 2147483648 is out of range"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct config_device_rule rules[2] = {{.access = "rwm"}, cases[i].rule};
        struct device_rules r;
        struct err e;

        err_init(&e);
        assert_int_equal(devices_rules_decode(*state, rules, 2, &r, &e), -EINVAL);
        assert_string_equal(e.where, cases[i].where);
        assert_string_equal(e.message, cases[i].message);
    }
    struct device_rules r;
    static struct config_device_rule many[DEVICE_RULES_MAX + 1];
    struct err e;
    err_init(&e);
    assert_int_equal(devices_rules_decode(*state, many, ARRAY_SIZE(many), &r, &e), -EINVAL);
    assert_string_equal(e.message, "more than 4096 device rules");
}

static void test_devices_rules_decode__folds(void **state)
{
    static const struct config_device_rule privileged[] = {
        {.allow = false, .access = "rwm"},
        {.allow = true, .type = "c", .major = N(1), .access = "r"},
        {.allow = true, .type = "a", .access = "rwm"},
    };
    static const struct config_device_rule not_all[] = {
        {.allow = true, .type = "a", .access = "rwm"},
        {.allow = false, .type = "c", .major = N(1), .minor = N(1), .access = "rwm"},
    };
    static const struct config_device_rule not_everything[] = {{.allow = true, .type = "a", .access = "rw"}};
    struct device_rules r = decode(state, privileged, ARRAY_SIZE(privileged));

    assert_true(r.default_allow);
    assert_int_equal(r.n, 0);
    assert_true(devices_rules_allow_all(&r));

    r = decode(state, not_all, ARRAY_SIZE(not_all));
    assert_true(r.default_allow);
    assert_false(devices_rules_allow_all(&r));
    assert_false(devices_rules_check(&r, DEVICE_CHAR, 1, 1, R));
    assert_true(devices_rules_check(&r, DEVICE_CHAR, 1, 1, M)); /* the default rules speak last */
    assert_true(devices_rules_check(&r, DEVICE_BLOCK, 1, 1, RWM));

    r = decode(state, not_everything, 1);
    assert_false(r.default_allow);
}

static void test_devices_rules_check__last_rule_wins(void **state)
{
    static const struct config_device_rule rules[] = {
        {.allow = false, .access = "rwm"},
        {.allow = true, .type = "c", .major = N(20), .access = "rw"},
        {.allow = false, .type = "c", .major = N(20), .minor = N(5), .access = "w"},
        {.allow = true, .type = "c", .minor = N(6), .access = "r"},
        {.allow = false, .type = "c", .major = N(20), .minor = N(6), .access = "rw"},
        {.allow = true, .type = "c", .major = N(20), .minor = N(6), .access = "w"},
    };
    struct device_rules r = decode(state, rules, ARRAY_SIZE(rules));

    assert_true(devices_rules_check(&r, DEVICE_CHAR, 20, 1, R | W));
    assert_true(devices_rules_check(&r, DEVICE_CHAR, 20, 5, R));
    assert_false(devices_rules_check(&r, DEVICE_CHAR, 20, 5, W));
    assert_false(devices_rules_check(&r, DEVICE_CHAR, 20, 5, R | W));
    assert_true(devices_rules_check(&r, DEVICE_CHAR, 21, 6, R));
    assert_false(devices_rules_check(&r, DEVICE_CHAR, 20, 6, R));
    assert_true(devices_rules_check(&r, DEVICE_CHAR, 20, 6, W));
    assert_false(devices_rules_check(&r, DEVICE_BLOCK, 20, 1, R));
}

/* ---- v1 ---- */

static void join_lines(const struct devices_v1_line *lines, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%s", lines[i].allow ? "+" : "-", lines[i].text), buf_char(out, '\n');
}

static void test_devices_v1_lines__text(void **state)
{
    static const struct config_device_rule typical[] = {
        {.allow = false, .access = "rwm"},
        {.allow = true, .type = "c", .major = N(10), .minor = N(229), .access = "rwm"},
        {.allow = true, .type = "b", .major = N(8), .access = "r"},
    };
    static const struct config_device_rule all[] = {{.allow = true, .access = "rwm"}};
    /* taking away from everything; what the default rules give back is taken out of the exception */
    static const struct config_device_rule all_but[] = {
        {.allow = true, .access = "rwm"},
        {.allow = false, .type = "b", .major = N(8), .minor = N(0), .access = "rwm"},
    };
    static const struct {
        const struct config_device_rule *rules;
        size_t n;
        const char *lines;
    } cases[] = {
        {NULL, 0,
         "-a\n+c *:* m\n+b *:* m\n+c 1:3 rwm\n+c 1:8 rwm\n+c 1:7 rwm\n+c 5:0 rwm\n+c 1:5 rwm\n+c 1:9 rwm\n"
         "+c 136:* rwm\n+c 5:2 rwm\n+c 10:200 rwm\n"},
        {typical, 3,
         "-a\n+c 10:229 rwm\n+b 8:* rm\n+c *:* m\n+b *:* m\n+c 1:3 rwm\n+c 1:8 rwm\n+c 1:7 rwm\n+c 5:0 rwm\n"
         "+c 1:5 rwm\n+c 1:9 rwm\n+c 136:* rwm\n+c 5:2 rwm\n+c 10:200 rwm\n"},
        {all, 1, "+a\n"},
        {all_but, 2, "+a\n-b 8:0 rw\n"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);
        struct device_rules r = decode(state, cases[i].rules, cases[i].n);
        struct devices_v1_line *lines;
        size_t n;

        assert_int_equal(devices_v1_lines(*state, &r, &lines, &n, NULL), 0);
        join_lines(lines, n, &out);
        assert_string_equal(buf_cstr(&out), cases[i].lines);
    }
}

static void test_devices_v1_lines__holes_are_refused(void **state)
{
    static const struct {
        struct config_device_rule rules[3];
        const char *where;
    } cases[] = {
        {{{.allow = false, .access = "rwm"},
          {.allow = true, .type = "c", .major = N(20), .access = "rwm"},
          {.allow = false, .type = "c", .major = N(20), .minor = N(3), .access = "w"}},
         "/linux/resources/devices/2"},
        {{{.allow = true, .access = "rwm"},
          {.allow = false, .type = "c", .major = N(20), .access = "rwm"},
          {.allow = true, .type = "a", .minor = N(3), .access = "w"}},
         "/linux/resources/devices/2"},
        /* a hole by a default rule: /dev/null */
        {{{.allow = true, .access = "rwm"},
          {.allow = false, .type = "b", .access = "r"},
          {.allow = false, .type = "c", .major = N(1), .access = "rwm"}},
         "/linux/resources/devices"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct device_rules r = decode(state, cases[i].rules, 3);
        struct devices_v1_line *lines;
        struct err e;
        size_t n;

        err_init(&e);
        assert_int_equal(devices_v1_lines(*state, &r, &lines, &n, &e), -EINVAL);
        assert_string_equal(e.where, cases[i].where);
        assert_non_null(strstr(e.message, "cannot punch hole in existing wildcard rule"));
    }
}

/* What a v1 cgroup does with the lines is what the rules say, for every kind of request. */
static void test_devices_v1_lines__means_the_same(void **state)
{
    static const struct config_device_rule rules[] = {
        {.allow = true, .type = "b", .access = "rwm"},
        {.allow = false, .type = "a", .access = "rwm"},
        {.allow = true, .type = "c", .major = N(20), .access = "r"},
        {.allow = true, .type = "c", .major = N(20), .minor = N(3), .access = "w"},
        {.allow = true, .type = "a", .major = N(30), .minor = N(4), .access = "rw"},
        {.allow = false, .type = "b", .major = N(30), .access = "w"},
    };
    static const uint32_t numbers[] = {0, 1, 3, 4, 5, 8, 20, 30, 136, 200};
    struct device_rules r = decode(state, rules, ARRAY_SIZE(rules));
    static struct v1_cgroup cgroup;
    struct devices_v1_line *lines;
    size_t n;

    assert_int_equal(devices_v1_lines(*state, &r, &lines, &n, NULL), 0);
    for (size_t i = 0; i < n; i++)
        assert_true(v1_apply(&cgroup, lines[i].allow, lines[i].text));
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
            for (uint32_t access = 1; access <= RWM; access++) {
                assert_int_equal(v1_check(&cgroup, DEVICE_CHAR, numbers[i], numbers[j], access),
                                 devices_rules_check(&r, DEVICE_CHAR, numbers[i], numbers[j], access));
                assert_int_equal(v1_check(&cgroup, DEVICE_BLOCK, numbers[i], numbers[j], access),
                                 devices_rules_check(&r, DEVICE_BLOCK, numbers[i], numbers[j], access));
            }
        }
    }
    assert_true(devices_rules_check(&r, DEVICE_CHAR, 20, 3, R | W)); /* from two rules */
}

/* ---- nodes ---- */

static void test_device_node_decode__accepted(void **state)
{
    static const struct {
        struct config_device d;
        struct plan_device want;
    } cases[] = {
        {{.type = "c", .major = N(10), .minor = N(229)},
         {.type = S_IFCHR, .major = 10, .minor = 229, .mode = 0666}},
        {{.type = "u", .major = N(1), .minor = N(3), .file_mode = N(0600), .uid = N(5), .gid = N(6)},
         {.type = S_IFCHR, .major = 1, .minor = 3, .mode = 0600, .uid = 5, .gid = 6}},
        /* as Docker writes it: st_mode with the type in it */
        {{.type = "b", .major = N(8), .minor = N(0), .file_mode = N(0060660)},
         {.type = S_IFBLK, .major = 8, .minor = 0, .mode = 0660}},
        {{.type = "p", .major = N(9), .minor = N(-1), .file_mode = N(0)}, {.type = S_IFIFO, .mode = 0}},
        {{.type = "c", .major = N(4095), .minor = N(1048575)},
         {.type = S_IFCHR, .major = 4095, .minor = 1048575, .mode = 0666}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct plan_device got = {.path = "/dev/x", .optional = true};

        assert_int_equal(device_node_decode(&cases[i].d, "/linux/devices/0", &got, NULL), 0);
        assert_int_equal(got.type, cases[i].want.type);
        assert_int_equal(got.major, cases[i].want.major);
        assert_int_equal(got.minor, cases[i].want.minor);
        assert_int_equal(got.mode, cases[i].want.mode);
        assert_int_equal(got.uid, cases[i].want.uid);
        assert_int_equal(got.gid, cases[i].want.gid);
        assert_string_equal(got.path, "/dev/x");
        assert_true(got.optional);
    }
}

static void test_device_node_decode__refused(void **state)
{
    static const struct {
        struct config_device d;
        const char *where;
        const char *message;
    } cases[] = {
        {{.type = "x"}, "/linux/devices/4/type", "invalid device type \"x\""},
        {{.type = NULL}, "/linux/devices/4/type", "invalid device type \"\""},
        {{.type = "a", .major = N(1), .minor = N(1)}, "/linux/devices/4/type", "invalid device type \"a\""},
        {{.type = "c"}, "/linux/devices/4/major", "a device node needs a major number"},
        {{.type = "b", .major = N(1)}, "/linux/devices/4/minor", "a device node needs a minor number"},
        {{.type = "c", .major = N(4096), .minor = N(1)},
         "/linux/devices/4/major",
         "major number 4096 is not from 0 to 4095"},
        {{.type = "c", .major = N(1), .minor = N(-1)},
         "/linux/devices/4/minor",
         "minor number -1 is not from 0 to 1048575"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct plan_device got = {.type = 77};
        struct err e;

        err_init(&e);
        assert_int_equal(device_node_decode(&cases[i].d, "/linux/devices/4", &got, &e), -EINVAL);
        assert_string_equal(e.where, cases[i].where);
        assert_string_equal(e.message, cases[i].message);
        assert_int_equal(got.type, 77);
    }
}

static void test_device_default_nodes__list(void **state)
{
    static const struct {
        const char *path;
        uint32_t major, minor;
    } want[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
                {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};
    size_t n;
    const struct plan_device *nodes = device_default_nodes(&n);
    struct device_rules r = decode(state, NULL, 0);

    assert_int_equal(n, ARRAY_SIZE(want));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(nodes[i].path, want[i].path);
        assert_int_equal(nodes[i].type, S_IFCHR);
        assert_int_equal(nodes[i].major, want[i].major);
        assert_int_equal(nodes[i].minor, want[i].minor);
        assert_int_equal(nodes[i].mode, 0666);
        /* and they can be used */
        assert_true(devices_rules_check(&r, DEVICE_CHAR, nodes[i].major, nodes[i].minor, RWM));
    }
}

static void test_devices__no_memory(void **state)
{
    static const struct config_device_rule rule = {.allow = true, .type = "c", .access = "r"};

    (void)state;
    for (size_t n = 1;; n++) {
        struct devices_v1_line *lines;
        struct device_rules r;
        struct arena a;
        size_t n_lines;
        bool fired;
        int rc;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = devices_rules_decode(&a, &rule, 1, &r, NULL);
        if (rc == 0)
            rc = devices_v1_lines(&a, &r, &lines, &n_lines, NULL);
        fired = alloc_fault_fired();
        arena_done(&a);
        assert_int_equal(rc, fired ? -ENOMEM : 0);
        if (!fired) {
            assert_true(n > 10);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_devices_rules_decode__defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_rules_decode__fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_rules_decode__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_rules_decode__folds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_rules_check__last_rule_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_v1_lines__text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_v1_lines__holes_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_v1_lines__means_the_same, setup, teardown),
        cmocka_unit_test(test_device_node_decode__accepted),
        cmocka_unit_test(test_device_node_decode__refused),
        cmocka_unit_test_setup_teardown(test_device_default_nodes__list, setup, teardown),
        cmocka_unit_test(test_devices__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
