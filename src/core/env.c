/* SPDX-License-Identifier: Apache-2.0 */
#include "core/env.h"

#include <errno.h>

struct str env_name(const char *entry)
{
    const char *eq = strchr(entry, '=');

    if (!eq || eq == entry)
        return (struct str){NULL, 0};
    return (struct str){entry, (size_t)(eq - entry)};
}

const char *env_find(const char *const *env, size_t n, const char *name)
{
    size_t len = strlen(name);

    if (len == 0)
        return NULL;
    for (size_t i = n; i > 0; i--) {
        const char *entry = env[i - 1];

        if (strncmp(entry, name, len) == 0 && entry[len] == '=')
            return entry + len + 1;
    }
    return NULL;
}

/* A named entry and where it stands. */
struct env_slot {
    struct str name;
    size_t index;
};

static int slot_compare_names(const struct env_slot *a, const struct env_slot *b)
{
    size_t shorter = a->name.len < b->name.len ? a->name.len : b->name.len;
    int r = memcmp(a->name.ptr, b->name.ptr, shorter);

    if (r != 0)
        return r;
    return a->name.len < b->name.len ? -1 : a->name.len > b->name.len;
}

static int slot_compare(const void *pa, const void *pb)
{
    const struct env_slot *a = pa, *b = pb;
    int r = slot_compare_names(a, b);

    if (r != 0)
        return r;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Sets every entry that a later one overrides to NULL. Sorting instead of hashing: no contents can make it
 * slow. */
static int env_drop_overridden(struct arena *a, const char **entries, size_t n)
{
    struct env_slot *slots = arena_new_array(a, struct env_slot, n);
    size_t n_slots = 0;

    if (!slots)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        struct str name = env_name(entries[i]);

        if (name.ptr)
            slots[n_slots++] = (struct env_slot){name, i};
    }
    if (n_slots > 1)
        qsort(slots, n_slots, sizeof(*slots), slot_compare);
    for (size_t i = 1; i < n_slots; i++) {
        if (slot_compare_names(&slots[i - 1], &slots[i]) == 0)
            entries[slots[i - 1].index] = NULL;
    }
    return 0;
}

int env_build(struct arena *a, const struct strings *first, const struct strings *then,
              const char *const **ret, size_t *ret_n, struct err *reterr)
{
    size_t n_first = first ? first->n : 0, n_then = then ? then->n : 0, n, kept = 0;
    const char **entries;

    if (n_first >= SIZE_MAX - n_then)
        return err_nomem(reterr);
    n = n_first + n_then;
    entries = arena_new_array(a, const char *, n + 1);
    if (!entries)
        return err_nomem(reterr);
    if (n_first > 0)
        memcpy(entries, first->v, n_first * sizeof(*entries));
    if (n_then > 0)
        memcpy(entries + n_first, then->v, n_then * sizeof(*entries));
    if (env_drop_overridden(a, entries, n) < 0)
        return err_nomem(reterr);
    for (size_t i = 0; i < n; i++) {
        if (entries[i])
            entries[kept++] = entries[i];
    }
    entries[kept] = NULL;
    *ret = entries;
    if (ret_n)
        *ret_n = kept;
    return 0;
}

bool env_path_next(struct str *rest, struct str *dir)
{
    if (!str_next(rest, ':', dir))
        return false;
    if (dir->len == 0)
        *dir = STR(".");
    return true;
}

int env_path_join(char *out, size_t size, struct str dir, const char *file)
{
    size_t file_len = strlen(file);
    bool slash = dir.len == 0 || dir.ptr[dir.len - 1] != '/';

    if (dir.len >= size || file_len >= size || dir.len + slash + file_len >= size)
        return -ENAMETOOLONG;
    memcpy(out, dir.ptr, dir.len);
    if (slash)
        out[dir.len] = '/';
    memcpy(out + dir.len + slash, file, file_len + 1);
    return 0;
}

int env_listen_fds(const char *fds, const char *pid, int64_t own_pid, uint32_t *ret, struct err *reterr)
{
    int64_t wanted;
    uint32_t n;

    if (!fds || !pid || str_to_i64(str_of(pid), 1, INT64_MAX, &wanted) < 0 || wanted != own_pid) {
        *ret = 0;
        return 0;
    }
    switch (str_to_u32(str_of(fds), ENV_LISTEN_FDS_MAX, &n)) {
    case 0: *ret = n; return 0;
    case -ERANGE: return err_usage(reterr, "LISTEN_FDS is larger than %d", ENV_LISTEN_FDS_MAX);
    default: return err_usage(reterr, "LISTEN_FDS is not a number");
    }
}

int env_notify_socket(const char *value, struct err *reterr)
{
    size_t len = value ? strlen(value) : 0;

    if (len == 0)
        return 0;
    if ((value[0] != '/' && value[0] != '@') || len == 1)
        return err_usage(reterr, "NOTIFY_SOCKET is neither an absolute path nor an abstract socket");
    if (len > ENV_NOTIFY_SOCKET_MAX)
        return err_usage(reterr, "NOTIFY_SOCKET is longer than %d bytes", ENV_NOTIFY_SOCKET_MAX);
    return 1;
}
