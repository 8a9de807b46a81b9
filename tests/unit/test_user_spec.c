/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/user_spec.h"

#include <errno.h>

#include <cmocka.h>

static void test_user_spec_parse__accepted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t uid;
        bool has_gid;
        uint32_t gid;
    } cases[] = {
        {"0", 0, false, 0},
        {"1", 1, false, 0},
        {"1:1", 1, true, 1},
        {"0:0", 0, true, 0},
        {"1000:100", 1000, true, 100},
        {"65536:65536", 65536, true, 65536},
        {"4294967294", 4294967294u, false, 0},
        {"4294967294:4294967294", 4294967294u, true, 4294967294u},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct user_spec spec;

        memset(&spec, 0xff, sizeof(spec));
        assert_int_equal(user_spec_parse(cases[i].text, &spec, NULL), 0);
        assert_int_equal(spec.uid, cases[i].uid);
        assert_int_equal(spec.has_gid, cases[i].has_gid);
        assert_int_equal(spec.gid, cases[i].gid);
    }
}

static void test_user_spec_parse__refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *begins;
    } cases[] = {
        {"", "bad uid: parsing \"\": invalid syntax"},
        {":", "bad uid: parsing \"\""},
        {":1", "bad uid: parsing \"\""},
        {"1:", "bad gid: parsing \"\""},
        {"0x1", "bad uid: parsing \"0x1\": invalid syntax"},
        {"1 ", "bad uid: parsing \"1 \""},
        {" 1", "bad uid: parsing \" 1\""},
        {"-1", "bad uid: parsing \"-1\""},
        {"+1", "bad uid: parsing \"+1\""},
        {"01", "bad uid: parsing \"01\""},
        {"1e3", "bad uid: parsing \"1e3\""},
        {"1.0", "bad uid: parsing \"1.0\""},
        {"root", "bad uid: parsing \"root\""},
        {"1,2", "bad uid: parsing \"1,2\""},
        {"4294967295", "bad uid: parsing \"4294967295\": value out of range"},
        {"4294967296", "bad uid: parsing \"4294967296\": value out of range"},
        {"18446744073709551615", "bad uid: parsing \"18446744073709551615\": value out of range"},
        {"18446744073709551616", "bad uid: parsing \"18446744073709551616\": value out of range"},
        {"99999999999999999999999999999999", "bad uid: "},
        {"1:4294967295", "bad gid: parsing \"4294967295\": value out of range"},
        {"1:1:1", "bad gid: parsing \"1:1\": invalid syntax"},
        {"1::1", "bad gid: parsing \":1\""},
        {"1:wheel", "bad gid: parsing \"wheel\""},
        {"1:-1", "bad gid: parsing \"-1\""},
        {"1\n", "bad uid: parsing \"1\\n\""},
        {"\xd9\xa1", "bad uid: "}, /* ARABIC-INDIC DIGIT ONE */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct user_spec spec = {77, true, 88};
        struct err e;

        err_init(&e);
        assert_int_equal(user_spec_parse(cases[i].text, &spec, &e), -EINVAL);
        assert_int_equal(e.kind, ERR_USAGE);
        if (!str_starts(str_of(e.message), cases[i].begins))
            fail_msg("\"%s\": %s", cases[i].text, e.message);
        assert_int_equal(spec.uid, 77);
        assert_int_equal(spec.gid, 88);
    }
}

static void test_user_id_parse__names_what(void **state)
{
    (void)state;
    struct err e;
    uint32_t id = 5;

    err_init(&e);
    assert_int_equal(user_id_parse(STR("12"), "additional gid", &id, &e), 0);
    assert_int_equal(id, 12);
    assert_int_equal(user_id_parse(STR("x"), "additional gid", &id, &e), -EINVAL);
    assert_string_equal(e.message, "bad additional gid: parsing \"x\": invalid syntax");
    assert_int_equal(id, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user_spec_parse__accepted),
        cmocka_unit_test(test_user_spec_parse__refused),
        cmocka_unit_test(test_user_id_parse__names_what),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
