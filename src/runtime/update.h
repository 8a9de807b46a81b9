/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing the limits of a container that exists: all that is asked for, or nothing.
 *
 *     decide (core/update.h) ─► check ─► read old values ─► write ─► store
 *                                                             │ failure: restore in reverse, report
 *
 * The record of the container keeps what create saw; what is in force from now on is stored beside it
 * (runtime/resources.h), and later updates build on it.
 */
#pragma once

#include "base/err.h"
#include "core/update.h"
#include "runtime/runtime.h"

struct update_request {
    struct update_flags flags;
    const char *resources_json; /* a linux.resources object; the flags do not count then. NULL: none */
    size_t resources_len;
    const char *l3_cache_schema; /* NULL: leave it */
    const char *mem_bw_schema;
};

/* "container not running" for one that has stopped. */
int container_update(struct runtime *rt, const char *id, const struct update_request *req,
                     struct err *reterr);
