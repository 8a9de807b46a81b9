/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/systemd_value.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

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

static void test_systemd_value_parse__accepted(void **state)
{
    static const struct {
        const char *text;
        const char *type;
        const char *printed;
    } cases[] = {
        {"true", "b", "true"},
        {" false ", "b", "false"},
        {"boolean true", "b", "true"},
        {"5", "i", "5"},
        {"+5", "i", "5"},
        {"-2147483648", "i", "-2147483648"},
        {"2147483647", "i", "2147483647"},
        {"0x1f", "i", "31"},
        {"010", "i", "8"},
        {"byte 255", "y", "byte 0xff"},
        {"int16 -32768", "n", "int16 -32768"},
        {"uint16 65535", "q", "uint16 65535"},
        {"int32 -1", "i", "-1"},
        {"uint32 4294967295", "u", "uint32 4294967295"},
        {"int64 -9223372036854775808", "x", "int64 -9223372036854775808"},
        {"uint64 18446744073709551615", "t", "uint64 18446744073709551615"},
        {"@t 7", "t", "uint64 7"},
        {"@y 0x10", "y", "byte 0x10"},
        {"1.5", "d", "1.50000000000000000e+00"},
        {".5e1", "d", "5.00000000000000000e+00"},
        {"1e3", "d", "1.00000000000000000e+03"},
        {"double 2", "d", "2.00000000000000000e+00"},
        {"'inactive-or-failed'", "s", "'inactive-or-failed'"},
        {"\"a 'b'\"", "s", "'a \\'b\\''"},
        {"'a\\tb\\\\c\\u00e9\\U0001f600'", "s", "'a\\u0009b\\\\c\xc3\xa9\xf0\x9f\x98\x80'"},
        {"string ''", "s", "''"},
        {"['a', \"b\"]", "as", "['a', 'b']"},
        {"[ true , false ]", "ab", "[true, false]"},
        {"[1, 2]", "ai", "[1, 2]"},
        {"[uint64 1, 2]", "at", "@at [1, 2]"},
        {"[1, uint64 2]", "at", "@at [1, 2]"},
        {"[1, 2.5]", "ad", "[1.00000000000000000e+00, 2.50000000000000000e+00]"},
        {"[byte 1, 0x2]", "ay", "@ay [0x01, 0x02]"},
        {"@as []", "as", "@as []"},
        {"@ay [15, 0xff]", "ay", "@ay [0x0f, 0xff]"},
        {"[@u 1]", "au", "@au [1]"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);
        struct systemd_value v;
        struct err e;

        err_init(&e);
        if (systemd_value_parse(*state, str_of(cases[i].text), &v, &e) < 0)
            fail_msg("%s: %s", cases[i].text, e.message);
        systemd_value_print(&v, &out);
        assert_string_equal(v.type, cases[i].type);
        assert_string_equal(buf_cstr(&out), cases[i].printed);
    }
}

static void test_systemd_value_parse__refused(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "at 1: a value is missing"},
        {"  ", "at 3: a value is missing"},
        {"yes", "at 1: neither a value nor a type that properties have"},
        {"objectpath '/a'", "at 1: neither a value nor a type that properties have"},
        {"uint64", "at 7: a value is missing"},
        {"uint64 uint64 1", "at 8: the type stands twice"},
        {"@t @t 1", "at 4: the type stands twice"},
        {"@v 1", "at 2: not a type that properties have"},
        {"@a{sv} []", "at 3: not a type that properties have"},
        {"2147483648", "at 11: the number is out of the type's range"},
        {"-2147483649", "at 12: the number is out of the type's range"},
        {"uint64 -1", "at 10: the number is out of the type's range"},
        {"byte 256", "at 9: the number is out of the type's range"},
        {"18446744073709551616", "at 1: the number is too large"},
        {"09", "at 1: not a number"},
        {"1x", "at 1: not a number"},
        {"1..2", "at 1: not a number"},
        {"1e", "at 1: not a number"},
        {"1e9999", "at 1: not a number"},
        {"1e999", "at 1: the number is too large"},
        {".", "at 1: not a number"},
        {"-", "at 2: not a number"},
        {"uint64 'a'", "at 11: the value is not of the type"},
        {"string 1", "at 9: the value is not of the type"},
        {"boolean 1", "at 10: the value is not of the type"},
        {"uint64 1.5", "at 11: the value is not of the type"},
        {"'a", "at 3: the string does not end"},
        {"'a\\", "at 4: the string does not end"},
        {"'\\u00g0'", "at 6: not a hexadecimal digit"},
        {"'\\u0000'", "at 8: not a code point that a string can hold"},
        {"'\\ud800'", "at 8: not a code point that a string can hold"},
        {"'\xff'", "at 4: the string is not UTF-8"},
        {"[]", "at 3: an empty array needs its type: @as []"},
        {"[1", "at 3: the array does not end"},
        {"[1;2]", "at 3: neither ',' nor ']'"},
        {"[1,]", "at 4: only booleans, numbers, strings and arrays of them are values"},
        {"[1, 'a']", "at 9: the value is not of the type"},
        {"[uint64 1, int64 2]", "at 20: the elements are not of one type"},
        {"[[1]]", "at 2: only booleans, numbers, strings and arrays of them are values"},
        {"[@as []]", "at 5: an array within an array"},
        {"@as 1", "at 5: not an array"},
        {"@s ['a']", "at 4: an array is not of that type"},
        {"{'a': 1}", "at 1: only booleans, numbers, strings and arrays of them are values"},
        {"(1, 2)", "at 1: only booleans, numbers, strings and arrays of them are values"},
        {"<1>", "at 1: only booleans, numbers, strings and arrays of them are values"},
        {"1 2", "at 3: something follows the value"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct systemd_value v = {.n = 77};
        struct err e;

        err_init(&e);
        assert_int_equal(systemd_value_parse(*state, str_of(cases[i].text), &v, &e), -EINVAL);
        if (strcmp(e.message, cases[i].message) != 0)
            fail_msg("%s: %s", cases[i].text, e.message);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_int_equal(v.n, 77);
    }
    assert_int_equal(systemd_value_parse(*state, (struct str){"'\0'", 3}, &(struct systemd_value){0}, NULL),
                     -EINVAL);
}

static void test_systemd_value_print__pairs(void **state)
{
    static const struct systemd_item texts[] = {{.s = "/dev/char/1:3", .s2 = "rwm"},
                                                {.s = "char-*", .s2 = "m"}};
    static const struct systemd_item numbers[] = {{.s = "/dev/block/8:0", .u = 5},
                                                  {.s = "/dev/block/8:1", .u = UINT64_MAX}};
    static const struct {
        struct systemd_value v;
        const char *printed;
    } cases[] = {
        {{"a(ss)", texts, 2}, "[('/dev/char/1:3', 'rwm'), ('char-*', 'm')]"},
        {{"a(ss)", NULL, 0}, "@a(ss) []"},
        {{"a(st)", numbers, 2}, "[('/dev/block/8:0', uint64 5), ('/dev/block/8:1', 18446744073709551615)]"},
        {{"a(st)", NULL, 0}, "@a(st) []"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);

        systemd_value_print(&cases[i].v, &out);
        assert_string_equal(buf_cstr(&out), cases[i].printed);
        assert_int_equal(systemd_value_element(&cases[i].v), 0);
    }
}

static void test_systemd_value_sec_to_usec__cases(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t usec;
    } cases[] = {
        {"5", true, 5000000},
        {"uint64 18446744073709", true, 18446744073709000000u},
        {"uint64 18446744073710", false, 0},
        {"byte 1", true, 1000000},
        {"0", true, 0},
        {"-1", false, 0},
        {"int64 -1", false, 0},
        {"1.5", true, 1500000},
        {"0.000001", true, 1},
        {"-0.1", false, 0},
        {"1e200", false, 0},
        {"'5s'", false, 0},
        {"true", false, 0},
        {"[1]", false, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct systemd_value v;
        uint64_t usec = 0;

        assert_int_equal(systemd_value_parse(*state, str_of(cases[i].text), &v, NULL), 0);
        if (systemd_value_sec_to_usec(&v, &usec) != cases[i].ok || usec != cases[i].usec)
            fail_msg("%s", cases[i].text);
    }
}

static void test_systemd_value_parse__no_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        struct systemd_value v;
        struct arena a;
        int rc;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = systemd_value_parse(&a, STR("['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']"), &v, NULL);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            assert_int_equal(v.n, 9);
            arena_done(&a);
            break;
        }
        assert_int_equal(rc, -ENOMEM);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_systemd_value_parse__accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_systemd_value_parse__refused, setup, teardown),
        cmocka_unit_test(test_systemd_value_print__pairs),
        cmocka_unit_test_setup_teardown(test_systemd_value_sec_to_usec__cases, setup, teardown),
        cmocka_unit_test(test_systemd_value_parse__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
