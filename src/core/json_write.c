/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json_write.h"

#include "core/json_utf8.h"

#include <errno.h>
#include <inttypes.h>

void json_write_init(struct json_writer *w, struct buf *b, const char *indent)
{
    *w = (struct json_writer){.buf = b, .indent = indent};
}

static void misuse(struct json_writer *w)
{
    if (!w->buf->error)
        w->buf->error = -EINVAL;
}

static void newline(struct json_writer *w)
{
    if (!w->indent)
        return;
    buf_char(w->buf, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        buf_str(w->buf, w->indent);
}

static bool is_nonempty(const struct json_writer *w)
{
    return w->depth && (w->nonempty >> (w->depth - 1) & 1u);
}

/* What stands in front of a key, or of a value that has none. */
static void separate(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth == 0)
        return;
    if (is_nonempty(w))
        buf_char(w->buf, ',');
    w->nonempty |= UINT64_C(1) << (w->depth - 1);
    newline(w);
}

static void open_container(struct json_writer *w, char c)
{
    separate(w);
    if (w->depth >= JSON_WRITE_DEPTH_MAX) {
        misuse(w);
        return;
    }
    buf_char(w->buf, c);
    w->depth++;
    w->nonempty &= ~(UINT64_C(1) << (w->depth - 1));
}

static void close_container(struct json_writer *w, char c)
{
    bool nonempty = is_nonempty(w);

    if (w->depth == 0 || w->after_key) {
        misuse(w);
        return;
    }
    w->depth--;
    if (nonempty)
        newline(w);
    buf_char(w->buf, c);
}

void json_write_object(struct json_writer *w)
{
    open_container(w, '{');
}

void json_write_object_end(struct json_writer *w)
{
    close_container(w, '}');
}

void json_write_array(struct json_writer *w)
{
    open_container(w, '[');
}

void json_write_array_end(struct json_writer *w)
{
    close_container(w, ']');
}

/* The short escapes of RFC 8259 section 7; the other control characters are written as \u00xx. */
static void quote_special(struct buf *b, unsigned char c)
{
    switch (c) {
    case '"': buf_str(b, "\\\""); break;
    case '\\': buf_str(b, "\\\\"); break;
    case '\b': buf_str(b, "\\b"); break;
    case '\f': buf_str(b, "\\f"); break;
    case '\n': buf_str(b, "\\n"); break;
    case '\r': buf_str(b, "\\r"); break;
    case '\t': buf_str(b, "\\t"); break;
    default: buf_printf(b, "\\u%04x", c); break;
    }
}

void json_quote(struct buf *b, const char *s, size_t len)
{
    size_t start = 0, i = 0;

    buf_char(b, '"');
    while (i < len) {
        unsigned char c = (unsigned char)s[i];
        size_t n = c < 0x80 ? 1 : json_utf8_len(s + i, len - i);

        if (n && c >= 0x20 && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        buf_add(b, s + start, i - start);
        if (n)
            quote_special(b, c);
        else
            buf_str(b, "\\ufffd");
        start = ++i;
    }
    buf_add(b, s + start, len - start);
    buf_char(b, '"');
}

void json_write_key(struct json_writer *w, const char *key)
{
    if (w->depth == 0 || w->after_key) {
        misuse(w);
        return;
    }
    separate(w);
    json_quote(w->buf, key, strlen(key));
    buf_str(w->buf, w->indent ? ": " : ":");
    w->after_key = true;
}

void json_write_strn(struct json_writer *w, const char *s, size_t len)
{
    separate(w);
    json_quote(w->buf, s, len);
}

void json_write_str(struct json_writer *w, const char *s)
{
    if (s)
        json_write_strn(w, s, strlen(s));
    else
        json_write_null(w);
}

void json_write_i64(struct json_writer *w, int64_t v)
{
    separate(w);
    buf_printf(w->buf, "%" PRId64, v);
}

void json_write_u64(struct json_writer *w, uint64_t v)
{
    separate(w);
    buf_printf(w->buf, "%" PRIu64, v);
}

void json_write_raw(struct json_writer *w, const char *json)
{
    separate(w);
    buf_str(w->buf, json);
}

void json_write_bool(struct json_writer *w, bool v)
{
    json_write_raw(w, v ? "true" : "false");
}

void json_write_null(struct json_writer *w)
{
    json_write_raw(w, "null");
}

void json_write_key_str(struct json_writer *w, const char *key, const char *s)
{
    json_write_key(w, key);
    json_write_str(w, s);
}

void json_write_key_i64(struct json_writer *w, const char *key, int64_t v)
{
    json_write_key(w, key);
    json_write_i64(w, v);
}

void json_write_key_u64(struct json_writer *w, const char *key, uint64_t v)
{
    json_write_key(w, key);
    json_write_u64(w, v);
}

void json_write_key_bool(struct json_writer *w, const char *key, bool v)
{
    json_write_key(w, key);
    json_write_bool(w, v);
}

void json_write_key_strings(struct json_writer *w, const char *key, const char *const *v, size_t n)
{
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < n; i++)
        json_write_str(w, v[i]);
    json_write_array_end(w);
}
