/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main target: the first two bytes choose a host and options, the rest is a config.json. Oracle: either
 * an error that names a JSON pointer (kind CONFIG) or says that there is no memory, or a plan for which
 * plan_check holds, and which prints, twice the same, as text and as JSON that our own strict reader takes.
 */
#include "oracle.h"

#include "core/decode.h"
#include "core/json.h"
#include "core/plan.h"
#include "core/validate.h"

#include <errno.h>

static struct facts_hierarchy v1[] = {
    {"cpuset", "/sys/fs/cgroup/cpuset", "/"},
    {"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/own"},
    {"memory", "/sys/fs/cgroup/memory", "/"},
    {"devices", "/sys/fs/cgroup/devices", "/"},
    {"freezer", "/sys/fs/cgroup/freezer", "/"},
    {"blkio", "/sys/fs/cgroup/blkio", "/"},
    {"pids", "/sys/fs/cgroup/pids", "/"},
    {"net_cls,net_prio", "/sys/fs/cgroup/net_cls,net_prio", "/"},
    {"hugetlb", "/sys/fs/cgroup/hugetlb", "/"},
    {"rdma", "/sys/fs/cgroup/rdma", "/"},
    {"name=systemd", "/sys/fs/cgroup/systemd", "/a/b"},
};

#define V1       .v1 = v1, .n_v1 = ARRAY_SIZE(v1)
#define V2       .cgroup2_mountpoint = "/sys/fs/cgroup", .cgroup2_own_path = "/engine/shim"
#define FULL     .kernel = KERNEL_FEATURES_ALL, .last_cap = 40, .bounding_caps = 0x1ffffffffff
#define ALL_CTRL "cpuset cpu io memory hugetlb pids rdma misc"

static const struct facts hosts[] = {
    {.cgroup = CGROUP_LAYOUT_V2,
     V2,
     .cgroup2_controllers = ALL_CTRL,
     .cgroup_writable = true,
     FULL,
     .swap_accounting = true,
     .hugepage_sizes = "2MB 1GB",
     .systemd_version = 252},
    {.cgroup = CGROUP_LAYOUT_V1,
     V1,
     .cgroup2_controllers = "",
     .cgroup_writable = true,
     FULL,
     .swap_accounting = true,
     .hugepage_sizes = "2MB"},
    {.cgroup = CGROUP_LAYOUT_HYBRID,
     V1,
     .cgroup2_mountpoint = "/sys/fs/cgroup/unified",
     .cgroup2_own_path = "/",
     .cgroup2_controllers = "",
     .cgroup_writable = true,
     FULL,
     .hugepage_sizes = "",
     .apparmor = true,
     .selinux = true,
     .resctrl = "/sys/fs/resctrl"},
    {.cgroup = CGROUP_LAYOUT_V2,
     V2,
     .cgroup2_controllers = "cpu memory pids",
     .cgroup_writable = true,
     FULL,
     .in_userns = true,
     .rootless = true,
     .hugepage_sizes = ""},
    {.cgroup = CGROUP_LAYOUT_V2,
     V2,
     .cgroup2_controllers = "",
     .euid = 1000,
     .egid = 1000,
     .rootless = true,
     FULL,
     .hugepage_sizes = ""},
    {.cgroup = CGROUP_LAYOUT_V1,
     .v1 = v1,
     .n_v1 = 4,
     .cgroup2_controllers = "",
     .cgroup_writable = true,
     .last_cap = 20,
     .bounding_caps = 0xff,
     .hugepage_sizes = ""},
    {.cgroup = CGROUP_LAYOUT_NONE, .cgroup2_controllers = "", FULL, .hugepage_sizes = ""},
    {.cgroup = CGROUP_LAYOUT_V2,
     V2,
     .cgroup2_controllers = ALL_CTRL,
     .cgroup_writable = true,
     FULL,
     .swap_accounting = true,
     .hugepage_sizes = "2MB",
     .apparmor = true,
     .selinux = true,
     .resctrl = "/sys/fs/resctrl"},
};

/* A message for the user: the document is wrong, here. */
static void check_error(int r, const struct err *e)
{
    if (r == -ENOMEM) {
        CHECK_ERR(e->kind == ERR_INTERNAL, e);
        return;
    }
    CHECK_ERR(r == -EINVAL && e->kind == ERR_CONFIG && e->message[0], e);
    CHECK_ERR(e->where[0] == '\0' || e->where[0] == '/', e);
}

static void check_printed(const struct plan *plan, const struct err *e)
{
    AUTO_BUF struct buf text = BUF_INIT(64u << 20);
    AUTO_BUF struct buf again = BUF_INIT(64u << 20);
    AUTO_BUF struct buf json = BUF_INIT(64u << 20);
    struct json_doc doc;
    struct err je;
    size_t lines = 0;
    int r;

    plan_print_text(plan, &text);
    plan_print_text(plan, &again);
    CHECK_ERR(buf_error(&text) == 0, e);
    CHECK_ERR(text.len == again.len && memcmp(text.data, again.data, text.len) == 0, e);
    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    CHECK_ERR(lines == 1 + plan->n_cgroups + plan->warnings.n + plan->n_ops, e);
    plan_print_json(plan, &json);
    CHECK_ERR(buf_error(&json) == 0, e);
    if (json.len > JSON_BYTES_MAX)
        return;
    err_init(&je);
    r = json_parse(json.data, json.len, &doc, &je);
    if (r == 0)
        CHECK_ERR(json_count(json_find(json_root(&doc), "operations")) == plan->n_ops, &je);
    else /* a plan of more values than we would read ourselves */
        CHECK_ERR(strstr(je.message, "too many") || strstr(je.message, "more than") || r == -ENOMEM, &je);
    if (r == 0)
        json_doc_done(&doc);
}

static void plan_it(struct arena *a, const char *text, size_t len, const struct facts *facts,
                    const struct plan_options *options)
{
    struct validate_report report;
    struct config *config;
    struct plan *plan;
    struct err e;
    int r;

    err_init(&e);
    r = config_decode(a, text, len, &config, &e);
    if (r < 0) {
        check_error(r, &e);
        return;
    }
    r = validate_config(a, config, &report);
    if (r == 0)
        r = validate_report_error(&report, NULL, 0, &e);
    if (r < 0) {
        if (r != -ENOMEM)
            check_error(r, &e);
        return;
    }
    r = plan_build(a, config, facts, options, &plan, &e);
    if (r < 0) {
        check_error(r, &e);
        return;
    }
    r = plan_check(plan, config, &e);
    CHECK_ERR(r == 0, &e);
    check_printed(plan, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan_options options = {.id = "fuzz", .bundle = "/bundle"};
    struct arena a;

    if (size < 2)
        return 0;
    options.no_pivot = data[1] & 1;
    options.no_new_keyring = data[1] & 2;
    options.systemd_cgroup = data[1] & 4;
    options.wait_start = data[1] & 8;
    options.preserve_fds = data[1] >> 4 & 3;
    if (data[1] & 64)
        options.bundle = "/";
    arena_init(&a, 64 * 1024, 256u << 20);
    plan_it(&a, (const char *)data + 2, size - 2, &hosts[data[0] % ARRAY_SIZE(hosts)], &options);
    arena_done(&a);
    return 0;
}

/*
 * Bytes changed at random are hardly ever JSON. So most mutations keep the document one: a string or number
 * is replaced by another of the document or by one that means something somewhere, an element is doubled,
 * moved or dropped.
 */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
    __attribute__((weak)); /* absent in a replay */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

struct span {
    size_t at, len;
};

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* The spans of strings (quotes included) and numbers, or of elements ({...} and [...]) with what is in them.
 */
static size_t find_spans(const uint8_t *data, size_t size, bool elements, struct span *v, size_t max)
{
    size_t open[64], depth = 0, n = 0;

    for (size_t i = 2; i < size && n < max; i++) {
        size_t from = i;

        if (data[i] == '"') {
            for (i++; i < size && data[i] != '"'; i++)
                i += data[i] == '\\';
            if (!elements && i < size)
                v[n++] = (struct span){from, i + 1 - from};
        } else if (!elements && (data[i] == '-' || (data[i] >= '0' && data[i] <= '9'))) {
            while (i + 1 < size && data[i + 1] >= '0' && data[i + 1] <= '9')
                i++;
            v[n++] = (struct span){from, i + 1 - from};
        } else if (data[i] == '{' || data[i] == '[') {
            if (depth < ARRAY_SIZE(open))
                open[depth++] = i;
        } else if ((data[i] == '}' || data[i] == ']') && depth) {
            depth--;
            if (elements && depth)
                v[n++] = (struct span){open[depth], i + 1 - open[depth]};
        }
    }
    return n;
}

static size_t splice(uint8_t *data, size_t size, size_t max, struct span old, const void *text, size_t len)
{
    if (size - old.len + len > max)
        return size;
    memmove(data + old.at + len, data + old.at + old.len, size - old.at - old.len);
    memcpy(data + old.at, text, len);
    return size - old.len + len;
}

static size_t replace_value(uint8_t *data, size_t size, size_t max, unsigned *state)
{
    static const char *const words[] = {
        "\"/proc\"",
        "\"/proc/self\"",
        "\"/proc/cpuinfo\"",
        "\"/dev\"",
        "\"/dev/null\"",
        "\"/dev/ptmx\"",
        "\"/sys\"",
        "\"/\"",
        "\"\"",
        "\"..\"",
        "\"a/../../b\"",
        "\"/a//b/./c/\"",
        "\"tmpfs\"",
        "\"proc\"",
        "\"cgroup\"",
        "\"cgroup2\"",
        "\"sysfs\"",
        "\"bind\"",
        "\"rbind\"",
        "\"remount\"",
        "\"ro\"",
        "\"rw\"",
        "\"rro\"",
        "\"rrw\"",
        "\"nosuid\"",
        "\"suid\"",
        "\"tmpcopyup\"",
        "\"idmap\"",
        "\"ridmap\"",
        "\"size=1m\"",
        "\"shared\"",
        "\"rslave\"",
        "\"private\"",
        "\"unbindable\"",
        "\"user\"",
        "\"time\"",
        "\"cgroup\"",
        "\"mount\"",
        "\"network\"",
        "\"net.ipv4.ip_forward\"",
        "\"net/ipv4/a.b/c\"",
        "\"kernel.sem\"",
        "\"CAP_SYS_ADMIN\"",
        "\"CAP_NONE\"",
        "\"SCMP_ACT_NOTIFY\"",
        "\"SCMP_ACT_ERRNO\"",
        "\"SCMP_CMP_MASKED_EQ\"",
        "\"PATH=\"",
        "\"HOME=/x\"",
        "\"p\"",
        "\"1.3.0\"",
        "\"1.0.0\"",
        "0",
        "1",
        "-1",
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "9223372036854775807",
        "65536",
        "true",
        "false",
        "null",
        "[]",
        "{}",
    };
    struct span spans[512];
    size_t n = find_spans(data, size, false, spans, ARRAY_SIZE(spans));
    uint8_t copy[256];
    struct span from;

    if (!n)
        return size;
    if (next_random(state) % 2) {
        const char *word = words[next_random(state) % ARRAY_SIZE(words)];

        return splice(data, size, max, spans[next_random(state) % n], word, strlen(word));
    }
    from = spans[next_random(state) % n];
    if (from.len > sizeof(copy))
        return size;
    memcpy(copy, data + from.at, from.len);
    return splice(data, size, max, spans[next_random(state) % n], copy, from.len);
}

static size_t change_element(uint8_t *data, size_t size, size_t max, unsigned *state)
{
    struct span spans[256], e;
    size_t n = find_spans(data, size, true, spans, ARRAY_SIZE(spans));
    uint8_t copy[1024];

    if (!n)
        return size;
    e = spans[next_random(state) % n];
    if (next_random(state) % 3 == 0) { /* drop it, with a comma beside it */
        if (e.at + e.len < size && data[e.at + e.len] == ',')
            e.len++;
        return splice(data, size, max, e, "", 0);
    }
    if (e.len + 1 > sizeof(copy))
        return size;
    memcpy(copy, data + e.at, e.len);
    copy[e.len] = ',';
    if (next_random(state) % 2) /* double it */
        return splice(data, size, max, (struct span){e.at, 0}, copy, e.len + 1);
    return splice(data, size, max, spans[next_random(state) % n], copy, e.len);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    unsigned state = seed, rounds;

    if (size < 4)
        return LLVMFuzzerMutate(data, size, max);
    for (rounds = 1 + next_random(&state) % 4; rounds; rounds--)
        switch (next_random(&state) % 10) {
        case 0: size = LLVMFuzzerMutate(data, size, max); break;
        case 1: data[next_random(&state) % 2] = (uint8_t)next_random(&state); break;
        case 2:
        case 3:
        case 4: size = change_element(data, size, max, &state); break;
        default: size = replace_value(data, size, max, &state); break;
        }
    return size;
}
