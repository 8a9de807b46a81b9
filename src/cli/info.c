/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <string.h>

struct info_values {
    const char *format;
};

static const struct option_row rows[] = {
    {"format", "f", OPTION_TEXT, offsetof(struct info_values, format), "FORMAT",
     "text or json (default: text)", "text json"},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct info_values *v = inv->values;
    bool json = v->format && strcmp(v->format, "json") == 0;
    char *text;
    int r;

    if (v->format && !json && strcmp(v->format, "text") != 0)
        return verb_invalid(inv->err, "format option", v->format);
    r = lorica_info(json, &text, inv->err);
    return r < 0 ? r : print_and_free(text);
}

const struct verb verb_info = {
    .name = "info",
    .arguments = "",
    .summary = "print what this host offers to containers, and what is missing",
    .details = "Each thing that is missing stands on a line of its own with what would remedy it. Needs no "
               "privileges.",
    .options = rows,
    .values_size = sizeof(struct info_values),
    .run = run,
};
