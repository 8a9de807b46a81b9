/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

static int run(const struct invocation *inv)
{
    char *text;
    int r = lorica_state(inv->lorica, inv->args[0], &text, inv->err);

    return r < 0 ? r : print_and_free(text);
}

const struct verb verb_state = {
    .name = "state",
    .arguments = "CONTAINER",
    .summary = "print the state of a container as JSON",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .run = run,
};
