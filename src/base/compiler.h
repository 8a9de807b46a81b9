/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes and small macros that every layer uses. No code that runs.
 */
#pragma once

#include "base/banned.h"

#include <stddef.h>

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NODISCARD              __attribute__((warn_unused_result))
#define COLD                   __attribute__((cold))
#define NORETURN               __attribute__((noreturn))
#define UNUSED                 __attribute__((unused))
#define LORICA_API             __attribute__((visibility("default")))

/*
 * Release builds zero every automatic variable (-ftrivial-auto-var-init). For a scratch buffer of pages that
 * is filled before it is read, on a path that every start takes, that costs more than the work: such a one is
 * excepted.
 */
#if defined(__has_attribute) && __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#else
#define UNINITIALIZED
#endif

#define ARRAY_SIZE(a)            (sizeof(a) / sizeof((a)[0]))
#define STATIC_ASSERT(expr, msg) _Static_assert(expr, msg)
