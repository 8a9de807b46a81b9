/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <errno.h>
#include <stdio.h>

struct events_values {
    const char *interval;
    bool stats;
};

static const struct option_row rows[] = {
    {"interval", NULL, OPTION_TEXT, offsetof(struct events_values, interval), "DURATION",
     "time between two stats events: 500ms, 5s, 1m (default: 5s)", NULL},
    {"stats", NULL, OPTION_SWITCH, offsetof(struct events_values, stats), NULL,
     "print the container's figures once", NULL},
    OPTIONS_END,
};

static int print_line(void *arg, const char *line, size_t len)
{
    (void)arg;
    return fwrite(line, 1, len, stdout) == len && fflush(stdout) == 0 ? 0 : -EIO;
}

static int run(const struct invocation *inv)
{
    const struct events_values *v = inv->values;

    return lorica_events(inv->lorica, inv->args[0], v->interval, v->stats, print_line, NULL, inv->err);
}

const struct verb verb_events = {
    .name = "events",
    .arguments = "CONTAINER",
    .summary = "print figures and events of a container, until it ends",
    .details =
        "An event is a line of JSON: stats at every interval, oom whenever the kernel has killed for lack "
        "of memory.",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .options = rows,
    .values_size = sizeof(struct events_values),
    .run = run,
};
