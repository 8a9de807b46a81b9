/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time as text, always UTC; the clock is the caller's. RFC 3339 for the years 0000 ... 9999; a time
 * outside is clamped to the first or last second of that span, tv_nsec to 0 ... 999999999.
 */
#pragma once

#include "base/compiler.h"

#include <time.h>

/* Enough for "2026-01-02T03:04:05.123456789Z" and the NUL. */
#define TIME_FMT_MAX 32

/* Go's RFC3339Nano: the fraction without trailing zeros, no fraction when it is zero. Returns out. */
const char *time_fmt_nano(const struct timespec *t, char out[TIME_FMT_MAX]);

/* Whole seconds, as log lines have it: "2026-01-02T03:04:05Z". Returns out. */
const char *time_fmt_seconds(const struct timespec *t, char out[TIME_FMT_MAX]);
