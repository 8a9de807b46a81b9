/* SPDX-License-Identifier: Apache-2.0 */
/* What may be left out is left out where runc leaves it out: 0 of most counters, empty lists. */
#include "core/json_write.h"
#include "core/stats.h"

static void put_nonzero(struct json_writer *w, const char *key, uint64_t v)
{
    if (v)
        json_write_key_u64(w, key, v);
}

static void put_numbers(struct json_writer *w, const char *key, const struct stats_numbers *l)
{
    if (l->n == 0)
        return;
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < l->n; i++)
        json_write_u64(w, l->v[i]);
    json_write_array_end(w);
}

static void begin(struct json_writer *w, const char *key)
{
    json_write_key(w, key);
    json_write_object(w);
}

/* The shortest form of hundredths: 1234 is 12.34, 1230 is 12.3, 1200 is 12. */
static void put_hundredths(struct json_writer *w, const char *key, uint64_t v)
{
    char text[32];

    if (v % 100 == 0)
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)(v / 100));
    else if (v % 10 == 0)
        (void)snprintf(text, sizeof(text), "%llu.%llu", (unsigned long long)(v / 100),
                       (unsigned long long)(v % 100 / 10));
    else
        (void)snprintf(text, sizeof(text), "%llu.%02llu", (unsigned long long)(v / 100),
                       (unsigned long long)(v % 100));
    json_write_key(w, key);
    json_write_raw(w, text);
}

static void put_psi_line(struct json_writer *w, const char *key, const struct stats_psi_line *l)
{
    begin(w, key);
    put_hundredths(w, "avg10", l->avg10);
    put_hundredths(w, "avg60", l->avg60);
    put_hundredths(w, "avg300", l->avg300);
    json_write_key_u64(w, "total", l->total_us);
    json_write_object_end(w);
}

static void put_psi(struct json_writer *w, const struct stats_psi *psi)
{
    if (!psi->has)
        return;
    begin(w, "psi");
    put_psi_line(w, "some", &psi->some);
    put_psi_line(w, "full", &psi->full);
    json_write_object_end(w);
}

static void put_cpu(struct json_writer *w, const struct stats *s)
{
    begin(w, "cpu");
    begin(w, "usage");
    put_nonzero(w, "total", s->cpu_total);
    put_numbers(w, "percpu", &s->percpu);
    put_numbers(w, "percpu_kernel", &s->percpu_kernel);
    put_numbers(w, "percpu_user", &s->percpu_user);
    json_write_key_u64(w, "kernel", s->cpu_kernel);
    json_write_key_u64(w, "user", s->cpu_user);
    json_write_object_end(w);
    begin(w, "throttling");
    put_nonzero(w, "periods", s->periods);
    put_nonzero(w, "throttledPeriods", s->throttled_periods);
    put_nonzero(w, "throttledTime", s->throttled_ns);
    json_write_object_end(w);
    put_psi(w, &s->cpu_psi);
    json_write_object_end(w);
}

static void put_cpuset(struct json_writer *w, const struct stats *s)
{
    begin(w, "cpuset");
    put_numbers(w, "cpus", &s->cpus);
    json_write_key_u64(w, "cpu_exclusive", s->cpu_exclusive);
    put_numbers(w, "mems", &s->mems);
    json_write_key_u64(w, "mem_hardwall", s->mem_hardwall);
    json_write_key_u64(w, "mem_exclusive", s->mem_exclusive);
    json_write_key_u64(w, "memory_migrate", s->memory_migrate);
    json_write_key_u64(w, "memory_spread_page", s->memory_spread_page);
    json_write_key_u64(w, "memory_spread_slab", s->memory_spread_slab);
    json_write_key_u64(w, "memory_pressure", s->memory_pressure);
    json_write_key_u64(w, "sched_load_balance", s->sched_load_balance);
    json_write_key_i64(w, "sched_relax_domain_level", s->sched_relax_domain_level);
    json_write_object_end(w);
}

static void put_memory_entry(struct json_writer *w, const char *key, const struct stats_memory_entry *e)
{
    begin(w, key);
    json_write_key_u64(w, "limit", e->limit);
    put_nonzero(w, "usage", e->usage);
    put_nonzero(w, "max", e->max);
    json_write_key_u64(w, "failcnt", e->failcnt);
    json_write_object_end(w);
}

static void put_memory(struct json_writer *w, const struct stats *s)
{
    begin(w, "memory");
    put_nonzero(w, "cache", s->cache);
    put_memory_entry(w, "usage", &s->memory);
    put_memory_entry(w, "swap", &s->swap);
    put_memory_entry(w, "kernel", &s->kernel);
    put_memory_entry(w, "kernelTCP", &s->kernel_tcp);
    if (s->memory_raw.n) {
        begin(w, "raw");
        for (size_t i = 0; i < s->memory_raw.n; i++)
            json_write_key_u64(w, s->memory_raw.v[i].key, s->memory_raw.v[i].value);
        json_write_object_end(w);
    }
    put_psi(w, &s->memory_psi);
    json_write_object_end(w);
}

static void put_blkio_list(struct json_writer *w, const char *key, const struct stats_blkio *l)
{
    if (l->n == 0)
        return;
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < l->n; i++) {
        json_write_object(w);
        put_nonzero(w, "major", l->v[i].major);
        put_nonzero(w, "minor", l->v[i].minor);
        if (l->v[i].op[0])
            json_write_key_str(w, "op", l->v[i].op);
        put_nonzero(w, "value", l->v[i].value);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void put_blkio(struct json_writer *w, const struct stats *s)
{
    static const char *const keys[STATS_IO_COUNT] = {
        [STATS_IO_SERVICE_BYTES] = "ioServiceBytesRecursive",
        [STATS_IO_SERVICED] = "ioServicedRecursive",
        [STATS_IO_QUEUED] = "ioQueueRecursive",
        [STATS_IO_SERVICE_TIME] = "ioServiceTimeRecursive",
        [STATS_IO_WAIT_TIME] = "ioWaitTimeRecursive",
        [STATS_IO_MERGED] = "ioMergedRecursive",
        [STATS_IO_TIME] = "ioTimeRecursive",
        [STATS_IO_SECTORS] = "sectorsRecursive",
    };

    begin(w, "blkio");
    for (size_t i = 0; i < STATS_IO_COUNT; i++)
        put_blkio_list(w, keys[i], &s->blkio[i]);
    put_psi(w, &s->io_psi);
    json_write_object_end(w);
}

static void put_hugetlb(struct json_writer *w, const struct stats *s)
{
    begin(w, "hugetlb");
    for (size_t i = 0; i < s->n_hugetlb; i++) {
        begin(w, s->hugetlb[i].size);
        put_nonzero(w, "usage", s->hugetlb[i].usage);
        put_nonzero(w, "max", s->hugetlb[i].max);
        json_write_key_u64(w, "failcnt", s->hugetlb[i].failcnt);
        json_write_object_end(w);
    }
    json_write_object_end(w);
}

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    if (text)
        json_write_key_str(w, key, text);
}

static void put_rdt_info(struct json_writer *w, const struct stats_rdt *s)
{
    if (s->has_l3) {
        begin(w, "l3_cache_info");
        put_text(w, "cbm_mask", s->cbm_mask);
        put_nonzero(w, "min_cbm_bits", s->min_cbm_bits);
        put_nonzero(w, "num_closids", s->l3_num_closids);
        json_write_object_end(w);
    }
    put_text(w, "l3_cache_schema_root", s->l3_root);
    put_text(w, "l3_cache_schema", s->l3);
    if (s->has_mb) {
        begin(w, "mem_bw_info");
        put_nonzero(w, "bandwidth_gran", s->bandwidth_gran);
        put_nonzero(w, "delay_linear", s->delay_linear);
        put_nonzero(w, "min_bandwidth", s->min_bandwidth);
        put_nonzero(w, "num_closids", s->mb_num_closids);
        json_write_object_end(w);
    }
    put_text(w, "mem_bw_schema_root", s->mb_root);
    put_text(w, "mem_bw_schema", s->mb);
    if (s->schemata.n)
        json_write_key_strings(w, "schemata", s->schemata.v, s->schemata.n);
}

static void put_rdt(struct json_writer *w, const struct stats_rdt *s)
{
    begin(w, "intel_rdt");
    if (s->has)
        put_rdt_info(w, s);
    if (s->n_mbm) {
        json_write_key(w, "mbm_stats");
        json_write_array(w);
        for (size_t i = 0; i < s->n_mbm; i++) {
            json_write_object(w);
            put_nonzero(w, "mbm_total_bytes", s->mbm[i].total_bytes);
            put_nonzero(w, "mbm_local_bytes", s->mbm[i].local_bytes);
            json_write_object_end(w);
        }
        json_write_array_end(w);
    }
    if (s->n_cmt) {
        json_write_key(w, "cmt_stats");
        json_write_array(w);
        for (size_t i = 0; i < s->n_cmt; i++) {
            json_write_object(w);
            put_nonzero(w, "llc_occupancy", s->cmt[i]);
            json_write_object_end(w);
        }
        json_write_array_end(w);
    }
    json_write_object_end(w);
}

static void put_interfaces(struct json_writer *w, const struct stats *s)
{
    json_write_key(w, "network_interfaces");
    if (!s->has_network) {
        json_write_null(w);
        return;
    }
    json_write_array(w);
    for (size_t i = 0; i < s->n_interfaces; i++) {
        const struct stats_interface *n = &s->interfaces[i];

        json_write_object(w);
        json_write_key_str(w, "Name", n->name);
        json_write_key_u64(w, "RxBytes", n->rx_bytes);
        json_write_key_u64(w, "RxPackets", n->rx_packets);
        json_write_key_u64(w, "RxErrors", n->rx_errors);
        json_write_key_u64(w, "RxDropped", n->rx_dropped);
        json_write_key_u64(w, "TxBytes", n->tx_bytes);
        json_write_key_u64(w, "TxPackets", n->tx_packets);
        json_write_key_u64(w, "TxErrors", n->tx_errors);
        json_write_key_u64(w, "TxDropped", n->tx_dropped);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

void stats_print(const struct stats *s, const char *id, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, NULL);
    json_write_object(&w);
    json_write_key_str(&w, "type", "stats");
    json_write_key_str(&w, "id", id);
    begin(&w, "data");
    put_cpu(&w, s);
    put_cpuset(&w, s);
    put_memory(&w, s);
    begin(&w, "pids");
    put_nonzero(&w, "current", s->pids);
    put_nonzero(&w, "limit", s->pids_limit);
    json_write_object_end(&w);
    put_blkio(&w, s);
    put_hugetlb(&w, s);
    put_rdt(&w, &s->rdt);
    put_interfaces(&w, s);
    json_write_object_end(&w);
    json_write_object_end(&w);
    buf_char(out, '\n');
}

void stats_print_oom(const char *id, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, NULL);
    json_write_object(&w);
    json_write_key_str(&w, "type", "oom");
    json_write_key_str(&w, "id", id);
    json_write_object_end(&w);
    buf_char(out, '\n');
}
