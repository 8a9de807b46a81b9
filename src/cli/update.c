/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/document.h"

#include <stdlib.h>

struct update_values {
    const char *file;
    struct lorica_update_options options;
};

#define UPDATE_OPT(field) offsetof(struct update_values, options.field)

static const struct option_row rows[] = {
    {"resources", "r", OPTION_TEXT, offsetof(struct update_values, file), "FILE",
     "linux.resources as JSON from FILE (-: standard input); other options do not count", NULL},
    {"blkio-weight", NULL, OPTION_TEXT, UPDATE_OPT(blkio_weight), "N", "block I/O weight, 10 to 1000", NULL},
    {"cpu-period", NULL, OPTION_TEXT, UPDATE_OPT(cpu_period), "US", "CPU period in microseconds", NULL},
    {"cpu-quota", NULL, OPTION_TEXT, UPDATE_OPT(cpu_quota), "US",
     "CPU time per period in microseconds, -1: no limit", NULL},
    {"cpu-burst", NULL, OPTION_TEXT, UPDATE_OPT(cpu_burst), "US",
     "CPU time that may be saved up, in microseconds", NULL},
    {"cpu-share", NULL, OPTION_TEXT, UPDATE_OPT(cpu_share), "N", "CPU shares, 2 to 262144", NULL},
    {"cpu-rt-period", NULL, OPTION_TEXT, UPDATE_OPT(cpu_rt_period), "US",
     "real-time period in microseconds (cgroup v1)", NULL},
    {"cpu-rt-runtime", NULL, OPTION_TEXT, UPDATE_OPT(cpu_rt_runtime), "US",
     "real-time budget in microseconds (cgroup v1)", NULL},
    {"cpuset-cpus", NULL, OPTION_TEXT, UPDATE_OPT(cpuset_cpus), "LIST", "processors, as in 0-3,7", NULL},
    {"cpuset-mems", NULL, OPTION_TEXT, UPDATE_OPT(cpuset_mems), "LIST", "memory nodes", NULL},
    {"cpu-idle", NULL, OPTION_TEXT, UPDATE_OPT(cpu_idle), "N",
     "1: run only when nothing else wants to; 0: not so", NULL},
    {"memory", NULL, OPTION_TEXT, UPDATE_OPT(memory), "SIZE",
     "memory limit; suffixes b, k, m, g; -1: no limit", NULL},
    {"memory-reservation", NULL, OPTION_TEXT, UPDATE_OPT(memory_reservation), "SIZE",
     "memory reservation (soft limit)", NULL},
    {"memory-swap", NULL, OPTION_TEXT, UPDATE_OPT(memory_swap), "SIZE",
     "limit of memory and swap together; -1: no limit", NULL},
    {"kernel-memory", NULL, OPTION_TEXT, UPDATE_OPT(kernel_memory), "SIZE", "obsolete, ignored", NULL},
    {"kernel-memory-tcp", NULL, OPTION_TEXT, UPDATE_OPT(kernel_memory_tcp), "SIZE", "obsolete, ignored",
     NULL},
    {"pids-limit", NULL, OPTION_TEXT, UPDATE_OPT(pids_limit), "N", "most processes and threads; -1: no limit",
     NULL},
    {"l3-cache-schema", NULL, OPTION_TEXT, UPDATE_OPT(l3_cache_schema), "TEXT", "Intel RDT cache schema",
     NULL},
    {"mem-bw-schema", NULL, OPTION_TEXT, UPDATE_OPT(mem_bw_schema), "TEXT",
     "Intel RDT memory bandwidth schema", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct update_values *v = inv->values;
    struct lorica_update_options options = v->options;
    char *text = NULL;
    int r = 0;

    if (v->file) {
        r = document_read(inv, v->file, &text, &options.resources_len);
        options.resources = text;
    }
    if (r == 0)
        r = lorica_update(inv->lorica, inv->args[0], &options, inv->err);
    free(text);
    return r;
}

const struct verb verb_update = {
    .name = "update",
    .arguments = "CONTAINER",
    .summary = "change the limits of a container",
    .details = "Everything that is asked for is changed, or nothing.",
    .min_args = 1,
    .max_args = 1,
    .completes_containers = true,
    .options = rows,
    .values_size = sizeof(struct update_values),
    .run = run,
};
