/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/create_options.h"

static const struct option_row rows[] = {
    CREATE_OPTION_ROWS,
    {"detach", "d", OPTION_SWITCH, CREATE_OPT(detach), NULL, "return once the program runs", NULL},
    {"keep", NULL, OPTION_SWITCH, CREATE_OPT(keep), NULL, "do not delete the container when it has ended",
     NULL},
    {"no-subreaper", NULL, OPTION_SWITCH, CREATE_OPT(no_subreaper), NULL,
     "do not adopt processes that the container leaves behind", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct create_values *v = inv->values;
    int exit_status = 0, r = lorica_run(inv->lorica, inv->args[0], &v->options, &exit_status, inv->err);

    return r < 0 ? r : exit_status;
}

const struct verb verb_run = {
    .name = "run",
    .arguments = "CONTAINER",
    .summary = "create and start a container, and wait for its end",
    .details = "The exit status is that of the container's program, 128 + N when signal N ended it.",
    .min_args = 1,
    .max_args = 1,
    .makes_container = true,
    .options = rows,
    .values_size = sizeof(struct create_values),
    .run = run,
};
