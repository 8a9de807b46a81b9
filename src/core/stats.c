/* SPDX-License-Identifier: Apache-2.0 */
/* Parsers; core/stats_print.c writes the JSON. */
#include "core/stats.h"

#include "core/cpulist.h"

#include <errno.h>

/* ---- words ---- */

static size_t count_lines(struct str text)
{
    struct str line;
    size_t n = 0;

    while (n < STATS_LINES_MAX && str_next(&text, '\n', &line))
        n++;
    return n;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word of *line, cut off it. false at the end. */
static bool next_word(struct str *line, struct str *ret)
{
    size_t n = 0;

    while (line->len && is_blank(line->ptr[0])) {
        line->ptr++;
        line->len--;
    }
    while (n < line->len && !is_blank(line->ptr[n]))
        n++;
    *ret = (struct str){line->ptr, n};
    line->ptr += n;
    line->len -= n;
    return n > 0;
}

static bool to_u64(struct str word, uint64_t *ret)
{
    return str_to_u64(word, UINT64_MAX, ret) == 0;
}

static bool next_number(struct str *line, uint64_t *ret)
{
    struct str word;

    return next_word(line, &word) && to_u64(word, ret);
}

/* "8:0" */
static bool next_device(struct str *line, uint64_t *major, uint64_t *minor)
{
    struct str word, field;

    return next_word(line, &word) && str_next(&word, ':', &field) && to_u64(field, major) && word.ptr &&
           to_u64(word, minor);
}

/* ---- maps ---- */

static int compare_entries(const void *x, const void *y)
{
    const struct stats_entry *a = x, *b = y;

    return strcmp(a->key, b->key);
}

int stats_parse_map(struct arena *a, struct str text, struct stats_map *ret)
{
    struct stats_entry *v = arena_new_array(a, struct stats_entry, count_lines(text) + 1);
    size_t n = 0, kept = 0;
    struct str line;

    if (!v)
        return -ENOMEM;
    while (n < STATS_LINES_MAX && str_next(&text, '\n', &line)) {
        struct str key;

        if (!next_word(&line, &key) || memchr(key.ptr, '\0', key.len) || !next_number(&line, &v[n].value) ||
            str_trim(line).len)
            continue;
        v[n].key = arena_strndup(a, key.ptr, key.len);
        if (!v[n].key)
            return -ENOMEM;
        n++;
    }
    qsort(v, n, sizeof(*v), compare_entries);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !streq(v[kept - 1].key, v[i].key))
            v[kept++] = v[i];
    *ret = (struct stats_map){.v = v, .n = kept};
    return 0;
}

uint64_t stats_map_get(const struct stats_map *m, const char *key)
{
    for (size_t i = 0; i < m->n; i++)
        if (streq(m->v[i].key, key))
            return m->v[i].value;
    return 0;
}

/* ---- numbers ---- */

bool stats_parse_number(struct str text, uint64_t *ret)
{
    text = str_trim(text);
    if (str_eq(text, "max")) {
        *ret = STATS_UNLIMITED;
        return true;
    }
    return to_u64(text, ret);
}

int stats_parse_numbers(struct arena *a, struct str text, struct stats_numbers *ret)
{
    struct str rest = str_trim(text), word;
    uint64_t number;
    size_t n = 0;

    *ret = (struct stats_numbers){0};
    while (n < STATS_LINES_MAX && next_word(&rest, &word))
        n++;
    ret->v = arena_new_array(a, uint64_t, n + 1);
    if (!ret->v)
        return -ENOMEM;
    rest = str_trim(text);
    while (ret->n < n && next_number(&rest, &number))
        ret->v[ret->n++] = number;
    return 0;
}

int stats_parse_usage_all(struct arena *a, struct str text, struct stats_numbers *ret_user,
                          struct stats_numbers *ret_kernel)
{
    size_t lines = count_lines(text), n = 0;
    uint64_t cpu, user, kernel;
    struct str line;

    *ret_user = (struct stats_numbers){.v = arena_new_array(a, uint64_t, lines + 1)};
    *ret_kernel = (struct stats_numbers){.v = arena_new_array(a, uint64_t, lines + 1)};
    if (!ret_user->v || !ret_kernel->v)
        return -ENOMEM;
    while (n < lines && str_next(&text, '\n', &line)) {
        if (!next_number(&line, &cpu) || !next_number(&line, &user) || !next_number(&line, &kernel))
            continue;
        ret_user->v[n] = user;
        ret_kernel->v[n++] = kernel;
    }
    ret_user->n = ret_kernel->n = n;
    return 0;
}

int stats_parse_list(struct arena *a, struct str text, struct stats_numbers *ret)
{
    struct cpulist list;
    int rc = cpulist_parse(a, str_trim(text), CPULIST_LAST_MAX, "", &list, NULL);

    *ret = (struct stats_numbers){0};
    if (rc == -ENOMEM)
        return rc;
    if (rc < 0)
        return 0;
    ret->v = arena_new_array(a, uint64_t, list.count);
    if (!ret->v)
        return -ENOMEM;
    for (uint32_t i = 0; i <= list.highest; i++)
        if (cpulist_has(&list, i))
            ret->v[ret->n++] = i;
    return 0;
}

int stats_parse_lines(struct arena *a, struct str text, struct stats_lines *ret)
{
    const char **v = arena_new_array(a, const char *, count_lines(text) + 1);
    struct str line;
    size_t n = 0;

    *ret = (struct stats_lines){.v = v};
    if (!v)
        return -ENOMEM;
    while (n < STATS_LINES_MAX && str_next(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.len == 0)
            continue;
        v[n] = arena_strndup(a, line.ptr, line.len);
        if (!v[n++])
            return -ENOMEM;
    }
    ret->n = n;
    return 0;
}

/* ---- block devices ---- */

int stats_parse_blkio(struct arena *a, struct str text, struct stats_blkio *ret)
{
    struct stats_blkio_entry *v = arena_new_array(a, struct stats_blkio_entry, count_lines(text) + 1);
    size_t n = 0;
    struct str line;

    if (!v)
        return -ENOMEM;
    while (n < STATS_LINES_MAX && str_next(&text, '\n', &line)) {
        struct stats_blkio_entry e = {.op = ""};
        struct str op;

        if (!next_device(&line, &e.major, &e.minor) || !next_word(&line, &op))
            continue;
        if (!to_u64(op, &e.value)) {
            if (!next_number(&line, &e.value))
                continue;
            e.op = arena_strndup(a, op.ptr, op.len);
            if (!e.op)
                return -ENOMEM;
        }
        v[n++] = e;
    }
    *ret = (struct stats_blkio){.v = v, .n = n};
    return 0;
}

/* "rbytes=4096" into the entry it belongs to. */
static void add_io(struct str field, uint64_t major, uint64_t minor, struct stats_blkio *bytes,
                   struct stats_blkio *counts)
{
    static const struct {
        const char *key;
        const char *op;
        bool is_count;
    } keys[] = {{"rbytes", "Read", false}, {"wbytes", "Write", false}, {"dbytes", "Discard", false},
                {"rios", "Read", true},    {"wios", "Write", true},    {"dios", "Discard", true}};
    struct str key;
    uint64_t value;

    if (!str_next(&field, '=', &key) || !field.ptr || !to_u64(field, &value))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct stats_blkio *to = keys[i].is_count ? counts : bytes;

        if (str_eq(key, keys[i].key))
            to->v[to->n++] =
                (struct stats_blkio_entry){.major = major, .minor = minor, .op = keys[i].op, .value = value};
    }
}

int stats_parse_io_stat(struct arena *a, struct str text, struct stats_blkio *ret_bytes,
                        struct stats_blkio *ret_counts)
{
    enum { FIELDS_MAX = 16 }; /* looked at on one line */
    size_t lines = count_lines(text);
    struct str line, field;

    *ret_bytes =
        (struct stats_blkio){.v = arena_new_array(a, struct stats_blkio_entry, lines * FIELDS_MAX + 1)};
    *ret_counts =
        (struct stats_blkio){.v = arena_new_array(a, struct stats_blkio_entry, lines * FIELDS_MAX + 1)};
    if (!ret_bytes->v || !ret_counts->v)
        return -ENOMEM;
    for (size_t i = 0; i < lines && str_next(&text, '\n', &line); i++) {
        uint64_t major, minor;

        if (!next_device(&line, &major, &minor))
            continue;
        for (size_t k = 0; k < FIELDS_MAX && next_word(&line, &field); k++)
            add_io(field, major, minor, ret_bytes, ret_counts);
    }
    return 0;
}

/* ---- pressure ---- */

/* "12.34" as 1234 */
static bool parse_hundredths(struct str text, uint64_t *ret)
{
    struct str whole;
    uint64_t a, b;

    if (!str_next(&text, '.', &whole) || str_to_u64(whole, 1000000, &a) < 0 || !text.ptr || text.len != 2 ||
        text.ptr[0] < '0' || text.ptr[0] > '9' || text.ptr[1] < '0' || text.ptr[1] > '9')
        return false;
    b = (uint64_t)(text.ptr[0] - '0') * 10 + (uint64_t)(text.ptr[1] - '0');
    *ret = a * 100 + b;
    return true;
}

static bool parse_psi_line(struct str line, struct stats_psi_line *ret)
{
    struct stats_psi_line l = {0};
    struct str field, key;
    unsigned seen = 0;

    while (next_word(&line, &field)) {
        if (!str_next(&field, '=', &key) || !field.ptr)
            return false;
        if (str_eq(key, "avg10"))
            seen |= parse_hundredths(field, &l.avg10) ? 1u : 0;
        else if (str_eq(key, "avg60"))
            seen |= parse_hundredths(field, &l.avg60) ? 2u : 0;
        else if (str_eq(key, "avg300"))
            seen |= parse_hundredths(field, &l.avg300) ? 4u : 0;
        else if (str_eq(key, "total"))
            seen |= to_u64(field, &l.total_us) ? 8u : 0;
    }
    if (seen != 15)
        return false;
    *ret = l;
    return true;
}

void stats_parse_psi(struct str text, struct stats_psi *ret)
{
    struct str line, kind;

    *ret = (struct stats_psi){0};
    while (str_next(&text, '\n', &line)) {
        if (!next_word(&line, &kind))
            continue;
        if (str_eq(kind, "some"))
            ret->has |= parse_psi_line(line, &ret->some);
        else if (str_eq(kind, "full"))
            ret->has |= parse_psi_line(line, &ret->full);
    }
}

/* ---- network ---- */

/* "eth0: 16 numbers", of which runc knows the first four of each direction */
static bool parse_interface(struct str line, struct str *name, struct stats_interface *ret)
{
    uint64_t v[16];

    line = str_trim(line);
    if (!str_next(&line, ':', name) || name->len == 0 || !line.ptr || memchr(name->ptr, '\0', name->len))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++)
        if (!next_number(&line, &v[i]))
            return false;
    *ret = (struct stats_interface){.rx_bytes = v[0],
                                    .rx_packets = v[1],
                                    .rx_errors = v[2],
                                    .rx_dropped = v[3],
                                    .tx_bytes = v[8],
                                    .tx_packets = v[9],
                                    .tx_errors = v[10],
                                    .tx_dropped = v[11]};
    return true;
}

int stats_parse_net_dev(struct arena *a, struct str text, struct stats_interface **ret, size_t *ret_n)
{
    struct stats_interface *v = arena_new_array(a, struct stats_interface, count_lines(text) + 1);
    size_t n = 0;
    struct str line, name;

    if (!v)
        return -ENOMEM;
    while (n < STATS_LINES_MAX && str_next(&text, '\n', &line)) {
        if (!parse_interface(line, &name, &v[n]))
            continue;
        v[n].name = arena_strndup(a, name.ptr, name.len);
        if (!v[n].name)
            return -ENOMEM;
        n++;
    }
    *ret = v;
    *ret_n = n;
    return 0;
}
