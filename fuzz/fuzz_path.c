/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a base and a path, one a line. Oracles: results are clean and idempotent; path_clean agrees with a
 * second, naive cleaner; a join stays beneath its base, a resolution of an absolute path ignores it; dirname
 * and basename put together again are the path; a container id that passes is a file name of the permitted
 * letters.
 */
#include "oracle.h"

#include "core/path.h"

#include <errno.h>

/* By removing from the text, again and again: quadratic, and nothing like the code under test. */
static char *naive_clean(struct arena *a, const char *path)
{
    char *text = arena_printf(a, "/%s/", path), *at;

    CHECK(text != NULL);
    while ((at = strstr(text, "//")) != NULL)
        memmove(at, at + 1, strlen(at));
    while ((at = strstr(text, "/./")) != NULL)
        memmove(at, at + 2, strlen(at + 1));
    while ((at = strstr(text, "/../")) != NULL) {
        char *from = at;

        while (from > text && *--from != '/')
            ;
        memmove(from, at + 3, strlen(at + 2));
    }
    if (text[1])
        text[strlen(text) - 1] = '\0';
    return text;
}

static bool has_long_component(const char *path)
{
    struct str rest = str_of(path), component;

    while (path_next(&rest, &component))
        if (component.len > PATH_NAME_MAX)
            return true;
    return false;
}

static void check_clean(struct arena *a, const char *path)
{
    const char *clean, *again;
    char *naive = naive_clean(a, path);
    int r = path_clean(a, path, &clean);

    if (r < 0) {
        CHECK(r == -ENAMETOOLONG && (strlen(naive) > PATH_LEN_MAX || has_long_component(path)));
        CHECK(!path_is_clean(path));
        return;
    }
    CHECK(streq(clean, naive));
    CHECK(path_is_clean(clean));
    CHECK(path_is_clean(path) == streq(path, clean));
    CHECK(path_clean(a, clean, &again) == 0 && streq(clean, again));
}

static void check_slices(struct arena *a, const char *path)
{
    struct str dir = path_dirname(path), base = path_basename(path), rest = str_of(path), component;
    const char *dir_path = arena_strndup(a, dir.ptr, dir.len), *joined;
    size_t n = 0, total = 0;

    CHECK(dir_path && path_is_clean(dir_path) && path_is_beneath(dir_path, path));
    CHECK(streq(path, "/") ? base.len == 0 : path_is_name(base));
    joined = arena_printf(a, "%s%s%.*s", dir_path, streq(dir_path, "/") ? "" : "/", (int)base.len, base.ptr);
    CHECK(joined && streq(joined, path));
    while (path_next(&rest, &component)) {
        CHECK(path_is_name(component));
        n++;
        total += component.len + 1;
    }
    CHECK(total == (n ? strlen(path) : 0));
}

static void check_pair(struct arena *a, const char *base, const char *path)
{
    const char *joined, *resolved, *clean;
    int r = path_join(a, base, path, &joined);

    if (!path_is_clean(base)) {
        CHECK(r == -EINVAL);
        CHECK(path_resolve(a, base, path, &resolved) == -EINVAL);
        return;
    }
    check_slices(a, base);
    CHECK(r == 0 || r == -ENAMETOOLONG);
    if (r == 0) {
        CHECK(path_is_clean(joined) && path_is_beneath(base, joined));
        CHECK(path_clean(a, path, &clean) == 0);
        CHECK(streq(clean, "/") ? streq(joined, base) : str_ends(str_of(joined), clean));
    }
    r = path_resolve(a, base, path, &resolved);
    CHECK(r == 0 || r == -ENAMETOOLONG);
    if (r < 0)
        return;
    CHECK(path_is_clean(resolved));
    if (path[0] == '/')
        CHECK(path_clean(a, path, &clean) == 0 && streq(clean, resolved));
    else if (!strstr(path, ".."))
        CHECK(path_is_beneath(base, resolved));
}

static void check_id(const char *id)
{
    struct err e;

    err_init(&e);
    if (container_id_check(id, &e) < 0) {
        CHECK(e.code == EINVAL && e.kind == ERR_USAGE);
        CHECK(strstr(e.message, "invalid container ID format") ||
              streq(e.message, "container id cannot be empty"));
        return;
    }
    CHECK(strlen(id) <= CONTAINER_ID_MAX && (strlen(id) > PATH_NAME_MAX || path_is_name(str_of(id))));
    CHECK(strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-") == strlen(id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size ? strnlen((const char *)data, size) : 0}, line = {"", 0};
    const char *base, *path;
    struct arena a;

    if (size > 16 * 1024)
        return 0;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    if (rest.len)
        str_next(&rest, '\n', &line);
    base = arena_strndup(&a, line.ptr, line.len);
    path = arena_strndup(&a, rest.ptr, rest.len);
    CHECK(base && path);
    check_clean(&a, base);
    check_clean(&a, path);
    check_pair(&a, base, path);
    check_id(path);
    arena_done(&a);
    return 0;
}
