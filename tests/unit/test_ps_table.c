/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/ps_table.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

static const int32_t pids[] = {7, 100, 2147483647};

static void test_ps_table_filter__lines_of_ours(void **state)
{
    static const struct {
        const char *text;
        const char *filtered;
    } cases[] = {
        {"PID\n", "PID\n"},
        {"PID", "PID\n"},
        {"  PID CMD\n    7 a\n   77 b\n  100 c\n", "  PID CMD\n    7 a\n  100 c\n"},
        {"  PID CMD\n    7 a", "  PID CMD\n    7 a\n"},
        {"  PID CMD\n\n    7 a\n   \n", "  PID CMD\n    7 a\n"},
        {"UID   PID  PPID\nroot    7     1\nroot    1     7\n", "UID   PID  PPID\nroot    7     1\n"},
        /* the title is a whole word */
        {"PPID PID\n   7   1\n   1   7\n", "PPID PID\n   1   7\n"},
        {"PIDS PID\n100  100\n", "PIDS PID\n100  100\n"},
        /* not aligned to the right: by the number of the field */
        {"PID USER\n7 root\n2147483647 root\n8 root\n", "PID USER\n7 root\n2147483647 root\n"},
        {"\tPID\tX\r\n\t7\tx\r\n", "\tPID\tX\r\n\t7\tx\r\n"},
        /* a field of two words before it: by the place */
        {"CMD         PID\ntmux: s 9     7\ntmux: s 7     9\n", "CMD         PID\ntmux: s 9     7\n"},
        /* a digit under the title is not the number's last one */
        {"PID X\n71000 x\n   7 x\n", "PID X\n   7 x\n"},
        {"  PID NLWP\n    7    1\n", "  PID NLWP\n    7    1\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);

        assert_int_equal(ps_table_filter(str_of(cases[i].text), pids, ARRAY_SIZE(pids), &out, NULL), 0);
        assert_string_equal(buf_cstr(&out), cases[i].filtered);
    }
}

static void test_ps_table_filter__no_process_is_ours(void **state)
{
    AUTO_BUF struct buf out = BUF_INIT(4096);

    (void)state;
    assert_int_equal(ps_table_filter(STR("PID\n 7\n"), NULL, 0, &out, NULL), 0);
    assert_string_equal(buf_cstr(&out), "PID\n");
}

static void test_ps_table_filter__refused(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "couldn't find PID field in ps output"},
        {"USER CMD\nroot 7\n", "couldn't find PID field in ps output"},
        {"Pid\n7\n", "couldn't find PID field in ps output"},
        {"USER PID\nroot x\n", "unable to parse pid: \"x\""},
        {"USER PID\nroot\n", "unable to parse pid: \"root\""},
        {"USER PID\nroot -7\n", "unable to parse pid: \"-7\""},
        {"USER PID\nroot 99999999999\n", "unable to parse pid: \"99999999999\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(4096);
        struct err e;

        err_init(&e);
        assert_int_equal(ps_table_filter(str_of(cases[i].text), pids, ARRAY_SIZE(pids), &out, &e), -EINVAL);
        assert_int_equal(e.kind, ERR_STATE);
        assert_string_equal(e.message, cases[i].message);
    }
}

static void test_ps_table_filter__no_memory(void **state)
{
    struct buf out = BUF_INIT(4096);
    struct err e;

    (void)state;
    err_init(&e);
    alloc_fault_at(1);
    assert_int_equal(ps_table_filter(STR("PID\n7\n"), pids, ARRAY_SIZE(pids), &out, &e), -ENOMEM);
    assert_true(alloc_fault_fired());
    buf_done(&out);
    out = BUF_INIT(3);
    assert_int_equal(ps_table_filter(STR("PID\n7\n"), pids, ARRAY_SIZE(pids), &out, &e), -EMSGSIZE);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ps_table_filter__lines_of_ours),
        cmocka_unit_test(test_ps_table_filter__no_process_is_ours),
        cmocka_unit_test(test_ps_table_filter__refused),
        cmocka_unit_test(test_ps_table_filter__no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
