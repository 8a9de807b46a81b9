/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any document that the library reads. */
#define RESOURCES_MAX (17u * 1024u * 1024u)

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

/* The whole file, on the heap. */
static int read_all(const struct invocation *inv, FILE *f, const char *name, char **ret, size_t *ret_len)
{
    size_t len = 0, cap = 64 * 1024;
    char *text = malloc(cap);

    while (text && !feof(f) && !ferror(f) && len < RESOURCES_MAX) {
        if (len == cap) {
            char *more = realloc(text, cap * 2);

            if (!more) {
                free(text);
                return verb_failed(inv->err, "read", name, ENOMEM);
            }
            text = more;
            cap *= 2;
        }
        len += fread(text + len, 1, cap - len, f);
    }
    if (!text)
        return verb_failed(inv->err, "read", name, ENOMEM);
    if (ferror(f) || len >= RESOURCES_MAX) {
        int error = ferror(f) ? errno : EFBIG;

        free(text);
        return verb_failed(inv->err, "read", name, error);
    }
    *ret = text;
    *ret_len = len;
    return 0;
}

static int read_resources(const struct invocation *inv, const char *name, char **ret, size_t *ret_len)
{
    FILE *f;
    int r;

    if (strcmp(name, "-") == 0)
        return read_all(inv, stdin, "standard input", ret, ret_len);
    f = fopen(name, "re");
    if (!f)
        return verb_failed(inv->err, "open", name, errno);
    r = read_all(inv, f, name, ret, ret_len);
    fclose(f);
    return r;
}

static int run(const struct invocation *inv)
{
    const struct update_values *v = inv->values;
    struct lorica_update_options options = v->options;
    char *text = NULL;
    int r = 0;

    if (v->file) {
        r = read_resources(inv, v->file, &text, &options.resources_len);
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
