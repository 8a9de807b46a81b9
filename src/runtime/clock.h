/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two clocks of the runtime layer. Everything that waits counts on the monotonic one; only records and
 * logs carry the time of day. Nanoseconds.
 */
#pragma once

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_monotonic_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
