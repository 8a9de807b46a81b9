/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle on disk: DIR/config.json read once into memory, decoded and validated. bundle.md of the
 * specification.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"

#define BUNDLE_CONFIG_FILE "config.json"

struct bundle {
    const char *dir; /* absolute and lexically clean */
    const char *text;
    size_t len;
    const struct config *config;
};

/*
 * dir NULL: the current directory. All on the arena. bundle_read only reads; bundle_load also decodes and
 * validates: its errors carry pointer, line and column.
 */
int bundle_read(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr);
int bundle_load(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr);
