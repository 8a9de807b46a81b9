/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"

#include <cmocka.h>
#include <errno.h>

static const struct str none = {NULL, 0};

static void test_str__comparisons(void **state)
{
    (void)state;
    assert_true(str_eq(STR("abc"), "abc"));
    assert_true(str_eq(STR(""), ""));
    assert_true(str_eq(none, ""));
    assert_false(str_eq(STR("abc"), "ab"));
    assert_false(str_eq(STR("ab"), "abc"));
    assert_false(str_eq(STR("abc"), "abd"));
    assert_false(str_eq(STR("a\0c"), "a"));
    assert_false(str_eq(none, "a"));
    assert_true(str_eq((struct str){"abcdef", 3}, "abc"));

    assert_true(str_eq_nocase(STR("AbC-1"), "aBc-1"));
    assert_false(str_eq_nocase(STR("abc"), "abcd"));
    assert_false(str_eq_nocase(STR("@"), "`"));
    assert_false(str_eq_nocase(STR("["), "{"));
    assert_false(str_eq_nocase(STR("\xc4"), "\xe4")); /* not ASCII */
    assert_true(str_eq_nocase(none, ""));

    assert_true(str_starts(STR("abc"), "ab"));
    assert_true(str_starts(STR("abc"), ""));
    assert_true(str_starts(none, ""));
    assert_false(str_starts(STR("ab"), "abc"));
    assert_false(str_starts(STR("xab"), "ab"));
    assert_true(str_ends(STR("abc"), "bc"));
    assert_true(str_ends(none, ""));
    assert_false(str_ends(STR("bc"), "abc"));
    assert_false(str_ends(STR("abcx"), "bc"));

    assert_true(str_has(STR("abc"), 'c'));
    assert_false(str_has((struct str){"abc", 2}, 'c'));
    assert_true(str_has(STR("a\0b"), '\0'));
    assert_false(str_has(STR("ab"), '\0'));
    assert_false(str_has(none, 'a'));

    assert_true(streq("a", "a"));
    assert_true(streq(NULL, NULL));
    assert_false(streq("a", NULL));
    assert_false(streq(NULL, "a"));
    assert_false(streq("a", "b"));

    assert_int_equal(str_of("abc").len, 3);
    assert_int_equal(str_of(NULL).len, 0);
    assert_null(str_of(NULL).ptr);
}

static void test_str_trim__cases(void **state)
{
    static const struct {
        const char *text, *trimmed;
    } cases[] = {
        {"", ""},    {" ", ""},   {" \t\r\n", ""},       {"a", "a"},
        {" a", "a"}, {"a ", "a"}, {"\t a b\r\n", "a b"}, {"\va\v", "\va\v"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_true(str_eq(str_trim(str_of(cases[i].text)), cases[i].trimmed));
    assert_int_equal(str_trim(none).len, 0);
}

static void test_str_next__fields(void **state)
{
    static const struct {
        const char *text;
        const char *fields[5];
    } cases[] = {
        {"", {""}},
        {"a", {"a"}},
        {"a,b", {"a", "b"}},
        {",", {"", ""}},
        {"a,,b", {"a", "", "b"}},
        {",a,", {"", "a", ""}},
    };
    struct str rest, field;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t n = 0;

        for (rest = str_of(cases[i].text); str_next(&rest, ',', &field); n++) {
            assert_non_null(cases[i].fields[n]);
            assert_true(str_eq(field, cases[i].fields[n]));
        }
        assert_null(cases[i].fields[n]);
        assert_false(str_next(&rest, ',', &field));
    }
    rest = none;
    assert_false(str_next(&rest, ',', &field));
    rest = (struct str){"a,b", 1}; /* the separator behind the slice is not seen */
    assert_true(str_next(&rest, ',', &field));
    assert_int_equal(field.len, 1);
    assert_false(str_next(&rest, ',', &field));
}

static const char *const not_numbers[] = {
    "",  " ",  "+1", " 1", "1 ",  "1\n", "01",   "00",   "0x1", "1e3", "1.0", "1,0",
    "a", "1a", "/",  ":",  "--1", "1-",  "\xb2", "\xff", "-",   "0-",  "- 1", "9999999999999999999999x",
};

static void test_str_to_u64__cases(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        int r;
        uint64_t value;
    } cases[] = {
        {"0", UINT64_MAX, 0, 0},
        {"0", 0, 0, 0},
        {"1", 0, -ERANGE, 0},
        {"10", 10, 0, 10},
        {"11", 10, -ERANGE, 0},
        {"9007199254740993", UINT64_MAX, 0, 9007199254740993u},
        {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, -ERANGE, 0},
        {"18446744073709551620", UINT64_MAX, -ERANGE, 0},
        {"99999999999999999999999999999999999999", UINT64_MAX, -ERANGE, 0},
        {"-1", UINT64_MAX, -EINVAL, 0},
        {"-0", UINT64_MAX, -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t v = 77;

        assert_int_equal(str_to_u64(str_of(cases[i].text), cases[i].max, &v), cases[i].r);
        assert_int_equal(v, cases[i].r == 0 ? cases[i].value : 77);
    }
    for (size_t i = 0; i < ARRAY_SIZE(not_numbers); i++) {
        uint64_t v = 77;

        assert_int_equal(str_to_u64(str_of(not_numbers[i]), UINT64_MAX, &v), -EINVAL);
        assert_int_equal(v, 77);
    }
    uint64_t v = 77;
    assert_int_equal(str_to_u64(none, UINT64_MAX, &v), -EINVAL);
    assert_int_equal(str_to_u64(STR("1\0"), UINT64_MAX, &v), -EINVAL);
    assert_int_equal(str_to_u64((struct str){"123", 2}, UINT64_MAX, &v), 0);
    assert_int_equal(v, 12);
}

static void test_str_to_i64__cases(void **state)
{
    static const struct {
        const char *text;
        int64_t min, max;
        int r;
        int64_t value;
    } cases[] = {
        {"0", INT64_MIN, INT64_MAX, 0, 0},
        {"-1", INT64_MIN, INT64_MAX, 0, -1},
        {"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
        {"9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, 0},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, -ERANGE, 0},
        {"-99999999999999999999", INT64_MIN, INT64_MAX, -ERANGE, 0},
        {"-0", INT64_MIN, INT64_MAX, -EINVAL, 0},
        {"-01", INT64_MIN, INT64_MAX, -EINVAL, 0},
        {"5", -5, 5, 0, 5},
        {"6", -5, 5, -ERANGE, 0},
        {"-5", -5, 5, 0, -5},
        {"-6", -5, 5, -ERANGE, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t v = 77;

        assert_int_equal(str_to_i64(str_of(cases[i].text), cases[i].min, cases[i].max, &v), cases[i].r);
        assert_int_equal(v, cases[i].r == 0 ? cases[i].value : 77);
    }
    for (size_t i = 0; i < ARRAY_SIZE(not_numbers); i++) {
        int64_t v = 77;

        assert_int_equal(str_to_i64(str_of(not_numbers[i]), INT64_MIN, INT64_MAX, &v), -EINVAL);
        assert_int_equal(v, 77);
    }
}

static void test_str_to_u32__cases(void **state)
{
    uint32_t v = 77;

    (void)state;
    assert_int_equal(str_to_u32(STR("4294967296"), UINT32_MAX, &v), -ERANGE);
    assert_int_equal(str_to_u32(STR("18446744073709551616"), UINT32_MAX, &v), -ERANGE);
    assert_int_equal(str_to_u32(STR("8"), 7, &v), -ERANGE);
    assert_int_equal(str_to_u32(STR("x"), UINT32_MAX, &v), -EINVAL);
    assert_int_equal(v, 77);
    assert_int_equal(str_to_u32(STR("4294967295"), UINT32_MAX, &v), 0);
    assert_int_equal(v, UINT32_MAX);
}

static void test_str_to_octal__cases(void **state)
{
    static const struct {
        const char *text;
        uint32_t max;
        int r;
        uint32_t value;
    } cases[] = {
        {"0", 07777, 0, 0},
        {"755", 07777, 0, 0755},
        {"0755", 07777, 0, 0755},
        {"000", 0, 0, 0},
        {"7777", 07777, 0, 07777},
        {"10000", 07777, -ERANGE, 0},
        {"8", 07777, -EINVAL, 0},
        {"-1", 07777, -EINVAL, 0},
        {"", 07777, -EINVAL, 0},
        {"0o7", 07777, -EINVAL, 0},
        {"7 ", 07777, -EINVAL, 0},
        {"37777777777", UINT32_MAX, 0, UINT32_MAX},
        {"40000000000", UINT32_MAX, -ERANGE, 0},
        {"7777777777777777777777777777", UINT32_MAX, -ERANGE, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t v = 77;

        assert_int_equal(str_to_octal(str_of(cases[i].text), cases[i].max, &v), cases[i].r);
        assert_int_equal(v, cases[i].r == 0 ? cases[i].value : 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str__comparisons),    cmocka_unit_test(test_str_trim__cases),
        cmocka_unit_test(test_str_next__fields),    cmocka_unit_test(test_str_to_u64__cases),
        cmocka_unit_test(test_str_to_i64__cases),   cmocka_unit_test(test_str_to_u32__cases),
        cmocka_unit_test(test_str_to_octal__cases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
