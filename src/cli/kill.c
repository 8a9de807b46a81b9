/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

struct kill_values {
    bool all;
};

static const struct option_row rows[] = {
    {"all", "a", OPTION_SWITCH, offsetof(struct kill_values, all), NULL,
     "signal every process of the container, and what is left of a stopped one", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct kill_values *v = inv->values;
    const char *signal = inv->n_args > 1 ? inv->args[1] : "SIGTERM";

    return lorica_kill(inv->lorica, inv->args[0], signal, v->all, inv->err);
}

const struct verb verb_kill = {
    .name = "kill",
    .arguments = "CONTAINER [SIGNAL]",
    .summary = "send a signal to a container (default: SIGTERM)",
    .details = "SIGNAL is a name with or without SIG, RTMIN+N, or a number.",
    .min_args = 1,
    .max_args = 2,
    .completes_containers = true,
    .options = rows,
    .values_size = sizeof(struct kill_values),
    .run = run,
};
