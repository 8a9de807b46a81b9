/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/arena.h"

#include <cmocka.h>
#include <wchar.h>

#include "unit/alloc_fault.h"

static void test_arena_alloc__zeroed_aligned_distinct(void **state)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 1000, 5000, 40000, 0, 3};
    unsigned char *blocks[ARRAY_SIZE(sizes)];

    (void)state;
    for (size_t chunk = 1; chunk <= 65536; chunk *= 4) {
        struct arena a;

        arena_init(&a, chunk, ARENA_MAX_DEFAULT);
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
            blocks[i] = arena_alloc(&a, sizes[i]);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
            for (size_t j = 0; j < sizes[i]; j++)
                assert_int_equal(blocks[i][j], 0);
            memset(blocks[i], (int)i + 1, sizes[i]);
        }
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
            for (size_t j = 0; j < sizes[i]; j++)
                assert_int_equal(blocks[i][j], i + 1);
        arena_done(&a);
    }
}

static void test_arena_alloc__maximum(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 64, 256);
    assert_null(arena_alloc(&a, 257));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_int_equal(a.used_bytes, 0);
    assert_non_null(arena_alloc(&a, 256));
    assert_null(arena_alloc(&a, 1));
    arena_done(&a);
    assert_int_equal(a.used_bytes, 0);

    /* the last piece of the maximum can be used although it is less than a chunk */
    arena_init(&a, 64, 80);
    assert_non_null(arena_alloc(&a, 64));
    assert_non_null(arena_alloc(&a, 16));
    assert_null(arena_alloc(&a, 1));
    assert_int_equal(a.used_bytes, 80);
    arena_done(&a);

    /* rounding up to the alignment counts */
    arena_init(&a, 16, 20);
    assert_null(arena_alloc(&a, 17));
    assert_non_null(arena_alloc(&a, 16));
    arena_done(&a);
}

static void test_arena_alloc__no_overflow_without_maximum(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 64, SIZE_MAX);
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX - 14)); /* rounds up to 0 */
    assert_null(arena_alloc(&a, SIZE_MAX - 64)); /* with the chunk's head beyond SIZE_MAX */
    assert_null(arena_alloc(&a, PTRDIFF_MAX));
    assert_null(arena_array(&a, SIZE_MAX / 2 + 1, 2));
    assert_null(arena_array(&a, 3, SIZE_MAX / 2));
    assert_null(arena_strndup(&a, "", SIZE_MAX));
    assert_int_equal(a.used_bytes, 0);
    arena_done(&a);
}

static void test_arena_alloc__large_ones_leave_the_chunk_in_use(void **state)
{
    struct arena a;
    char *small, *next;

    (void)state;
    arena_init(&a, 1024, ARENA_MAX_DEFAULT);
    small = arena_alloc(&a, 16);
    assert_non_null(small);
    assert_non_null(arena_alloc(&a, 1010));                /* does not fit the rest */
    assert_int_equal(a.used_bytes, 1024 + 1024 - 16 + 16); /* the large one takes its own size, rounded */
    next = arena_alloc(&a, 16);
    assert_ptr_equal(next, small + 16);
    arena_done(&a);
}

static void test_arena_array__count_zero(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    assert_non_null(arena_array(&a, 0, 8));
    assert_non_null(arena_array(&a, 8, 0));
    assert_non_null(arena_new_array(&a, uint64_t, 3));
    arena_done(&a);
}

static void test_arena_strings__copies(void **state)
{
    struct arena a;
    char *s;

    (void)state;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    assert_string_equal(arena_strdup(&a, ""), "");
    assert_string_equal(arena_strdup(&a, "abc"), "abc");
    assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(&a, NULL, 0), "");
    s = arena_strndup(&a, "a\0b", 3);
    assert_memory_equal(s, "a\0b", 4);
    assert_string_equal(arena_printf(&a, "%s-%d", "x", 42), "x-42");
    assert_string_equal(arena_printf(&a, "%s", ""), "");
    s = arena_printf(&a, "%5000d", 7);
    assert_int_equal(strlen(s), 5000);
    assert_int_equal(s[4999], '7');
    assert_null(arena_printf(&a, "%lc", (wint_t)0x20ac)); /* not in the C locale */
    arena_done(&a);
}

static void test_arena_done__usable_again(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 32, 64);
    arena_done(&a); /* nothing was allocated */
    for (int i = 0; i < 3; i++) {
        assert_non_null(arena_alloc(&a, 64));
        assert_null(arena_alloc(&a, 1));
        arena_done(&a);
    }
    arena_done(&a);
}

static void test_arena__allocations_fail(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 1, ARENA_MAX_DEFAULT);
    for (size_t n = 1; n <= 3; n++) {
        bool failed[3];

        alloc_fault_at(n);
        failed[0] = arena_alloc(&a, 1) == NULL;
        failed[1] = arena_strdup(&a, "x") == NULL;
        failed[2] = arena_printf(&a, "%d", 1) == NULL;
        assert_true(alloc_fault_fired());
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(failed[i],
                             i == n - 1); /* each is one calloc; the arena goes on after a failure */
    }
    arena_done(&a);
}

/* One ordinary chunk stays, empty and zeroed; large ones go. */
static void test_arena_reset__keeps_a_chunk(void **state)
{
    struct arena a;
    unsigned char *first, *again;

    (void)state;
    arena_init(&a, 1024, ARENA_MAX_DEFAULT);
    arena_reset(&a); /* of nothing */
    assert_int_equal(a.used_bytes, 0);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 20; i++) {
            first = arena_alloc(&a, i % 5 ? 100 : 3000);
            assert_non_null(first);
            memset(first, 0xff, 100);
        }
        arena_reset(&a);
        assert_int_equal(a.used_bytes, 1024);
        again = arena_alloc(&a, 1024);
        assert_non_null(again);
        assert_int_equal(a.used_bytes, 1024);
        for (size_t i = 0; i < 1024; i++)
            assert_int_equal(again[i], 0);
        arena_reset(&a);
    }
    arena_done(&a);
    assert_int_equal(a.used_bytes, 0);
    /* nothing but a large one: nothing stays */
    arena_init(&a, 64, ARENA_MAX_DEFAULT);
    assert_non_null(arena_alloc(&a, 5000));
    arena_reset(&a);
    assert_int_equal(a.used_bytes, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_alloc__zeroed_aligned_distinct),
        cmocka_unit_test(test_arena_alloc__maximum),
        cmocka_unit_test(test_arena_alloc__no_overflow_without_maximum),
        cmocka_unit_test(test_arena_alloc__large_ones_leave_the_chunk_in_use),
        cmocka_unit_test(test_arena_array__count_zero),
        cmocka_unit_test(test_arena_strings__copies),
        cmocka_unit_test(test_arena_done__usable_again),
        cmocka_unit_test(test_arena_reset__keeps_a_chunk),
        cmocka_unit_test(test_arena__allocations_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
