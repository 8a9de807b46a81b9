/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding a JSON object into a struct by a table of its members: name, kind, place in the struct, flags. The
 * place's type is checked against the kind at compile time.
 *
 *     struct point { uint32_t x; struct opt_i64 y; const char *label; struct point *more; size_t n_more; };
 *
 *     static const struct shape point_shape;
 *     static const struct field point_fields[] = {
 *         FIELD_U32(struct point, x, "x", FIELD_MANDATORY),
 *         FIELD_OPT_I64(struct point, y, "y", 0),
 *         FIELD_STRING(struct point, label, "label", 0),
 *         FIELD_ARRAY(struct point, more, n_more, "more", 0, &point_shape),
 *     };
 *     static const struct shape point_shape = SHAPE(struct point, point_fields, NULL);
 *
 *     r = decode_object(&d, json_root(&doc), &point_shape, &p);
 *
 * The struct starts zeroed; absent and null members leave it so, and so do optional strings that are empty.
 * Unknown members are skipped. Strings and arrays are copied to the arena. A wrong type or a number out of
 * range is a CONFIG error at the value.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"
#include "core/json.h"

struct decoder {
    struct arena *arena;
    const struct json_doc *doc;
    struct err *err;
    struct strings *case_variants; /* may be NULL; pointers of ignored members are added here */
};

enum field_kind {
    FIELD_KIND_STRING,
    FIELD_KIND_BOOL,
    FIELD_KIND_OPT_BOOL,
    FIELD_KIND_I32,
    FIELD_KIND_U32,
    FIELD_KIND_I64,
    FIELD_KIND_U64,
    FIELD_KIND_OPT_U16,
    FIELD_KIND_OPT_U32,
    FIELD_KIND_OPT_I64,
    FIELD_KIND_OPT_U64,
    FIELD_KIND_STRINGS, /* array of strings */
    FIELD_KIND_U32S,    /* array of uint32_t and a count */
    FIELD_KIND_PAIRS,   /* object of strings */
    FIELD_KIND_OBJECT,  /* a struct inside the struct */
    FIELD_KIND_POINTER, /* a struct of its own on the arena; NULL when absent */
    FIELD_KIND_ARRAY,   /* array of objects: pointer and count */
    FIELD_KIND_MAP      /* object of objects: pointer and count; shape->key_offset takes the name */
};

#define FIELD_MANDATORY 1u /* absent (or null) is an error */
#define FIELD_ALIAS     2u /* another spelling of the member whose line stands before it */

#define FIELD_NONE UINT16_MAX

struct shape;

struct field {
    const char *name;
    uint8_t kind; /* enum field_kind */
    uint8_t flags;
    uint16_t offset;
    uint16_t n_offset;   /* size_t count of U32S, ARRAY and MAP */
    uint16_t has_offset; /* bool that is set when the member is present, or FIELD_NONE */
    const struct shape *shape;
};

struct shape {
    const struct field *fields;
    size_t n_fields;     /* at most 64 */
    size_t size;         /* of the struct */
    uint16_t key_offset; /* const char * that takes the member's name in a MAP, or FIELD_NONE */
    /* Called when all members are in, for what a table cannot say; NULL: nothing. Fails with json_fail(). */
    int (*finish)(struct decoder *d, const struct json_value *object, void *ret);
};

/* offsetof, and a compile error when the member does not have that type. */
#define FIELD_AT_(s, member, type)                                                                           \
    (uint16_t)(offsetof(s, member) +                                                                         \
               0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((s *)0)->member), type) ? 1 : -1]))

#define FIELD_LEAF_(k, s, m, t, key, fl)                                                                     \
    {                                                                                                        \
        .name = (key), .kind = (k), .flags = (fl), .offset = FIELD_AT_(s, m, t), .n_offset = FIELD_NONE,     \
        .has_offset = FIELD_NONE                                                                             \
    }

#define FIELD_STRING(s, m, key, fl)   FIELD_LEAF_(FIELD_KIND_STRING, s, m, const char *, key, fl)
#define FIELD_BOOL(s, m, key, fl)     FIELD_LEAF_(FIELD_KIND_BOOL, s, m, bool, key, fl)
#define FIELD_OPT_BOOL(s, m, key, fl) FIELD_LEAF_(FIELD_KIND_OPT_BOOL, s, m, struct opt_bool, key, fl)
#define FIELD_I32(s, m, key, fl)      FIELD_LEAF_(FIELD_KIND_I32, s, m, int32_t, key, fl)
#define FIELD_U32(s, m, key, fl)      FIELD_LEAF_(FIELD_KIND_U32, s, m, uint32_t, key, fl)
#define FIELD_I64(s, m, key, fl)      FIELD_LEAF_(FIELD_KIND_I64, s, m, int64_t, key, fl)
#define FIELD_U64(s, m, key, fl)      FIELD_LEAF_(FIELD_KIND_U64, s, m, uint64_t, key, fl)
#define FIELD_OPT_U16(s, m, key, fl)  FIELD_LEAF_(FIELD_KIND_OPT_U16, s, m, struct opt_u16, key, fl)
#define FIELD_OPT_U32(s, m, key, fl)  FIELD_LEAF_(FIELD_KIND_OPT_U32, s, m, struct opt_u32, key, fl)
#define FIELD_OPT_I64(s, m, key, fl)  FIELD_LEAF_(FIELD_KIND_OPT_I64, s, m, struct opt_i64, key, fl)
#define FIELD_OPT_U64(s, m, key, fl)  FIELD_LEAF_(FIELD_KIND_OPT_U64, s, m, struct opt_u64, key, fl)
#define FIELD_STRINGS(s, m, key, fl)  FIELD_LEAF_(FIELD_KIND_STRINGS, s, m, struct strings, key, fl)
#define FIELD_PAIRS(s, m, key, fl)    FIELD_LEAF_(FIELD_KIND_PAIRS, s, m, struct pairs, key, fl)

/* STRINGS with a bool that says the array was given, possibly empty. */
#define FIELD_STRINGS_HAS(s, m, has, key, fl)                                                                \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_STRINGS, .flags = (fl), .offset = FIELD_AT_(s, m, struct strings), \
        .n_offset = FIELD_NONE, .has_offset = FIELD_AT_(s, has, bool)                                        \
    }

#define FIELD_U32S(s, m, n, key, fl)                                                                         \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_U32S, .flags = (fl), .offset = FIELD_AT_(s, m, uint32_t *),        \
        .n_offset = FIELD_AT_(s, n, size_t), .has_offset = FIELD_NONE                                        \
    }

/* `sh` is the address of the shape of the inner struct. */
#define FIELD_OBJECT(s, m, key, fl, sh)                                                                      \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_OBJECT, .flags = (fl), .offset = (uint16_t)offsetof(s, m),         \
        .n_offset = FIELD_NONE, .has_offset = FIELD_NONE, .shape = (sh)                                      \
    }
#define FIELD_OBJECT_HAS(s, m, has, key, fl, sh)                                                             \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_OBJECT, .flags = (fl), .offset = (uint16_t)offsetof(s, m),         \
        .n_offset = FIELD_NONE, .has_offset = FIELD_AT_(s, has, bool), .shape = (sh)                         \
    }
/* The object's members go into the struct itself (a level of JSON that the struct does not have). */
#define FIELD_FLAT(key, fl, sh)                                                                              \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_OBJECT, .flags = (fl), .offset = 0, .n_offset = FIELD_NONE,        \
        .has_offset = FIELD_NONE, .shape = (sh)                                                              \
    }
#define FIELD_FLAT_HAS(s, has, key, fl, sh)                                                                  \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_OBJECT, .flags = (fl), .offset = 0, .n_offset = FIELD_NONE,        \
        .has_offset = FIELD_AT_(s, has, bool), .shape = (sh)                                                 \
    }
#define FIELD_POINTER(s, m, key, fl, sh)                                                                     \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_POINTER, .flags = (fl), .offset = (uint16_t)offsetof(s, m),        \
        .n_offset = FIELD_NONE, .has_offset = FIELD_NONE, .shape = (sh)                                      \
    }
#define FIELD_ARRAY(s, m, n, key, fl, sh)                                                                    \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_ARRAY, .flags = (fl), .offset = (uint16_t)offsetof(s, m),          \
        .n_offset = FIELD_AT_(s, n, size_t), .has_offset = FIELD_NONE, .shape = (sh)                         \
    }
#define FIELD_MAP(s, m, n, key, fl, sh)                                                                      \
    {                                                                                                        \
        .name = (key), .kind = FIELD_KIND_MAP, .flags = (fl), .offset = (uint16_t)offsetof(s, m),            \
        .n_offset = FIELD_AT_(s, n, size_t), .has_offset = FIELD_NONE, .shape = (sh)                         \
    }

#define SHAPE(s, table, fin)                                                                                 \
    {                                                                                                        \
        .fields = (table), .n_fields = ARRAY_SIZE(table), .size = sizeof(s), .key_offset = FIELD_NONE,       \
        .finish = (fin)                                                                                      \
    }
#define SHAPE_KEYED(s, table, key, fin)                                                                      \
    {                                                                                                        \
        .fields = (table), .n_fields = ARRAY_SIZE(table), .size = sizeof(s),                                 \
        .key_offset = FIELD_AT_(s, key, const char *), .finish = (fin)                                       \
    }

/* Decode an object into *ret, which the caller has zeroed. 0, -EINVAL (CONFIG error) or -ENOMEM. */
int decode_object(struct decoder *d, const struct json_value *v, const struct shape *shape,
                  void *ret) NODISCARD;

/*
 * A whole text into one struct: json_parse, a fresh struct on the arena, decode_object, json_doc_done.
 * `case_variants` may be NULL.
 */
int decode_text(struct arena *a, const char *text, size_t len, const struct shape *shape,
                struct strings *case_variants, void **ret, struct err *reterr) NODISCARD;

/* The same of a document that was read already. */
int decode_doc(struct arena *a, const struct json_doc *doc, const struct shape *shape,
               struct strings *case_variants, void **ret, struct err *reterr) NODISCARD;

/* Copies the array of strings or pairs; null members are refused. For finish functions. */
int decode_strings(struct decoder *d, const struct json_value *v, struct strings *ret) NODISCARD;
int decode_pairs(struct decoder *d, const struct json_value *v, struct pairs *ret) NODISCARD;
