/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what each property of linux.resources becomes on this host (core/tbl/resource_fates.h).
 */
#pragma once

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

enum resource_fate {
    RESOURCE_CONVERTIBLE, /* this version of cgroups has it, or something that says the same */
    RESOURCE_DROPPABLE,   /* it has not: an error, or left out with --unsupported=warn */
    RESOURCE_FATAL        /* it has not, and nothing may run without */
};

/*
 * Of the property at `pointer` ("/linux/resources/memory/limit", or beneath a list); `v2`: a pure cgroup2. A
 * pointer that is not in the table is FATAL.
 */
enum resource_fate resource_fate(const char *pointer, bool v2);

/* When the host does not have it, whatever the version: DROPPABLE or FATAL. */
enum resource_fate resource_fate_missing(const char *pointer);

/* The rows, for documents and tests; NULL behind the last. */
const char *resource_fate_pointer(size_t i);
