/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many.h"

struct kill_values {
    bool all;
    bool regex;
};

static const struct option_row rows[] = {
    {"all", "a", OPTION_SWITCH, offsetof(struct kill_values, all), NULL,
     "signal every process of the container, and what is left of a stopped one", NULL},
    {"regex", "r", OPTION_SWITCH, offsetof(struct kill_values, regex), NULL,
     "CONTAINER is a regular expression: all that match", NULL},
    OPTIONS_END,
};

static int kill_one(const struct invocation *inv, const char *id, const void *data)
{
    const struct kill_values *v = inv->values;

    return lorica_kill(inv->lorica, id, data, v->all, inv->err);
}

static int run(const struct invocation *inv)
{
    const struct kill_values *v = inv->values;
    const struct many m = {
        .inv = inv,
        .ids = (const char *const *)inv->args,
        .n = 1,
        .pattern = v->regex ? inv->args[0] : NULL,
        .undone = "signalled",
        .call = kill_one,
        .data = inv->n_args > 1 ? inv->args[1] : "SIGTERM",
    };

    return many_run(&m);
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
