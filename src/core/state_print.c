/* SPDX-License-Identifier: Apache-2.0 */
#include "core/state.h"

#include "core/json_utf8.h"
#include "core/json_write.h"

#include <errno.h>

#define TABLE_COLUMNS   6
#define TABLE_MIN_WIDTH 12u
#define TABLE_PADDING   3u

void state_view_init(struct state_view *v, const struct state *s, enum state_status status, const char *owner)
{
    *v = (struct state_view){
        .id = s->id,
        .pid = status == STATUS_STOPPED ? 0 : s->init.pid,
        .status = status,
        .bundle = s->bundle,
        .rootfs = s->rootfs,
        .created = s->created,
        .annotations = &s->annotations,
        .systemd_scope = s->systemd_scope,
        .owner = owner,
        .started = status == STATUS_CREATING ? NULL : s->started,
        .unapplied = s->unapplied,
    };
    if (status == STATUS_STOPPED)
        v->exit = s->exit;
}

void state_view_init_broken(struct state_view *v, const char *id, const char *error)
{
    *v = (struct state_view){.id = id,
                             .status = STATUS_STOPPED,
                             .bundle = "",
                             .rootfs = "",
                             .created = "",
                             .owner = "",
                             .error = error};
}

static const char *view_status(const struct state_view *v)
{
    return v->error ? "broken" : state_status_name(v->status);
}

static int pair_compare(const void *pa, const void *pb)
{
    const struct pair *const *a = pa, *const *b = pb;

    return strcmp((*a)->key, (*b)->key);
}

/* Sorted, so that equal containers print equally wherever their configuration came from. */
static void write_annotations(struct json_writer *w, const struct pairs *p)
{
    const struct pair **sorted = p->n <= SIZE_MAX / sizeof(*sorted) ? malloc(p->n * sizeof(*sorted)) : NULL;

    if (!sorted) {
        if (!w->buf->error)
            w->buf->error = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < p->n; i++)
        sorted[i] = &p->v[i];
    qsort(sorted, p->n, sizeof(*sorted), pair_compare);
    json_write_key(w, "annotations");
    json_write_object(w);
    for (size_t i = 0; i < p->n; i++)
        json_write_key_str(w, sorted[i]->key, sorted[i]->value);
    json_write_object_end(w);
    free(sorted);
}

static void write_end(struct json_writer *w, const struct state_exit *e, const char *started)
{
    if (e->known)
        json_write_key_u64(w, "exitCode", e->code);
    if (e->known && e->signal)
        json_write_key_u64(w, "exitSignal", e->signal);
    if (e->oom_killed.has)
        json_write_key_bool(w, "oomKilled", e->oom_killed.v);
    if (started)
        json_write_key_str(w, "startedAt", started);
    if (e->finished)
        json_write_key_str(w, "finishedAt", e->finished);
}

static void write_unapplied(struct json_writer *w, const struct state_view *v)
{
    if (v->unapplied.n == 0)
        return;
    json_write_key(w, "notApplied");
    json_write_array(w);
    for (size_t i = 0; i < v->unapplied.n; i++) {
        json_write_object(w);
        json_write_key_str(w, "pointer", v->unapplied.v[i].pointer);
        json_write_key_str(w, "reason", v->unapplied.v[i].reason);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void write_view(struct json_writer *w, const struct state_view *v)
{
    json_write_object(w);
    json_write_key_str(w, "ociVersion", OCI_VERSION);
    json_write_key_str(w, "id", v->id);
    json_write_key_i64(w, "pid", v->pid);
    json_write_key_str(w, "status", view_status(v));
    json_write_key_str(w, "bundle", v->bundle);
    json_write_key_str(w, "rootfs", v->rootfs);
    json_write_key_str(w, "created", v->created);
    if (v->systemd_scope)
        json_write_key_str(w, "systemd-scope", v->systemd_scope);
    if (v->annotations && v->annotations->n > 0)
        write_annotations(w, v->annotations);
    json_write_key_str(w, "owner", v->owner);
    write_end(w, &v->exit, v->started);
    write_unapplied(w, v);
    if (v->error)
        json_write_key_str(w, "error", v->error);
    json_write_object_end(w);
}

void state_print(const struct state_view *v, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, "  ");
    write_view(&w, v);
}

void state_exit_print(const struct state *s, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, NULL);
    json_write_object(&w);
    json_write_key_str(&w, "id", s->id);
    write_end(&w, &s->exit, s->started);
    json_write_object_end(&w);
    buf_char(out, '\n');
}

void state_list_json(const struct state_view *views, size_t n, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, NULL);
    if (n == 0) {
        json_write_null(&w);
    } else {
        json_write_array(&w);
        for (size_t i = 0; i < n; i++)
            write_view(&w, &views[i]);
        json_write_array_end(&w);
    }
    buf_char(out, '\n');
}

/* ---- table ---- */

#define PID_TEXT_MAX 12

/* The cells of one container; pid_text keeps the number. */
static void view_cells(const struct state_view *v, char pid_text[PID_TEXT_MAX],
                       const char *cells[TABLE_COLUMNS])
{
    snprintf(pid_text, PID_TEXT_MAX, "%d", v->pid);
    cells[0] = v->id;
    cells[1] = pid_text;
    cells[2] = view_status(v);
    cells[3] = v->error ? "-" : v->bundle;
    cells[4] = v->error ? "-" : v->created;
    cells[5] = v->error ? "-" : v->owner;
}

/* The next character of a cell: its bytes and their number; "?" for one that must not reach a terminal. */
static size_t cell_next(const char *s, const char **shown, size_t *shown_len)
{
    size_t len = json_utf8_len(s, strnlen(s, 4));
    unsigned char c = (unsigned char)s[0];
    bool bad = len == 0 || c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s[1] < 0xa0);

    *shown = bad ? "?" : s;
    *shown_len = bad ? 1 : len;
    return len ? len : 1;
}

static size_t cell_width(const char *s)
{
    size_t width = 0, shown_len;
    const char *shown;

    for (; *s; s += cell_next(s, &shown, &shown_len))
        width++;
    return width;
}

/* The last column is not filled up: nothing stands behind it. */
static void put_row(const char *const cells[TABLE_COLUMNS], const size_t widths[TABLE_COLUMNS],
                    struct buf *out)
{
    for (size_t c = 0; c < TABLE_COLUMNS; c++) {
        const char *shown, *s = cells[c];
        size_t at = 0, shown_len;

        while (*s) {
            s += cell_next(s, &shown, &shown_len);
            buf_add(out, shown, shown_len);
            at++;
        }
        for (; c + 1 < TABLE_COLUMNS && at < widths[c]; at++)
            buf_char(out, ' ');
    }
    buf_char(out, '\n');
}

void state_list_table(const struct state_view *views, size_t n, struct buf *out)
{
    static const char *const head[TABLE_COLUMNS] = {"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"};
    const char *cells[TABLE_COLUMNS];
    size_t widths[TABLE_COLUMNS];
    char pid_text[PID_TEXT_MAX];

    for (size_t c = 0; c < TABLE_COLUMNS; c++)
        widths[c] = TABLE_MIN_WIDTH;
    for (size_t i = 0; i < n; i++) {
        view_cells(&views[i], pid_text, cells);
        for (size_t c = 0; c < TABLE_COLUMNS; c++) {
            size_t width = cell_width(cells[c]) + TABLE_PADDING;

            if (width > widths[c])
                widths[c] = width;
        }
    }
    put_row(head, widths, out);
    for (size_t i = 0; i < n; i++) {
        view_cells(&views[i], pid_text, cells);
        put_row(cells, widths, out);
    }
}

void state_mounts_print(const struct state *s, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, "  ");
    json_write_array(&w);
    for (size_t i = 0; i < s->n_mounts; i++) {
        const struct state_mount *m = &s->mounts[i];

        json_write_object(&w);
        json_write_key_str(&w, "destination", m->destination);
        if (m->type)
            json_write_key_str(&w, "type", m->type);
        if (m->source)
            json_write_key_str(&w, "source", m->source);
        json_write_key_strings(&w, "options", m->options.v, m->options.n);
        json_write_object_end(&w);
    }
    json_write_array_end(&w);
    buf_char(out, '\n');
}
