/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/log_fmt.h"

#include <errno.h>

#include <cmocka.h>

static void test_log_format_parse__table(void **state)
{
    (void)state;
    enum log_format f = LOG_FORMAT_JSON;
    struct err e;

    assert_int_equal(log_format_parse(NULL, &f, NULL), 0);
    assert_int_equal(f, LOG_FORMAT_TEXT);
    assert_int_equal(log_format_parse("json", &f, NULL), 0);
    assert_int_equal(f, LOG_FORMAT_JSON);
    assert_int_equal(log_format_parse("", &f, NULL), 0);
    assert_int_equal(f, LOG_FORMAT_TEXT);
    assert_int_equal(log_format_parse("text", &f, NULL), 0);
    err_init(&e);
    assert_int_equal(log_format_parse("xml", &f, &e), -EINVAL);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_string_equal(e.message, "invalid log-format: xml");
    assert_int_equal(log_format_parse("JSON", &f, &e), -EINVAL);
    assert_int_equal(log_format_parse("a\nb", &f, &e), -EINVAL);
    assert_string_equal(e.message, "invalid log-format: a\\nb");
}

static void line_is(enum log_format format, const struct log_line *line, const char *want)
{
    AUTO_BUF struct buf b = BUF_INIT(64 * 1024);

    log_fmt(format, line, &b);
    assert_int_equal(buf_error(&b), 0);
    assert_string_equal(buf_cstr(&b), want);
}

static void test_log_fmt__shapes(void **state)
{
    (void)state;
    const struct log_field fields[] = {
        {.key = "code", .text = "system"}, {.key = "errno", .number = 2},
        {.key = "path", .text = "/a b/c"}, {.key = "phase", .text = ""},
        {.key = "n", .number = INT64_MIN},
    };
    struct log_line line = {
        .level = LOG_LEVEL_ERROR,
        .time = {.tv_sec = 1767323045, .tv_nsec = 999999999},
        .message = "open /x: no such file or directory",
    };

    line_is(LOG_FORMAT_TEXT, &line,
            "time=\"2026-01-02T03:04:05Z\" level=error msg=\"open /x: no such file or directory\"\n");
    line_is(LOG_FORMAT_JSON, &line,
            "{\"level\":\"error\",\"msg\":\"open /x: no such file or "
            "directory\",\"time\":\"2026-01-02T03:04:05Z\"}\n");
    line.fields = fields;
    line.n_fields = ARRAY_SIZE(fields);
    line.level = LOG_LEVEL_WARNING;
    line.message = "w";
    line_is(LOG_FORMAT_TEXT, &line,
            "time=\"2026-01-02T03:04:05Z\" level=warning msg=\"w\" code=system errno=2 path=\"/a b/c\" "
            "phase=\"\" "
            "n=-9223372036854775808\n");
    line_is(LOG_FORMAT_JSON, &line,
            "{\"level\":\"warning\",\"msg\":\"w\",\"code\":\"system\",\"errno\":2,\"path\":\"/a "
            "b/c\",\"phase\":\"\","
            "\"n\":-9223372036854775808,\"time\":\"2026-01-02T03:04:05Z\"}\n");
}

/* Whatever is in a message, it stays one line. */
static void test_log_fmt__one_line(void **state)
{
    (void)state;
    const struct log_field field = {.key = "path", .text = "/a\nlevel=info"};
    struct log_line line = {
        .level = LOG_LEVEL_DEBUG, .message = "a\nb\"c\\ \xff\x1b[0m", .fields = &field, .n_fields = 1};

    line_is(LOG_FORMAT_TEXT, &line,
            "time=\"1970-01-01T00:00:00Z\" level=debug msg=\"a\\nb\\\"c\\\\ \\xff\\x1b[0m\" "
            "path=\"/a\\nlevel=info\"\n");
    line_is(LOG_FORMAT_JSON, &line,
            "{\"level\":\"debug\",\"msg\":\"a\\nb\\\"c\\\\ \\ufffd\\u001b[0m\",\"path\":\"/a\\nlevel=info\","
            "\"time\":\"1970-01-01T00:00:00Z\"}\n");
}

static void test_log_level_name__all(void **state)
{
    (void)state;
    assert_string_equal(log_level_name(LOG_LEVEL_ERROR), "error");
    assert_string_equal(log_level_name(LOG_LEVEL_WARNING), "warning");
    assert_string_equal(log_level_name(LOG_LEVEL_INFO), "info");
    assert_string_equal(log_level_name(LOG_LEVEL_DEBUG), "debug");
    assert_string_equal(log_level_name((enum log_level)99), "error");
}

static void test_log_fmt_err_fields__by_kind(void **state)
{
    (void)state;
    struct log_field f[LOG_ERR_FIELDS];
    struct err e;

    err_init(&e);
    assert_int_equal(log_fmt_err_fields(&e, f), 0);

    err_config(&e, "/process/args", "is empty");
    assert_int_equal(log_fmt_err_fields(&e, f), 2);
    assert_string_equal(f[0].key, "code");
    assert_string_equal(f[0].text, "config");
    assert_string_equal(f[1].key, "path");
    assert_string_equal(f[1].text, "/process/args");
    e.line = 3;
    e.column = 9;
    assert_int_equal(log_fmt_err_fields(&e, f), 4);
    assert_string_equal(f[3].key, "column");
    assert_null(f[3].text);
    assert_int_equal(f[3].number, 9);

    err_init(&e);
    err_system(&e, ENOENT, "open", "%s", "/x");
    assert_int_equal(log_fmt_err_fields(&e, f), 2);
    assert_string_equal(f[1].key, "errno");
    assert_int_equal(f[1].number, ENOENT);
    err_phase(&e, "mount");
    assert_int_equal(log_fmt_err_fields(&e, f), 3);
    assert_string_equal(f[1].key, "phase");
    assert_string_equal(f[1].text, "mount");

    err_init(&e);
    err_state(&e, ESRCH, "container is not running");
    assert_int_equal(log_fmt_err_fields(&e, f), 1);
    assert_string_equal(f[0].text, "state");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_format_parse__table),     cmocka_unit_test(test_log_fmt__shapes),
        cmocka_unit_test(test_log_fmt__one_line),           cmocka_unit_test(test_log_level_name__all),
        cmocka_unit_test(test_log_fmt_err_fields__by_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
