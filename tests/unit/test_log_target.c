/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/hint.h"
#include "core/log_target.h"

#include <errno.h>

#include <cmocka.h>

static void test_log_target_parse__kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum log_target_kind kind;
        const char *name;
    } cases[] = {
        {NULL, LOG_TARGET_STDERR, ""},
        {"", LOG_TARGET_STDERR, ""},
        {"/a/log", LOG_TARGET_FILE, "/a/log"},
        {"log", LOG_TARGET_FILE, "log"},
        {"file:/a/log", LOG_TARGET_FILE, "/a/log"},
        {"file:journald:x", LOG_TARGET_FILE, "journald:x"},
        {"journald:ctr-1", LOG_TARGET_JOURNALD, "ctr-1"},
        {"journald:", LOG_TARGET_JOURNALD, "lorica"},
        {"journald", LOG_TARGET_FILE, "journald"},
        {"syslog:a:b", LOG_TARGET_SYSLOG, "a:b"},
        {"syslog:", LOG_TARGET_SYSLOG, "lorica"},
        {"SYSLOG:x", LOG_TARGET_FILE, "SYSLOG:x"},
        {"./syslog:x", LOG_TARGET_FILE, "./syslog:x"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct log_target t = log_target_parse(cases[i].text);

        if (t.kind != cases[i].kind || !streq(t.name, cases[i].name))
            fail_msg("%s: %d %s", cases[i].text, (int)t.kind, t.name);
    }
}

static void test_log_level_parse__names(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "ERROR", "fatal", "3", "warning ", "trace"};
    enum log_level level = LOG_LEVEL_INFO;
    struct err e;

    assert_int_equal(log_level_parse("error", &level, NULL), 0);
    assert_int_equal(level, LOG_LEVEL_ERROR);
    assert_int_equal(log_level_parse("warn", &level, NULL), 0);
    assert_int_equal(level, LOG_LEVEL_WARNING);
    assert_int_equal(log_level_parse("debug", &level, NULL), 0);
    assert_int_equal(level, LOG_LEVEL_DEBUG);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        err_init(&e);
        assert_int_equal(log_level_parse(wrong[i], &level, &e), -EINVAL);
        assert_int_equal(level, LOG_LEVEL_DEBUG);
        assert_memory_equal(e.message, "invalid log-level: ", 19);
    }
}

static void test_log_target_journal__entry(void **state)
{
    (void)state;
    const struct log_field fields[] = {
        {.key = "code", .text = "system"}, {.key = "errno", .number = -2}, {.key = "hint", .text = "a\nb"}};
    const struct log_line line = {.level = LOG_LEVEL_ERROR,
                                  .message = "no = such\tthing",
                                  .fields = fields,
                                  .n_fields = ARRAY_SIZE(fields)};
    static const char want[] =
        "PRIORITY=3\nSYSLOG_IDENTIFIER=ctr\nMESSAGE=no = such\tthing\nLORICA_CODE=system\n"
        "LORICA_ERRNO=-2\nLORICA_HINT\n\3\0\0\0\0\0\0\0a\nb\n";
    AUTO_BUF struct buf b = BUF_INIT(4096);

    log_target_journal("ctr", &line, &b);
    assert_int_equal(buf_error(&b), 0);
    assert_int_equal(b.len, sizeof(want) - 1);
    assert_memory_equal(b.data, want, sizeof(want) - 1);
}

static void test_log_target_syslog__line(void **state)
{
    (void)state;
    static const struct {
        enum log_level level;
        const char *want;
    } cases[] = {{LOG_LEVEL_ERROR, "<11>"},
                 {LOG_LEVEL_WARNING, "<12>"},
                 {LOG_LEVEL_INFO, "<14>"},
                 {LOG_LEVEL_DEBUG, "<15>"}};
    const struct log_field fields[] = {{.key = "code", .text = "a\n<0>"}, {.key = "errno", .number = 2}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct log_line line = {
            .level = cases[i].level, .message = "one\ntwo", .fields = fields, .n_fields = ARRAY_SIZE(fields)};
        AUTO_BUF struct buf b = BUF_INIT(4096), want = BUF_INIT(4096);

        log_target_syslog("x\ny", 7, &line, &b);
        buf_printf(&want, "%sx\\ny[7]: one\\ntwo code=\"a\\n<0>\" errno=2", cases[i].want);
        assert_string_equal(buf_cstr(&b), buf_cstr(&want));
    }
}

static void test_hint_of__rows(void **state)
{
    (void)state;
    static const struct {
        enum err_kind kind;
        int code;
        const char *message, *part;
    } cases[] = {
        {ERR_STATE, EEXIST, "container with given ID already exists", "another id"},
        {ERR_STATE, EBUSY, "cannot delete container a that is not stopped: running", "kill"},
        {ERR_STATE, EBUSY, "cannot delete container a that is not stopped: paused", "resume"},
        {ERR_STATE, EBUSY, "container's cgroup is not empty: 1 process(es) found", "cgroupsPath"},
        {ERR_STATE, EBADMSG, "the state is damaged: x", "delete --force"},
        {ERR_PROTO, EPROTO, "container init was killed in phase x (memory limit too low?)", "memory.limit"},
        {ERR_SYSTEM, EMFILE, "open x: too many open files", "ulimit -n"},
        {ERR_SYSTEM, EPERM, "clone3: operation not permitted", "namespaces"},
        {ERR_INTERNAL, EINVAL, "oops", "report"},
        {ERR_STATE, ENOENT, "container does not exist", NULL},
        {ERR_CONFIG, EINVAL, "must be a string", NULL},
        {ERR_NONE, 0, "", NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err e;
        const char *hint;

        err_init(&e);
        e.kind = cases[i].kind;
        e.code = cases[i].code;
        snprintf(e.message, sizeof(e.message), "%s", cases[i].message);
        hint = hint_of(&e);
        if (cases[i].part ? !hint || !strstr(hint, cases[i].part) : hint != NULL)
            fail_msg("%s: %s", cases[i].message, hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_target_parse__kinds),
        cmocka_unit_test(test_log_level_parse__names),
        cmocka_unit_test(test_log_target_journal__entry),
        cmocka_unit_test(test_log_target_syslog__line),
        cmocka_unit_test(test_hint_of__rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
