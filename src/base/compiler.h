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

#define ARRAY_SIZE(a)            (sizeof(a) / sizeof((a)[0]))
#define STATIC_ASSERT(expr, msg) _Static_assert(expr, msg)
