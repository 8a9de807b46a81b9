/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/decode_fields.h"

#include <cmocka.h>
#include <errno.h>

/* A structure of every kind, and nothing of the configuration's. */
struct leaf {
    const char *key;
    uint32_t id;
};

struct all {
    const char *string;
    const char *needed;
    bool flag;
    struct opt_bool opt_flag;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    struct opt_u16 opt_u16;
    struct opt_u32 opt_u32;
    struct opt_i64 opt_i64;
    struct opt_u64 opt_u64;
    struct strings strings;
    bool has_list;
    struct strings list;
    uint32_t *numbers;
    size_t n_numbers;
    struct pairs pairs;
    struct leaf inner;
    bool has_other;
    struct leaf other;
    struct leaf *pointer;
    struct leaf *array;
    size_t n_array;
    struct leaf *map;
    size_t n_map;
    uint32_t flat;
    bool has_flat;
};

static const struct field leaf_fields[] = {FIELD_U32(struct leaf, id, "id", 0)};
static const struct shape leaf_shape = SHAPE(struct leaf, leaf_fields, NULL);
static const struct shape keyed_shape = SHAPE_KEYED(struct leaf, leaf_fields, key, NULL);
static const struct field flat_fields[] = {FIELD_U32(struct all, flat, "value", 0)};
static const struct shape flat_shape = SHAPE(struct all, flat_fields, NULL);

static unsigned finished;

static int all_finish(struct decoder *d, const struct json_value *object, void *ret)
{
    const struct all *all = ret;

    finished++;
    if (all->i32 == 13)
        return json_fail(d->doc, json_find(object, "i32"), d->err, "not 13");
    return 0;
}

static const struct field all_fields[] = {
    FIELD_STRING(struct all, string, "string", 0),
    FIELD_STRING(struct all, string, "text", FIELD_ALIAS),
    FIELD_STRING(struct all, string, "words", FIELD_ALIAS),
    FIELD_STRING(struct all, needed, "needed", FIELD_MANDATORY),
    FIELD_BOOL(struct all, flag, "flag", 0),
    FIELD_OPT_BOOL(struct all, opt_flag, "optFlag", 0),
    FIELD_I32(struct all, i32, "i32", 0),
    FIELD_U32(struct all, u32, "u32", 0),
    FIELD_I64(struct all, i64, "i64", 0),
    FIELD_U64(struct all, u64, "u64", 0),
    FIELD_OPT_U16(struct all, opt_u16, "optU16", 0),
    FIELD_OPT_U32(struct all, opt_u32, "optU32", 0),
    FIELD_OPT_I64(struct all, opt_i64, "optI64", 0),
    FIELD_OPT_U64(struct all, opt_u64, "optU64", 0),
    FIELD_STRINGS(struct all, strings, "strings", 0),
    FIELD_STRINGS_HAS(struct all, list, has_list, "list", 0),
    FIELD_U32S(struct all, numbers, n_numbers, "numbers", 0),
    FIELD_PAIRS(struct all, pairs, "pairs", 0),
    FIELD_OBJECT(struct all, inner, "inner", 0, &leaf_shape),
    FIELD_OBJECT_HAS(struct all, other, has_other, "other", 0, &leaf_shape),
    FIELD_POINTER(struct all, pointer, "pointer", 0, &leaf_shape),
    FIELD_ARRAY(struct all, array, n_array, "array", 0, &leaf_shape),
    FIELD_MAP(struct all, map, n_map, "map", 0, &keyed_shape),
    FIELD_FLAT_HAS(struct all, has_flat, "flat", 0, &flat_shape),
};
static const struct shape all_shape = SHAPE(struct all, all_fields, all_finish);

static struct arena arena;

static int arena_setup(void **state)
{
    (void)state;
    finished = 0;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    return 0;
}

static int arena_teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static int decode(const char *text, struct all **ret, struct err *e)
{
    void *p = NULL;
    int r;

    err_init(e);
    r = decode_text(&arena, text, strlen(text), &all_shape, NULL, &p, e);
    *ret = p;
    return r;
}

static void test_decode_text__every_kind(void **state)
{
    struct all *all;
    struct err e;

    (void)state;
    /* in another order than the table's */
    assert_int_equal(
        decode("{\"flat\":{\"value\":1},\"map\":{\"x\":{\"id\":2},\"y\":{}},\"array\":[{\"id\":3},{}],"
               "\"pointer\":{\"id\":4},\"other\":{\"id\":5},\"inner\":{\"id\":6},"
               "\"pairs\":{\"k\":\"v\"},\"numbers\":[7,8],\"list\":[],\"strings\":[\"s\"],"
               "\"optU64\":9,\"optI64\":-10,\"optU32\":11,\"optU16\":12,\"u64\":14,\"i64\":-15,"
               "\"u32\":16,\"i32\":-17,\"optFlag\":false,\"flag\":true,\"needed\":\"\","
               "\"string\":\"t\"}",
               &all, &e),
        0);
    assert_true(all->has_flat);
    assert_int_equal(all->flat, 1);
    assert_int_equal(all->n_map, 2);
    assert_string_equal(all->map[0].key, "x");
    assert_int_equal(all->map[0].id, 2);
    assert_string_equal(all->map[1].key, "y");
    assert_int_equal(all->n_array, 2);
    assert_int_equal(all->array[0].id, 3);
    assert_int_equal(all->array[1].id, 0);
    assert_int_equal(all->pointer->id, 4);
    assert_true(all->has_other);
    assert_int_equal(all->other.id, 5);
    assert_int_equal(all->inner.id, 6);
    assert_int_equal(all->pairs.n, 1);
    assert_string_equal(all->pairs.v[0].value, "v");
    assert_int_equal(all->n_numbers, 2);
    assert_int_equal(all->numbers[1], 8);
    assert_true(all->has_list);
    assert_int_equal(all->list.n, 0);
    assert_int_equal(all->strings.n, 1);
    assert_true(all->opt_u64.has && all->opt_u64.v == 9);
    assert_true(all->opt_i64.has && all->opt_i64.v == -10);
    assert_true(all->opt_u32.has && all->opt_u32.v == 11);
    assert_true(all->opt_u16.has && all->opt_u16.v == 12);
    assert_true(all->u64 == 14 && all->i64 == -15 && all->u32 == 16 && all->i32 == -17);
    assert_true(all->opt_flag.has && !all->opt_flag.v && all->flag);
    assert_string_equal(all->needed, "");
    assert_string_equal(all->string, "t");
    assert_int_equal(finished, 1);
}

static void test_decode_text__absent_is_zero(void **state)
{
    struct all *all, zero = {.needed = NULL};
    struct err e;

    (void)state;
    assert_int_equal(decode("{\"needed\":\"n\",\"string\":\"\",\"pointer\":null,\"array\":null}", &all, &e),
                     0);
    all->needed = NULL;
    assert_memory_equal(all, &zero, sizeof(zero));
}

static void test_decode_text__errors(void **state)
{
    static const struct {
        const char *text, *where, *message;
        uint32_t column;
    } cases[] = {
        {"{}", "/needed", "\"needed\" is required", 1},
        {"{\"needed\":null}", "/needed", "\"needed\" is required", 1},
        {"{\"needed\":\"\",\"text\":\"a\",\"string\":\"b\"}", "/string", "given before in another spelling",
         34},
        {"{\"needed\":\"\",\"text\":\"a\",\"words\":\"b\"}", "/words", "given before in another spelling",
         33},
        {"{\"needed\":\"\",\"Text\":\"a\",\"string\":\"b\"}", "/Text",
         "\"Text\" and \"text\" differ only in case", 21},
        {"{\"needed\":\"\",\"i32\":13}", "/i32", "not 13", 20},
        {"{\"needed\":\"\",\"map\":{\"a~/b\":{\"id\":-1}}}", "/map/a~0~1b/id", "-1 is out of range", 34},
        {"{\"needed\":\"\",\"array\":[{},{\"id\":\"x\"}]}", "/array/1/id", "must be an integer, not a string",
         32},
        {"{\"needed\":\"\",\"flat\":[]}", "/flat", "must be an object, not an array", 21},
        {"{\"needed\":\"\"", "", "unexpected end of the text", 13},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct all *all;
        struct err e;

        assert_int_equal(decode(cases[i].text, &all, &e), -EINVAL);
        assert_null(all);
        assert_string_equal(e.where, cases[i].where);
        if (!strstr(e.message, cases[i].message))
            fail_msg("%s: %s", cases[i].text, e.message);
        assert_int_equal(e.line, 1);
        assert_int_equal(e.column, cases[i].column);
    }
}

static void test_decode_text__alias(void **state)
{
    struct all *all;
    struct err e;

    (void)state;
    assert_int_equal(decode("{\"needed\":\"\",\"words\":\"b\"}", &all, &e), 0);
    assert_string_equal(all->string, "b");
    assert_int_equal(decode("{\"needed\":\"\",\"words\":\"b\",\"string\":null}", &all, &e), 0);
    assert_string_equal(all->string, "b");
}

static void test_decode_text__an_error_is_not_needed(void **state)
{
    void *p;

    (void)state;
    assert_int_equal(decode_text(&arena, "{}", 2, &all_shape, NULL, &p, NULL), -EINVAL);
    assert_int_equal(decode_text(&arena, "{\"needed\":5}", 12, &all_shape, NULL, &p, NULL), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_decode_text__every_kind),
        TEST(test_decode_text__absent_is_zero),
        TEST(test_decode_text__errors),
        TEST(test_decode_text__alias),
        TEST(test_decode_text__an_error_is_not_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
