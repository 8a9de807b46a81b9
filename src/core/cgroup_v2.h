/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources as writes into cgroup v2 files (Documentation/admin-guide/cgroup-v2.rst). The specification
 * names most settings after v1; those without an equivalent are errors at their pointer (config-linux.md
 * "Control groups" MUST). Values that a v2 kernel has anyway (swappiness unset, disableOOMKiller false,
 * useHierarchy true, classID 0) are no settings.
 */
#pragma once

#include "core/cgroup_writes.h"

void cgroup_v2_resources(struct cgroup_writes *w);

/*
 * cpu.shares (2..262144, 1024 by default) as cpu.weight (1..10000, 100 by default):
 *     weight = ceil(10 ^ ((l*l + 125*l) / 612 - 7/34)),  l = log2(shares)
 * 0 gives 0 (unset), 1 counts as 2, more than 262144 as 262144. Exact for every value.
 */
uint64_t cgroup_v2_weight_of_shares(uint64_t shares);

/* blockIO.weight (10..1000) as io.weight (1..10000): 1 + (w - 10) * 9999 / 990; 0 gives 0, less than 10
 * counts as 10. */
uint64_t cgroup_v2_io_weight(uint32_t blkio_weight);

/*
 * memory.swap (memory + swap) as memory.swap.max. *ret: -1 unlimited, INT64_MIN unset, else bytes. -EINVAL
 * with runc's words at /linux/resources/memory/swap. `limit` and `swap`: 0 unset, -1 unlimited.
 */
#define CGROUP_SWAP_UNSET INT64_MIN
int cgroup_v2_swap_max(int64_t limit, int64_t swap, int64_t *ret, struct err *reterr);

/* The words for a combination of limit and swap that no version of cgroups can do; 0 when it is fine. */
int cgroup_memory_swap_check(int64_t limit, int64_t swap, struct err *reterr);
