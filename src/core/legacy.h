/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations of before 1.0.0 of the specification, in today's form: from the two files of 0.1 and 0.2
 * (config.json for the program, runtime.json for the host) to the last release candidate. A document is old
 * by its version or by its shape, whichever says so, since versions lie: bundles of development days carry
 * the number of a release that they do not match.
 *
 * The result is a document of OCI_VERSION with the meaning that the old one had: what was implied then is
 * written down. What was wrong then stays wrong; core/decode and core/validate say so.
 *
 * Sources: ChangeLog of the runtime-spec, config.md and runtime-config.md of each version.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"
#include "core/json.h"

struct legacy_result {
    const char *text; /* the document, indented by tabs, a newline at the end */
    size_t len;
    const char *version;    /* what the old one said of itself; "" when nothing */
    struct strings changes; /* "POINTER: what was done", in the order it was done */
};

/* Is the document older than 1.0.0? Looks at a few members only. */
bool legacy_needed(const struct json_doc *config);

/* Of those: is there a second file to be read, runtime.json? */
bool legacy_has_runtime_file(const struct json_doc *config);

/*
 * runtime: the second file, NULL when the bundle has none. All on the arena; the documents may go away.
 * -EINVAL: a CONFIG error for what has no counterpart today (pointers are those of config.json, or begin with
 * "runtime.json" in the message); -ENOMEM; -EMSGSIZE.
 */
int legacy_upgrade(struct arena *a, const struct json_doc *config, const struct json_doc *runtime,
                   struct legacy_result *ret, struct err *reterr) NODISCARD;
