/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

static int run(const struct invocation *inv)
{
    return lorica_pause(inv->lorica, inv->args[0], inv->err);
}

const struct verb verb_pause = {
    .name = "pause",
    .arguments = "CONTAINER",
    .summary = "freeze every process of a container",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .run = run,
};
