/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle on disk: DIR/config.json read once into memory, decoded and validated. bundle.md of the
 * specification.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"

#define BUNDLE_CONFIG_FILE  "config.json"
#define BUNDLE_RUNTIME_FILE "runtime.json" /* until 0.2 of the specification */

struct bundle {
    const char *dir;  /* absolute and lexically clean */
    const char *text; /* as read, or in today's form */
    size_t len;
    const char *old_version; /* what an upgraded configuration said of itself; NULL: not upgraded */
    struct strings changes;  /* of the upgrade (core/legacy.h) */
    const struct config *config;
};

/*
 * dir NULL: the current directory. All on the arena. bundle_read only reads, bundle_decode reads and decodes,
 * upgrading a configuration of before 1.0.0 on the way; bundle_load also validates. Errors of the
 * configuration carry pointer, line and column; of an upgraded one those of `text`, and they say so. An
 * ordinary user's user namespace without mappings gets some (bundle_load; runtime/own_ids).
 */
int bundle_read(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr);
int bundle_decode(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr);
int bundle_load(struct arena *a, const char *dir, struct bundle *ret, struct err *reterr);
