/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

static int run(const struct invocation *inv)
{
    return lorica_resume(inv->lorica, inv->args[0], inv->err);
}

const struct verb verb_resume = {
    .name = "resume",
    .arguments = "CONTAINER",
    .summary = "let a paused container go on",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .run = run,
};
