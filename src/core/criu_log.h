/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why criu failed, from its log. Lines look like
 *
 *     (00.012345)     77: Error (criu/mount.c:77): mnt: 93:./etc doesn't have a proper root mount
 *
 * The first error is the cause as a rule; what follows are its consequences. Errors that criu survives on
 * every run of some hosts are passed over when there are others.
 */
#pragma once

#include "base/buf.h"
#include "base/str.h"

/*
 * Append the texts of the first errors (at most `max`), "; " between them, without time, pid and place of the
 * source; control characters become '?'. Returns how many.
 */
size_t criu_log_errors(struct str log, size_t max, struct buf *out);
