/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call for several containers: the ids given, or with a regular expression all that match it.
 */
#pragma once

#include "cli/verb.h"

struct many {
    const struct invocation *inv;
    const char *const *ids; /* borrowed; not with a pattern */
    size_t n;
    const char *pattern; /* NULL: ids */
    const char *undone;  /* for the message: "deleted", "signalled" */
    int (*call)(const struct invocation *inv, const char *id, const void *data);
    const void *data;
};

/*
 * Goes on after a failure. A single id fails with its own error; of several, the error names each that
 * failed: "2 of 5 containers not deleted: a: ...; b: ...". No match is no error.
 */
int many_run(const struct many *m);
