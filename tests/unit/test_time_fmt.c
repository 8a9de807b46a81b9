/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/time_fmt.h"

#include <cmocka.h>

static void test_time_fmt__table(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        long nanos;
        const char *nano, *whole;
    } cases[] = {
        {0, 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
        {0, 1, "1970-01-01T00:00:00.000000001Z", "1970-01-01T00:00:00Z"},
        {0, 500000000, "1970-01-01T00:00:00.5Z", "1970-01-01T00:00:00Z"},
        {0, 123456789, "1970-01-01T00:00:00.123456789Z", "1970-01-01T00:00:00Z"},
        {0, 120000000, "1970-01-01T00:00:00.12Z", "1970-01-01T00:00:00Z"},
        {1767322985, 999999999, "2026-01-02T03:03:05.999999999Z", "2026-01-02T03:03:05Z"},
        {-1, 0, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
        {951782400, 0, "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
        {4107542399, 0, "2100-02-28T23:59:59Z", "2100-02-28T23:59:59Z"},
        {4107542400, 0, "2100-03-01T00:00:00Z", "2100-03-01T00:00:00Z"}, /* no leap year */
        {2147483648LL, 0, "2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z"},
        {253402300799LL, 0, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
        {253402300800LL, 0, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
        {INT64_MAX, 0, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
        {-62167219200LL, 0, "0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"},
        {INT64_MIN, 0, "0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"},
        {0, -5, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
        {0, 2000000000, "1970-01-01T00:00:00.999999999Z", "1970-01-01T00:00:00Z"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct timespec t = {.tv_sec = cases[i].seconds, .tv_nsec = cases[i].nanos};
        char out[TIME_FMT_MAX];

        assert_string_equal(time_fmt_nano(&t, out), cases[i].nano);
        assert_string_equal(time_fmt_seconds(&t, out), cases[i].whole);
    }
}

/* The calendar against libc's, one day in seven over four centuries and some. */
static void test_time_fmt__agrees_with_libc(void **state)
{
    (void)state;
    for (int64_t day = -200000; day < 400000; day += 7) {
        struct timespec t = {.tv_sec = day * 86400 + 3661};
        char ours[TIME_FMT_MAX], theirs[64];
        struct tm tm;

        assert_non_null(gmtime_r(&t.tv_sec, &tm));
        snprintf(theirs, sizeof(theirs), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        assert_string_equal(time_fmt_seconds(&t, ours), theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_fmt__table),
        cmocka_unit_test(test_time_fmt__agrees_with_libc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
