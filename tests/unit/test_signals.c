/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/str.h"
#include "core/signals.h"

#include <errno.h>
#include <signal.h>

#include <cmocka.h>

static void test_signal_parse__known(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int number;
    } cases[] = {
        {"TERM", 15},        {"SIGTERM", 15},     {"sigterm", 15}, {"term", 15},    {"SigTerm", 15},
        {"15", 15},          {"KILL", 9},         {"9", 9},        {"0", 0},        {"64", 64},
        {"32", 32},          {"33", 33},          {"40", 40},      {"HUP", 1},      {"SYS", 31},
        {"UNUSED", 31},      {"IOT", 6},          {"ABRT", 6},     {"CLD", 17},     {"CHLD", 17},
        {"POLL", 29},        {"IO", 29},          {"PWR", 30},     {"STKFLT", 16},  {"WINCH", 28},
        {"RTMIN", 34},       {"SIGRTMIN", 34},    {"rtmin", 34},   {"RTMIN+0", 34}, {"RTMIN+1", 35},
        {"SIGRTMIN+15", 49}, {"sigrtmin+30", 64}, {"RTMAX", 64},   {"RTMAX-0", 64}, {"SIGRTMAX-14", 50},
        {"rtmax-30", 34},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int number = -1;

        if (signal_parse(cases[i].text, &number, NULL) != 0 || number != cases[i].number)
            fail_msg("%s: %d", cases[i].text, number);
    }
}

static void test_signal_parse__unknown(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *quoted;
    } cases[] = {
        {"", "\"\""},
        {"SIG", "\"SIG\""},
        {"FOO", "\"FOO\""},
        {"65", "\"65\""},
        {"-1", "\"-1\""},
        {"+9", "\"+9\""},
        {"09", "\"09\""},
        {"9 ", "\"9 \""},
        {"0x9", "\"0x9\""},
        {"4294967305", "\"4294967305\""},
        {"SIGSIGTERM", "\"SIGSIGTERM\""},
        {"SIG9", "\"SIG9\""},
        {"RTMIN+31", "\"RTMIN+31\""},
        {"RTMIN-1", "\"RTMIN-1\""},
        {"RTMIN+", "\"RTMIN+\""},
        {"RTMIN+01", "\"RTMIN+01\""},
        {"RTMIN++1", "\"RTMIN++1\""},
        {"RTMIN1", "\"RTMIN1\""},
        {"RTMAX+1", "\"RTMAX+1\""},
        {"RTMAX-31", "\"RTMAX-31\""},
        {"RTMA", "\"RTMA\""},
        {"a\nb\"", "\"a\\nb\\\"\""},
        {"\xff", "\"\\xff\""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err e;
        int number = -7;
        char want[128];

        err_init(&e);
        snprintf(want, sizeof(want), "unknown signal %s", cases[i].quoted);
        assert_int_equal(signal_parse(cases[i].text, &number, &e), -EINVAL);
        assert_int_equal(number, -7);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_string_equal(e.message, want);
    }
}

static void test_signal_parse__long_text_is_bounded(void **state)
{
    (void)state;
    static char text[100000];
    struct err e;
    int number;

    memset(text, 'A', sizeof(text) - 1);
    err_init(&e);
    assert_int_equal(signal_parse(text, &number, &e), -EINVAL);
    assert_true(strlen(e.message) < 200);
    assert_true(str_ends(str_of(e.message), "A\""));
}

static void test_signal_name_into__parses_back(void **state)
{
    (void)state;
    char name[SIGNAL_NAME_MAX];
    int number;

    for (int s = 1; s <= SIGNALS_MAX; s++) {
        signal_name_into(s, name);
        if (s == 32 || s == 33) {
            assert_string_equal(name, s == 32 ? "signal 32" : "signal 33");
            continue;
        }
        assert_int_equal(signal_parse(name, &number, NULL), 0);
        assert_int_equal(number, s);
    }
    assert_string_equal(signal_name_into(9, name), "SIGKILL");
    assert_string_equal(signal_name_into(6, name), "SIGABRT");
    assert_string_equal(signal_name_into(34, name), "SIGRTMIN");
    assert_string_equal(signal_name_into(37, name), "SIGRTMIN+3");
    assert_string_equal(signal_name_into(64, name), "SIGRTMAX");
    assert_string_equal(signal_name_into(0, name), "signal 0");
    assert_string_equal(signal_name_into(-2147483647, name),
                        "signal -2147483"); /* cut, never beyond the array */
}

static void test_signal_numbers__are_the_kernels(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int number;
    } cases[] = {{"HUP", SIGHUP},   {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"CHLD", SIGCHLD},
                 {"STOP", SIGSTOP}, {"CONT", SIGCONT}, {"URG", SIGURG},   {"IO", SIGIO},
                 {"PWR", SIGPWR},   {"SYS", SIGSYS},   {"PROF", SIGPROF}, {"WINCH", SIGWINCH},
                 {"XFSZ", SIGXFSZ}, {"BUS", SIGBUS},   {"TSTP", SIGTSTP}};
    int number;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(signal_parse(cases[i].name, &number, NULL), 0);
        assert_int_equal(number, cases[i].number);
    }
    assert_int_equal(SIGNALS_RTMIN, SIGRTMIN);
    assert_int_equal(SIGNALS_RTMAX, SIGRTMAX);
}

static void test_signal_text__of_the_dead(void **state)
{
    (void)state;
    assert_string_equal(signal_text(9), "killed");
    assert_string_equal(signal_text(11), "segmentation fault");
    assert_string_equal(signal_text(6), "aborted");
    assert_string_equal(signal_text(31), "bad system call");
    assert_null(signal_text(0));
    assert_null(signal_text(34));
    assert_null(signal_text(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signal_parse__known),
        cmocka_unit_test(test_signal_parse__unknown),
        cmocka_unit_test(test_signal_parse__long_text_is_bounded),
        cmocka_unit_test(test_signal_name_into__parses_back),
        cmocka_unit_test(test_signal_numbers__are_the_kernels),
        cmocka_unit_test(test_signal_text__of_the_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
