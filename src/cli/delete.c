/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/many.h"

struct delete_values {
    bool force;
    bool regex;
};

static const struct option_row rows[] = {
    {"force", "f", OPTION_SWITCH, offsetof(struct delete_values, force), NULL,
     "kill it first if it still runs; no error if there is none", NULL},
    {"regex", "r", OPTION_SWITCH, offsetof(struct delete_values, regex), NULL,
     "CONTAINER is a regular expression: all that match", NULL},
    OPTIONS_END,
};

static int delete_one(const struct invocation *inv, const char *id, const void *data)
{
    const struct delete_values *v = data;

    return lorica_delete(inv->lorica, id, v->force, inv->err);
}

/* Several patterns: one after the other; the first that leaves something is the error. */
static int run(const struct invocation *inv)
{
    const struct delete_values *v = inv->values;
    struct many m = {.inv = inv,
                     .ids = (const char *const *)inv->args,
                     .n = (size_t)inv->n_args,
                     .undone = "deleted",
                     .call = delete_one,
                     .data = v};
    int r = 0;

    if (!v->regex)
        return many_run(&m);
    for (int i = 0; r == 0 && i < inv->n_args; i++) {
        m.pattern = inv->args[i];
        r = many_run(&m);
    }
    return r;
}

const struct verb verb_delete = {
    .name = "delete",
    .arguments = "CONTAINER...",
    .summary = "delete containers that have stopped",
    .details = "With several, each is tried, and the error names those that were not deleted.",
    .min_args = 1,
    .max_args = VERB_ANY_ARGS,
    .completes_containers = true,
    .options = rows,
    .values_size = sizeof(struct delete_values),
    .run = run,
};
