/* SPDX-License-Identifier: Apache-2.0 */
#include "core/decode_fields.h"

#include <errno.h>
#include <inttypes.h>

/* Ignored members of wrong case that are remembered; each costs a scan of the text. */
#define CASE_VARIANTS_MAX 16u

#define POINTER_MAX 1024

static int fail_type(struct decoder *d, const struct json_value *v, const char *wanted) COLD;

static int fail_type(struct decoder *d, const struct json_value *v, const char *wanted)
{
    return json_fail(d->doc, v, d->err, "must be %s, not %s", wanted, json_type_name(json_type(v)));
}

/* ---- leaves ---- */

static int decode_string(struct decoder *d, const struct json_value *v, const char **ret)
{
    const char *s = json_string(v);

    if (!s)
        return fail_type(d, v, "a string");
    *ret = arena_strdup(d->arena, s);
    return *ret ? 0 : err_nomem(d->err);
}

static int decode_bool(struct decoder *d, const struct json_value *v, bool *ret)
{
    enum json_type type = json_type(v);

    if (type != JSON_TRUE && type != JSON_FALSE)
        return fail_type(d, v, "true or false");
    *ret = type == JSON_TRUE;
    return 0;
}

static int fail_integer(struct decoder *d, const struct json_value *v, int r, int64_t min, uint64_t max) COLD;

static int fail_integer(struct decoder *d, const struct json_value *v, int r, int64_t min, uint64_t max)
{
    struct str text = json_number(d->doc, v);

    if (json_type(v) != JSON_NUMBER)
        return fail_type(d, v, "an integer");
    if (r == -ERANGE)
        return json_fail(d->doc, v, d->err, "%.*s is out of range (%" PRId64 " to %" PRIu64 ")",
                         (int)text.len, text.ptr, min, max);
    return json_fail(d->doc, v, d->err, "must be an integer, not %.*s", (int)text.len, text.ptr);
}

static int decode_u64(struct decoder *d, const struct json_value *v, uint64_t max, uint64_t *ret)
{
    int r = json_u64(d->doc, v, max, ret);

    return r < 0 ? fail_integer(d, v, r, 0, max) : 0;
}

static int decode_i64(struct decoder *d, const struct json_value *v, int64_t min, int64_t max, int64_t *ret)
{
    int r = json_i64(d->doc, v, min, max, ret);

    return r < 0 ? fail_integer(d, v, r, min, (uint64_t)max) : 0;
}

static int decode_u32(struct decoder *d, const struct json_value *v, uint32_t *ret)
{
    uint64_t wide = 0;
    int r = decode_u64(d, v, UINT32_MAX, &wide);

    *ret = (uint32_t)wide;
    return r;
}

/* ---- lists ---- */

int decode_strings(struct decoder *d, const struct json_value *v, struct strings *ret)
{
    const char **list;
    size_t i = 0;

    if (json_type(v) != JSON_ARRAY)
        return fail_type(d, v, "an array of strings");
    list = arena_new_array(d->arena, const char *, json_count(v));
    if (!list)
        return err_nomem(d->err);
    for (const struct json_value *e = json_first(v); e; e = json_next(e)) {
        int r = decode_string(d, e, &list[i++]);

        if (r < 0)
            return r;
    }
    *ret = (struct strings){list, i};
    return 0;
}

int decode_pairs(struct decoder *d, const struct json_value *v, struct pairs *ret)
{
    struct pair *list;
    size_t n = 0;

    if (json_type(v) != JSON_OBJECT)
        return fail_type(d, v, "an object of strings");
    list = arena_new_array(d->arena, struct pair, json_count(v));
    if (!list)
        return err_nomem(d->err);
    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        int r;

        if (json_type(m) == JSON_NULL)
            continue;
        list[n].key = arena_strdup(d->arena, json_name(m));
        if (!list[n].key)
            return err_nomem(d->err);
        r = decode_string(d, m, &list[n++].value);
        if (r < 0)
            return r;
    }
    *ret = (struct pairs){list, n};
    return 0;
}

static int decode_u32s(struct decoder *d, const struct json_value *v, uint32_t **ret, size_t *n_ret)
{
    uint32_t *list;
    size_t i = 0;

    if (json_type(v) != JSON_ARRAY)
        return fail_type(d, v, "an array of integers");
    list = arena_new_array(d->arena, uint32_t, json_count(v));
    if (!list)
        return err_nomem(d->err);
    for (const struct json_value *e = json_first(v); e; e = json_next(e)) {
        int r = decode_u32(d, e, &list[i++]);

        if (r < 0)
            return r;
    }
    *ret = list;
    *n_ret = i;
    return 0;
}

/* An array of objects. */
static int decode_array(struct decoder *d, const struct json_value *v, const struct shape *shape, void **ret,
                        size_t *n_ret)
{
    unsigned char *list;
    size_t i = 0;

    if (json_type(v) != JSON_ARRAY)
        return fail_type(d, v, "an array of objects");
    list = arena_array(d->arena, json_count(v), shape->size);
    if (!list)
        return err_nomem(d->err);
    for (const struct json_value *e = json_first(v); e; e = json_next(e)) {
        int r = decode_object(d, e, shape, list + shape->size * i++);

        if (r < 0)
            return r;
    }
    *ret = list;
    *n_ret = i;
    return 0;
}

/* An object of objects, whose names are data. */
static int decode_map(struct decoder *d, const struct json_value *v, const struct shape *shape, void **ret,
                      size_t *n_ret)
{
    unsigned char *list;
    size_t n = 0;

    if (json_type(v) != JSON_OBJECT)
        return fail_type(d, v, "an object of objects");
    list = arena_array(d->arena, json_count(v), shape->size);
    if (!list)
        return err_nomem(d->err);
    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        unsigned char *entry = list + shape->size * n;
        const char *name;
        int r;

        if (json_type(m) == JSON_NULL)
            continue;
        name = arena_strdup(d->arena, json_name(m));
        if (!name)
            return err_nomem(d->err);
        r = decode_object(d, m, shape, entry);
        if (r < 0)
            return r;
        memcpy(entry + shape->key_offset, &name, sizeof(name));
        n++;
    }
    *ret = list;
    *n_ret = n;
    return 0;
}

/* ---- members ---- */

static int decode_pointer(struct decoder *d, const struct json_value *v, const struct shape *shape,
                          void **ret)
{
    void *p = arena_alloc(d->arena, shape->size);
    int r;

    if (!p)
        return err_nomem(d->err);
    r = decode_object(d, v, shape, p);
    if (r == 0)
        *ret = p;
    return r;
}

static int decode_u16(struct decoder *d, const struct json_value *v, uint16_t *ret)
{
    uint64_t wide = 0;
    int r = decode_u64(d, v, UINT16_MAX, &wide);

    *ret = (uint16_t)wide;
    return r;
}

static int decode_i32(struct decoder *d, const struct json_value *v, int32_t *ret)
{
    int64_t wide = 0;
    int r = decode_i64(d, v, INT32_MIN, INT32_MAX, &wide);

    *ret = (int32_t)wide;
    return r;
}

/* The numbers. `at` is the member's place, aligned and typed as the kind says (checked where the table is).
 */
static int decode_number(struct decoder *d, const struct json_value *v, enum field_kind kind, void *at)
{
    struct opt_u16 *u16 = at;
    struct opt_u32 *u32 = at;
    struct opt_i64 *i64 = at;
    struct opt_u64 *u64 = at;

    switch (kind) {
    case FIELD_KIND_I32: return decode_i32(d, v, at);
    case FIELD_KIND_U32: return decode_u32(d, v, at);
    case FIELD_KIND_I64: return decode_i64(d, v, INT64_MIN, INT64_MAX, at);
    case FIELD_KIND_U64: return decode_u64(d, v, UINT64_MAX, at);
    case FIELD_KIND_OPT_U16: u16->has = true; return decode_u16(d, v, &u16->v);
    case FIELD_KIND_OPT_U32: u32->has = true; return decode_u32(d, v, &u32->v);
    case FIELD_KIND_OPT_I64: i64->has = true; return decode_i64(d, v, INT64_MIN, INT64_MAX, &i64->v);
    case FIELD_KIND_OPT_U64: u64->has = true; return decode_u64(d, v, UINT64_MAX, &u64->v);
    default: return err_internal(d->err, EINVAL, "a field table has an unknown kind %d", (int)kind);
    }
}

/* An optional string that is empty is taken as absent: writers in Go do not tell the two apart. */
static bool is_empty_option(const struct json_value *v, const struct field *f)
{
    const char *s = json_string(v);

    return s && !*s && !(f->flags & FIELD_MANDATORY);
}

static int decode_member(struct decoder *d, const struct json_value *v, const struct field *f,
                         unsigned char *base)
{
    void *at = base + f->offset;
    size_t *n = f->n_offset == FIELD_NONE ? NULL : (size_t *)(void *)(base + f->n_offset);
    struct opt_bool *flag = at;

    if (f->has_offset != FIELD_NONE)
        *(bool *)(base + f->has_offset) = true;
    switch ((enum field_kind)f->kind) {
    case FIELD_KIND_STRING: return is_empty_option(v, f) ? 0 : decode_string(d, v, at);
    case FIELD_KIND_BOOL: return decode_bool(d, v, at);
    case FIELD_KIND_OPT_BOOL: flag->has = true; return decode_bool(d, v, &flag->v);
    case FIELD_KIND_STRINGS: return decode_strings(d, v, at);
    case FIELD_KIND_U32S: return decode_u32s(d, v, at, n);
    case FIELD_KIND_PAIRS: return decode_pairs(d, v, at);
    case FIELD_KIND_OBJECT: return decode_object(d, v, f->shape, at);
    case FIELD_KIND_POINTER: return decode_pointer(d, v, f->shape, at);
    case FIELD_KIND_ARRAY: return decode_array(d, v, f->shape, at, n);
    case FIELD_KIND_MAP: return decode_map(d, v, f->shape, at, n);
    default: return decode_number(d, v, (enum field_kind)f->kind, at);
    }
}

/* ---- objects ---- */

/* The table's line for a name. Members mostly come in the order of the table, so look from *hint on first. */
static const struct field *field_find(const struct shape *shape, const char *name, size_t *hint)
{
    size_t i = *hint;

    for (size_t left = shape->n_fields; left > 0; left--) {
        if (i >= shape->n_fields)
            i = 0;
        if (strcmp(shape->fields[i].name, name) == 0) {
            *hint = i + 1;
            return &shape->fields[i];
        }
        i++;
    }
    return NULL;
}

/* An alias stands behind the line it belongs to. */
static size_t field_index(const struct shape *shape, const struct field *f)
{
    while (f->flags & FIELD_ALIAS)
        f--;
    return (size_t)(f - shape->fields);
}

static int remember_variant(struct decoder *d, const struct json_value *member)
{
    struct strings *list = d->case_variants;
    char pointer[POINTER_MAX];

    if (!list || list->n == CASE_VARIANTS_MAX)
        return 0;
    if (!list->v)
        list->v = arena_new_array(d->arena, const char *, CASE_VARIANTS_MAX);
    if (!list->v)
        return err_nomem(d->err);
    json_pointer(d->doc, member, pointer, sizeof(pointer));
    list->v[list->n] = arena_strdup(d->arena, pointer);
    if (!list->v[list->n])
        return err_nomem(d->err);
    list->n++;
    return 0;
}

/* The line whose name differs from this one only in case, or NULL. */
static const struct field *field_variant(const struct shape *shape, const char *name)
{
    struct str s = str_of(name);

    for (size_t i = 0; i < shape->n_fields; i++)
        if (str_eq_nocase(s, shape->fields[i].name))
            return &shape->fields[i];
    return NULL;
}

/*
 * Readers that ignore case (Go's) would take "Process" for "process": with both in one object, they and we
 * would see two different documents. `both` are the lines that are there in both ways.
 */
static int fail_variant(struct decoder *d, const struct json_value *object, const struct shape *shape,
                        uint64_t both) COLD;

static int fail_variant(struct decoder *d, const struct json_value *object, const struct shape *shape,
                        uint64_t both)
{
    size_t hint = 0;

    for (const struct json_value *m = json_first(object); m; m = json_next(m)) {
        const struct field *f =
            field_find(shape, json_name(m), &hint) ? NULL : field_variant(shape, json_name(m));

        if (f && (both >> field_index(shape, f) & 1u))
            return json_fail(d->doc, m, d->err, "\"%s\" and \"%s\" differ only in case", json_name(m),
                             f->name);
    }
    return err_internal(d->err, EINVAL, "a member has vanished");
}

static int check_mandatory(struct decoder *d, const struct json_value *object, const struct shape *shape,
                           uint64_t seen)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *f = &shape->fields[i];

        if ((f->flags & FIELD_MANDATORY) && !(seen >> i & 1u))
            return json_fail_missing(d->doc, object, f->name, d->err, "\"%s\" is required", f->name);
    }
    return 0;
}

int decode_object(struct decoder *d, const struct json_value *v, const struct shape *shape, void *ret)
{
    uint64_t present = 0, variants = 0, seen = 0; /* bit i: line i; `seen` without nulls */
    size_t hint = 0;
    int r;

    if (json_type(v) != JSON_OBJECT)
        return fail_type(d, v, "an object");
    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        const struct field *f = field_find(shape, json_name(m), &hint);
        uint64_t bit;

        if (!f) {
            f = field_variant(shape, json_name(m));
            if (f && remember_variant(d, m) < 0)
                return -ENOMEM;
            variants |= f ? UINT64_C(1) << field_index(shape, f) : 0;
            continue;
        }
        bit = UINT64_C(1) << field_index(shape, f);
        present |= bit;
        if (json_type(m) == JSON_NULL)
            continue;
        if (seen & bit)
            return json_fail(d->doc, m, d->err, "\"%s\" was given before in another spelling", f->name);
        seen |= bit;
        r = decode_member(d, m, f, ret);
        if (r < 0)
            return r;
    }
    if (present & variants)
        return fail_variant(d, v, shape, present & variants);
    r = check_mandatory(d, v, shape, seen);
    if (r < 0 || !shape->finish)
        return r;
    return shape->finish(d, v, ret);
}

int decode_doc(struct arena *a, const struct json_doc *doc, const struct shape *shape,
               struct strings *case_variants, void **ret, struct err *reterr)
{
    struct decoder d = {.arena = a, .doc = doc, .err = reterr, .case_variants = case_variants};

    return decode_pointer(&d, json_root(doc), shape, ret);
}

int decode_text(struct arena *a, const char *text, size_t len, const struct shape *shape,
                struct strings *case_variants, void **ret, struct err *reterr)
{
    struct json_doc doc;
    int r = json_parse(text, len, &doc, reterr);

    if (r < 0)
        return r;
    r = decode_doc(a, &doc, shape, case_variants, ret, reterr);
    json_doc_done(&doc);
    return r;
}
