/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/stats.h"

#include <errno.h>

#include <cmocka.h>

#include "unit/alloc_fault.h"

static int setup(void **state)
{
    static struct arena a;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    *state = &a;
    return 0;
}

static int teardown(void **state)
{
    arena_done(*state);
    return 0;
}

static void test_stats_parse_map__lines(void **state)
{
    static const struct {
        const char *text;
        const char *map; /* "key=value " for each */
    } cases[] = {
        {"", ""},
        {"\n", ""},
        {"cache 5\n", "cache=5 "},
        {"rss 7\ncache 5", "cache=5 rss=7 "},
        {"a 1\na 2\n", "a=1 "},
        {"a\nb 1\nc x\nd -1\ne 1 2\nf  3\n", "b=1 f=3 "},
        {"big 18446744073709551615\n", "big=18446744073709551615 "},
        {"too_big 18446744073709551616\n", ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf out = BUF_INIT(1024);
        struct stats_map m;

        assert_int_equal(stats_parse_map(*state, str_of(cases[i].text), &m), 0);
        for (size_t k = 0; k < m.n; k++)
            buf_printf(&out, "%s=%llu ", m.v[k].key, (unsigned long long)m.v[k].value);
        assert_string_equal(buf_cstr(&out), cases[i].map);
    }
}

static void test_stats_map_get__absent_is_0(void **state)
{
    struct stats_map m;

    assert_int_equal(stats_parse_map(*state, STR("usage_usec 5\nnr_periods 6\n"), &m), 0);
    assert_int_equal(stats_map_get(&m, "nr_periods"), 6);
    assert_int_equal(stats_map_get(&m, "nr"), 0);
}

static void test_stats_parse_numbers__lists(void **state)
{
    struct stats_numbers l, m;

    assert_int_equal(stats_parse_numbers(*state, STR("661528 10257629 \n"), &l), 0);
    assert_int_equal(l.n, 2);
    assert_int_equal(l.v[1], 10257629);
    assert_int_equal(stats_parse_numbers(*state, STR("\n"), &l), 0);
    assert_int_equal(l.n, 0);
    assert_int_equal(stats_parse_numbers(*state, STR("1 x 3"), &l), 0);
    assert_int_equal(l.n, 1);
    assert_int_equal(stats_parse_usage_all(*state, STR("cpu user system\n0 5 6\n1 7 8\n"), &l, &m), 0);
    assert_int_equal(l.n, 2);
    assert_int_equal(l.v[1], 7);
    assert_int_equal(m.v[0], 6);
    assert_int_equal(stats_parse_list(*state, STR("0-2,5\n"), &l), 0);
    assert_int_equal(l.n, 4);
    assert_int_equal(l.v[3], 5);
    assert_int_equal(stats_parse_list(*state, STR("\n"), &l), 0);
    assert_int_equal(l.n, 0);
}

static void test_stats_parse_number__limits(void **state)
{
    uint64_t v;

    (void)state;
    assert_true(stats_parse_number(STR("42\n"), &v));
    assert_int_equal(v, 42);
    assert_true(stats_parse_number(STR("max\n"), &v));
    assert_true(v == STATS_UNLIMITED);
    assert_false(stats_parse_number(STR(""), &v));
    assert_false(stats_parse_number(STR("1 2"), &v));
    assert_false(stats_parse_number(STR("-1"), &v));
}

static void check_blkio(const struct stats_blkio *l, const char *want)
{
    AUTO_BUF struct buf out = BUF_INIT(4096);

    for (size_t i = 0; i < l->n; i++)
        buf_printf(&out, "%llu:%llu %s %llu;", (unsigned long long)l->v[i].major,
                   (unsigned long long)l->v[i].minor, l->v[i].op, (unsigned long long)l->v[i].value);
    assert_string_equal(buf_cstr(&out), want);
}

static void test_stats_parse_blkio__devices(void **state)
{
    struct stats_blkio l, m;

    assert_int_equal(stats_parse_blkio(*state,
                                       STR("8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n"
                                           "8:16 7\nx:y Read 1\n8 Read 1\n8:0 Read\n8:0 Read x\n"),
                                       &l),
                     0);
    check_blkio(&l, "8:0 Read 4096;8:0 Write 0;8:0 Total 4096;8:16  7;");
    assert_int_equal(
        stats_parse_io_stat(*state,
                            STR("8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 cost.usage=9\n"
                                "8:16 \nbroken\n253:0 rbytes=x wios=8\n"),
                            &l, &m),
        0);
    check_blkio(&l, "8:0 Read 1;8:0 Write 2;8:0 Discard 5;");
    check_blkio(&m, "8:0 Read 3;8:0 Write 4;8:0 Discard 6;253:0 Write 8;");
}

static void test_stats_parse_psi__lines(void **state)
{
    struct stats_psi p;

    (void)state;
    stats_parse_psi(STR("some avg10=0.00 avg60=1.23 avg300=100.00 total=42\n"
                        "full avg10=0.50 avg60=0.05 avg300=0.00 total=18446744073709551615\n"),
                    &p);
    assert_true(p.has);
    assert_int_equal(p.some.avg60, 123);
    assert_int_equal(p.some.avg300, 10000);
    assert_int_equal(p.some.total_us, 42);
    assert_int_equal(p.full.avg10, 50);
    assert_int_equal(p.full.avg60, 5);
    assert_true(p.full.total_us == UINT64_MAX);
    /* cpu.pressure had no "full" before 5.13 */
    stats_parse_psi(STR("some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"), &p);
    assert_true(p.has);
    assert_int_equal(p.full.total_us, 0);
    stats_parse_psi(STR(""), &p);
    assert_false(p.has);
    stats_parse_psi(STR("some avg10=0.0 avg60=0.00 avg300=0.00 total=1\nfull total=3\nother x\n"), &p);
    assert_false(p.has);
}

static void test_stats_parse_net_dev__interfaces(void **state)
{
    struct stats_interface *v;
    size_t n;

    assert_int_equal(
        stats_parse_net_dev(
            *state,
            STR("Inter-|   Receive                            |  Transmit\n"
                " face |bytes    packets errs drop fifo frame compressed multicast|bytes packets\n"
                "    lo:       1       2    3    4    5     6          7         8  9 10 11 12 13 14 15 16\n"
                "eth0:1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n  eth1: 1 2\n: 1\n"),
            &v, &n),
        0);
    assert_int_equal(n, 2);
    assert_string_equal(v[0].name, "lo");
    assert_int_equal(v[0].rx_bytes, 1);
    assert_int_equal(v[0].rx_dropped, 4);
    assert_int_equal(v[0].tx_bytes, 9);
    assert_int_equal(v[0].tx_dropped, 12);
    assert_string_equal(v[1].name, "eth0");
}

/* ---- JSON ---- */

static void test_stats_print__nothing(void **state)
{
    AUTO_BUF struct buf out = BUF_INIT(4096);
    const struct stats s = {0};

    (void)state;
    stats_print(&s, "c", &out);
    assert_string_equal(
        buf_cstr(&out),
        "{\"type\":\"stats\",\"id\":\"c\",\"data\":{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},"
        "\"throttling\":{}},"
        "\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,"
        "\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":0,"
        "\"sched_relax_domain_level\":0},\"memory\":{\"usage\":{\"limit\":0,\"failcnt\":0},"
        "\"swap\":{\"limit\":0,\"failcnt\":0},\"kernel\":{\"limit\":0,\"failcnt\":0},"
        "\"kernelTCP\":{\"limit\":0,\"failcnt\":0}},\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},"
        "\"network_interfaces\":null}}\n");
}

static void test_stats_print__everything(void **state)
{
    AUTO_BUF struct buf out = BUF_INIT(8192);
    uint64_t numbers[] = {1, 2};
    const struct stats_numbers list = {numbers, 2};
    const struct stats_psi psi = {.has = true, .some = {1234, 1230, 1200, 7}, .full = {5, 0, 10000, 8}};
    struct stats_entry raw[] = {{"anon", 3}, {"file", 18446744073709551615ull}};
    struct stats_blkio_entry io[] = {{8, 0, "Read", 9}, {0, 0, "", 0}};
    struct stats_hugetlb huge[] = {{"1GB", 1, 2, 3}, {"2MB", 0, 0, 0}};
    struct stats_interface net[] = {{"eth0", 1, 2, 3, 4, 5, 6, 7, 8}};
    struct stats s = {.cpu_total = 11,
                      .cpu_user = 12,
                      .cpu_kernel = 13,
                      .percpu = list,
                      .percpu_user = list,
                      .percpu_kernel = list,
                      .periods = 14,
                      .throttled_periods = 15,
                      .throttled_ns = 16,
                      .cpu_psi = psi,
                      .cpus = list,
                      .mems = list,
                      .sched_relax_domain_level = -1,
                      .cache = 17,
                      .memory = {1, 2, 3, 4},
                      .memory_raw = {raw, 2},
                      .pids = 18,
                      .pids_limit = 19,
                      .hugetlb = huge,
                      .n_hugetlb = 2,
                      .has_network = true,
                      .interfaces = net,
                      .n_interfaces = 1};

    (void)state;
    s.blkio[STATS_IO_SERVICE_BYTES] = (struct stats_blkio){io, 2};
    s.blkio[STATS_IO_QUEUED] = (struct stats_blkio){io, 1};
    stats_print(&s, "c", &out);
    assert_string_equal(
        buf_cstr(&out),
        "{\"type\":\"stats\",\"id\":\"c\",\"data\":{\"cpu\":{\"usage\":{\"total\":11,\"percpu\":[1,2],"
        "\"percpu_kernel\":[1,2],\"percpu_user\":[1,2],\"kernel\":13,\"user\":12},\"throttling\":{"
        "\"periods\":14,"
        "\"throttledPeriods\":15,\"throttledTime\":16},\"psi\":{\"some\":{\"avg10\":12.34,\"avg60\":12.3,"
        "\"avg300\":12,\"total\":7},\"full\":{\"avg10\":0.05,\"avg60\":0,\"avg300\":100,\"total\":8}}},"
        "\"cpuset\":{\"cpus\":[1,2],\"cpu_exclusive\":0,\"mems\":[1,2],\"mem_hardwall\":0,\"mem_exclusive\":"
        "0,"
        "\"memory_migrate\":0,\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,"
        "\"sched_load_balance\":0,\"sched_relax_domain_level\":-1},\"memory\":{\"cache\":17,"
        "\"usage\":{\"limit\":1,\"usage\":2,\"max\":3,\"failcnt\":4},\"swap\":{\"limit\":0,\"failcnt\":0},"
        "\"kernel\":{\"limit\":0,\"failcnt\":0},\"kernelTCP\":{\"limit\":0,\"failcnt\":0},"
        "\"raw\":{\"anon\":3,\"file\":18446744073709551615}},\"pids\":{\"current\":18,\"limit\":19},"
        "\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":9},{}],"
        "\"ioQueueRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":9}]},"
        "\"hugetlb\":{\"1GB\":{\"usage\":1,\"max\":2,\"failcnt\":3},\"2MB\":{\"failcnt\":0}},\"intel_rdt\":{}"
        ","
        "\"network_interfaces\":[{\"Name\":\"eth0\",\"RxBytes\":1,\"RxPackets\":2,\"RxErrors\":3,"
        "\"RxDropped\":4,"
        "\"TxBytes\":5,\"TxPackets\":6,\"TxErrors\":7,\"TxDropped\":8}]}}\n");
}

static void test_stats_print_oom__line(void **state)
{
    AUTO_BUF struct buf out = BUF_INIT(100);

    (void)state;
    stats_print_oom("c\"1", &out);
    assert_string_equal(buf_cstr(&out), "{\"type\":\"oom\",\"id\":\"c\\\"1\"}\n");
}

static int parse_all(struct arena *a)
{
    struct stats_interface *net;
    struct stats_numbers l, m;
    struct stats_blkio b, c;
    struct stats_map map;
    size_t n;
    int rc = stats_parse_map(a, STR("a 1\nb 2\n"), &map);

    if (rc == 0)
        rc = stats_parse_numbers(a, STR("1 2"), &l);
    if (rc == 0)
        rc = stats_parse_usage_all(a, STR("0 1 2\n"), &l, &m);
    if (rc == 0)
        rc = stats_parse_list(a, STR("0-3"), &l);
    if (rc == 0)
        rc = stats_parse_blkio(a, STR("8:0 Read 1\n"), &b);
    if (rc == 0)
        rc = stats_parse_io_stat(a, STR("8:0 rbytes=1\n"), &b, &c);
    if (rc == 0)
        rc = stats_parse_net_dev(a, STR("lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"), &net, &n);
    return rc;
}

static void test_stats_parsers__no_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        struct arena a;
        int rc;

        arena_init(&a, 0, ARENA_MAX_DEFAULT);
        alloc_fault_at(n);
        rc = parse_all(&a);
        arena_done(&a);
        if (!alloc_fault_fired()) {
            assert_int_equal(rc, 0);
            assert_true(n > 10);
            break;
        }
        assert_int_equal(rc, -ENOMEM);
    }
}

/* A group of resctrl; what the machine does not have is left out. */
static void test_stats_print__intel_rdt(void **state)
{
    AUTO_BUF struct buf out = BUF_INIT(16384), none = BUF_INIT(16384);
    const char *lines[] = {"L3:0=f", "MB:0=50"};
    struct stats_rdt_mbm mbm[] = {{3, 2}, {0, 0}};
    uint64_t cmt[] = {7, 0};
    struct stats s = {.rdt = {.has = true,
                              .has_l3 = true,
                              .has_mb = true,
                              .cbm_mask = "7ff",
                              .min_cbm_bits = 1,
                              .l3_num_closids = 4,
                              .bandwidth_gran = 10,
                              .min_bandwidth = 20,
                              .mb_num_closids = 8,
                              .l3_root = "L3:0=7ff",
                              .l3 = "L3:0=f",
                              .mb_root = "MB:0=100",
                              .mb = "MB:0=50",
                              .schemata = {lines, 2},
                              .mbm = mbm,
                              .n_mbm = 2,
                              .cmt = cmt,
                              .n_cmt = 2}};
    const struct stats bare = {.rdt = {.has = true}};

    (void)state;
    stats_print(&s, "c", &out);
    assert_non_null(strstr(
        buf_cstr(&out),
        "\"intel_rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":4},"
        "\"l3_cache_schema_root\":\"L3:0=7ff\",\"l3_cache_schema\":\"L3:0=f\",\"mem_bw_info\":{"
        "\"bandwidth_gran\":10,\"min_bandwidth\":20,\"num_closids\":8},\"mem_bw_schema_root\":\"MB:0=100\","
        "\"mem_bw_schema\":\"MB:0=50\",\"schemata\":[\"L3:0=f\",\"MB:0=50\"],\"mbm_stats\":[{"
        "\"mbm_total_bytes\":3,\"mbm_local_bytes\":2},{}],\"cmt_stats\":[{\"llc_occupancy\":7},{}]}"));
    stats_print(&bare, "c", &none);
    assert_non_null(strstr(buf_cstr(&none), "\"intel_rdt\":{},"));
}

static void test_stats_parse_lines(void **state)
{
    struct stats_lines lines;
    struct arena a;

    (void)state;
    arena_init(&a, 4096, 1u << 20);
    assert_int_equal(stats_parse_lines(&a, str_of("  a b\n\n \nc"), &lines), 0);
    assert_int_equal(lines.n, 2);
    assert_string_equal(lines.v[0], "a b");
    assert_string_equal(lines.v[1], "c");
    assert_int_equal(stats_parse_lines(&a, str_of(""), &lines), 0);
    assert_int_equal(lines.n, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stats_parse_map__lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stats_map_get__absent_is_0, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stats_parse_numbers__lists, setup, teardown),
        cmocka_unit_test(test_stats_parse_number__limits),
        cmocka_unit_test_setup_teardown(test_stats_parse_blkio__devices, setup, teardown),
        cmocka_unit_test(test_stats_parse_psi__lines),
        cmocka_unit_test_setup_teardown(test_stats_parse_net_dev__interfaces, setup, teardown),
        cmocka_unit_test(test_stats_print__nothing),
        cmocka_unit_test(test_stats_print__everything),
        cmocka_unit_test(test_stats_print_oom__line),
        cmocka_unit_test(test_stats_parsers__no_memory),
        cmocka_unit_test(test_stats_print__intel_rdt),
        cmocka_unit_test(test_stats_parse_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
