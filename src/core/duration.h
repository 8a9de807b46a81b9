/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as Go writes them, which is what callers of runc give: "5s", "1m30s", "1.5h", "250ms". */
#pragma once

#include "base/str.h"

/*
 * Nanoseconds. Units: ns, us (also written with a micro sign), ms, s, m, h; "0" alone needs none. A sign may
 * stand in front. -EINVAL, -ERANGE.
 */
int duration_parse(struct str text, int64_t *ret_ns) NODISCARD;
