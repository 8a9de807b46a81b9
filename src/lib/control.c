/* SPDX-License-Identifier: Apache-2.0 */
/* Of lorica.h: pausing, looking at processes, changing limits, events. */
#include "core/duration.h"
#include "lib/context.h"
#include "runtime/events.h"
#include "runtime/pause.h"
#include "runtime/ps.h"
#include "runtime/update.h"

int lorica_pause(struct lorica *l, const char *id, struct lorica_error *err)
{
    struct err e;

    err_init(&e);
    return lib_hand_out(container_pause(&l->rt, id, &e), &e, err);
}

int lorica_resume(struct lorica *l, const char *id, struct lorica_error *err)
{
    struct err e;

    err_init(&e);
    return lib_hand_out(container_resume(&l->rt, id, &e), &e, err);
}

int lorica_ps(struct lorica *l, const char *id, char *const *ps_args, size_t n_ps_args, char **ret,
              struct lorica_error *err)
{
    AUTO_BUF struct buf text = BUF_INIT(LIB_TEXT_MAX);
    struct err e;
    int r;

    err_init(&e);
    r = ps_args ? container_ps_table(&l->rt, id, ps_args, n_ps_args, &text, &e)
                : container_ps_json(&l->rt, id, &text, &e);
    return lib_hand_out_text(r, &text, ret, &e, err);
}

int lorica_update(struct lorica *l, const char *id, const struct lorica_update_options *options,
                  struct lorica_error *err)
{
    const struct lorica_update_options *o = options;
    const struct update_request req = {
        .flags =
            {
                .blkio_weight = o->blkio_weight,
                .cpu_period = o->cpu_period,
                .cpu_quota = o->cpu_quota,
                .cpu_burst = o->cpu_burst,
                .cpu_share = o->cpu_share,
                .cpu_rt_period = o->cpu_rt_period,
                .cpu_rt_runtime = o->cpu_rt_runtime,
                .cpuset_cpus = o->cpuset_cpus,
                .cpuset_mems = o->cpuset_mems,
                .cpu_idle = o->cpu_idle,
                .memory = o->memory,
                .memory_reservation = o->memory_reservation,
                .memory_swap = o->memory_swap,
                .kernel_memory = o->kernel_memory,
                .kernel_memory_tcp = o->kernel_memory_tcp,
                .pids_limit = o->pids_limit,
            },
        .resources_json = o->resources,
        .resources_len = o->resources_len,
        .l3_cache_schema = o->l3_cache_schema,
        .mem_bw_schema = o->mem_bw_schema,
    };
    struct err e;

    err_init(&e);
    return lib_hand_out(container_update(&l->rt, id, &req, &e), &e, err);
}

#define NS_PER_MS 1000000

/* Milliseconds, at least one. */
static int parse_interval(const char *text, int64_t *ret_ms, struct err *e)
{
    int64_t ns;

    if (duration_parse(str_of(text), &ns) < 0)
        return err_usage(e, "invalid value \"%s\" for flag -interval", text);
    if (ns <= 0)
        return err_usage(e, "duration interval must be greater than 0");
    *ret_ms = ns < NS_PER_MS ? 1 : ns / NS_PER_MS;
    return 0;
}

int lorica_events(struct lorica *l, const char *id, const char *interval, bool stats_only,
                  lorica_event_fn emit, void *arg, struct lorica_error *err)
{
    int64_t interval_ms;
    struct err e;
    int r;

    err_init(&e);
    r = parse_interval(interval ? interval : "5s", &interval_ms, &e);
    if (r == 0)
        r = container_events(&l->rt, id, interval_ms, stats_only, emit, arg, &e);
    return r < 0 && e.code == 0 ? r : lib_hand_out(r, &e, err); /* the caller's own failure is the caller's */
}
