/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/create_options.h"

static const struct option_row rows[] = {CREATE_OPTION_ROWS, OPTIONS_END};

static int run(const struct invocation *inv)
{
    const struct create_values *v = inv->values;

    return lorica_create(inv->lorica, inv->args[0], &v->options, inv->err);
}

const struct verb verb_create = {
    .name = "create",
    .arguments = "CONTAINER",
    .summary = "create a container from a bundle",
    .details = "The program of the container waits until `lorica start` lets it run.",
    .min_args = 1,
    .max_args = 1,
    .makes_container = true,
    .options = rows,
    .values_size = sizeof(struct create_values),
    .run = run,
};
