/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <errno.h>
#include <string.h>

struct wait_values {
    const char *format;
    const char *timeout;
};

static const struct option_row rows[] = {
    {"format", "f", OPTION_TEXT, offsetof(struct wait_values, format), "FORMAT",
     "text (the exit code) or json (default: text)", "text json"},
    {"timeout", "t", OPTION_TEXT, offsetof(struct wait_values, timeout), "SECONDS",
     "fail after SECONDS (default: wait for ever)", NULL},
    OPTIONS_END,
};

/* "2", "0.25"; at most three digits behind the point. */
static int parse_seconds(const char *text, int64_t *ret_ms)
{
    int64_t ms = 0, unit = 1000;
    bool behind = false;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    for (; *text; text++) {
        if (*text == '.' && !behind) {
            behind = true;
        } else if (*text < '0' || *text > '9' || ms > INT64_C(1000000000000) || (behind && unit == 1)) {
            return -EINVAL;
        } else if (behind) {
            unit /= 10;
            ms += (*text - '0') * unit;
        } else {
            ms = ms * 10 + (*text - '0') * unit;
        }
    }
    *ret_ms = ms;
    return 0;
}

static int run(const struct invocation *inv)
{
    const struct wait_values *v = inv->values;
    bool json = v->format && strcmp(v->format, "json") == 0;
    int64_t timeout_ms = -1;
    char *text;
    int r;

    if (v->format && !json && strcmp(v->format, "text") != 0)
        return verb_invalid(inv->err, "format option", v->format);
    if (v->timeout && parse_seconds(v->timeout, &timeout_ms) < 0)
        return verb_invalid(inv->err, "timeout", v->timeout);
    r = lorica_wait(inv->lorica, inv->args[0], timeout_ms, json, &text, inv->err);
    return r < 0 ? r : print_and_free(text);
}

const struct verb verb_wait = {
    .name = "wait",
    .arguments = "CONTAINER",
    .summary = "wait for the end of a container, and print its exit code",
    .details =
        "128 + N when signal N ended it. A status that its parent has taken before anybody waited cannot be "
        "known; that is an error.",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .options = rows,
    .values_size = sizeof(struct wait_values),
    .run = run,
};
