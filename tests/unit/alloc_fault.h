/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the n-th allocation of the code under test fail. The test file says
 *
 *     / * link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc * /          (without the spaces)
 *
 * and loops; an arena with chunk_bytes = 1 makes every arena allocation a calloc of its own:
 *
 *     for (size_t n = 1;; n++) {
 *         alloc_fault_at(n);
 *         r = function(...);
 *         if (!alloc_fault_fired())
 *             break;                       every allocation has failed once
 *         assert_int_equal(r, -ENOMEM);
 *     }
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static size_t alloc_fault_left;
static bool alloc_fault_done;

/* Counts from now on; 0: none fails. */
static inline void alloc_fault_at(size_t n)
{
    alloc_fault_left = n;
    alloc_fault_done = false;
}

/* Whether the failure happened; ends the counting. */
static inline bool alloc_fault_fired(void)
{
    alloc_fault_left = 0;
    return alloc_fault_done;
}

static inline bool alloc_fault_now(void)
{
    if (alloc_fault_left == 0 || --alloc_fault_left > 0)
        return false;
    return alloc_fault_done = true;
}

void *__wrap_malloc(size_t size)
{
    return alloc_fault_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return alloc_fault_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return alloc_fault_now() ? NULL : __real_realloc(p, size);
}
