/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: strings, each ended by a NUL. The first two are LISTEN_FDS and NOTIFY_SOCKET, the third is a PATH,
 * the rest are environment entries, of which the first half is `first` and the second `then`. Oracles: no
 * name is left twice; every name means what the last entry says; order is kept; building again changes
 * nothing; PATH elements put together are PATH.
 */
#include "oracle.h"

#include "core/env.h"

#include <errno.h>

#define ENTRIES_MAX 512
#define TEXT_MAX    16384

static void check_path(const char *path)
{
    struct str rest = str_of(path), dir;
    char file[64];
    size_t at = 0;

    for (bool begun = false; env_path_next(&rest, &dir); begun = true) {
        CHECK(dir.len > 0);
        if (begun)
            CHECK(path[at++] == ':');
        if (str_eq(dir, ".") && path[at] != '.') /* an empty element */
            CHECK(path[at] == ':' || path[at] == '\0');
        else {
            CHECK(dir.ptr == path + at);
            at += dir.len;
        }
        if (env_path_join(file, sizeof(file), dir, "sh") == 0) {
            size_t len = strlen(file);

            CHECK(len < sizeof(file) && memcmp(file, dir.ptr, dir.len) == 0);
            CHECK(str_ends((struct str){file, len}, "/sh"));
        } else {
            CHECK(dir.len + 3 >= sizeof(file));
        }
    }
    CHECK(path[at] == '\0');
}

static void check_sockets(const char *fds, const char *socket)
{
    uint32_t n = 77777;
    int r = env_listen_fds(fds, "5", 5, &n, NULL);

    CHECK(r == 0 ? n <= ENV_LISTEN_FDS_MAX : r == -EINVAL && n == 77777);
    CHECK(env_listen_fds(fds, "6", 5, &n, NULL) == 0 && n == 0);
    r = env_notify_socket(socket, NULL);
    if (r == 1)
        CHECK((socket[0] == '/' || socket[0] == '@') && strlen(socket) <= ENV_NOTIFY_SOCKET_MAX);
    else
        CHECK(r == -EINVAL || socket[0] == '\0');
}

/* The value that the last entry of that name gives, the slow way. */
static const char *slow_find(const char *const *env, size_t n, struct str name)
{
    const char *value = NULL;

    for (size_t i = 0; i < n; i++) {
        struct str other = env_name(env[i]);

        if (other.ptr && other.len == name.len && memcmp(other.ptr, name.ptr, name.len) == 0)
            value = env[i] + name.len + 1;
    }
    return value;
}

static void check_build(const char **entries, size_t n)
{
    struct strings first = {entries, n / 2}, then = {entries + n / 2, n - n / 2}, built;
    const char *const *out, *const *again;
    size_t n_out, n_again, at = 0;
    struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    CHECK(env_build(&a, &first, &then, &out, &n_out, NULL) == 0);
    CHECK(out[n_out] == NULL && n_out <= n);
    for (size_t i = 0; i < n_out; i++) {
        struct str name = env_name(out[i]);

        while (at < n && entries[at] != out[i]) {
            CHECK(env_name(entries[at]).ptr != NULL); /* what has no name is never dropped */
            at++;
        }
        CHECK(at++ < n);
        if (!name.ptr)
            continue;
        CHECK(slow_find(entries, n, name) == out[i] + name.len + 1);
        for (size_t j = 0; j < i; j++) {
            struct str other = env_name(out[j]);

            CHECK(!other.ptr || other.len != name.len || memcmp(other.ptr, name.ptr, name.len) != 0);
        }
        if (name.len < 64) {
            char terminated[64];

            memcpy(terminated, name.ptr, name.len);
            terminated[name.len] = '\0';
            CHECK(env_find(out, n_out, terminated) == out[i] + name.len + 1);
            CHECK(env_find((const char *const *)entries, n, terminated) == out[i] + name.len + 1);
        }
    }
    built = (struct strings){(const char **)out, n_out};
    CHECK(env_build(&a, NULL, &built, &again, &n_again, NULL) == 0);
    CHECK(n_again == n_out);
    for (size_t i = 0; i < n_again; i++)
        CHECK(again[i] == out[i]);
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX + 1];
    const char *strings[ENTRIES_MAX + 3];
    size_t n = 0;

    if (size > TEXT_MAX)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t at = 0; at <= size && n < ARRAY_SIZE(strings); at += strlen(text + at) + 1)
        strings[n++] = text + at;
    while (n < 3)
        strings[n++] = "";
    check_sockets(strings[0], strings[1]);
    check_path(strings[2]);
    check_build(strings + 3, n - 3);
    return 0;
}
