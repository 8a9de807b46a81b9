/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/quote.h"

#include <cmocka.h>

static const struct {
    struct str text;
    const char *quoted;
} cases[] = {
    {{"", 0}, "\"\""},
    {{"plain text", 10}, "\"plain text\""},
    {{"say \"hi\" \\", 10}, "\"say \\\"hi\\\" \\\\\""},
    {{"\a\b\f\n\r\t\v", 7}, "\"\\a\\b\\f\\n\\r\\t\\v\""},
    {{"\0\x01\x1f\x7f", 4}, "\"\\x00\\x01\\x1f\\x7f\""},
    {{"\x1b[31m", 5}, "\"\\x1b[31m\""},
    {{"h\xc3\xa9", 3}, "\"h\xc3\xa9\""},
    {{"\xe2\x82\xac", 3}, "\"\xe2\x82\xac\""},         /* U+20AC */
    {{"\xf0\x9f\x90\xb3", 4}, "\"\xf0\x9f\x90\xb3\""}, /* U+1F433 */
    {{"\xc2\x85", 2}, "\"\\u0085\""},                  /* C1 control */
    {{"\xc2\xa0", 2}, "\"\\u00a0\""},                  /* no-break space */
    {{"\xe2\x80\xae", 3}, "\"\\u202e\""},              /* right-to-left override */
    {{"\xef\xbb\xbf", 3}, "\"\\ufeff\""},
    {{"\xf3\xa0\x80\x81", 4}, "\"\\U000e0001\""},
    {{"\xff", 1}, "\"\\xff\""},
    {{"a\xc3", 2}, "\"a\\xc3\""},
    {{"\xed\xa0\x80", 3}, "\"\\xed\\xa0\\x80\""}, /* a surrogate is not UTF-8 */
    {{"\xc0\x80", 2}, "\"\\xc0\\x80\""},          /* overlong NUL */
    {{"\xf4\x8f\xbf\xbf", 4}, "\"\\U0010ffff\""},
};

static void test_quote_go__table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf b = BUF_INIT(256);
        char fixed[256];

        quote_go(&b, cases[i].text);
        assert_int_equal(buf_error(&b), 0);
        assert_string_equal(buf_cstr(&b), cases[i].quoted);
        assert_string_equal(quote_go_into(fixed, sizeof(fixed), cases[i].text), cases[i].quoted);
    }
}

static void test_quote_go_into__cuts_whole_characters(void **state)
{
    (void)state;
    static const char text[] = "ab\n\xe2\x82\xac\xff";
    char full[64];

    quote_go_into(full, sizeof(full), STR(text));
    for (size_t size = 3; size < sizeof(full); size++) {
        char *out = malloc(size); /* a sanitizer sees a byte too many */

        assert_non_null(out);
        quote_go_into(out, size, STR(text));
        size_t len = strlen(out);
        assert_true(len + 1 <= size);
        assert_int_equal(out[len - 1], '"');
        assert_memory_equal(out, full, len - 1);
        assert_true(len != 5 && len != 7 && len != 8); /* within \n or the euro sign */
        free(out);
    }
    assert_string_equal(quote_go_into(full, 3, STR("abc")), "\"\"");
    assert_string_equal(quote_go_into(full, 4, STR("abc")), "\"a\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote_go__table),
        cmocka_unit_test(test_quote_go_into__cuts_whole_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
