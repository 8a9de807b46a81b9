/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `events` reports: figures of a container's cgroups and network interfaces, the parsers for the files
 * they come from, and the JSON that callers of runc expect, member for member.
 *
 * Everything hangs on the arena. The parsers take text from the kernel (and from whatever else stands in its
 * place): what they do not understand is left out, what is longer than STATS_LINES_MAX lines is cut. They
 * fail for lack of memory only.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define STATS_LINES_MAX 4096u
#define STATS_UNLIMITED UINT64_MAX /* "max" of a v2 file */

/* Numbers, one for each processor or in the order of a list. */
struct stats_numbers {
    uint64_t *v;
    size_t n;
};

/* "KEY NUMBER" lines. */
struct stats_entry {
    const char *key;
    uint64_t value;
};
struct stats_map {
    struct stats_entry *v;
    size_t n;
};

/* Pressure (Documentation/accounting/psi.rst): averages in hundredths of a percent, the total in us. */
struct stats_psi_line {
    uint64_t avg10, avg60, avg300;
    uint64_t total_us;
};
struct stats_psi {
    bool has;
    struct stats_psi_line some, full;
};

struct stats_blkio_entry {
    uint64_t major, minor;
    const char *op; /* "Read", "Write", ...; "" */
    uint64_t value;
};
struct stats_blkio {
    struct stats_blkio_entry *v;
    size_t n;
};

enum stats_blkio_kind {
    STATS_IO_SERVICE_BYTES,
    STATS_IO_SERVICED,
    STATS_IO_QUEUED,
    STATS_IO_SERVICE_TIME,
    STATS_IO_WAIT_TIME,
    STATS_IO_MERGED,
    STATS_IO_TIME,
    STATS_IO_SECTORS,
    STATS_IO_COUNT
};

/* One counter of memory. A limit that is not there is 0. */
struct stats_memory_entry {
    uint64_t limit, usage, max, failcnt;
};

struct stats_hugetlb {
    const char *size; /* "2MB" */
    uint64_t usage, max, failcnt;
};

/* A group of resctrl (kernel/resctrl): what this machine does not have is left out. */
struct stats_rdt_mbm {
    uint64_t total_bytes, local_bytes;
};
struct stats_lines {
    const char **v;
    size_t n;
};
struct stats_rdt {
    bool has; /* the container has a group */
    bool has_l3, has_mb;
    const char *cbm_mask; /* hexadecimal */
    uint64_t min_cbm_bits, l3_num_closids;
    uint64_t bandwidth_gran, delay_linear, min_bandwidth, mb_num_closids;
    const char *l3_root, *l3, *mb_root, *mb; /* lines of schemata: of the root group, of its own; NULL */
    struct stats_lines schemata;             /* its own, whole */
    struct stats_rdt_mbm *mbm;               /* one for each cache that is monitored */
    size_t n_mbm;
    uint64_t *cmt; /* bytes of cache */
    size_t n_cmt;
};

struct stats_interface {
    const char *name;
    uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
    uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
};

struct stats {
    /* nanoseconds */
    uint64_t cpu_total, cpu_user, cpu_kernel;
    struct stats_numbers percpu, percpu_user, percpu_kernel;
    uint64_t periods, throttled_periods, throttled_ns;
    struct stats_psi cpu_psi;

    struct stats_numbers cpus, mems;
    uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate, memory_spread_page,
        memory_spread_slab, memory_pressure, sched_load_balance;
    int64_t sched_relax_domain_level;

    uint64_t cache;
    struct stats_memory_entry memory, swap, kernel, kernel_tcp; /* swap: memory and swap together */
    struct stats_map memory_raw;
    struct stats_psi memory_psi;

    uint64_t pids, pids_limit; /* limit 0: none */

    struct stats_blkio blkio[STATS_IO_COUNT];
    struct stats_psi io_psi;

    struct stats_hugetlb *hugetlb;
    size_t n_hugetlb;

    struct stats_rdt rdt;

    bool has_network; /* a network namespace of its own */
    struct stats_interface *interfaces;
    size_t n_interfaces;
};

/* ---- parsers ---- */

/* memory.stat, cpu.stat, cpuacct.stat, memory.events: sorted by key, each key once (the first). */
int stats_parse_map(struct arena *a, struct str text, struct stats_map *ret);
/* 0 when there is no such key. */
uint64_t stats_map_get(const struct stats_map *m, const char *key);

/* cpuacct.usage_percpu: numbers, separated by blanks. */
int stats_parse_numbers(struct arena *a, struct str text, struct stats_numbers *ret);

/* cpuacct.usage_all: "cpu user system" and a line for each processor. */
int stats_parse_usage_all(struct arena *a, struct str text, struct stats_numbers *ret_user,
                          struct stats_numbers *ret_kernel);

/* A cpu or node list: its numbers. */
int stats_parse_list(struct arena *a, struct str text, struct stats_numbers *ret);

/* Lines without the blanks around them; empty ones are left out. */
int stats_parse_lines(struct arena *a, struct str text, struct stats_lines *ret);

/* One number, or "max". false: neither. */
bool stats_parse_number(struct str text, uint64_t *ret);

/* v1 blkio.*: "MAJOR:MINOR OP NUMBER" and "MAJOR:MINOR NUMBER"; sums over all devices are left out. */
int stats_parse_blkio(struct arena *a, struct str text, struct stats_blkio *ret);

/* v2 io.stat: "MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N dbytes=N dios=N" as v1 has it: bytes and counts.
 */
int stats_parse_io_stat(struct arena *a, struct str text, struct stats_blkio *ret_bytes,
                        struct stats_blkio *ret_counts);

/* *.pressure; .has is false when there is neither line. */
void stats_parse_psi(struct str text, struct stats_psi *ret);

/* /proc/PID/net/dev (proc(5)) */
int stats_parse_net_dev(struct arena *a, struct str text, struct stats_interface **ret, size_t *ret_n);

/* ---- events, each a line of compact JSON with its newline ---- */

/* {"type":"stats","id":"...","data":{...}} */
void stats_print(const struct stats *s, const char *id, struct buf *out);

/* {"type":"oom","id":"..."} */
void stats_print_oom(const char *id, struct buf *out);
