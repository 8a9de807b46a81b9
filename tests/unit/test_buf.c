/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/buf.h"

#include <cmocka.h>
#include <errno.h>
#include <wchar.h>

#include "unit/alloc_fault.h"

static void test_buf__appends(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(100000);

    (void)state;
    assert_string_equal(buf_cstr(&b), "");
    buf_add(&b, NULL, 0);
    assert_string_equal(buf_cstr(&b), "");
    buf_str(&b, "ab");
    buf_char(&b, 'c');
    buf_printf(&b, "%d%s", 42, "x");
    buf_add(&b, "yzzz", 2);
    assert_string_equal(buf_cstr(&b), "abc42xyz");
    assert_int_equal(b.len, 8);
    buf_add(&b, "\0!", 2);
    assert_int_equal(b.len, 10);
    assert_memory_equal(b.data, "abc42xyz\0!", 11);
    assert_int_equal(buf_error(&b), 0);
}

static void test_buf__grows_in_every_step(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(10000);

    (void)state;
    for (size_t i = 0; i < 10000; i++) {
        buf_char(&b, (char)('a' + i % 26));
        assert_int_equal(b.len, i + 1);
        assert_int_equal(b.data[b.len], '\0');
    }
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    assert_int_equal(buf_error(&b), 0);
    assert_true(b.cap <= b.max + 1);
}

static void test_buf__maximum_is_exact_and_sticks(void **state)
{
    static const size_t maxima[] = {0, 1, 5, 255, 256, 257, 1000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(maxima); i++) {
        AUTO_BUF struct buf b = BUF_INIT(maxima[i]);

        for (size_t j = 0; j < maxima[i]; j++)
            buf_char(&b, 'x');
        assert_int_equal(buf_error(&b), 0);
        buf_add(&b, "", 0);
        assert_int_equal(buf_error(&b), 0);
        buf_char(&b, 'y');
        assert_int_equal(buf_error(&b), -EMSGSIZE);
        assert_int_equal(b.len, maxima[i]);
        assert_int_equal(strlen(buf_cstr(&b)), maxima[i]);
        buf_add(&b, "", 0);
        buf_str(&b, "");
        buf_printf(&b, "%s", "");
        assert_int_equal(buf_error(&b), -EMSGSIZE);
        assert_null(buf_take(&b));
    }
}

static void test_buf__all_or_nothing(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(5);

    (void)state;
    buf_str(&b, "abc");
    buf_str(&b, "def");
    assert_string_equal(buf_cstr(&b), "abc");
    buf_str(&b, "d"); /* would fit, but the error sticks */
    assert_string_equal(buf_cstr(&b), "abc");
    assert_int_equal(buf_error(&b), -EMSGSIZE);
}

static void test_buf_add__no_overflow_without_maximum(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(SIZE_MAX);

    (void)state;
    buf_add(&b, "x", SIZE_MAX);
    assert_int_equal(buf_error(&b), -EMSGSIZE);
    buf_clear(&b);
    buf_char(&b, 'x');
    buf_add(&b, "x", SIZE_MAX - 1);
    assert_int_equal(buf_error(&b), -EMSGSIZE);
    assert_string_equal(buf_cstr(&b), "x");
}

static void test_buf_printf__unprintable(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(100);

    (void)state;
    buf_str(&b, "ab");
    buf_printf(&b, "%lc", (wint_t)0x20ac); /* not in the C locale */
    assert_int_equal(buf_error(&b), -EINVAL);
    assert_string_equal(buf_cstr(&b), "ab");
}

static void test_buf_clear__keeps_memory_and_forgets_errors(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(4);
    const char *data;

    (void)state;
    buf_clear(&b);
    buf_str(&b, "abcd");
    data = b.data;
    buf_char(&b, 'e');
    assert_int_equal(buf_error(&b), -EMSGSIZE);
    buf_clear(&b);
    assert_int_equal(buf_error(&b), 0);
    assert_int_equal(b.len, 0);
    assert_string_equal(buf_cstr(&b), "");
    buf_str(&b, "wxyz");
    assert_string_equal(buf_cstr(&b), "wxyz");
    assert_ptr_equal(b.data, data);
}

static void test_buf_take__ownership(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(10);
    char *taken;

    (void)state;
    taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
    buf_str(&b, "abc");
    taken = buf_take(&b);
    assert_string_equal(taken, "abc");
    free(taken);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.max, 10);
    assert_string_equal(buf_cstr(&b), "");
    buf_str(&b, "0123456789");
    assert_int_equal(buf_error(&b), 0);
}

static void test_buf_done__usable_again(void **state)
{
    struct buf b = BUF_INIT(3);

    (void)state;
    buf_str(&b, "abcd");
    buf_done(&b);
    assert_int_equal(buf_error(&b), 0);
    buf_str(&b, "abc");
    assert_string_equal(buf_cstr(&b), "abc");
    buf_done(&b);
    buf_done(&b);
}

static void test_buf__allocations_fail(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        AUTO_BUF struct buf b = BUF_INIT(10000);

        alloc_fault_at(n);
        for (int i = 0; i < 100; i++)
            buf_printf(&b, "%020d", i);
        if (!alloc_fault_fired()) {
            assert_int_equal(buf_error(&b), 0);
            assert_int_equal(b.len, 2000);
            assert_int_equal(n, 5); /* 256, 512, 1024, 2048 */
            break;
        }
        assert_int_equal(buf_error(&b), -ENOMEM);
        assert_true(b.len < 2000);
        assert_int_equal(strlen(buf_cstr(&b)), b.len);
        assert_null(buf_take(&b));
    }
    AUTO_BUF struct buf b = BUF_INIT(10);
    alloc_fault_at(1);
    assert_null(buf_take(&b));
    assert_true(alloc_fault_fired());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf__appends),
        cmocka_unit_test(test_buf__grows_in_every_step),
        cmocka_unit_test(test_buf__maximum_is_exact_and_sticks),
        cmocka_unit_test(test_buf__all_or_nothing),
        cmocka_unit_test(test_buf_add__no_overflow_without_maximum),
        cmocka_unit_test(test_buf_printf__unprintable),
        cmocka_unit_test(test_buf_clear__keeps_memory_and_forgets_errors),
        cmocka_unit_test(test_buf_take__ownership),
        cmocka_unit_test(test_buf_done__usable_again),
        cmocka_unit_test(test_buf__allocations_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
