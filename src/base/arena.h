/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One arena per command owns everything that is decoded or planned; the pure core allocates from it and never
 * frees. Memory is zeroed and aligned for any type. An arena is bounded at birth: a request beyond
 * `max_bytes` in total fails like malloc does (NULL), so hostile input cannot exhaust the machine.
 *
 * arena_init never allocates; the first allocation does. Tests make every single allocation a calloc of its
 * own with chunk_bytes = 1, and then fail the n-th.
 */
#pragma once

#include "base/compiler.h"

#include <stdint.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    size_t chunk_bytes; /* size of a fresh chunk */
    size_t max_bytes;   /* sum over all chunks */
    size_t used_bytes;
};

#define ARENA_CHUNK_DEFAULT (32u * 1024u)
#define ARENA_MAX_DEFAULT   (256u * 1024u * 1024u)

void arena_init(struct arena *a, size_t chunk_bytes, size_t max_bytes);
void arena_done(struct arena *a); /* frees all; the arena may be used again */

void arena_reset(struct arena *a); /* as arena_done, but a chunk is kept for what comes next */
void *arena_alloc(struct arena *a, size_t bytes) NODISCARD; /* zeroed; NULL: no memory */
void *arena_array(struct arena *a, size_t count,
                  size_t size) NODISCARD; /* overflow-checked; count 0 gives non-NULL */
char *arena_strndup(struct arena *a, const char *s, size_t len) NODISCARD;
char *arena_strdup(struct arena *a, const char *s) NODISCARD;
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3) NODISCARD;

#define arena_new(a, type)          ((type *)arena_alloc((a), sizeof(type)))
#define arena_new_array(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))
