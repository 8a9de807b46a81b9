/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>

#define PRINTF_FIRST 256u /* what is shorter is formatted once, not twice */

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* bytes of data */
    size_t used;
    _Alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *a, size_t chunk_bytes, size_t max_bytes)
{
    *a = (struct arena){.chunk_bytes = chunk_bytes, .max_bytes = max_bytes};
}

void arena_done(struct arena *a)
{
    for (struct arena_chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    a->chunks = NULL;
    a->used_bytes = 0;
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *keep = NULL;

    for (struct arena_chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        if (!keep && c->size == a->chunk_bytes)
            keep = c;
        else
            free(c);
    }
    a->chunks = keep;
    a->used_bytes = keep ? keep->size : 0;
    if (!keep)
        return;
    memset(keep->data, 0, keep->used);
    keep->used = 0;
    keep->next = NULL;
}

static struct arena_chunk *arena_grow(struct arena *a, size_t bytes)
{
    /* A large allocation gets a chunk of its own behind the current one, whose rest stays in use. */
    bool own = a->chunks && bytes > a->chunk_bytes / 4;
    size_t size = own || bytes > a->chunk_bytes ? bytes : a->chunk_bytes;
    struct arena_chunk *c;

    if (size > a->max_bytes - a->used_bytes) {
        if (bytes > a->max_bytes - a->used_bytes)
            return NULL;
        size = bytes; /* what is left of the maximum is less than a chunk */
    }
    c = calloc(1, sizeof(*c) + size); /* most of it is fresh from the kernel, zero and untouched until used */
    if (!c)
        return NULL;
    c->size = size;
    a->used_bytes += size;
    if (own) {
        c->next = a->chunks->next;
        a->chunks->next = c;
    } else {
        c->next = a->chunks;
        a->chunks = c;
    }
    return c;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    const size_t align = _Alignof(max_align_t);
    struct arena_chunk *c = a->chunks;
    void *p;

    if (bytes > a->max_bytes || bytes > PTRDIFF_MAX - sizeof(*c) - align)
        return NULL;
    bytes = bytes ? (bytes + align - 1) / align * align : align;
    if (!c || c->size - c->used < bytes) {
        c = arena_grow(a, bytes);
        if (!c)
            return NULL;
    }
    p = c->data + c->used;
    c->used += bytes;
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *copy;

    if (len == SIZE_MAX)
        return NULL;
    copy = arena_alloc(a, len + 1);
    if (copy && len)
        memcpy(copy, s, len);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char text[PRINTF_FIRST] UNINITIALIZED;
    va_list ap;
    char *s;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0)
        return NULL;
    if ((size_t)n < sizeof(text))
        return arena_strndup(a, text, (size_t)n);
    s = arena_alloc(a, (size_t)n + 1);
    if (!s)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(s, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return s;
}
