/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/compiler.h"
#include "cli/heap.h"

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define N_BLOCKS 600u

static const size_t sizes[] = {0,     1,     15,    16,    17,    255,   1008,   1009,
                               1024,  1025,  1280,  1281,  1792,  2047,  2048,   2049,
                               40000, 57344, 57345, 65535, 65536, 65537, 131072, 1000000};

static bool is_filled(const unsigned char *p, size_t n, unsigned char with)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != with)
            return false;
    return true;
}

/* Every size is aligned, zeroed, whole, and shares no byte with another. */
static void test_heap_alloc_zeroed__sizes(void **state)
{
    unsigned char *p[ARRAY_SIZE(sizes)];

    (void)state;
    for (unsigned round = 0; round < 3; round++) { /* the second and third get what was freed */
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
            p[i] = heap_alloc_zeroed(1, sizes[i]);
            assert_non_null(p[i]);
            assert_int_equal((uintptr_t)p[i] % 16, 0);
            assert_true(is_filled(p[i], sizes[i], 0));
            memset(p[i], (int)i + 1, sizes[i]);
        }
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
            assert_true(is_filled(p[i], sizes[i], (unsigned char)(i + 1)));
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
            heap_free(p[i]);
    }
    heap_free(NULL);
}

/* What is freed serves the next of its size: a loop does not grow. */
static void test_heap_free__is_used_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        void *first = heap_alloc(sizes[i]);

        heap_free(first);
        if (sizes[i] <= 65536) {
            assert_ptr_equal(heap_alloc(sizes[i]), first);
            heap_free(first);
        }
    }
}

static void test_heap_resize__keeps_the_content(void **state)
{
    unsigned char *p = heap_resize(NULL, 1);

    (void)state;
    assert_non_null(p);
    memset(p, 0x5a, 1);
    for (size_t n = 1; n < 300000; n += n / 2 + 1) {
        p = heap_resize(p, n + n / 2 + 1);
        assert_non_null(p);
        assert_true(is_filled(p, n, 0x5a));
        memset(p, 0x5a, n + n / 2 + 1);
    }
    p = heap_resize(p, 3);
    assert_true(is_filled(p, 3, 0x5a));
    heap_free(p);
}

/* Blocks of many sizes, more than the first area holds, freed and taken in a jumble. */
static void test_heap__many_blocks(void **state)
{
    static struct {
        unsigned char *p;
        size_t n;
    } b[N_BLOCKS];
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        size_t i, n;

        seed = seed * 1664525u + 1013904223u;
        i = (seed >> 8) % N_BLOCKS;
        n = (seed >> 16) % 5000;
        assert_true(is_filled(b[i].p, b[i].n, (unsigned char)i));
        heap_free(b[i].p);
        b[i].p = heap_alloc(n);
        assert_non_null(b[i].p);
        b[i].n = n;
        memset(b[i].p, (int)(unsigned char)i, n);
    }
    for (size_t i = 0; i < N_BLOCKS; i++) {
        assert_true(is_filled(b[i].p, b[i].n, (unsigned char)i));
        heap_free(b[i].p);
    }
}

static void test_heap_alloc__too_much(void **state)
{
    static const size_t too_much[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 40, PTRDIFF_MAX, PTRDIFF_MAX - 40};
    void *p = heap_alloc(10);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(too_much); i++) {
        errno = 0;
        assert_null(heap_alloc(too_much[i]));
        assert_int_equal(errno, ENOMEM);
        assert_null(heap_resize(p, too_much[i])); /* and p stays */
    }
    errno = 0;
    assert_null(heap_alloc_zeroed(SIZE_MAX / 2 + 2, 2));
    assert_int_equal(errno, ENOMEM);
    heap_free(p);
}

/* ---- what must abort ---- */

static void twice(void)
{
    void *p = heap_alloc(40);

    heap_free(p);
    heap_free(p);
}

static void beyond_the_end(void)
{
    unsigned char *a = heap_alloc(200), *b = heap_alloc(200);

    /* neighbours, or the same thing by the way of each other's heads */
    memset(b > a ? a : b, 1, 224);
    heap_free(b > a ? b : a);
}

static void no_block(void)
{
    _Alignas(16) static unsigned char bytes[64];

    heap_free(bytes + 32);
}

static void inside_a_block(void)
{
    unsigned char *p = heap_alloc_zeroed(1, 64);

    heap_free(p + 16);
}

static void resize_freed(void)
{
    void *p = heap_alloc(40);

    heap_free(p);
    p = heap_resize(p, 50);
}

static void test_heap_free__aborts(void **state)
{
    static void (*const wrong[])(void) = {twice, beyond_the_end, no_block, inside_a_block, resize_freed};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        int status = 0;
        pid_t pid = fork();

        if (pid == 0) {
            setrlimit(RLIMIT_CORE, &(struct rlimit){0});
            signal(SIGABRT, SIG_DFL);
            wrong[i]();
            _exit(0);
        }
        assert_true(pid > 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap_free__aborts), /* first: its blocks are neighbours */
        cmocka_unit_test(test_heap_alloc_zeroed__sizes),
        cmocka_unit_test(test_heap_free__is_used_again),
        cmocka_unit_test(test_heap_resize__keeps_the_content),
        cmocka_unit_test(test_heap__many_blocks),
        cmocka_unit_test(test_heap_alloc__too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
