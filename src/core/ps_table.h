/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table that ps(1) prints, cut down to some processes. ps knows nothing of containers, and may be any of
 * several programs: its output is text from outside.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

#define PS_TABLE_MAX (64u * 1024u * 1024u) /* bytes of output that are read */

/*
 * Append the first line of `text`, then each line whose process is one of pids[0..n), which is sorted. A
 * process stands in the column PID: the number that ends where the title ends (numbers are aligned to the
 * right), else the field with the title's number. Empty lines are left out; the last line need not end with a
 * newline, what is appended does.
 *
 * -EINVAL (ERR_STATE) in runc's words: "couldn't find PID field in ps output", "unable to parse pid: ...".
 */
int ps_table_filter(struct str text, const int32_t *pids, size_t n, struct buf *out, struct err *reterr);
