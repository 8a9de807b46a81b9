/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct ps_values {
    const char *format;
};

static const struct option_row rows[] = {
    {"format", "f", OPTION_TEXT, offsetof(struct ps_values, format), "FORMAT",
     "table or json (default: table)", "table json"},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct ps_values *v = inv->values;
    bool json = v->format && strcmp(v->format, "json") == 0;
    char *text;
    int r;

    if (v->format && !json && strcmp(v->format, "table") != 0) {
        inv->err->code = EINVAL;
        inv->err->kind = LORICA_ERROR_USAGE;
        snprintf(inv->err->message, sizeof(inv->err->message), "invalid format option: %s", v->format);
        return -EINVAL;
    }
    r = lorica_ps(inv->lorica, inv->args[0], json ? NULL : inv->args + 1, (size_t)inv->n_args - 1, &text,
                  inv->err);
    return r < 0 ? r : print_and_free(text);
}

const struct verb verb_ps = {
    .name = "ps",
    .arguments = "CONTAINER [PS OPTIONS]",
    .summary = "list the processes of a container",
    .details = "json: their numbers on the host. table: what ps(1) prints of them when it is called with PS "
               "OPTIONS (default: -ef).",
    .min_args = 1,
    .max_args = INT_MAX,
    .completes_containers = true,
    .ends_options = true,
    .options = rows,
    .values_size = sizeof(struct ps_values),
    .run = run,
};
