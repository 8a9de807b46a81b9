/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_stats.h"

#include "base/fd.h"
#include "kernel/cgroup_dir.h"
#include "kernel/io.h"
#include "kernel/procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define STATS_FILE_MAX (4u << 20)
#define NS_PER_US      1000u
#define NS_PER_S       1000000000u

/* One cgroup that is read from. The first failure that is not the file's sticks. */
struct reader {
    struct arena *a;
    const struct cgroup *c; /* NULL: the container has none with that controller; every file is absent */
    int rc;
};

/* ---- reading ---- */

/* The text on the arena; ptr NULL when the file cannot be read. */
static struct str read_text(struct reader *r, const char *file)
{
    AUTO_BUF struct buf text = BUF_INIT(STATS_FILE_MAX);
    AUTO_CLOSE int fd = r->c && r->rc == 0 ? cgroup_dir_file(r->c->fd, file, O_RDONLY) : -ENOENT;
    char *copy;

    if (fd < 0 || io_read_all(fd, &text) < 0)
        return (struct str){0};
    copy = arena_strndup(r->a, buf_cstr(&text), text.len);
    if (!copy)
        r->rc = -ENOMEM;
    return (struct str){copy, copy ? text.len : 0};
}

static bool read_number(struct reader *r, const char *file, uint64_t *ret)
{
    struct str text = read_text(r, file);

    return text.ptr && stats_parse_number(text, ret);
}

/* 0 when it cannot be read. */
static uint64_t number(struct reader *r, const char *file)
{
    uint64_t v = 0;

    return read_number(r, file, &v) ? v : 0;
}

static struct stats_map map(struct reader *r, const char *file)
{
    struct str text = read_text(r, file);
    struct stats_map m = {0};

    if (text.ptr && stats_parse_map(r->a, text, &m) < 0)
        r->rc = -ENOMEM;
    return m;
}

static void psi(struct reader *r, const char *file, struct stats_psi *ret)
{
    struct str text = read_text(r, file);

    if (text.ptr)
        stats_parse_psi(text, ret);
}

static bool list_names(const char *controllers, const char *name)
{
    struct str rest = str_of(controllers);
    struct str field;

    while (str_next(&rest, ',', &field))
        if (str_eq(field, name))
            return true;
    return false;
}

/* The member with that controller; v2: the unified one, whatever the controller. */
static struct reader reader_of(struct cgroup_set *s, bool v2, struct arena *a, const char *controller)
{
    struct reader r = {.a = a};

    for (size_t i = 0; i < s->n && !r.c; i++) {
        struct cgroup *c = &s->v[i];
        bool is_it = v2 ? c->hierarchy == PLAN_CGROUP2
                        : c->hierarchy != PLAN_CGROUP2 && list_names(c->controllers, controller);

        if (is_it && !c->left_out && cgroup_member_open(c, NULL) >= 0)
            r.c = c;
    }
    return r;
}

/* ---- cpu ---- */

static void v1_cpu(struct cgroup_set *s, struct arena *a, struct stats *ret, int *rc)
{
    struct reader r = reader_of(s, false, a, "cpuacct"), cpu = reader_of(s, false, a, "cpu");
    long hz = sysconf(_SC_CLK_TCK);
    uint64_t ns_per_tick = NS_PER_S / (hz > 0 ? (uint64_t)hz : 100u);
    struct stats_map m = map(&r, "cpuacct.stat");
    struct str text;

    ret->cpu_user = stats_map_get(&m, "user") * ns_per_tick;
    ret->cpu_kernel = stats_map_get(&m, "system") * ns_per_tick;
    ret->cpu_total = number(&r, "cpuacct.usage");
    text = read_text(&r, "cpuacct.usage_percpu");
    if (text.ptr && stats_parse_numbers(a, text, &ret->percpu) < 0)
        r.rc = -ENOMEM;
    text = read_text(&r, "cpuacct.usage_all");
    if (text.ptr && stats_parse_usage_all(a, text, &ret->percpu_user, &ret->percpu_kernel) < 0)
        r.rc = -ENOMEM;
    m = map(&cpu, "cpu.stat");
    ret->periods = stats_map_get(&m, "nr_periods");
    ret->throttled_periods = stats_map_get(&m, "nr_throttled");
    ret->throttled_ns = stats_map_get(&m, "throttled_time");
    *rc = r.rc ? r.rc : cpu.rc;
}

static void v2_cpu(struct reader *r, struct stats *ret)
{
    struct stats_map m = map(r, "cpu.stat");

    ret->cpu_total = stats_map_get(&m, "usage_usec") * NS_PER_US;
    ret->cpu_user = stats_map_get(&m, "user_usec") * NS_PER_US;
    ret->cpu_kernel = stats_map_get(&m, "system_usec") * NS_PER_US;
    ret->periods = stats_map_get(&m, "nr_periods");
    ret->throttled_periods = stats_map_get(&m, "nr_throttled");
    ret->throttled_ns = stats_map_get(&m, "throttled_usec") * NS_PER_US;
    psi(r, "cpu.pressure", &ret->cpu_psi);
}

static int v1_cpuset(struct cgroup_set *s, struct arena *a, struct stats *ret)
{
    struct reader r = reader_of(s, false, a, "cpuset");
    struct str text = read_text(&r, "cpuset.cpus");
    int64_t level;

    if (text.ptr && stats_parse_list(a, text, &ret->cpus) < 0)
        r.rc = -ENOMEM;
    text = read_text(&r, "cpuset.mems");
    if (text.ptr && stats_parse_list(a, text, &ret->mems) < 0)
        r.rc = -ENOMEM;
    ret->cpu_exclusive = number(&r, "cpuset.cpu_exclusive");
    ret->mem_hardwall = number(&r, "cpuset.mem_hardwall");
    ret->mem_exclusive = number(&r, "cpuset.mem_exclusive");
    ret->memory_migrate = number(&r, "cpuset.memory_migrate");
    ret->memory_spread_page = number(&r, "cpuset.memory_spread_page");
    ret->memory_spread_slab = number(&r, "cpuset.memory_spread_slab");
    ret->memory_pressure = number(&r, "cpuset.memory_pressure");
    ret->sched_load_balance = number(&r, "cpuset.sched_load_balance");
    text = str_trim(read_text(&r, "cpuset.sched_relax_domain_level"));
    if (text.ptr && str_to_i64(text, INT32_MIN, INT32_MAX, &level) == 0)
        ret->sched_relax_domain_level = level;
    return r.rc;
}

/* ---- memory ---- */

static struct stats_memory_entry v1_memory_entry(struct reader *r, const char *prefix)
{
    static const char *const suffixes[] = {"limit_in_bytes", "usage_in_bytes", "max_usage_in_bytes",
                                           "failcnt"};
    uint64_t v[4];

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        char file[64];

        (void)snprintf(file, sizeof(file), "memory.%s%s", prefix, suffixes[i]);
        v[i] = number(r, file);
    }
    return (struct stats_memory_entry){.limit = v[0], .usage = v[1], .max = v[2], .failcnt = v[3]};
}

static int v1_memory(struct cgroup_set *s, struct arena *a, struct stats *ret)
{
    struct reader r = reader_of(s, false, a, "memory");

    ret->memory_raw = map(&r, "memory.stat");
    ret->cache = stats_map_get(&ret->memory_raw, "cache");
    ret->memory = v1_memory_entry(&r, "");
    ret->swap = v1_memory_entry(&r, "memsw.");
    ret->kernel = v1_memory_entry(&r, "kmem.");
    ret->kernel_tcp = v1_memory_entry(&r, "kmem.tcp.");
    return r.rc;
}

/* Swap of v2 stands alone; what is reported is the sum, as v1 has it. */
static void v2_memory(struct reader *r, struct stats *ret)
{
    uint64_t swap_limit;

    ret->memory_raw = map(r, "memory.stat");
    ret->cache = stats_map_get(&ret->memory_raw, "file");
    ret->memory.usage = number(r, "memory.current");
    ret->memory.limit = number(r, "memory.max");
    ret->memory.max = number(r, "memory.peak"); /* 5.19 */
    if (read_number(r, "memory.swap.max", &swap_limit)) {
        ret->swap.usage = number(r, "memory.swap.current") + ret->memory.usage;
        ret->swap.limit = swap_limit;
        if (swap_limit != STATS_UNLIMITED && ret->memory.limit != STATS_UNLIMITED)
            ret->swap.limit = swap_limit + ret->memory.limit;
        else
            ret->swap.limit = STATS_UNLIMITED;
    }
    psi(r, "memory.pressure", &ret->memory_psi);
}

/* ---- processes ---- */

static int pids(struct cgroup_set *s, bool v2, struct arena *a, struct stats *ret)
{
    struct reader r = reader_of(s, v2, a, "pids");
    uint64_t limit = number(&r, "pids.max");

    if (!read_number(&r, "pids.current", &ret->pids)) {
        AUTO_CGROUP_PIDS struct cgroup_pids list = CGROUP_PIDS_INIT;

        if (cgroup_set_pids(s, &list, NULL) == 0)
            ret->pids = list.n;
    }
    ret->pids_limit = limit == STATS_UNLIMITED ? 0 : limit;
    return r.rc;
}

/* ---- block devices ---- */

/* The first of these files that says something. */
static void blkio_file(struct reader *r, const char *const *files, size_t n, struct stats_blkio *ret)
{
    for (size_t i = 0; i < n && ret->n == 0; i++) {
        struct str text = read_text(r, files[i]);

        if (text.ptr && stats_parse_blkio(r->a, text, ret) < 0)
            r->rc = -ENOMEM;
    }
}

/* By the BFQ scheduler, by CFQ (before 5.0), else what passes the throttle. */
static int v1_blkio(struct cgroup_set *s, struct arena *a, struct stats *ret)
{
    static const struct {
        enum stats_blkio_kind kind;
        const char *files[4];
        size_t n;
    } sources[] = {
        {STATS_IO_SERVICE_BYTES,
         {"blkio.bfq.io_service_bytes_recursive", "blkio.io_service_bytes_recursive",
          "blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes"},
         4},
        {STATS_IO_SERVICED,
         {"blkio.bfq.io_serviced_recursive", "blkio.io_serviced_recursive",
          "blkio.throttle.io_serviced_recursive", "blkio.throttle.io_serviced"},
         4},
        {STATS_IO_QUEUED, {"blkio.bfq.io_queued_recursive", "blkio.io_queued_recursive"}, 2},
        {STATS_IO_SERVICE_TIME,
         {"blkio.bfq.io_service_time_recursive", "blkio.io_service_time_recursive"},
         2},
        {STATS_IO_WAIT_TIME, {"blkio.bfq.io_wait_time_recursive", "blkio.io_wait_time_recursive"}, 2},
        {STATS_IO_MERGED, {"blkio.bfq.io_merged_recursive", "blkio.io_merged_recursive"}, 2},
        {STATS_IO_TIME, {"blkio.bfq.time_recursive", "blkio.time_recursive"}, 2},
        {STATS_IO_SECTORS, {"blkio.bfq.sectors_recursive", "blkio.sectors_recursive"}, 2},
    };
    struct reader r = reader_of(s, false, a, "blkio");

    for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
        blkio_file(&r, sources[i].files, sources[i].n, &ret->blkio[sources[i].kind]);
    return r.rc;
}

static void v2_io(struct reader *r, struct stats *ret)
{
    struct str text = read_text(r, "io.stat");

    if (text.ptr && stats_parse_io_stat(r->a, text, &ret->blkio[STATS_IO_SERVICE_BYTES],
                                        &ret->blkio[STATS_IO_SERVICED]) < 0)
        r->rc = -ENOMEM;
    psi(r, "io.pressure", &ret->io_psi);
}

/* ---- huge pages ---- */

#define HUGETLB_SIZES_MAX 16u

/* "hugetlb.2MB.current" to "2MB". */
static bool hugetlb_size(const char *name, bool v2, struct str *ret)
{
    static const char prefix[] = "hugetlb.";
    const char *suffix = v2 ? ".current" : ".usage_in_bytes";
    struct str s = str_of(name);

    if (!str_starts(s, prefix) || !str_ends(s, suffix) || s.len <= strlen(prefix) + strlen(suffix))
        return false;
    s.ptr += strlen(prefix);
    s.len -= strlen(prefix) + strlen(suffix);
    *ret = s;
    return !str_has(s, '.'); /* hugetlb.2MB.rsvd.current */
}

/* What was reserved, where the kernel counts it (5.7): that is what limits act on. */
static void hugetlb_entry(struct reader *r, bool v2, struct stats_hugetlb *h)
{
    const char *usage = v2 ? "current" : "usage_in_bytes";
    char file[128];
    struct stats_map events;

    (void)snprintf(file, sizeof(file), "hugetlb.%s.rsvd.%s", h->size, usage);
    if (!read_number(r, file, &h->usage)) {
        (void)snprintf(file, sizeof(file), "hugetlb.%s.%s", h->size, usage);
        h->usage = number(r, file);
    }
    if (v2) {
        (void)snprintf(file, sizeof(file), "hugetlb.%s.events", h->size);
        events = map(r, file);
        h->failcnt = stats_map_get(&events, "max");
        return;
    }
    (void)snprintf(file, sizeof(file), "hugetlb.%s.rsvd.max_usage_in_bytes", h->size);
    if (!read_number(r, file, &h->max)) {
        (void)snprintf(file, sizeof(file), "hugetlb.%s.max_usage_in_bytes", h->size);
        h->max = number(r, file);
    }
    (void)snprintf(file, sizeof(file), "hugetlb.%s.rsvd.failcnt", h->size);
    if (!read_number(r, file, &h->failcnt)) {
        (void)snprintf(file, sizeof(file), "hugetlb.%s.failcnt", h->size);
        h->failcnt = number(r, file);
    }
}

static int compare_sizes(const void *x, const void *y)
{
    const struct stats_hugetlb *a = x, *b = y;

    return strcmp(a->size, b->size);
}

static int hugetlb(struct cgroup_set *s, bool v2, struct arena *a, struct stats *ret)
{
    struct reader r = reader_of(s, v2, a, "hugetlb");
    int fd = r.c ? cgroup_dir_file(r.c->fd, ".", O_RDONLY | O_DIRECTORY) : -1;
    AUTO_CLOSEDIR DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *e;

    if (!d) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    ret->hugetlb = arena_new_array(a, struct stats_hugetlb, HUGETLB_SIZES_MAX);
    if (!ret->hugetlb)
        return -ENOMEM;
    while ((e = readdir(d)) && ret->n_hugetlb < HUGETLB_SIZES_MAX) {
        struct stats_hugetlb *h = &ret->hugetlb[ret->n_hugetlb];
        struct str size;

        if (!hugetlb_size(e->d_name, v2, &size))
            continue;
        h->size = arena_strndup(a, size.ptr, size.len);
        if (!h->size)
            return -ENOMEM;
        hugetlb_entry(&r, v2, h);
        ret->n_hugetlb++;
    }
    qsort(ret->hugetlb, ret->n_hugetlb, sizeof(*ret->hugetlb), compare_sizes);
    return r.rc;
}

/* ---- all ---- */

static int v1_stats(struct cgroup_set *s, struct arena *a, struct stats *ret)
{
    int rc;

    v1_cpu(s, a, ret, &rc);
    if (rc == 0)
        rc = v1_cpuset(s, a, ret);
    if (rc == 0)
        rc = v1_memory(s, a, ret);
    return rc < 0 ? rc : v1_blkio(s, a, ret);
}

static int v2_stats(struct cgroup_set *s, struct arena *a, struct stats *ret)
{
    struct reader r = reader_of(s, true, a, "");

    v2_cpu(&r, ret);
    v2_memory(&r, ret);
    v2_io(&r, ret);
    return r.rc;
}

int cgroup_set_stats(struct cgroup_set *s, bool v2, struct arena *a, struct stats *ret, struct err *reterr)
{
    int rc;

    if (!cgroup_set_lister(s))
        return s->n ? err_state(reterr, ENOENT, "the container's cgroups are gone") : 0;
    rc = v2 ? v2_stats(s, a, ret) : v1_stats(s, a, ret);
    if (rc == 0)
        rc = pids(s, v2, a, ret);
    if (rc == 0)
        rc = hugetlb(s, v2, a, ret);
    return rc < 0 ? err_nomem(reterr) : 0;
}

/* ---- network ---- */

/* Both links say "net:[4026531840]". */
static bool is_our_netns(int pid_dirfd)
{
    char theirs[64], ours[64];
    ssize_t n = readlinkat(pid_dirfd, "ns/net", theirs, sizeof(theirs));

    return n < 0 ||
           (n == readlink("/proc/self/ns/net", ours, sizeof(ours)) && memcmp(theirs, ours, (size_t)n) == 0);
}

int netdev_stats(pid_t pid, struct arena *a, struct stats *ret, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(STATS_FILE_MAX);
    AUTO_CLOSE int dir = procfs_open_pid(pid, reterr);
    AUTO_CLOSE int fd = -1;

    if (dir < 0)
        return dir;
    if (is_our_netns(dir))
        return 0;
    fd = openat(dir, "net/dev", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || io_read_all(fd, &text) < 0)
        return 0;
    ret->has_network = true;
    if (stats_parse_net_dev(a, (struct str){buf_cstr(&text), text.len}, &ret->interfaces,
                            &ret->n_interfaces) < 0)
        return err_nomem(reterr);
    return 0;
}
