/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: one byte of options, cgroupsPath, NUL, the runtime's own cgroup. Whatever is accepted is a clean
 * path that stays where it was asked for, and asking for that very place again gives the same place.
 */
#include "oracle.h"

#include "base/arena.h"
#include "core/cgroup_path.h"
#include "core/path.h"

#include <errno.h>

static void check_error(int rc, const struct err *e)
{
    CHECK(rc == -EINVAL && e->code == EINVAL && e->kind == ERR_CONFIG);
    CHECK(streq(e->where, "/linux/cgroupsPath") && e->message[0] != '\0');
}

/* A cgroup that exists may be called so; one that a configuration asks for may not. */
static bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    return false;
}

static void check_place(struct arena *a, const char *path, const char *own, bool from_parent)
{
    struct cgroup_path p, again;
    const char *placed, *placed_again;
    struct err e;
    int rc;

    err_init(&e);
    rc = cgroup_path_parse(a, path, "id", &p, &e);
    if (rc == 0)
        rc = cgroup_path_place(a, &p, own, from_parent, &placed, &e);
    if (rc < 0) {
        check_error(rc, &e);
        return;
    }
    CHECK(path_is_clean(placed) && strlen(placed) > 1 && strlen(placed) <= CGROUP_PATH_MAX);
    CHECK(str_ends(str_of(placed), p.text));
    if (p.absolute)
        CHECK(path[0] == '/' && streq(placed + 1, p.text));
    else if (!from_parent)
        CHECK(path_is_beneath(own, placed));
    if (has_control(placed))
        return;
    CHECK(cgroup_path_parse(a, placed, "id", &again, NULL) == 0 && again.absolute);
    CHECK(cgroup_path_place(a, &again, own, from_parent, &placed_again, NULL) == 0);
    CHECK(streq(placed, placed_again));
}

static void check_systemd(struct arena *a, const char *path, bool rootless)
{
    struct cgroup_systemd s;
    struct str base, dir;
    struct err e;
    int rc;

    err_init(&e);
    rc = cgroup_systemd_parse(a, path, "id", rootless, &s, &e);
    if (rc < 0) {
        check_error(rc, &e);
        return;
    }
    CHECK(path_is_clean(s.path) && path_is_clean(s.slice_path));
    base = path_basename(s.path);
    dir = path_dirname(s.path);
    CHECK(str_eq(base, s.unit) && str_eq(dir, s.slice_path));
    CHECK(str_ends(str_of(s.unit), ".scope") || str_ends(str_of(s.unit), ".slice"));
    CHECK(streq(s.slice, "-.slice") ? streq(s.slice_path, "/")
                                    : str_eq(path_basename(s.slice_path), s.slice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    char *text, *own;
    uint8_t flags;
    size_t nul;

    if (size == 0)
        return 0;
    flags = data[0];
    text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    nul = strlen(text);
    own = nul < size - 1 ? text + nul + 1 : text + nul;
    text[size] = '\0'; /* a second NUL behind the first */
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    if (flags & 1)
        check_systemd(&a, flags & 2 ? NULL : text, (flags & 4) != 0);
    else
        check_place(&a, flags & 2 ? NULL : text, own[0] ? own : "/", (flags & 4) != 0);
    arena_done(&a);
    free(text);
    return 0;
}
