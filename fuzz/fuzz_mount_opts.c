/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: one mount option a line (a NUL ends the input). Oracles: flags that contradict each other do not
 * come out; the recursive access time is whole; what is printed parses back to the same; parsing the options
 * in two halves and the printed first half with the second half is the same as parsing all (later options
 * override earlier ones, whatever stands before); every relative mapping that resolves lies in the
 * container's mapping.
 */
#include "oracle.h"

#include "core/idmap.h"
#include "core/mount_opts.h"

#include <errno.h>

#define MAX_OPTIONS 256

static bool parse(struct arena *a, const char **v, size_t n, struct mount_options *o)
{
    struct err e;
    int r;

    err_init(&e);
    r = parse_mount_options(a, &(struct strings){v, n}, "/mounts/0/options", o, &e);
    if (r == 0)
        return true;
    CHECK(r == -EINVAL && e.kind == ERR_CONFIG && e.message[0]);
    CHECK(strncmp(e.where, "/mounts/0/options", 17) == 0);
    return false;
}

static bool at_most_one(uint64_t bits)
{
    return (bits & (bits - 1)) == 0;
}

static void check_flags(const struct mount_options *o)
{
    const struct mount_flags *f = &o->flags;
    const uint64_t atime = MOUNT_ATTR__ATIME, rec_atime = f->rec_set & atime;

    CHECK((f->set & f->clear) == 0);
    CHECK(at_most_one(f->set & MOUNT_MS_ATIME_GROUP));
    CHECK((f->rec_clear & atime) == 0 ? rec_atime == 0 : (f->rec_clear & atime) == atime);
    CHECK(rec_atime == 0 || rec_atime == MOUNT_ATTR_NOATIME || rec_atime == MOUNT_ATTR_STRICTATIME);
    CHECK((f->rec_set & f->rec_clear & ~atime) == 0);
    CHECK(o->is_bind == !!(f->set & MS_BIND) && o->recursive == !!(f->set & MS_REC));
    CHECK(!o->recursive || o->is_bind);
    for (size_t i = 0; i < f->n_propagation; i++)
        CHECK(mount_propagation_name(f->propagation[i]) != NULL);
    CHECK(!o->data || (o->data[0] && strlen(o->data) <= MOUNT_DATA_MAX));
    CHECK(o->idmap || (!o->idmap_recursive && !o->idmap_uids.n && !o->idmap_gids.n));
    CHECK(!o->idmap_uids.n == !o->idmap_gids.n);
}

static void check_resolve(struct arena *a, const struct mount_idmap_list *list)
{
    struct config_idmap lines[] = {{0, 1000, 1}, {1, 100000, 65536}};
    const struct config_idmaps container = {lines, ARRAY_SIZE(lines)};
    struct config_idmaps m;

    if (mount_idmap_resolve(a, list, &container, "", &m, NULL) < 0)
        return;
    CHECK(m.n == list->n && idmap_check(&m, "", NULL) == 0);
    for (size_t i = 0; i < m.n; i++) {
        uint32_t id;

        CHECK(m.v[i].container_id == list->v[i].map.container_id && m.v[i].size == list->v[i].map.size);
        if (!list->v[i].relative)
            CHECK(m.v[i].host_id == list->v[i].map.host_id);
        else
            CHECK(idmap_to_container(&container, m.v[i].host_id, &id) && id == list->v[i].map.host_id &&
                  idmap_to_container(&container, m.v[i].host_id + (m.v[i].size - 1), &id));
    }
}

/* A prefix of options may be replaced by what it means. Data is apart: a joined element stays joined. */
static void check_prefix(struct arena *a, const char **v, size_t n, const struct mount_options *all)
{
    struct mount_options first, again;
    struct strings list;
    const char **both;

    if (!parse(a, v, n / 2, &first))
        return;
    CHECK(mount_options_list(a, &first, &list) == 0);
    both = arena_new_array(a, const char *, list.n + n);
    CHECK(both != NULL);
    memcpy(both, list.v, list.n * sizeof(both[0]));
    memcpy(both + list.n, v + n / 2, (n - n / 2) * sizeof(both[0]));
    CHECK(parse(a, both, list.n + n - n / 2, &again) && mount_options_equal(all, &again));
}

static void check_print(struct arena *a, const struct mount_options *o)
{
    AUTO_BUF struct buf text = BUF_INIT(64 * 1024);
    const char *names[MAX_OPTIONS + 64];
    struct mount_options again;
    struct str rest, name;
    size_t n = 0;

    mount_flags_print(&o->flags, &text);
    CHECK(buf_error(&text) == 0);
    for (rest = str_of(buf_cstr(&text)); text.len && str_next(&rest, ',', &name); n++) {
        CHECK(n < ARRAY_SIZE(names));
        names[n] = arena_strndup(a, name.ptr, name.len);
        CHECK(names[n] != NULL);
    }
    CHECK(parse(a, names, n, &again));
    CHECK(!again.data && again.flags.set == o->flags.set && again.flags.clear == o->flags.clear);
    CHECK(again.flags.rec_set == o->flags.rec_set && again.flags.rec_clear == o->flags.rec_clear);
    CHECK(again.flags.n_propagation == o->flags.n_propagation);
}

/* Without quotes, every field's key is found. */
static void check_data(struct arena *a, const char *data)
{
    struct str rest = str_of(data), field, key;

    if (!data || strchr(data, '"'))
        return;
    while (str_next(&rest, ',', &field)) {
        const char *name;

        if (!str_next(&field, '=', &key) || key.len == 0)
            continue;
        name = arena_strndup(a, key.ptr, key.len);
        CHECK(name && mount_data_has(data, name));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *v[MAX_OPTIONS];
    struct mount_options o, again;
    struct str rest, line;
    struct strings list;
    struct arena a;
    size_t n = 0;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    rest = (struct str){(const char *)data, size ? strnlen((const char *)data, size) : 0};
    while (n < MAX_OPTIONS && rest.len && str_next(&rest, '\n', &line)) {
        v[n] = arena_strndup(&a, line.ptr, line.len);
        CHECK(v[n++] != NULL);
    }
    if (parse(&a, v, n, &o)) {
        check_flags(&o);
        CHECK(mount_options_list(&a, &o, &list) == 0);
        CHECK(parse(&a, list.v, list.n, &again) && mount_options_equal(&o, &again));
        check_prefix(&a, v, n, &o);
        check_print(&a, &o);
        check_resolve(&a, &o.idmap_uids);
        check_resolve(&a, &o.idmap_gids);
        check_data(&a, o.data);
    }
    arena_done(&a);
    return 0;
}
