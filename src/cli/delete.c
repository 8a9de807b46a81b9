/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

struct delete_values {
    bool force;
};

static const struct option_row rows[] = {
    {"force", "f", OPTION_SWITCH, offsetof(struct delete_values, force), NULL,
     "kill it first if it still runs; no error if there is none", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct delete_values *v = inv->values;

    return lorica_delete(inv->lorica, inv->args[0], v->force, inv->err);
}

const struct verb verb_delete = {
    .name = "delete",
    .arguments = "CONTAINER",
    .summary = "delete a container that has stopped",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .options = rows,
    .values_size = sizeof(struct delete_values),
    .run = run,
};
