/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/path.h"

#include <cmocka.h>
#include <errno.h>

#include "unit/alloc_fault.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* A path of that many bytes: "/aaa…/aaa…" with components of `component` bytes. Freed with the arena. */
static char *long_path(size_t len, size_t component)
{
    char *path = arena_alloc(&arena, len + 1);

    assert_non_null(path);
    for (size_t i = 0; i < len; i++)
        path[i] = i % (component + 1) ? 'a' : '/';
    if (path[len - 1] == '/')
        path[len - 1] = 'a'; /* may make the last component one longer */
    return path;
}

static void test_path_is_clean__cases(void **state)
{
    static const struct {
        const char *path;
        bool clean;
    } cases[] = {
        {"/", true},      {"/a", true},      {"/a/b", true},     {"/...", true},  {"/.a", true},
        {"/a.", true},    {"/..a", true},    {"/a..", true},     {"/a\nb", true}, {"/ ", true},
        {"", false},      {"a", false},      {"a/b", false},     {".", false},    {"..", false},
        {"/.", false},    {"/..", false},    {"/a/", false},     {"//", false},   {"//a", false},
        {"/a//b", false}, {"/a/./b", false}, {"/a/../b", false}, {"/a/.", false}, {"/a/..", false},
        {"/./a", false},  {"/../a", false},  {"./a", false},     {"///", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (path_is_clean(cases[i].path) != cases[i].clean)
            fail_msg("\"%s\"", cases[i].path);
}

static void test_path_is_clean__limits(void **state)
{
    (void)state;
    assert_true(path_is_clean(long_path(PATH_LEN_MAX, 100)));
    assert_false(path_is_clean(long_path(PATH_LEN_MAX + 1, 100)));
    assert_true(path_is_clean(long_path(1 + PATH_NAME_MAX, PATH_NAME_MAX)));
    assert_false(path_is_clean(long_path(1 + PATH_NAME_MAX + 1, PATH_NAME_MAX + 1)));
}

static void test_path_clean__cases(void **state)
{
    static const struct {
        const char *path;
        const char *clean;
    } cases[] = {
        {"/", "/"},
        {"", "/"},
        {".", "/"},
        {"..", "/"},
        {"/..", "/"},
        {"/../..", "/"},
        {"//", "/"},
        {"///", "/"},
        {"a", "/a"},
        {"a/b", "/a/b"},
        {"./a", "/a"},
        {"../a", "/a"},
        {"/a", "/a"},
        {"/a/", "/a"},
        {"//a//b//", "/a/b"},
        {"/a/.", "/a"},
        {"/a/./b", "/a/b"},
        {"/a/..", "/"},
        {"/a/../b", "/b"},
        {"/a/b/..", "/a"},
        {"/a/b/../../..", "/"},
        {"/a/b/../../../c", "/c"},
        {"/../../etc", "/etc"},
        {"/abc/../d", "/d"},
        {"/a/...", "/a/..."},
        {"/a/..b", "/a/..b"},
        {"/a/.b/", "/a/.b"},
        {"/a b/\tc\n", "/a b/\tc\n"},
        {"/\xff\xfe", "/\xff\xfe"},
        {"/longer/x/..", "/longer"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *clean;

        assert_int_equal(path_clean(&arena, cases[i].path, &clean), 0);
        assert_string_equal(clean, cases[i].clean);
        assert_true(path_is_clean(clean));
    }
}

static void test_path_clean__limits(void **state)
{
    const char *clean = "unset";

    (void)state;
    assert_int_equal(path_clean(&arena, long_path(PATH_LEN_MAX, 100), &clean), 0);
    assert_int_equal(strlen(clean), PATH_LEN_MAX);
    clean = "unset";
    assert_int_equal(path_clean(&arena, long_path(PATH_LEN_MAX + 1, 100), &clean), -ENAMETOOLONG);
    assert_int_equal(path_clean(&arena, long_path(1 + PATH_NAME_MAX + 1, PATH_NAME_MAX + 1), &clean),
                     -ENAMETOOLONG);
    assert_string_equal(clean, "unset");
    /* a relative path becomes one byte longer */
    assert_int_equal(path_clean(&arena, long_path(PATH_LEN_MAX + 1, 100) + 1, &clean), -ENAMETOOLONG);
    assert_int_equal(path_clean(&arena, long_path(PATH_LEN_MAX, 100) + 1, &clean), 0);
    /* only the result counts */
    AUTO_BUF struct buf longer = BUF_INIT(100000);
    for (int i = 0; i < 10000; i++)
        buf_str(&longer, "x/../");
    buf_str(&longer, "end");
    assert_int_equal(path_clean(&arena, buf_cstr(&longer), &clean), 0);
    assert_string_equal(clean, "/end");
}

static void test_path_join__cases(void **state)
{
    static const struct {
        const char *base, *path, *joined;
    } cases[] = {
        {"/r", "a", "/r/a"},
        {"/r", "/a", "/r/a"},
        {"/r", "", "/r"},
        {"/r", "/", "/r"},
        {"/r", "..", "/r"},
        {"/r", "../x", "/r/x"},
        {"/r", "/../../x/", "/r/x"},
        {"/", "a/b", "/a/b"},
        {"/", "", "/"},
        {"/", "..", "/"},
        {"/r/s", "a/../b", "/r/s/b"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *joined;

        assert_int_equal(path_join(&arena, cases[i].base, cases[i].path, &joined), 0);
        assert_string_equal(joined, cases[i].joined);
    }
}

static void test_path_join__refused(void **state)
{
    const char *joined = "unset";

    (void)state;
    assert_int_equal(path_join(&arena, "", "a", &joined), -EINVAL);
    assert_int_equal(path_join(&arena, "r", "a", &joined), -EINVAL);
    assert_int_equal(path_join(&arena, "/r/", "a", &joined), -EINVAL);
    assert_int_equal(path_join(&arena, "/r/../s", "a", &joined), -EINVAL);
    assert_int_equal(path_join(&arena, long_path(2048, 100), long_path(2048, 100), &joined), -ENAMETOOLONG);
    assert_int_equal(path_join(&arena, "/", long_path(300, 299), &joined), -ENAMETOOLONG);
    assert_string_equal(joined, "unset");
    assert_int_equal(path_join(&arena, long_path(2048, 100), long_path(2047, 100), &joined), 0);
    assert_int_equal(strlen(joined), PATH_LEN_MAX);
}

static void test_path_resolve__cases(void **state)
{
    static const struct {
        const char *base, *path, *resolved;
    } cases[] = {
        {"/b/c", "rootfs", "/b/c/rootfs"},
        {"/b/c", "/abs//x/", "/abs/x"},
        {"/b/c", "../d", "/b/d"},
        {"/b/c", "../../../../d", "/d"},
        {"/b/c", ".", "/b/c"},
        {"/b/c", "", "/b/c"},
        {"/", "x", "/x"},
        {"/", "..", "/"},
        {"/b/c", "/", "/"},
    };
    const char *resolved = "unset";

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(path_resolve(&arena, cases[i].base, cases[i].path, &resolved), 0);
        assert_string_equal(resolved, cases[i].resolved);
    }
    resolved = "unset";
    assert_int_equal(path_resolve(&arena, "b", "x", &resolved), -EINVAL);
    assert_int_equal(path_resolve(&arena, "b", "/x", &resolved), -EINVAL);
    assert_int_equal(path_resolve(&arena, long_path(2048, 100), long_path(2049, 100) + 1, &resolved),
                     -ENAMETOOLONG);
    assert_string_equal(resolved, "unset");
}

static void test_path_is_beneath__cases(void **state)
{
    static const struct {
        const char *base, *path;
        bool beneath;
    } cases[] = {
        {"/", "/", true},           {"/", "/a", true},
        {"/a", "/a", true},         {"/a", "/a/b", true},
        {"/a/b", "/a/b/c/d", true}, {"/a", "/ab", false},
        {"/a", "/", false},         {"/a/b", "/a", false},
        {"/ab", "/a", false},       {"/proc", "/process", false},
        {"/proc", "/sys", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (path_is_beneath(cases[i].base, cases[i].path) != cases[i].beneath)
            fail_msg("%s in %s", cases[i].path, cases[i].base);
}

static void test_path_slices__cases(void **state)
{
    static const struct {
        const char *path, *base, *dir;
    } cases[] = {
        {"/", "", "/"},
        {"/a", "a", "/"},
        {"/a/b", "b", "/a"},
        {"/a/b/c.d", "c.d", "/a/b"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_true(str_eq(path_basename(cases[i].path), cases[i].base));
        assert_true(str_eq(path_dirname(cases[i].path), cases[i].dir));
    }
}

static void test_path_next__components(void **state)
{
    static const struct {
        const char *path;
        const char *components[4];
    } cases[] = {
        {"", {NULL}},     {"/", {NULL}}, {"///", {NULL}}, {"/a/b", {"a", "b"}}, {"a//../.", {"a", "..", "."}},
        {"//x//", {"x"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct str rest = str_of(cases[i].path), component;
        size_t n = 0;

        for (; path_next(&rest, &component); n++)
            assert_true(cases[i].components[n] && str_eq(component, cases[i].components[n]));
        assert_null(cases[i].components[n]);
        assert_false(path_next(&rest, &component));
    }
}

static void test_path_is_name__cases(void **state)
{
    static const char longest[PATH_NAME_MAX + 2] = {[0 ... PATH_NAME_MAX] = 'n'};

    (void)state;
    assert_true(path_is_name(STR("a")));
    assert_true(path_is_name(STR("...")));
    assert_true(path_is_name(STR(" ")));
    assert_true(path_is_name((struct str){longest, PATH_NAME_MAX}));
    assert_false(path_is_name((struct str){longest, PATH_NAME_MAX + 1}));
    assert_false(path_is_name(STR("")));
    assert_false(path_is_name((struct str){NULL, 0}));
    assert_false(path_is_name(STR(".")));
    assert_false(path_is_name(STR("..")));
    assert_false(path_is_name(STR("a/b")));
    assert_false(path_is_name(STR("/")));
    assert_false(path_is_name(STR("a\0b")));
}

static void test_container_id_check__cases(void **state)
{
    static const char *const good[] = {"a", "A9_+.-z", "-", "+", "...", ".a", "a.", "0", "ctr-1_2+3.4"};
    static const char *const bad[] = {".",   "..",  "a/b", "/",        "a b",   " a",    "a\n",  "a,b", "a:b",
                                      "a*b", "a@b", "a~b", "\xc3\xa9", "a\x01", "a\x7f", "../x", "a\\b"};
    static char longest[CONTAINER_ID_MAX + 2];
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_int_equal(container_id_check(good[i], NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        err_init(&e);
        assert_int_equal(container_id_check(bad[i], &e), -EINVAL);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_int_equal(strncmp(e.message, "invalid container ID format", 27), 0);
    }
    assert_int_equal(container_id_check("", &e), -EINVAL);
    assert_string_equal(e.message, "container id cannot be empty");
    /* every byte that is not in the set, and every one that is */
    for (int c = 1; c < 256; c++) {
        const char id[] = {'x', (char)c, '\0'};
        bool in_set = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-", c) != NULL;

        assert_int_equal(container_id_check(id, NULL), in_set ? 0 : -EINVAL);
    }
    memset(longest, 'x', CONTAINER_ID_MAX);
    assert_int_equal(container_id_check(longest, NULL), 0);
    longest[CONTAINER_ID_MAX] = 'x';
    assert_int_equal(container_id_check(longest, &e), -EINVAL);
    assert_non_null(strstr(e.message, "1024"));
}

static void test_path__allocations_fail(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        struct arena a;
        const char *p;
        int r;

        arena_init(&a, 1, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        r = path_join(&a, "/a", "b", &p);
        if (r == 0)
            r = path_resolve(&a, "/a", "b", &p);
        arena_done(&a);
        if (!alloc_fault_fired()) {
            assert_int_equal(r, 0);
            assert_int_equal(n, 5);
            break;
        }
        assert_int_equal(r, -ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_is_clean__cases),   cmocka_unit_test(test_path_is_clean__limits),
        cmocka_unit_test(test_path_clean__cases),      cmocka_unit_test(test_path_clean__limits),
        cmocka_unit_test(test_path_join__cases),       cmocka_unit_test(test_path_join__refused),
        cmocka_unit_test(test_path_resolve__cases),    cmocka_unit_test(test_path_is_beneath__cases),
        cmocka_unit_test(test_path_slices__cases),     cmocka_unit_test(test_path_next__components),
        cmocka_unit_test(test_path_is_name__cases),    cmocka_unit_test(test_container_id_check__cases),
        cmocka_unit_test(test_path__allocations_fail),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
