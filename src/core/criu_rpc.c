/* SPDX-License-Identifier: Apache-2.0 */
#include "core/criu_rpc.h"

#include <errno.h>

/* Protocol buffers: a field is a key (number << 3 | wire type) and a value. */
enum wire { WIRE_VARINT = 0, WIRE_64BIT = 1, WIRE_BYTES = 2, WIRE_32BIT = 5 };

/* ---- writing ---- */

static void put_varint(struct buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        buf_char(b, (char)(unsigned char)(v | 0x80));
    buf_char(b, (char)(unsigned char)v);
}

static void put_number(struct buf *b, unsigned field, int64_t v)
{
    put_varint(b, (uint64_t)field << 3 | WIRE_VARINT);
    put_varint(b, (uint64_t)v); /* a negative int32 is ten bytes long, as the format wants */
}

static void put_bytes(struct buf *b, unsigned field, const char *data, size_t len)
{
    put_varint(b, (uint64_t)field << 3 | WIRE_BYTES);
    put_varint(b, len);
    buf_add(b, data, len);
}

static void put_text(struct buf *b, unsigned field, const char *text)
{
    if (text)
        put_bytes(b, field, text, strlen(text));
}

static void put_message(struct buf *b, unsigned field, const struct buf *inner)
{
    put_bytes(b, field, buf_cstr(inner), inner->len);
    if (buf_error(inner) < 0 && buf_error(b) == 0)
        b->error = buf_error(inner);
}

static const struct {
    unsigned field;
    size_t offset;
} bool_fields[] = {
#define ROW(field, member)                                                                                   \
    {                                                                                                        \
        field, offsetof(struct criu_opts, member)                                                            \
    }
    ROW(3, leave_running), ROW(4, ext_unix_sk),        ROW(5, tcp_established), ROW(6, evasive_devices),
    ROW(7, shell_job),     ROW(8, file_locks),         ROW(12, notify_scripts), ROW(15, track_mem),
    ROW(16, auto_dedup),   ROW(18, link_remap),        ROW(26, rst_sibling),    ROW(46, tcp_skip_in_flight),
    ROW(48, lazy_pages),   ROW(50, orphan_pts_master), ROW(52, tcp_close),
};
static const struct {
    unsigned field;
    size_t offset;
} text_fields[] = {
    ROW(10, log_file),    ROW(13, root),        ROW(14, parent_img),        ROW(44, freeze_cgroup),
    ROW(51, config_file), ROW(53, lsm_profile), ROW(63, lsm_mount_context),
#undef ROW
};

static void put_page_server(struct buf *b, const struct criu_opts *o)
{
    AUTO_BUF struct buf inner = BUF_INIT(CRIU_MESSAGE_MAX);

    if (!o->page_server_address)
        return;
    put_text(&inner, 1, o->page_server_address);
    put_number(&inner, 2, o->page_server_port);
    put_message(b, 11, &inner);
}

static void put_lists(struct buf *b, const struct criu_opts *o)
{
    for (size_t i = 0; i < o->n_cg_roots; i++) {
        AUTO_BUF struct buf inner = BUF_INIT(CRIU_MESSAGE_MAX);

        put_text(&inner, 1, o->cg_roots[i].controllers);
        put_text(&inner, 2, o->cg_roots[i].path);
        put_message(b, 25, &inner);
    }
    for (size_t i = 0; i < o->n_inherit_fds; i++) {
        AUTO_BUF struct buf inner = BUF_INIT(CRIU_MESSAGE_MAX);

        put_text(&inner, 1, o->inherit_fds[i].key);
        put_number(&inner, 2, o->inherit_fds[i].fd);
        put_message(b, 27, &inner);
    }
    for (size_t i = 0; i < o->external.n; i++)
        put_text(b, 37, o->external.v[i]);
    for (size_t i = 0; i < o->cgroup_dump_controllers.n; i++)
        put_bytes(b, 43, o->cgroup_dump_controllers.v[i], strlen(o->cgroup_dump_controllers.v[i]));
    for (size_t i = 0; i < o->n_join_ns; i++) {
        AUTO_BUF struct buf inner = BUF_INIT(CRIU_MESSAGE_MAX);

        put_text(&inner, 1, o->join_ns[i].ns);
        put_text(&inner, 2, o->join_ns[i].file);
        put_message(b, 39, &inner);
    }
}

static void put_opts(struct buf *b, const struct criu_opts *o)
{
    put_number(b, 1, o->images_dir_fd);
    if (o->pid >= 0)
        put_number(b, 2, o->pid);
    for (size_t i = 0; i < ARRAY_SIZE(bool_fields); i++)
        if (*(const bool *)((const char *)o + bool_fields[i].offset))
            put_number(b, bool_fields[i].field, 1);
    for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
        put_text(b, text_fields[i].field, *(const char *const *)((const char *)o + text_fields[i].offset));
    put_number(b, 9, o->log_level);
    put_page_server(b, o);
    if (o->work_dir_fd >= 0)
        put_number(b, 17, o->work_dir_fd);
    put_lists(b, o);
    if (o->cg_mode != CRIU_CG_UNSET) {
        put_number(b, 24, 1); /* manage_cgroups, for versions that know no mode */
        put_number(b, 34, o->cg_mode);
    }
    if (o->empty_ns)
        put_number(b, 38, o->empty_ns);
    if (o->status_fd >= 0)
        put_number(b, 49, o->status_fd);
    if (o->network_lock != CRIU_LOCK_UNSET)
        put_number(b, 64, o->network_lock);
}

void criu_rpc_request(enum criu_type type, const struct criu_opts *opts, const struct criu_features *features,
                      bool keep_open, struct buf *out)
{
    AUTO_BUF struct buf inner = BUF_INIT(CRIU_MESSAGE_MAX), feat = BUF_INIT(64);

    put_number(out, 1, type);
    if (opts) {
        put_opts(&inner, opts);
        put_message(out, 2, &inner);
    }
    if (keep_open)
        put_number(out, 4, 1);
    if (features) {
        if (features->mem_track)
            put_number(&feat, 1, 1);
        if (features->lazy_pages)
            put_number(&feat, 2, 1);
        put_message(out, 5, &feat);
    }
}

void criu_rpc_notify_done(bool success, struct buf *out)
{
    put_number(out, 1, CRIU_NOTIFY);
    put_number(out, 3, success);
}

/* ---- reading ---- */

struct reader {
    const unsigned char *p, *end;
};

struct field {
    uint64_t number;
    uint64_t value; /* of a varint */
    struct reader bytes;
};

static int get_varint(struct reader *r, uint64_t *ret)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned char c;

        if (r->p == r->end)
            return -EBADMSG;
        c = *r->p++;
        v |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *ret = v;
            return 0;
        }
    }
    return -EBADMSG;
}

static int skip(struct reader *r, size_t n, struct reader *ret)
{
    if ((size_t)(r->end - r->p) < n)
        return -EBADMSG;
    *ret = (struct reader){r->p, r->p + n};
    r->p += n;
    return 0;
}

/* 1, 0 at the end, -EBADMSG. */
static int next_field(struct reader *r, struct field *ret)
{
    uint64_t key, len;

    if (r->p == r->end)
        return 0;
    *ret = (struct field){.bytes = {r->p, r->p}};
    if (get_varint(r, &key) < 0 || key >> 3 == 0)
        return -EBADMSG;
    ret->number = key >> 3;
    switch (key & 7) {
    case WIRE_VARINT: return get_varint(r, &ret->value) < 0 ? -EBADMSG : 1;
    case WIRE_64BIT: return skip(r, 8, &ret->bytes) < 0 ? -EBADMSG : 1;
    case WIRE_32BIT: return skip(r, 4, &ret->bytes) < 0 ? -EBADMSG : 1;
    case WIRE_BYTES:
        if (get_varint(r, &len) < 0 || len > (uint64_t)(r->end - r->p))
            return -EBADMSG;
        return skip(r, (size_t)len, &ret->bytes) < 0 ? -EBADMSG : 1;
    default: return -EBADMSG;
    }
}

static void copy_text(const struct reader *r, char *dst, size_t cap)
{
    size_t n = 0;

    for (const unsigned char *p = r->p; p < r->end && n + 1 < cap; p++)
        dst[n++] = *p >= 0x20 && *p != 0x7f ? (char)*p : '?';
    dst[n] = '\0';
}

/* A nested message of numbers (and texts) into the answer. */
static int read_inner(uint64_t outer, struct reader r, struct criu_answer *ret)
{
    struct field f;
    int more;

    while ((more = next_field(&r, &f)) == 1) {
        const int32_t value = (int32_t)f.value;

        switch (outer << 8 | (f.number & 0xff)) {
        case 4 << 8 | 1: ret->pid = value; break;
        case 5 << 8 | 1: copy_text(&f.bytes, ret->script, sizeof(ret->script)); break;
        case 5 << 8 | 2: ret->pid = value; break;
        case 8 << 8 | 1: ret->features.mem_track = value != 0; break;
        case 8 << 8 | 2: ret->features.lazy_pages = value != 0; break;
        case 10 << 8 | 1: ret->version_major = value; break;
        case 10 << 8 | 2: ret->version_minor = value; break;
        case 10 << 8 | 4: ret->version_sublevel = value; break;
        default: break;
        }
    }
    return more;
}

int criu_rpc_answer(const void *data, size_t len, struct criu_answer *ret)
{
    struct reader r = {data, (const unsigned char *)data + len};
    bool has_type = false, has_success = false;
    struct field f;
    int more;

    *ret = (struct criu_answer){.type = -1};
    while ((more = next_field(&r, &f)) == 1) {
        switch (f.number) {
        case 1:
            ret->type = (int32_t)f.value;
            has_type = true;
            break;
        case 2:
            ret->success = f.value != 0;
            has_success = true;
            break;
        case 4:
        case 5:
        case 8:
        case 10:
            if (read_inner(f.number, f.bytes, ret) < 0)
                return -EBADMSG;
            break;
        case 7: ret->error = (int32_t)f.value; break;
        case 9: copy_text(&f.bytes, ret->message, sizeof(ret->message)); break;
        default: break;
        }
    }
    return more < 0 || !has_type || !has_success ? -EBADMSG : 0;
}

int criu_version_number(const struct criu_answer *a)
{
    const int32_t limit = 1000;

    if (a->version_major < 0 || a->version_minor < 0 || a->version_sublevel < 0 || a->version_major > limit ||
        a->version_minor > limit || a->version_sublevel > limit)
        return 0;
    return a->version_major * 10000 + a->version_minor * 100 + a->version_sublevel;
}
