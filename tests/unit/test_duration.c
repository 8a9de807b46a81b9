/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/duration.h"

#include <errno.h>

#include <cmocka.h>

static void test_duration_parse__accepted(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"0", 0},
        {"+0", 0},
        {"-0", 0},
        {"0s", 0},
        {"5s", 5000000000},
        {"+5s", 5000000000},
        {"-5s", -5000000000},
        {"1m", 60000000000},
        {"1m30s", 90000000000},
        {"1h1m1s1ms1us1ns", 3661001001001},
        {"1.5s", 1500000000},
        {".5s", 500000000},
        {"1.s", 1000000000},
        {"1.5h", 5400000000000},
        {"250ms", 250000000},
        {"10us", 10000},
        {"10\xc2\xb5s", 10000},
        {"10\xce\xbcs", 10000},
        {"7ns", 7},
        {"1.9ns", 1},
        {"0.000000001s", 1},
        {"0.00000000000000000000001h", 0},
        {"0.333333333333333333h", 1199999999998}, /* twelve digits count */
        {"1s1s", 2000000000},
        {"9223372036854775807ns", INT64_MAX},
        {"2562047h", 9223369200000000000},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ns = -99;

        assert_int_equal(duration_parse(str_of(cases[i].text), &ns), 0);
        assert_int_equal(ns, cases[i].ns);
    }
}

static void test_duration_parse__refused(void **state)
{
    static const struct {
        const char *text;
        int rc;
    } cases[] = {
        {"", -EINVAL},
        {"+", -EINVAL},
        {"-", -EINVAL},
        {"5", -EINVAL},
        {"s", -EINVAL},
        {".s", -EINVAL},
        {"5 s", -EINVAL},
        {" 5s", -EINVAL},
        {"5s ", -EINVAL},
        {"5S", -EINVAL},
        {"5sec", -EINVAL},
        {"1d", -EINVAL},
        {"1..5s", -EINVAL},
        {"--5s", -EINVAL},
        {"1e3s", -EINVAL},
        {"5s3", -EINVAL},
        {"0x5s", -EINVAL},
        {"00", -EINVAL},
        {"9223372036854775808ns", -ERANGE},
        {"2562048h", -ERANGE},
        {"99999999999999999999s", -ERANGE},
        {"2562047h2562047h", -ERANGE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ns;

        assert_int_equal(duration_parse(str_of(cases[i].text), &ns), cases[i].rc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duration_parse__accepted),
        cmocka_unit_test(test_duration_parse__refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
