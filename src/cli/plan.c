/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/create_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct plan_values {
    struct create_values create; /* first: CREATE_OPT offsets count from it */
    const char *format;
};

#define PLAN_OPT(field) offsetof(struct plan_values, field)

static const struct option_row rows[] = {
    {"format", "f", OPTION_TEXT, PLAN_OPT(format), "FORMAT", "text or json (default: text)", "text json"},
    {"rootless", NULL, OPTION_SWITCH, PLAN_OPT(create.options.rootless), NULL,
     "for a caller without privileges", NULL},
    {"no-pivot", NULL, OPTION_SWITCH, PLAN_OPT(create.options.no_pivot), NULL, "as for create", NULL},
    {"no-new-keyring", NULL, OPTION_SWITCH, PLAN_OPT(create.options.no_new_keyring), NULL, "as for create",
     NULL},
    {"preserve-fds", NULL, OPTION_COUNT, PLAN_OPT(create.options.preserve_fds), "N", "as for create", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct plan_values *v = inv->values;
    struct lorica_create_options options = v->create.options;
    bool json = v->format && strcmp(v->format, "json") == 0;
    char *text;
    int r;

    if (v->format && !json && strcmp(v->format, "text") != 0) {
        inv->err->code = EINVAL;
        inv->err->kind = LORICA_ERROR_USAGE;
        snprintf(inv->err->message, sizeof(inv->err->message), "invalid format option: %s", v->format);
        return -EINVAL;
    }
    options.bundle = inv->n_args > 0 ? inv->args[0] : NULL;
    r = lorica_plan(inv->lorica, NULL, &options, json, &text, inv->err);
    return r < 0 ? r : print_and_free(text);
}

const struct verb verb_plan = {
    .name = "plan",
    .arguments = "[BUNDLE]",
    .summary = "print what create would do, without doing it",
    .details = "Needs no privileges: nothing is touched. The plan is the one of root on this host, unless "
               "--rootless is "
               "given. Properties that create does not execute yet are planned too.",
    .max_args = 1,
    .options = rows,
    .values_size = sizeof(struct plan_values),
    .run = run,
};
