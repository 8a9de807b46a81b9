/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: two lists of mappings as text, "CONTAINER HOST SIZE" a line, an empty line between them. Oracles: a
 * list that passes has a translation that is a bijection at every edge of every range; the text that is
 * printed reads back to the same list and obeys the kernel's limits; equality is symmetric and agrees with
 * translating the ids around every edge.
 */
#include "oracle.h"

#include "core/idmap.h"

#include <errno.h>

#define MAX_LINES 400

static bool line_parse(struct str line, struct config_idmap *m)
{
    struct str field[3];

    for (size_t i = 0; i < 3; i++)
        if (!str_next(&line, ' ', &field[i]))
            return false;
    return !line.ptr && str_to_u32(field[0], UINT32_MAX, &m->container_id) == 0 &&
           str_to_u32(field[1], UINT32_MAX, &m->host_id) == 0 &&
           str_to_u32(field[2], UINT32_MAX, &m->size) == 0;
}

/* Until the first line that is none. */
static void list_parse(struct str *text, struct config_idmap *lines, struct config_idmaps *ret)
{
    struct str line;

    *ret = (struct config_idmaps){lines, 0};
    while (ret->n < MAX_LINES && str_next(text, '\n', &line) && line_parse(line, &lines[ret->n]))
        ret->n++;
}

/* What the kernel would say, the slow way: 64-bit arithmetic over all pairs. */
static bool is_valid(const struct config_idmaps *m)
{
    size_t text = 0;

    for (size_t i = 0; i < m->n; i++) {
        const uint64_t c = m->v[i].container_id, h = m->v[i].host_id, n = m->v[i].size;

        if (n == 0 || c + n > UINT32_MAX || h + n > UINT32_MAX)
            return false;
        for (size_t j = 0; j < m->n; j++) {
            const uint64_t c2 = m->v[j].container_id, h2 = m->v[j].host_id, n2 = m->v[j].size;

            if (i != j && ((c < c2 + n2 && c2 < c + n) || (h < h2 + n2 && h2 < h + n)))
                return false;
        }
        text += (size_t)snprintf(NULL, 0, "%u %u %u\n", m->v[i].container_id, m->v[i].host_id, m->v[i].size);
    }
    return m->n <= IDMAP_LINES_MAX && text <= IDMAP_TEXT_MAX;
}

static void check_id(const struct config_idmaps *m, uint32_t id)
{
    uint32_t there, back;

    if (idmap_to_host(m, id, &there))
        CHECK(idmap_to_container(m, there, &back) && back == id);
    if (idmap_to_container(m, id, &there))
        CHECK(idmap_to_host(m, there, &back) && back == id);
}

static void check_valid(const struct config_idmaps *m)
{
    static struct config_idmap lines[MAX_LINES];
    AUTO_BUF struct buf text = BUF_INIT(IDMAP_TEXT_MAX);
    struct config_idmaps again;
    struct arena a;
    struct str rest;

    for (size_t i = 0; i < m->n; i++) {
        const struct config_idmap *l = &m->v[i];
        uint32_t host;

        CHECK(idmap_to_host(m, l->container_id, &host) && host == l->host_id);
        CHECK(idmap_to_host(m, l->container_id + (l->size - 1), &host) && host == l->host_id + (l->size - 1));
        CHECK(idmap_range_to_host(m, l->container_id, l->size, &host) && host == l->host_id);
        CHECK(!idmap_range_to_host(m, l->container_id, l->size + 1, &host));
        check_id(m, l->container_id - 1);
        check_id(m, l->container_id + l->size);
        check_id(m, l->host_id - 1);
        check_id(m, l->host_id + l->size);
    }
    CHECK(!idmap_to_host(m, UINT32_MAX, &(uint32_t){0}) &&
          !idmap_to_container(m, UINT32_MAX, &(uint32_t){0}));
    idmap_print(m, &text);
    CHECK(buf_error(&text) == 0);
    rest = str_of(buf_cstr(&text));
    list_parse(&rest, lines, &again);
    CHECK(again.n == m->n && idmap_equal(m, &again));
    arena_init(&a, 8192, 1u << 20);
    CHECK(idmap_scan(&a, str_of(buf_cstr(&text)), &again) == 0 && again.n == m->n && idmap_equal(m, &again));
    arena_done(&a);
}

/* Both translate or refuse the ids around the edges of a's ranges alike; between edges nothing changes. */
static bool edges_agree(const struct config_idmaps *a, const struct config_idmaps *b)
{
    for (size_t i = 0; i < a->n; i++) {
        const uint32_t first = a->v[i].container_id, behind = first + a->v[i].size;
        const uint32_t points[] = {first - 1, first, behind - 1, behind};

        for (size_t j = 0; j < ARRAY_SIZE(points); j++) {
            uint32_t x = 0, y = 0;

            if (idmap_to_host(a, points[j], &x) != idmap_to_host(b, points[j], &y) || x != y)
                return false;
        }
    }
    return true;
}

/* As the kernel would print it, or anything: at most the lines that a kernel has. */
static void scan_anything(struct str text)
{
    struct config_idmaps m = {0};
    struct arena a;
    int r;

    arena_init(&a, 8192, 1u << 20);
    r = idmap_scan(&a, text, &m);
    CHECK(r == 0 ? m.n <= IDMAP_LINES_MAX : r == -EINVAL && m.n == 0);
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config_idmap lines[2][MAX_LINES];
    struct str rest = {size ? (const char *)data : "", size};
    struct config_idmaps m[2];
    bool valid[2];

    scan_anything(rest);
    for (int i = 0; i < 2; i++) {
        struct err e;
        int r;

        list_parse(&rest, lines[i], &m[i]);
        err_init(&e);
        r = idmap_check(&m[i], "/m", &e);
        valid[i] = r == 0;
        CHECK(valid[i] == is_valid(&m[i]));
        if (valid[i])
            check_valid(&m[i]);
        else
            CHECK(r == -EINVAL && e.kind == ERR_CONFIG && str_starts(str_of(e.where), "/m") && e.message[0]);
    }
    if (valid[0] && valid[1]) {
        bool equal = idmap_equal(&m[0], &m[1]);

        CHECK(equal == idmap_equal(&m[1], &m[0]));
        CHECK(equal == (edges_agree(&m[0], &m[1]) && edges_agree(&m[1], &m[0])));
    }
    return 0;
}
