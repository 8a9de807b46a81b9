/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target has: the entry that libFuzzer (or replay_main.c) calls, and what an oracle says no
 * with. */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                            \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* With the error that was returned, which says why. */
#define CHECK_ERR(condition, e)                                                                              \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            (void)fprintf(stderr, "%s: %s: %s\n", err_kind_name((e)->kind), (e)->where, (e)->message);       \
        CHECK(condition);                                                                                    \
    } while (0)
