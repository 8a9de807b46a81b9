/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

/*
 * First comes an area of the program's own, more than an ordinary start takes (pages count when they are
 * touched); what is asked of the kernel afterwards comes in pieces of MORE_BYTES. Free blocks are listed by
 * size: up to SMALL_MAX one list for every UNIT, up to LISTED_MAX four for every power of two. Beyond, a
 * block is a mapping of its own.
 */
#define UNIT        16u /* alignment */
#define FIRST_BYTES (192u * 1024u)
#define MORE_BYTES  (256u * 1024u)
#define SMALL_MAX   1024u
#define LISTED_MAX  (64u * 1024u)
#define N_SMALL     (SMALL_MAX / UNIT)
#define N_LISTS     (N_SMALL + 4u * 6u) /* 1024 to 65536 are six powers */

struct head {
    uint64_t capacity; /* bytes behind the head, a multiple of UNIT */
    uint64_t seal;
};

struct free_block {
    struct head head;
    struct free_block *next;
};

static struct {
    _Alignas(UNIT) unsigned char first[FIRST_BYTES];
    unsigned char *at, *end; /* what is still whole */
    struct free_block *free[N_LISTS];
    uint64_t secret;
} heap;

_Static_assert(sizeof(struct head) == UNIT, "a head is a unit");

/* ---- seals ---- */

static uint64_t seal_of(const struct head *h)
{
    return (h->capacity ^ (uint64_t)(uintptr_t)h) * UINT64_C(0x9e3779b97f4a7c15) ^ heap.secret;
}

static struct head *head_of(void *p)
{
    struct head *h = (struct head *)p - 1;

    if (((uintptr_t)p & (UNIT - 1)) || h->seal != seal_of(h))
        abort();
    return h;
}

static void *hand_out(struct head *h)
{
    h->seal = seal_of(h);
    return h + 1;
}

/* ---- sizes ---- */

/* The list for a block of this size, and the size that its blocks have. */
static size_t list_of(size_t bytes, size_t *capacity)
{
    size_t power = SMALL_MAX, list = N_SMALL, step;

    if (bytes <= SMALL_MAX) {
        *capacity = bytes ? (bytes + UNIT - 1) / UNIT * UNIT : UNIT;
        return *capacity / UNIT - 1;
    }
    for (; bytes > power * 2; power *= 2)
        list += 4;
    step = (bytes - power + power / 4 - 1) / (power / 4); /* 1 to 4 quarters above the power */
    *capacity = power + step * (power / 4);
    return list + step - 1;
}

/* ---- where memory comes from ---- */

static void *map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

static void start(void)
{
    const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes of the kernel's */

    if (random)
        memcpy(&heap.secret, random, sizeof(heap.secret));
    heap.at = heap.first;
    heap.end = heap.first + sizeof(heap.first);
}

/* A fresh block, all zero. What is left of the area before is lost: less than a block. */
static struct head *cut(size_t capacity)
{
    const size_t bytes = sizeof(struct head) + capacity;
    struct head *h;

    if (!heap.at)
        start();
    if ((size_t)(heap.end - heap.at) < bytes) {
        unsigned char *more = map(MORE_BYTES);

        if (!more)
            return NULL;
        heap.at = more;
        heap.end = more + MORE_BYTES;
    }
    h = (struct head *)(void *)heap.at;
    heap.at += bytes;
    h->capacity = capacity;
    return h;
}

static struct head *map_block(size_t bytes)
{
    size_t all;
    struct head *h;

    if (bytes > PTRDIFF_MAX - sizeof(*h) - UNIT)
        return NULL;
    if (!heap.at)
        start();
    all = (sizeof(*h) + bytes + UNIT - 1) / UNIT * UNIT;
    h = map(all);
    if (h)
        h->capacity = all - sizeof(*h);
    return h;
}

static void *take(size_t bytes, bool zeroed)
{
    size_t capacity, list;
    struct head *h;

    if (bytes > LISTED_MAX) {
        h = map_block(bytes);
    } else {
        list = list_of(bytes, &capacity);
        h = heap.free[list] ? &heap.free[list]->head : NULL;
        if (h) {
            heap.free[list] = heap.free[list]->next;
            if (h->capacity != capacity)
                abort();
            if (zeroed)
                memset(h + 1, 0, bytes);
        } else {
            h = cut(capacity);
        }
    }
    if (!h) {
        errno = ENOMEM;
        return NULL;
    }
    return hand_out(h);
}

/* ---- the functions ---- */

void *heap_alloc(size_t bytes)
{
    return take(bytes, false);
}

void *heap_alloc_zeroed(size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return take(bytes, true);
}

void heap_free(void *p)
{
    struct free_block *b;
    size_t capacity, list;
    struct head *h;

    if (!p)
        return;
    h = head_of(p);
    h->seal = ~h->seal; /* freeing it again aborts */
    if (h->capacity > LISTED_MAX) {
        const int saved = errno;

        munmap(h, sizeof(*h) + h->capacity);
        errno = saved;
        return;
    }
    b = (struct free_block *)(void *)h;
    list = list_of(h->capacity, &capacity);
    b->next = heap.free[list];
    heap.free[list] = b;
}

void *heap_resize(void *p, size_t bytes)
{
    struct head *h;
    void *bigger;

    if (!p)
        return heap_alloc(bytes);
    h = head_of(p);
    if (bytes <= h->capacity)
        return p;
    bigger = heap_alloc(bytes);
    if (!bigger)
        return NULL;
    memcpy(bigger, p, h->capacity);
    heap_free(p);
    return bigger;
}

#ifdef LORICA_OWN_HEAP
void *malloc(size_t bytes)
{
    return heap_alloc(bytes);
}

void *calloc(size_t count, size_t size)
{
    return heap_alloc_zeroed(count, size);
}

void *realloc(void *p, size_t bytes)
{
    return heap_resize(p, bytes);
}

void free(void *p)
{
    heap_free(p);
}

/* The C library's own knows the C library's heap only. */
void *aligned_alloc(size_t alignment, size_t bytes)
{
    if (alignment > UNIT) {
        errno = ENOMEM;
        return NULL;
    }
    return heap_alloc(bytes);
}
#endif
