/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mount_opts.h"

#include "core/idmap.h"

#include <errno.h>

enum mount_extra {
    MOUNT_EXTRA_TMPCOPYUP,
    MOUNT_EXTRA_COPY_SYMLINK,
    MOUNT_EXTRA_SRC_NOFOLLOW,
    MOUNT_EXTRA_DEST_NOFOLLOW,
    MOUNT_EXTRA_IDMAP,
    MOUNT_EXTRA_RIDMAP
};

enum option_kind {
    OPTION_SET,
    OPTION_CLEAR,
    OPTION_REC_SET,
    OPTION_REC_CLEAR,
    OPTION_REC_ATIME,
    OPTION_REC_NO_ATIME,
    OPTION_PROPAGATION,
    OPTION_EXTRA,
    OPTION_NOTHING
};

struct option {
    const char *name;
    enum option_kind kind;
    uint64_t value;
};

static const struct option options_table[] = {
#define X(name, kind, value) {name, OPTION_##kind, value},
#include "core/tbl/mount_options.h"
#undef X
};

static const char *const option_names[] = {
#define X(name, kind, value) name,
#include "core/tbl/mount_options.h"
#undef X
};

static const struct option *option_find(const char *name)
{
    size_t low = 0, high = ARRAY_SIZE(options_table);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, options_table[middle].name);

        if (order == 0)
            return &options_table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The shortest name of that meaning: "sync", not "rsync". */
static const char *option_name(enum option_kind kind, uint64_t value)
{
    const char *best = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(options_table); i++) {
        const struct option *o = &options_table[i];

        if (o->kind == kind && o->value == value && (!best || strlen(o->name) < strlen(best)))
            best = o->name;
    }
    return best;
}

const char *const *mount_option_names(size_t *ret_n)
{
    *ret_n = ARRAY_SIZE(option_names);
    return option_names;
}

const char *mount_propagation_name(uint64_t ms_flags)
{
    return option_name(OPTION_PROPAGATION, ms_flags);
}

uint64_t mount_propagation_flags(const char *name)
{
    const struct option *o = option_find(name);

    return o && o->kind == OPTION_PROPAGATION ? o->value : 0;
}

/* ---- idmap=uids=A-B-N#...;gids=... ---- */

#define IDMAP_PREFIX "idmap="

static int triplet_parse(struct str text, struct mount_idmap *ret)
{
    struct str first, second, third;
    struct mount_idmap m = {0};

    if (str_starts(text, "@")) {
        m.relative = true;
        text.ptr++;
        text.len--;
    }
    if (!str_next(&text, '-', &first) || !str_next(&text, '-', &second) || !str_next(&text, '-', &third) ||
        text.ptr)
        return -EINVAL;
    if (str_to_u32(first, UINT32_MAX, &m.map.container_id) < 0 ||
        str_to_u32(second, UINT32_MAX, &m.map.host_id) < 0 || str_to_u32(third, UINT32_MAX, &m.map.size) < 0)
        return -EINVAL;
    *ret = m;
    return 0;
}

static int idmap_list_parse(struct arena *a, struct str text, const char *where, struct mount_idmap_list *ret,
                            struct err *reterr)
{
    struct str rest = text, field;
    struct mount_idmap *v;
    size_t n = 0;

    while (str_next(&rest, '#', &field))
        n++;
    if (n > IDMAP_LINES_MAX)
        return err_config(reterr, where, "idmap option has %zu mappings, at most %u are possible", n,
                          IDMAP_LINES_MAX);
    v = arena_new_array(a, struct mount_idmap, n);
    if (!v)
        return err_nomem(reterr);
    rest = text;
    for (size_t i = 0; str_next(&rest, '#', &field); i++)
        if (triplet_parse(field, &v[i]) < 0)
            return err_config(reterr, where, "idmap option: \"%.*s\" is not of the form [@]ID-ID-SIZE",
                              (int)(field.len < 64 ? field.len : 64), field.ptr);
    *ret = (struct mount_idmap_list){v, n};
    return 0;
}

static int idmap_parse(struct arena *a, struct str text, const char *where, struct mount_options *o,
                       struct err *reterr)
{
    struct mount_idmap_list uids = {0}, gids = {0};
    struct str part;

    while (str_next(&text, ';', &part)) {
        bool is_uids = str_starts(part, "uids=");
        struct mount_idmap_list *list = is_uids ? &uids : &gids;
        int r;

        if (!is_uids && !str_starts(part, "gids="))
            return err_config(reterr, where, "idmap option: neither uids= nor gids=");
        if (list->n)
            return err_config(reterr, where, "idmap option: %s= stands twice", is_uids ? "uids" : "gids");
        part.ptr += strlen("uids=");
        part.len -= strlen("uids=");
        r = idmap_list_parse(a, part, where, list, reterr);
        if (r < 0)
            return r;
    }
    if (!uids.n || !gids.n)
        return err_config(reterr, where, "idmap option: uids= and gids= need each other");
    o->idmap = true;
    o->idmap_recursive = false;
    o->idmap_uids = uids;
    o->idmap_gids = gids;
    return 0;
}

int mount_idmap_resolve(struct arena *a, const struct mount_idmap_list *list,
                        const struct config_idmaps *container, const char *pointer, struct config_idmaps *ret,
                        struct err *reterr)
{
    struct config_idmap *v = arena_new_array(a, struct config_idmap, list->n);
    int r;

    if (!v)
        return err_nomem(reterr);
    for (size_t i = 0; i < list->n; i++) {
        v[i] = list->v[i].map;
        if (list->v[i].relative && !idmap_range_to_host(container, v[i].host_id, v[i].size, &v[i].host_id))
            return err_config(reterr, pointer,
                              "idmap option: @%u-%u-%u is not within one mapping of the container",
                              v[i].container_id, v[i].host_id, v[i].size);
    }
    r = idmap_check(&(struct config_idmaps){v, list->n}, "", reterr);
    if (r < 0) {
        if (reterr) /* the element is that of the options, not one of a mapping */
            snprintf(reterr->where, sizeof(reterr->where), "%s", pointer);
        return r;
    }
    *ret = (struct config_idmaps){v, list->n};
    return 0;
}

/* ---- parsing ---- */

static void flag_set(struct mount_flags *f, uint64_t value)
{
    if (value & MOUNT_MS_ATIME_GROUP)
        f->set &= ~(uint64_t)MOUNT_MS_ATIME_GROUP;
    f->set |= value;
    f->clear &= ~value;
}

static void flag_clear(struct mount_flags *f, uint64_t value)
{
    f->set &= ~value;
    f->clear |= value;
}

static void rec_set(struct mount_flags *f, uint64_t value)
{
    f->rec_set |= value;
    f->rec_clear &= ~value;
}

static void rec_clear(struct mount_flags *f, uint64_t value)
{
    f->rec_set &= ~value;
    f->rec_clear |= value;
}

static void rec_atime(struct mount_flags *f, uint64_t value)
{
    f->rec_set = (f->rec_set & ~(uint64_t)MOUNT_ATTR__ATIME) | value;
    f->rec_clear |= MOUNT_ATTR__ATIME;
}

static void rec_no_atime(struct mount_flags *f, uint64_t value)
{
    bool said = f->rec_clear & MOUNT_ATTR__ATIME;

    if (said && (f->rec_set & MOUNT_ATTR__ATIME) != value)
        return;
    if (value == MOUNT_ATTR_RELATIME)
        f->rec_clear &=
            ~(uint64_t)MOUNT_ATTR__ATIME; /* "not relatime" is no value of the field: leave it alone */
    else
        rec_atime(f, MOUNT_ATTR_RELATIME);
}

static void extra_apply(struct mount_options *o, uint64_t extra)
{
    switch ((enum mount_extra)extra) {
    case MOUNT_EXTRA_TMPCOPYUP: o->tmpcopyup = true; break;
    case MOUNT_EXTRA_COPY_SYMLINK: o->copy_symlink = true; break;
    case MOUNT_EXTRA_SRC_NOFOLLOW: o->src_nofollow = true; break;
    case MOUNT_EXTRA_DEST_NOFOLLOW: o->dest_nofollow = true; break;
    case MOUNT_EXTRA_IDMAP:
    case MOUNT_EXTRA_RIDMAP:
        o->idmap = true;
        o->idmap_recursive = extra == MOUNT_EXTRA_RIDMAP;
        break;
    }
}

static void option_apply(struct mount_options *o, const struct option *option)
{
    struct mount_flags *f = &o->flags;

    switch (option->kind) {
    case OPTION_SET: flag_set(f, option->value); break;
    case OPTION_CLEAR: flag_clear(f, option->value); break;
    case OPTION_REC_SET: rec_set(f, option->value); break;
    case OPTION_REC_CLEAR: rec_clear(f, option->value); break;
    case OPTION_REC_ATIME: rec_atime(f, option->value); break;
    case OPTION_REC_NO_ATIME: rec_no_atime(f, option->value); break;
    case OPTION_PROPAGATION: f->propagation[f->n_propagation++] = option->value; break;
    case OPTION_EXTRA: extra_apply(o, option->value); break;
    case OPTION_NOTHING: break;
    }
}

/* Sizes of what the options will need, so that each is one allocation. */
static void options_measure(const struct strings *options, size_t *ret_propagation, size_t *ret_data_len)
{
    *ret_propagation = 0;
    *ret_data_len = 0;
    for (size_t i = 0; i < options->n; i++) {
        const struct option *option = option_find(options->v[i]);

        if (option)
            *ret_propagation += option->kind == OPTION_PROPAGATION;
        else if (options->v[i][0] && !str_starts(str_of(options->v[i]), IDMAP_PREFIX))
            *ret_data_len += (*ret_data_len ? 1 : 0) + strlen(options->v[i]);
    }
}

static char *data_append(char *end, const char *start, const char *option)
{
    size_t len = strlen(option);

    if (end != start)
        *end++ = ',';
    memcpy(end, option, len);
    return end + len;
}

int parse_mount_options(struct arena *a, const struct strings *options, const char *pointer,
                        struct mount_options *ret, struct err *reterr)
{
    struct mount_options o = {0};
    size_t n_propagation, data_len;
    char *data = NULL, *data_end = NULL;

    options_measure(options, &n_propagation, &data_len);
    if (data_len > MOUNT_DATA_MAX)
        return err_config(reterr, pointer, "mount data is %zu bytes long, at most %u are possible", data_len,
                          MOUNT_DATA_MAX);
    if (n_propagation) {
        o.flags.propagation = arena_new_array(a, uint64_t, n_propagation);
        if (!o.flags.propagation)
            return err_nomem(reterr);
    }
    if (data_len) {
        data = data_end = arena_alloc(a, data_len + 1);
        if (!data)
            return err_nomem(reterr);
    }
    for (size_t i = 0; i < options->n; i++) {
        const char *text = options->v[i];
        const struct option *option = option_find(text);

        if (option) {
            option_apply(&o, option);
        } else if (str_starts(str_of(text), IDMAP_PREFIX)) {
            char where[ERR_WHERE_MAX];
            int r;

            snprintf(where, sizeof(where), "%s/%zu", pointer, i);
            r = idmap_parse(a, str_of(text + strlen(IDMAP_PREFIX)), where, &o, reterr);
            if (r < 0)
                return r;
        } else if (text[0]) {
            data_end = data_append(data_end, data, text);
        }
    }
    o.data = data;
    o.is_bind = o.flags.set & MS_BIND;
    o.recursive = o.flags.set & MS_REC;
    o.remount = o.flags.set & MS_REMOUNT;
    *ret = o;
    return 0;
}

bool mount_data_has(const char *data, const char *key)
{
    const size_t key_len = strlen(key);

    while (data && *data) {
        bool quoted = false;

        if (strncmp(data, key, key_len) == 0 &&
            (data[key_len] == '=' || data[key_len] == ',' || !data[key_len]))
            return true;
        for (; *data && (quoted || *data != ','); data++)
            if (*data == '"')
                quoted = !quoted;
        if (*data == ',')
            data++;
    }
    return false;
}

/* ---- printing ---- */

/* Where names go: a counter, an array, or a text. */
struct name_sink {
    const char **v; /* NULL: only count */
    size_t n;
    struct buf *out; /* NULL: none */
};

static void name_put(struct name_sink *sink, const char *name)
{
    if (!name)
        return;
    if (sink->v)
        sink->v[sink->n] = name;
    if (sink->out) {
        if (sink->n)
            buf_char(sink->out, ',');
        buf_str(sink->out, name);
    }
    sink->n++;
}

static void bits_put(struct name_sink *sink, enum option_kind kind, uint64_t bits)
{
    for (uint64_t bit = 1; bits; bit <<= 1) {
        if (bits & bit)
            name_put(sink, option_name(kind, bit));
        bits &= ~bit;
    }
}

static void flags_put(struct name_sink *sink, const struct mount_flags *f)
{
    const uint64_t first = MS_BIND | MS_REC | MS_REMOUNT;

    if (f->set & MS_BIND)
        name_put(sink, f->set & MS_REC ? "rbind" : "bind");
    if (f->set & MS_REMOUNT)
        name_put(sink, "remount");
    bits_put(sink, OPTION_SET, f->set & ~first);
    bits_put(sink, OPTION_CLEAR, f->clear);
    bits_put(sink, OPTION_REC_SET, f->rec_set & ~(uint64_t)MOUNT_ATTR__ATIME);
    bits_put(sink, OPTION_REC_CLEAR, f->rec_clear & ~(uint64_t)MOUNT_ATTR__ATIME);
    if (f->rec_clear & MOUNT_ATTR__ATIME)
        name_put(sink, option_name(OPTION_REC_ATIME, f->rec_set & MOUNT_ATTR__ATIME));
    for (size_t i = 0; i < f->n_propagation; i++)
        name_put(sink, mount_propagation_name(f->propagation[i]));
}

void mount_flags_print(const struct mount_flags *f, struct buf *out)
{
    struct name_sink sink = {.out = out};

    flags_put(&sink, f);
}

static void idmap_list_print(const char *name, const struct mount_idmap_list *list, struct buf *out)
{
    buf_str(out, name);
    for (size_t i = 0; i < list->n; i++)
        buf_printf(out, "%s%s%u-%u-%u", i ? "#" : "", list->v[i].relative ? "@" : "",
                   list->v[i].map.container_id, list->v[i].map.host_id, list->v[i].map.size);
}

static void options_put(struct name_sink *sink, const struct mount_options *o, const char *idmap)
{
    flags_put(sink, &o->flags);
    name_put(sink, o->tmpcopyup ? "tmpcopyup" : NULL);
    name_put(sink, o->copy_symlink ? "copy-symlink" : NULL);
    name_put(sink, o->src_nofollow ? "src-nofollow" : NULL);
    name_put(sink, o->dest_nofollow ? "dest-nofollow" : NULL);
    name_put(sink, idmap);
    if (o->idmap && (!idmap || o->idmap_recursive))
        name_put(sink, o->idmap_recursive ? "ridmap" : "idmap");
    name_put(sink, o->data);
}

int mount_options_list(struct arena *a, const struct mount_options *o, struct strings *ret)
{
    struct name_sink sink = {0};
    const char *idmap = NULL;

    if (o->idmap_uids.n) {
        AUTO_BUF struct buf text = BUF_INIT(2 * IDMAP_LINES_MAX * 40u);

        idmap_list_print(IDMAP_PREFIX "uids=", &o->idmap_uids, &text);
        idmap_list_print(";gids=", &o->idmap_gids, &text);
        idmap = buf_error(&text) < 0 ? NULL : arena_strdup(a, buf_cstr(&text));
        if (!idmap)
            return -ENOMEM;
    }
    options_put(&sink, o, idmap);
    sink.v = arena_new_array(a, const char *, sink.n);
    if (!sink.v)
        return -ENOMEM;
    sink.n = 0;
    options_put(&sink, o, idmap);
    *ret = (struct strings){sink.v, sink.n};
    return 0;
}

static bool idmap_list_equal(const struct mount_idmap_list *a, const struct mount_idmap_list *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->v[i].relative != b->v[i].relative || a->v[i].map.container_id != b->v[i].map.container_id ||
            a->v[i].map.host_id != b->v[i].map.host_id || a->v[i].map.size != b->v[i].map.size)
            return false;
    return true;
}

static bool flags_equal(const struct mount_flags *a, const struct mount_flags *b)
{
    return a->set == b->set && a->clear == b->clear && a->rec_set == b->rec_set &&
           a->rec_clear == b->rec_clear && a->n_propagation == b->n_propagation &&
           (!a->n_propagation ||
            memcmp(a->propagation, b->propagation, a->n_propagation * sizeof(a->propagation[0])) == 0);
}

bool mount_options_equal(const struct mount_options *a, const struct mount_options *b)
{
    return flags_equal(&a->flags, &b->flags) && a->is_bind == b->is_bind && a->recursive == b->recursive &&
           a->remount == b->remount && a->tmpcopyup == b->tmpcopyup && a->copy_symlink == b->copy_symlink &&
           a->src_nofollow == b->src_nofollow && a->dest_nofollow == b->dest_nofollow &&
           a->idmap == b->idmap && a->idmap_recursive == b->idmap_recursive &&
           idmap_list_equal(&a->idmap_uids, &b->idmap_uids) &&
           idmap_list_equal(&a->idmap_gids, &b->idmap_gids) && streq(a->data, b->data);
}
