/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/json_utf8.h"

#include <cmocka.h>

static void test_json_utf8_len__cases(void **state)
{
    static const struct {
        const char *bytes;
        size_t len, expected;
    } cases[] = {
        {"", 0, 0},
        {"\0", 1, 1},
        {"a", 1, 1},
        {"\x7F", 1, 1},
        {"\x80", 1, 0},
        {"\xBF", 1, 0},
        {"\xC0\x80", 2, 0}, /* overlong NUL */
        {"\xC1\xBF", 2, 0},
        {"\xC2\x80", 2, 2},
        {"\xC2", 1, 0},
        {"\xC2\x7F", 2, 0},
        {"\xC2\xC0", 2, 0},
        {"\xDF\xBF", 2, 2},
        {"\xE0\x9F\xBF", 3, 0}, /* overlong */
        {"\xE0\xA0\x80", 3, 3},
        {"\xE0\xA0", 2, 0},
        {"\xE2\x82\xAC", 3, 3},
        {"\xE2\x82\x2C", 3, 0},
        {"\xED\x9F\xBF", 3, 3},
        {"\xED\xA0\x80", 3, 0}, /* surrogates */
        {"\xED\xBF\xBF", 3, 0},
        {"\xEE\x80\x80", 3, 3},
        {"\xEF\xBF\xBF", 3, 3},
        {"\xF0\x8F\xBF\xBF", 4, 0}, /* overlong */
        {"\xF0\x90\x80\x80", 4, 4},
        {"\xF0\x90\x80", 3, 0},
        {"\xF4\x8F\xBF\xBF", 4, 4},
        {"\xF4\x90\x80\x80", 4, 0}, /* beyond U+10FFFF */
        {"\xF5\x80\x80\x80", 4, 0},
        {"\xFE", 1, 0},
        {"\xFF", 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (json_utf8_len(cases[i].bytes, cases[i].len) != cases[i].expected)
            fail_msg("case %zu: %zu", i, json_utf8_len(cases[i].bytes, cases[i].len));
}

/* Every code point but the surrogates is written as something that is read back with the same length. */
static void test_json_utf8_put__round_trip(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char out[4];
        size_t n = json_utf8_put(c, out);

        if (c >= 0xD800 && c <= 0xDFFF)
            assert_int_equal(json_utf8_len(out, n), 0);
        else if (json_utf8_len(out, n) != n || json_utf8_len(out, n - 1) != 0)
            fail_msg("U+%04X", c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_utf8_len__cases),
        cmocka_unit_test(test_json_utf8_put__round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
