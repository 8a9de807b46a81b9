/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of core/legacy, in the order in which they are taken: each brings one thing into today's form and
 * notes it. A step that finds nothing old does nothing. They return 0, -ENOMEM, or -EINVAL with an error.
 * Only for the legacy files.
 */
#pragma once

#include "core/json_tree.h"
#include "core/legacy.h"

struct legacy {
    struct arena *arena;
    struct json_node *root;
    const struct json_node *runtime; /* NULL: one file */
    const char *version;             /* "" when the document has none */
    uint32_t rank;                   /* of the version, for legacy_before() */
    struct strings *changes;
    size_t changes_cap;
    struct err *err;
};

/* Is the document's version older than that one ("0.5.0", "1.0.0-rc5")? */
bool legacy_before(const struct legacy *l, const char *version);

int legacy_note(struct legacy *l, const char *pointer, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* legacy_bundle.c: what the document is made of */
int legacy_merge_runtime(struct legacy *l); /* runtime.json into config.json; mounts by name */
int legacy_document(struct legacy *l);      /* version, platform, processes, hooks */

/* legacy_process.c: what moved from linux to process, and its forms */
int legacy_process(struct legacy *l);

/* legacy_linux.c: namespaces, devices, seccomp, what a read-only root implied */
int legacy_linux(struct legacy *l);

/* legacy_resources.c: linux.resources */
int legacy_resources(struct legacy *l);
