/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/err.h"

#include <cmocka.h>
#include <errno.h>
#include <limits.h>

static void assert_err(const struct err *e, int code, enum err_kind kind, const char *where,
                       const char *message)
{
    assert_int_equal(e->code, code);
    assert_int_equal(e->kind, kind);
    assert_string_equal(e->where, where);
    assert_string_equal(e->message, message);
}

static void test_err__every_kind(void **state)
{
    struct err e;

    (void)state;
    err_init(&e);
    assert_err(&e, 0, ERR_NONE, "", "");
    assert_int_equal(err_config(&e, "/a/0", "bad %d", 7), -EINVAL);
    assert_err(&e, EINVAL, ERR_CONFIG, "/a/0", "bad 7");
    e.line = 3;
    e.column = 4;
    assert_int_equal(err_state(&e, EEXIST, "there is %s", "one"), -EEXIST);
    assert_err(&e, EEXIST, ERR_STATE, "", "there is one");
    assert_int_equal(e.line, 0);
    assert_int_equal(e.column, 0);
    assert_int_equal(err_proto(&e, -EPROTO, "odd"), -EPROTO);
    assert_err(&e, EPROTO, ERR_PROTO, "", "odd");
    assert_int_equal(err_usage(&e, "odd %s", "flag"), -EINVAL);
    assert_err(&e, EINVAL, ERR_USAGE, "", "odd flag");
    assert_int_equal(err_internal(&e, E2BIG, "bug"), -E2BIG);
    assert_err(&e, E2BIG, ERR_INTERNAL, "", "bug");
    assert_int_equal(err_nomem(&e), -ENOMEM);
    assert_err(&e, ENOMEM, ERR_INTERNAL, "", "cannot allocate memory");
    e.line = 9;
    assert_int_equal(err_system(&e, ENOENT, "open", "%s/%s", "/a", "b"), -ENOENT);
    assert_err(&e, ENOENT, ERR_SYSTEM, "", "open /a/b: no such file or directory");
    assert_int_equal(e.line, 0);
    assert_int_equal(err_system(&e, -EPERM, "setns", "%s", ""), -EPERM);
    assert_err(&e, EPERM, ERR_SYSTEM, "", "setns: operation not permitted");
}

static void test_err__without_a_place_to_write(void **state)
{
    (void)state;
    assert_int_equal(err_config(NULL, "/a", "x"), -EINVAL);
    assert_int_equal(err_state(NULL, ENOENT, "x"), -ENOENT);
    assert_int_equal(err_proto(NULL, EPIPE, "x"), -EPIPE);
    assert_int_equal(err_usage(NULL, "x"), -EINVAL);
    assert_int_equal(err_internal(NULL, -EIO, "x"), -EIO);
    assert_int_equal(err_nomem(NULL), -ENOMEM);
    assert_int_equal(err_system(NULL, EPERM, "open", "%s", "x"), -EPERM);
    assert_int_equal(err_prefix(NULL, "x"), -EINVAL);
    assert_int_equal(err_phase(NULL, "x"), -EINVAL);
}

static void test_err__code_zero_is_no_success(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(err_system(&e, 0, "write", "%s", "x"), -EIO);
    assert_err(&e, EIO, ERR_SYSTEM, "", "write x: input/output error");
    assert_int_equal(err_state(&e, 0, "x"), -EIO);
    assert_int_equal(e.code, EIO);
    assert_int_equal(err_internal(&e, INT_MIN, "x"), -EIO);
    err_init(&e);
    assert_int_equal(err_prefix(&e, "x"), -EIO);
    assert_int_equal(err_phase(&e, "x"), -EIO);
}

static void test_err__long_texts_are_cut(void **state)
{
    char text[3000];
    struct err e;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    err_config(&e, text, "%s", text);
    assert_int_equal(strlen(e.where), ERR_WHERE_MAX - 1);
    assert_int_equal(strlen(e.message), ERR_MESSAGE_MAX - 1);
    err_system(&e, ENOENT, "open", "%s", text);
    assert_non_null(
        strstr(e.message, "x: no such file or directory")); /* a long object does not hide the cause */
    assert_int_equal(err_prefix(&e, "%s", text), -ENOENT);
    assert_int_equal(strlen(e.message), ERR_MESSAGE_MAX - 1);
    err_init(&e);
    err_internal(&e, EIO, "x");
    err_phase(&e, text);
    assert_int_equal(strlen(e.where), ERR_WHERE_MAX - 1);
}

static void test_err__arguments_from_the_same_err(void **state)
{
    struct err e;

    (void)state;
    err_init(&e);
    err_config(&e, "/pointer", "inner");
    assert_int_equal(err_config(&e, e.where, "outer: %s (%s)", e.message, e.where), -EINVAL);
    assert_err(&e, EINVAL, ERR_CONFIG, "/pointer", "outer: inner (/pointer)");
    assert_int_equal(err_prefix(&e, "%.5s", e.message), -EINVAL);
    assert_string_equal(e.message, "outer: outer: inner (/pointer)");
    assert_int_equal(err_system(&e, ENOENT, "stat", "%s", e.where), -ENOENT);
    assert_string_equal(e.message, "stat /pointer: no such file or directory");
    assert_int_equal(err_config(&e, NULL, "nowhere"), -EINVAL);
    assert_string_equal(e.where, "");
}

static void test_err_prefix__keeps_the_rest(void **state)
{
    struct err e;

    (void)state;
    err_config(&e, "/p", "inner");
    assert_int_equal(err_prefix(&e, "outer %d", 1), -EINVAL);
    assert_err(&e, EINVAL, ERR_CONFIG, "/p", "outer 1: inner");
}

static void test_err_phase__only_where_there_is_none(void **state)
{
    struct err e;

    (void)state;
    err_system(&e, EPERM, "mount", "%s", "/x");
    assert_int_equal(err_phase(&e, "mount"), -EPERM);
    assert_string_equal(e.where, "mount");
    assert_int_equal(err_phase(&e, "outer"), -EPERM);
    assert_string_equal(e.where, "mount");
    err_config(&e, "", "the document"); /* the pointer of the whole document is empty */
    assert_int_equal(err_phase(&e, "decode"), -EINVAL);
    assert_string_equal(e.where, "");
}

static void test_err_kind_name__every_kind(void **state)
{
    (void)state;
    assert_string_equal(err_kind_name(ERR_NONE), "none");
    assert_string_equal(err_kind_name(ERR_CONFIG), "config");
    assert_string_equal(err_kind_name(ERR_SYSTEM), "system");
    assert_string_equal(err_kind_name(ERR_STATE), "state");
    assert_string_equal(err_kind_name(ERR_PROTO), "protocol");
    assert_string_equal(err_kind_name(ERR_USAGE), "usage");
    assert_string_equal(err_kind_name(ERR_INTERNAL), "internal");
    assert_string_equal(err_kind_name((enum err_kind)99), "unknown");
}

static void test_err_text__phrases_that_engines_match(void **state)
{
    (void)state;
    assert_string_equal(err_text(ENOENT), "no such file or directory");
    assert_string_equal(err_text(-EACCES), "permission denied");
    assert_string_equal(err_text(EPERM), "operation not permitted");
    assert_string_equal(err_text(ENOTDIR), "not a directory");
    assert_string_equal(err_text(ENOEXEC), "exec format error");
    assert_string_equal(err_text(EISDIR), "is a directory");
    assert_string_equal(err_text(ENOTSUP), "operation not supported");
    assert_string_equal(err_text(EWOULDBLOCK), "resource temporarily unavailable");
}

static void test_err_text__the_c_library_knows_no_more(void **state)
{
    (void)state;
    for (int code = 1; code < 4096; code++) {
        const char *theirs = strerrordesc_np(code), *ours = err_text(code);

        if (!theirs) {
            assert_string_equal(ours, "unknown error");
            continue;
        }
        assert_string_equal(ours + 1, theirs + 1);
        assert_int_equal(ours[0] | 0x20, theirs[0] | 0x20);
        assert_true(ours[0] < 'A' || ours[0] > 'Z' ||
                    (ours[1] >= 'A' && ours[1] <= 'Z')); /* "RFS specific error" */
    }
    assert_string_equal(err_text(0), "unknown error");
    assert_string_equal(err_text(INT_MIN), "unknown error");
    assert_string_equal(err_text(INT_MAX), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err__every_kind),
        cmocka_unit_test(test_err__without_a_place_to_write),
        cmocka_unit_test(test_err__code_zero_is_no_success),
        cmocka_unit_test(test_err__long_texts_are_cut),
        cmocka_unit_test(test_err__arguments_from_the_same_err),
        cmocka_unit_test(test_err_prefix__keeps_the_rest),
        cmocka_unit_test(test_err_phase__only_where_there_is_none),
        cmocka_unit_test(test_err_kind_name__every_kind),
        cmocka_unit_test(test_err_text__phrases_that_engines_match),
        cmocka_unit_test(test_err_text__the_c_library_knows_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
