/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the text of some file of a cgroup, read by every parser. Whatever they find, the event is a document
 * that our own strict JSON reader takes, and maps are sorted without doubles.
 */
#include "oracle.h"

#include "core/json.h"
#include "core/stats.h"

#include <errno.h>

static void parse(struct arena *a, struct str text, struct stats *s)
{
    CHECK(stats_parse_map(a, text, &s->memory_raw) == 0);
    CHECK(stats_parse_numbers(a, text, &s->percpu) == 0);
    CHECK(stats_parse_usage_all(a, text, &s->percpu_user, &s->percpu_kernel) == 0);
    CHECK(s->percpu_user.n == s->percpu_kernel.n);
    CHECK(stats_parse_list(a, text, &s->cpus) == 0);
    CHECK(stats_parse_blkio(a, text, &s->blkio[STATS_IO_QUEUED]) == 0);
    CHECK(stats_parse_io_stat(a, text, &s->blkio[STATS_IO_SERVICE_BYTES], &s->blkio[STATS_IO_SERVICED]) == 0);
    CHECK(stats_parse_net_dev(a, text, &s->interfaces, &s->n_interfaces) == 0);
    stats_parse_psi(text, &s->cpu_psi);
    (void)stats_parse_number(text, &s->pids);
    s->has_network = true;
}

static void check_map(const struct stats_map *m)
{
    for (size_t i = 1; i < m->n; i++)
        CHECK(strcmp(m->v[i - 1].key, m->v[i].key) < 0);
    for (size_t i = 0; i < m->n; i++)
        CHECK(stats_map_get(m, m->v[i].key) == m->v[i].value);
}

/* Two keys that are no UTF-8 may become one on paper. */
static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct buf out = BUF_INIT(JSON_BYTES_MAX);
    struct stats s = {0};
    struct json_doc doc;
    struct arena a;

    if (size > 16384)
        return 0;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    parse(&a, text, &s);
    check_map(&s.memory_raw);
    stats_print(&s, "fuzz", &out);
    CHECK(buf_error(&out) == 0 && out.data[out.len - 1] == '\n');
    if (is_ascii(text)) {
        CHECK(json_parse(out.data, out.len, &doc, NULL) == 0);
        CHECK(json_find(json_root(&doc), "data") != NULL);
        json_doc_done(&doc);
    }
    buf_done(&out);
    arena_done(&a);
    return 0;
}
