/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/passwd.h"

#include <errno.h>

#include <cmocka.h>

static const char ordinary[] = "root:x:0:0:root:/root:/bin/sh\n"
                               "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
                               "user:x:1000:1001:A User,,,:/home/user:/bin/bash";

static void test_passwd_find_uid__ordinary(void **state)
{
    (void)state;
    struct passwd_entry e;

    assert_int_equal(passwd_find_uid(STR(ordinary), 0, &e), 0);
    assert_true(str_eq(e.name, "root"));
    assert_true(str_eq(e.home, "/root"));
    assert_int_equal(passwd_find_uid(STR(ordinary), 1000, &e), 0); /* last line, without newline */
    assert_true(str_eq(e.name, "user"));
    assert_true(str_eq(e.home, "/home/user"));
    assert_true(str_eq(e.shell, "/bin/bash"));
    assert_int_equal(e.uid, 1000);
    assert_true(e.has_gid);
    assert_int_equal(e.gid, 1001);
    assert_int_equal(passwd_find_uid(STR(ordinary), 2, &e), -ENOENT);
    assert_int_equal(passwd_find_name(STR(ordinary), "daemon", &e), 0);
    assert_int_equal(e.uid, 1);
    assert_int_equal(passwd_find_name(STR(ordinary), "daemo", &e), -ENOENT);
}

/* What HOME becomes for uid 5. */
static void test_passwd_home__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *home;
    } cases[] = {
        {"", "/"},
        {"\n\n\n", "/"},
        {"x:x:5:5:g:/h:/s\n", "/h"},
        {"x:x:5:5:g:/h:/s\r\n", "/h"},
        {"x:x:5:5:g:/h\r\n", "/h"},
        {"x:x:5:5:g:/h", "/h"},
        {"x:x:5:5:g:", "/"},
        {"x:x:5:5:g", "/"},
        {"x:x:5", "/"},
        {"x::5:::/h:", "/h"},
        {":x:5:5:g:/h:/s", "/h"}, /* nobody's name, but the number is what counts */
        {"x:x:5:5:g:/h:/s:more:fields", "/h"},
        {"  x:x:5:5:g:/h:/s", "/h"},
        {"x:x:05:5:g:/bad:/s\nx:x:5:5:g:/h:/s\n", "/h"},
        {"x:x: 5:5:g:/bad:/s\n", "/"},
        {"x:x:5 :5:g:/bad:/s\n", "/"},
        {"x:x:+5:5:g:/bad:/s\n", "/"},
        {"x:x:4294967301:5:g:/bad:/s\n", "/"}, /* 2^32 + 5 */
        {"x:x::5:g:/bad:/s\n", "/"},
        {"#x:x:5:5:g:/bad:/s\nx:x:5:5:g:/h:/s", "/h"},
        {"  #x:x:5:5:g:/bad:/s", "/"},
        {"+x:x:5:5:g:/bad:/s", "/"},
        {"-x:x:5:5:g:/bad:/s", "/"},
        {"+::::::\nx:x:5:5:g:/h:/s", "/h"},
        {"a:x:5:1:g:/first:/s\nb:x:5:1:g:/second:/s\n", "/first"},
        {"a:x:5:1:g::/s\nb:x:5:1:g:/second:/s\n", "/"}, /* the first line decides, even with an empty home */
        {"a:x:5:junk:g:/h:/s\n", "/h"},
        {"no colons at all\nx:x:5:5:g:/h:/s", "/h"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct str home = passwd_home(str_of(cases[i].text), 5);

        if (!str_eq(home, cases[i].home))
            fail_msg("case %zu: %.*s", i, (int)home.len, home.ptr);
    }
}

static void test_passwd_home__nul_spoils_the_line(void **state)
{
    (void)state;
    static const char text[] = "x:x:5:5:g:/h\0bad:/s\ny:x:5:5:g:/ok:/s\n";

    assert_true(str_eq(passwd_home(STR(text), 5), "/ok"));
}

static void test_passwd_home__uid_zero_needs_a_number(void **state)
{
    (void)state;
    /* a missing or unreadable number is not root */
    assert_true(str_eq(passwd_home(STR("evil\nevil:x\nevil:x:\nevil:x:x:0:g:/evil:/s\n"), 0), "/"));
    assert_true(str_eq(passwd_home(STR("x:x:4294967295:0:g:/evil:/s\n"), UINT32_MAX), "/"));
}

static void test_passwd__long_lines(void **state)
{
    (void)state;
    enum { LONG = 200000 };
    static char text[2 * LONG];
    struct passwd_entry e;
    struct group_entry g;
    struct str home;
    size_t at;

    /* a comment field and a member list beyond any fixed line buffer */
    at = (size_t)snprintf(text, sizeof(text), "x:x:5:5:");
    memset(text + at, 'g', LONG);
    at += LONG;
    at += (size_t)snprintf(text + at, sizeof(text) - at, ":/h:/s\ny:x:6:6:g:/y:/s\n");
    assert_true(str_eq(passwd_home((struct str){text, at}, 5), "/h"));
    assert_int_equal(passwd_find_uid((struct str){text, at}, 6, &e), 0);

    at = (size_t)snprintf(text, sizeof(text), "big:x:7:");
    memset(text + at, 'm', LONG);
    at += LONG;
    at += (size_t)snprintf(text + at, sizeof(text) - at, "\nnext:x:8:a,b\n");
    assert_int_equal(group_find_gid((struct str){text, at}, 7, &g), 0);
    assert_int_equal(g.members.len, LONG);
    assert_int_equal(group_find_name((struct str){text, at}, "next", &g), 0);
    assert_true(str_eq(g.members, "a,b"));

    /* a home that no path can be */
    at = (size_t)snprintf(text, sizeof(text), "x:x:5:5:g:/");
    memset(text + at, 'h', LONG);
    home = passwd_home((struct str){text, at + PASSWD_HOME_MAX}, 5);
    assert_true(str_eq(home, "/"));
    home = passwd_home((struct str){text, at + PASSWD_HOME_MAX - 1}, 5);
    assert_int_equal(home.len, PASSWD_HOME_MAX);
}

static void test_group_find__table(void **state)
{
    (void)state;
    static const char text[] = "root:x:0:\r\nwheel:x:10:root,user\r\nnone\nbad:x:ten:\nvideo:x:44";
    struct group_entry g;

    assert_int_equal(group_find_gid(STR(text), 0, &g), 0);
    assert_true(str_eq(g.name, "root"));
    assert_true(str_eq(g.members, ""));
    assert_int_equal(group_find_gid(STR(text), 10, &g), 0);
    assert_true(str_eq(g.members, "root,user"));
    assert_int_equal(group_find_gid(STR(text), 44, &g), 0);
    assert_true(str_eq(g.members, ""));
    assert_int_equal(group_find_gid(STR(text), 11, &g), -ENOENT);
    assert_int_equal(group_find_name(STR(text), "video", &g), 0);
    assert_int_equal(g.gid, 44);
    assert_int_equal(group_find_name(STR(text), "none", &g), -ENOENT);
    assert_int_equal(group_find_name(STR(text), "bad", &g), -ENOENT);
    assert_int_equal(group_find_gid((struct str){NULL, 0}, 0, &g), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passwd_find_uid__ordinary),
        cmocka_unit_test(test_passwd_home__table),
        cmocka_unit_test(test_passwd_home__nul_spoils_the_line),
        cmocka_unit_test(test_passwd_home__uid_zero_needs_a_number),
        cmocka_unit_test(test_passwd__long_lines),
        cmocka_unit_test(test_group_find__table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
