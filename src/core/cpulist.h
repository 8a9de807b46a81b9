/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of CPUs or memory nodes as cpuset(7) "List Format" writes them: "0-3,5,7-9". Spaces around an element
 * and empty elements are allowed; numbers are decimal, ranges ascending. What only passes through to a cpuset
 * file may also say what the kernel reads there (lib/bitmap-str.c): strides "0-31:2/4", "all", "N" for the
 * last one, white space between elements. cpulist_check looks at its form only.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Bit n of words[n / 64] is set when n is in the list. */
struct cpulist {
    uint64_t *words;
    size_t n_words; /* just enough for `highest` */
    uint32_t highest;
    uint32_t count; /* never 0 */
};

#define CPULIST_CPU_MAX  8191u  /* the kernel's largest NR_CPUS - 1 */
#define CPULIST_NODE_MAX 1023u  /* MAX_NUMNODES - 1 */
#define CPULIST_LAST_MAX 65535u /* largest `last` */

/*
 * `last` is the largest number allowed. -EINVAL at `pointer`: not a list, descending range, a number above
 * `last`, nothing in the list; -ENOMEM.
 */
int cpulist_parse(struct arena *a, struct str text, uint32_t last, const char *pointer, struct cpulist *ret,
                  struct err *reterr);

/*
 * Whether the kernel's parser could take `text`: -EINVAL at `pointer` when no machine would (not a list,
 * descending range, a stride of nothing or longer than its group, an empty list).
 */
int cpulist_check(struct str text, const char *pointer, struct err *reterr);

bool cpulist_has(const struct cpulist *l, uint32_t n);

/* The shortest form: "0-3,5". */
void cpulist_print(const struct cpulist *l, struct buf *out);
