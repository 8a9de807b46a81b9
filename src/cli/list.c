/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <string.h>

struct list_values {
    const char *format;
    bool quiet;
};

static const struct option_row rows[] = {
    {"format", "f", OPTION_TEXT, offsetof(struct list_values, format), "FORMAT",
     "table or json (default: table)", "table json"},
    {"quiet", "q", OPTION_SWITCH, offsetof(struct list_values, quiet), NULL, "print ids only", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct list_values *v = inv->values;
    enum lorica_list_format format = LORICA_LIST_TABLE;
    char *text;
    int r;

    if (v->format && strcmp(v->format, "json") == 0) {
        format = LORICA_LIST_JSON;
    } else if (v->format && strcmp(v->format, "table") != 0) {
        return verb_invalid(inv->err, "format option", v->format);
    }
    r = lorica_list(inv->lorica, v->quiet ? LORICA_LIST_QUIET : format, &text, inv->err);
    return r < 0 ? r : print_and_free(text);
}

const struct verb verb_list = {
    .name = "list",
    .arguments = "",
    .summary = "list the containers of this state directory",
    .options = rows,
    .values_size = sizeof(struct list_values),
    .run = run,
};
