/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap of the static program, in the place of musl's: a start takes some 300 blocks and gives most of
 * them back at its end or never, but the general allocator maps and unmaps a group of pages for every size of
 * block on the way, each time with a page fault and a flush of the TLB. This one hands out slices of one
 * zeroed area that is part of the program, and asks the kernel only when that is used up.
 *
 * A freed block is kept for the next one of its size. The head of each block is a seal made of its size, its
 * address and a secret of this process: overwriting it (by a block that is written beyond its end), freeing
 * twice, or freeing what is no block aborts. No thread but one may use it: the program has no other.
 *
 * Every build has these functions, so that they can be tested; only the static one (LORICA_OWN_HEAP) makes
 * malloc(3), free(3), calloc(3), realloc(3) and aligned_alloc(3) out of them.
 */
#pragma once

#include <stddef.h>

/* All as their namesakes in malloc(3); aligned to 16. Failure is NULL with errno ENOMEM. */
void *heap_alloc(size_t bytes);
void *heap_alloc_zeroed(size_t count, size_t size);
void *heap_resize(void *p, size_t bytes);
void heap_free(void *p);
