/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

static int run(const struct invocation *inv)
{
    char *text;
    int r = lorica_features(&text, inv->err);

    return r < 0 ? r : print_and_free(text);
}

const struct verb verb_features = {
    .name = "features",
    .arguments = "",
    .summary = "print what this build supports, as JSON",
    .run = run,
};
