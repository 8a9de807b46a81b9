/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of huge page sizes: "64KB", "2MB", "1GB" (config-linux.md "Huge page limits": ^[1-9][0-9]*[KMG]B$).
 * The kernel names the files of the hugetlb controller by the largest unit that divides the size (mem_fmt()
 * in mm/hugetlb_cgroup.c). A name becomes part of a file name: only what parses here may.
 */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define HUGEPAGE_NAME_MAX 24u /* with terminator */

/* -EINVAL: not of that form; -ERANGE: more than 2^63 bytes. */
int hugepage_size_parse(struct str name, uint64_t *ret_bytes) NODISCARD;

/* The kernel's name of a size, a multiple of 1 KiB: 2097152 gives "2MB". */
void hugepage_size_name(uint64_t bytes, char dst[HUGEPAGE_NAME_MAX]);

/* Is `bytes` one of the space separated names of facts.hugepage_sizes? NULL or "": false. */
bool hugepage_size_listed(const char *names, uint64_t bytes);
