/* SPDX-License-Identifier: Apache-2.0 */
#include "core/idmap.h"

#include <errno.h>

#define IDMAP_LINE_TEXT "%u %u %u\n"

static bool overlaps(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
    return a < b ? b - a < a_size : a - b < b_size;
}

static int line_check(const struct config_idmaps *m, size_t i, const char *where, struct err *reterr)
{
    const struct config_idmap *line = &m->v[i];

    if (line->size == 0)
        return err_config(reterr, where, "id mapping of size 0");
    /* UINT32_MAX itself is "no id" to the kernel and cannot be mapped, so the end (exclusive) may just reach
     * it. */
    if (line->size > UINT32_MAX - line->container_id)
        return err_config(reterr, where, "id mapping goes beyond the last id: containerID %u, size %u",
                          line->container_id, line->size);
    if (line->size > UINT32_MAX - line->host_id)
        return err_config(reterr, where, "id mapping goes beyond the last id: hostID %u, size %u",
                          line->host_id, line->size);
    for (size_t j = 0; j < i; j++) {
        const struct config_idmap *other = &m->v[j];

        if (overlaps(line->container_id, line->size, other->container_id, other->size))
            return err_config(reterr, where, "id mapping overlaps mapping %zu in its container ids", j);
        if (overlaps(line->host_id, line->size, other->host_id, other->size))
            return err_config(reterr, where, "id mapping overlaps mapping %zu in its host ids", j);
    }
    return 0;
}

int idmap_check(const struct config_idmaps *m, const char *pointer, struct err *reterr)
{
    char where[ERR_WHERE_MAX];
    size_t text = 0;

    if (m->n > IDMAP_LINES_MAX)
        return err_config(reterr, pointer, "%zu id mappings, the kernel takes at most %u", m->n,
                          IDMAP_LINES_MAX);
    for (size_t i = 0; i < m->n; i++) {
        const struct config_idmap *line = &m->v[i];
        int r;

        snprintf(where, sizeof(where), "%s/%zu", pointer, i);
        r = line_check(m, i, where, reterr);
        if (r < 0)
            return r;
        text += (size_t)snprintf(NULL, 0, IDMAP_LINE_TEXT, line->container_id, line->host_id, line->size);
    }
    if (text > IDMAP_TEXT_MAX)
        return err_config(reterr, pointer, "id mappings are %zu bytes of text, the kernel takes at most %u",
                          text, IDMAP_TEXT_MAX);
    return 0;
}

bool idmap_range_to_host(const struct config_idmaps *m, uint32_t container_id, uint32_t size, uint32_t *ret)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct config_idmap *line = &m->v[i];
        uint32_t offset = container_id - line->container_id;

        if (size == 0 || container_id < line->container_id || offset >= line->size ||
            size > line->size - offset)
            continue;
        *ret = line->host_id + offset;
        return true;
    }
    return false;
}

bool idmap_to_host(const struct config_idmaps *m, uint32_t container_id, uint32_t *ret)
{
    return idmap_range_to_host(m, container_id, 1, ret);
}

bool idmap_to_container(const struct config_idmaps *m, uint32_t host_id, uint32_t *ret)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct config_idmap *line = &m->v[i];

        if (host_id < line->host_id || host_id - line->host_id >= line->size)
            continue;
        *ret = line->container_id + (host_id - line->host_id);
        return true;
    }
    return false;
}

/* The part of `line` from `done` on that lies in one line of m with the same host ids; 0: its first id does
 * not. */
static uint32_t matched_ids(const struct config_idmaps *m, const struct config_idmap *line, uint32_t done)
{
    uint32_t id = line->container_id + done, left = line->size - done;

    for (size_t i = 0; i < m->n; i++) {
        const struct config_idmap *other = &m->v[i];
        uint32_t offset = id - other->container_id;

        if (id < other->container_id || offset >= other->size)
            continue;
        if (other->host_id + offset != line->host_id + done)
            return 0;
        return left < other->size - offset ? left : other->size - offset;
    }
    return 0;
}

static uint64_t idmap_count(const struct config_idmaps *m)
{
    uint64_t count = 0;

    for (size_t i = 0; i < m->n; i++)
        count += m->v[i].size;
    return count;
}

bool idmap_equal(const struct config_idmaps *a, const struct config_idmaps *b)
{
    /* No line overlaps another, so equal counts and a within b are equality. */
    if (idmap_count(a) != idmap_count(b))
        return false;
    for (size_t i = 0; i < a->n; i++) {
        uint32_t done = 0;

        while (done < a->v[i].size) {
            uint32_t matched = matched_ids(b, &a->v[i], done);

            if (matched == 0)
                return false;
            done += matched;
        }
    }
    return true;
}

void idmap_print(const struct config_idmaps *m, struct buf *out)
{
    for (size_t i = 0; i < m->n; i++)
        buf_printf(out, IDMAP_LINE_TEXT, m->v[i].container_id, m->v[i].host_id, m->v[i].size);
}

/* The next number of a line, before spaces. */
static bool take_id(struct str *line, uint32_t *ret)
{
    struct str field = {0};

    while (line->len && line->ptr[0] == ' ') {
        line->ptr++;
        line->len--;
    }
    while (field.len < line->len && line->ptr[field.len] != ' ')
        field.len++;
    field.ptr = line->ptr;
    line->ptr += field.len;
    line->len -= field.len;
    return str_to_u32(field, UINT32_MAX, ret) == 0;
}

int idmap_scan(struct arena *a, struct str text, struct config_idmaps *ret)
{
    struct config_idmap *v = arena_new_array(a, struct config_idmap, IDMAP_LINES_MAX);
    struct str line;
    size_t n = 0;

    if (!v)
        return -ENOMEM;
    while (str_next(&text, '\n', &line)) {
        if (line.len == 0)
            continue;
        if (n == IDMAP_LINES_MAX || !take_id(&line, &v[n].container_id) || !take_id(&line, &v[n].host_id) ||
            !take_id(&line, &v[n].size) || line.len)
            return -EINVAL;
        n++;
    }
    *ret = (struct config_idmaps){.v = v, .n = n};
    return 0;
}
