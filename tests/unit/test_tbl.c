/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/tbl.h"
#include "core/config.h"

#include <cmocka.h>
#include <sched.h>

static const struct tbl_entry sample[] = {{"one", 1}, {"minus", -1}, {"uno", 1}, {"big", INT64_MAX}};

static void test_tbl_find__cases(void **state)
{
    (void)state;
    assert_int_equal(tbl_find(sample, 4, STR("one"))->value, 1);
    assert_int_equal(tbl_find(sample, 4, STR("minus"))->value, -1);
    assert_int_equal(tbl_find(sample, 4, STR("big"))->value, INT64_MAX);
    assert_null(tbl_find(sample, 3, STR("big")));
    assert_null(tbl_find(sample, 4, STR("")));
    assert_null(tbl_find(sample, 4, STR("on")));
    assert_null(tbl_find(sample, 4, STR("ones")));
    assert_null(tbl_find(sample, 4, STR("One")));
    assert_null(tbl_find(sample, 4, (struct str){NULL, 0}));
    assert_null(tbl_find(NULL, 0, STR("one")));
}

static void test_tbl_name__first_of_the_value(void **state)
{
    (void)state;
    assert_string_equal(tbl_name(sample, 4, 1), "one");
    assert_string_equal(tbl_name(sample, 4, -1), "minus");
    assert_null(tbl_name(sample, 4, 0));
    assert_null(tbl_name(NULL, 0, 1));
}

/* core/tbl/namespaces.h has no module of its own. */
static void test_namespaces__in_order_of_the_enum(void **state)
{
    static const struct {
        enum ns_type type;
        const char *name;
        int flag;
        const char *file;
    } rows[] = {
#define X(type, name, flag, file) {type, name, flag, file},
#include "core/tbl/namespaces.h"
#undef X
    };
    int seen = 0;

    (void)state;
    assert_int_equal(ARRAY_SIZE(rows), NS_TYPE_COUNT);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(rows[i].type, i);
        assert_int_equal(rows[i].flag & (rows[i].flag - 1), 0);
        assert_int_equal(seen & rows[i].flag, 0);
        seen |= rows[i].flag;
    }
    assert_string_equal(rows[NS_MOUNT].file, "mnt");
    assert_string_equal(rows[NS_NETWORK].file, "net");
    assert_int_equal(rows[NS_TIME].flag, 0x80);
    assert_int_equal(rows[NS_USER].flag, CLONE_NEWUSER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tbl_find__cases),
        cmocka_unit_test(test_tbl_name__first_of_the_value),
        cmocka_unit_test(test_namespaces__in_order_of_the_enum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
