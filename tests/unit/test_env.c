/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/env.h"

#include <errno.h>

#include <cmocka.h>

#define ENTRIES(...) ((const char *[]){__VA_ARGS__})
#define STRINGS(...) ((struct strings){ENTRIES(__VA_ARGS__), ARRAY_SIZE(ENTRIES(__VA_ARGS__))})

static void test_env_find__last_wins(void **state)
{
    (void)state;
    static const struct {
        const char *env[4];
        size_t n;
        const char *name;
        const char *value;
    } cases[] = {
        {{"A=1", "B=2"}, 2, "A", "1"}, {{"A=1", "A=2"}, 2, "A", "2"},
        {{"A=1", "A="}, 2, "A", ""},   {{"AB=1", "A=2=3"}, 2, "A", "2=3"},
        {{"AB=1"}, 1, "A", NULL},      {{"A"}, 1, "A", NULL}, /* no value, not a variable */
        {{"A=1", "A"}, 2, "A", "1"},                          /* a bare name overrides nothing */
        {{"=x"}, 1, "", NULL},         {{"a=1"}, 1, "A", NULL},
        {{""}, 1, "A", NULL},          {{NULL}, 0, "A", NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *value = env_find(cases[i].env, cases[i].n, cases[i].name);

        if (!streq(value, cases[i].value))
            fail_msg("case %zu: %s", i, value ? value : "NULL");
    }
    assert_null(env_find(NULL, 0, "HOME"));
}

static void test_env_name__cuts_at_first_equals(void **state)
{
    (void)state;
    assert_true(str_eq(env_name("PATH=/bin"), "PATH"));
    assert_true(str_eq(env_name("A=b=c"), "A"));
    assert_null(env_name("=x").ptr);
    assert_null(env_name("bare").ptr);
    assert_null(env_name("").ptr);
}

/* The result joined with '|'. */
static void built(const struct strings *first, const struct strings *then, char *out, size_t size)
{
    struct arena a;
    const char *const *env;
    size_t n, at = 0;

    arena_init(&a, 1, ARENA_MAX_DEFAULT);
    assert_int_equal(env_build(&a, first, then, &env, &n, NULL), 0);
    assert_null(env[n]);
    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? "|" : "", env[i]);
    arena_done(&a);
}

static void test_env_build__keeps_last_in_place(void **state)
{
    (void)state;
    char out[256];
    struct strings none = {NULL, 0};

    built(&STRINGS("A=1", "B=2", "A=3", "C=4"), NULL, out, sizeof(out));
    assert_string_equal(out, "B=2|A=3|C=4");
    built(&STRINGS("A=1", "A=2", "A=3"), &none, out, sizeof(out));
    assert_string_equal(out, "A=3");
    built(&STRINGS("PATH=/a", "X=1"), &STRINGS("PATH=/b", "Y=2"), out, sizeof(out));
    assert_string_equal(out, "X=1|PATH=/b|Y=2");
    built(NULL, NULL, out, sizeof(out));
    assert_string_equal(out, "");
    built(NULL, &STRINGS("A=1"), out, sizeof(out));
    assert_string_equal(out, "A=1");
    /* names of which one begins with the other stay apart; entries without a name are all kept */
    built(&STRINGS("AB=1", "A=1", "bare", "=x", "bare", "=x", "", "A=2"), NULL, out, sizeof(out));
    assert_string_equal(out, "AB=1|bare|=x|bare|=x||A=2");
}

static void test_env_build__many_equal_names(void **state)
{
    (void)state;
    enum { N = 200000 };
    const char **v = malloc(N * sizeof(*v));
    struct arena a;
    const char *const *env;
    struct strings in = {v, N};
    size_t n;

    assert_non_null(v);
    for (size_t i = 0; i < N; i++)
        v[i] = i % 2 ? "A=odd" : "B=even";
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    assert_int_equal(env_build(&a, &in, NULL, &env, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_string_equal(env[0], "B=even");
    assert_string_equal(env[1], "A=odd");
    arena_done(&a);
    free(v);
}

static void test_env_build__no_memory(void **state)
{
    (void)state;
    struct arena a;
    struct err e;
    const char *const *env = NULL;

    for (size_t limit = 1; limit < 2048; limit += 16) {
        arena_init(&a, 1, limit);
        err_init(&e);
        int r = env_build(&a, &STRINGS("A=1", "A=2", "B=3"), NULL, &env, NULL, &e);
        arena_done(&a);
        if (r == 0) {
            assert_true(limit > 16);
            return;
        }
        assert_int_equal(r, -ENOMEM);
        assert_int_equal(e.code, ENOMEM);
        assert_null(env);
    }
    fail_msg("never enough");
}

static void test_env_path__elements(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *joined;
    } cases[] = {
        {"/bin:/usr/bin", "/bin/x /usr/bin/x "},
        {"", "./x "},
        {":/bin", "./x /bin/x "},
        {"/bin:", "/bin/x ./x "},
        {"/a::/b/", "/a/x ./x /b/x "},
        {"rel", "rel/x "},
        {"/", "/x "},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct str rest = str_of(cases[i].path), dir;
        char all[128], one[32];
        size_t at = 0;

        while (env_path_next(&rest, &dir)) {
            assert_int_equal(env_path_join(one, sizeof(one), dir, "x"), 0);
            at += (size_t)snprintf(all + at, sizeof(all) - at, "%s ", one);
        }
        assert_string_equal(all, cases[i].joined);
    }
}

static void test_env_path_join__exact_size(void **state)
{
    (void)state;
    char out[8];

    assert_int_equal(env_path_join(out, sizeof(out), STR("/bin"), "sh"), 0); /* 7 and the NUL */
    assert_string_equal(out, "/bin/sh");
    assert_int_equal(env_path_join(out, sizeof(out), STR("/bin"), "ash"), -ENAMETOOLONG);
    assert_int_equal(env_path_join(out, sizeof(out), STR("/bin/"), "sh"), 0);
    assert_int_equal(env_path_join(out, sizeof(out), STR("/bin/"), "ash"), -ENAMETOOLONG);
    assert_int_equal(env_path_join(out, sizeof(out), STR("/a/very/long/directory"), "x"), -ENAMETOOLONG);
}

static void test_env_listen_fds__table(void **state)
{
    (void)state;
    static const struct {
        const char *fds, *pid;
        int r;
        uint32_t n;
    } cases[] = {
        {NULL, NULL, 0, 0},
        {"3", NULL, 0, 0},
        {NULL, "77", 0, 0},
        {"3", "77", 0, 3},
        {"0", "77", 0, 0},
        {"3", "78", 0, 0},
        {"1000", "1", 0, 0},
        {"junk", "78", 0, 0}, /* not ours: not looked at */
        {"3", "077", 0, 0},
        {"3", "", 0, 0},
        {"3", "99999999999999999999", 0, 0},
        {"4096", "77", 0, 4096},
        {"4097", "77", -EINVAL, 9},
        {"18446744073709551617", "77", -EINVAL, 9},
        {"-1", "77", -EINVAL, 9},
        {"", "77", -EINVAL, 9},
        {"3 ", "77", -EINVAL, 9},
        {"0x3", "77", -EINVAL, 9},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err e;
        uint32_t n = 9;

        err_init(&e);
        int r = env_listen_fds(cases[i].fds, cases[i].pid, 77, &n, &e);
        if (r != cases[i].r || n != cases[i].n)
            fail_msg("case %zu: %d, %u", i, r, n);
        assert_int_equal(e.kind, r < 0 ? ERR_USAGE : ERR_NONE);
    }
}

static void test_env_notify_socket__table(void **state)
{
    (void)state;
    char longest[110];

    assert_int_equal(env_notify_socket(NULL, NULL), 0);
    assert_int_equal(env_notify_socket("", NULL), 0);
    assert_int_equal(env_notify_socket("/run/systemd/notify", NULL), 1);
    assert_int_equal(env_notify_socket("@abstract", NULL), 1);
    assert_int_equal(env_notify_socket("/", NULL), -EINVAL);
    assert_int_equal(env_notify_socket("@", NULL), -EINVAL);
    assert_int_equal(env_notify_socket("run/notify", NULL), -EINVAL);
    assert_int_equal(env_notify_socket("vsock:2:1234", NULL), -EINVAL);
    memset(longest, 'x', sizeof(longest));
    longest[0] = '/';
    longest[107] = '\0';
    assert_int_equal(env_notify_socket(longest, NULL), 1);
    longest[107] = 'x';
    longest[108] = '\0';
    assert_int_equal(env_notify_socket(longest, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_env_find__last_wins),
        cmocka_unit_test(test_env_name__cuts_at_first_equals),
        cmocka_unit_test(test_env_build__keeps_last_in_place),
        cmocka_unit_test(test_env_build__many_equal_names),
        cmocka_unit_test(test_env_build__no_memory),
        cmocka_unit_test(test_env_path__elements),
        cmocka_unit_test(test_env_path_join__exact_size),
        cmocka_unit_test(test_env_listen_fds__table),
        cmocka_unit_test(test_env_notify_socket__table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
