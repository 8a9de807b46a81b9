/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

static int run(const struct invocation *inv)
{
    return lorica_start(inv->lorica, inv->args[0], inv->err);
}

const struct verb verb_start = {
    .name = "start",
    .arguments = "CONTAINER",
    .summary = "let the program of a created container run",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .run = run,
};
