/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name <-> value tables. The data lives in core/tbl/X.h as one X-macro table per subject, with its source
 * cited (man page or kernel header); a module includes it where it needs it:
 *
 *     static const struct tbl_entry signals[] = {
 *     #define X(name, value) {name, value},
 *     #include "core/tbl/signals.h"
 *     #undef X
 *     };
 */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct tbl_entry {
    const char *name;
    int64_t value;
};

/* The entry of that name (exact), or NULL. */
const struct tbl_entry *tbl_find(const struct tbl_entry *tbl, size_t count, struct str name);

/* The name of the first entry with that value, or NULL. */
const char *tbl_name(const struct tbl_entry *tbl, size_t count, int64_t value);
