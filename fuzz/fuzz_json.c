/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as JSON. What is accepted is strictly right: no NUL, no malformed UTF-8, no name twice in an
 * object, bounded depth; every number's text is a JSON number, and its integer, if it has one, writes back as
 * that text; every value's pointer leads back to its place. Written out and read again it is the same
 * document, compact or indented. What is refused is refused with a place inside the text.
 */
#include "oracle.h"

#include "base/buf.h"
#include "core/json.h"
#include "core/json_utf8.h"
#include "core/json_write.h"

#include <inttypes.h>

static void check_string(const char *s)
{
    size_t len = strlen(s);

    for (size_t i = 0, n; i < len; i += n) {
        n = json_utf8_len(s + i, len - i);
        CHECK(n > 0);
    }
}

static void check_number(const struct json_doc *doc, const struct json_value *v)
{
    struct str n = json_number(doc, v);
    char text[32];
    uint64_t u;
    int64_t i;

    CHECK(n.len > 0 && n.len <= JSON_NUMBER_MAX);
    CHECK(n.ptr[0] == '-' || (n.ptr[0] >= '0' && n.ptr[0] <= '9'));
    CHECK(n.ptr[n.len - 1] >= '0' && n.ptr[n.len - 1] <= '9');
    if (json_u64(doc, v, UINT64_MAX, &u) == 0) {
        snprintf(text, sizeof(text), "%" PRIu64, u);
        CHECK(str_eq(n, text));
    }
    if (json_i64(doc, v, INT64_MIN, INT64_MAX, &i) == 0) {
        snprintf(text, sizeof(text), "%" PRId64, i);
        CHECK(str_eq(n, text));
    }
}

/* The pointer of a value leads back to it (unless it is too long to be kept). */
static void check_place(const struct json_doc *doc, const struct json_value *v)
{
    char pointer[ERR_WHERE_MAX];
    uint32_t line = 0, column = 0;
    struct err e;

    err_init(&e);
    CHECK(json_fail(doc, v, &e, "x") < 0);
    CHECK(e.line > 0 && e.column > 0);
    json_pointer(doc, v, pointer, sizeof(pointer));
    CHECK(strcmp(pointer, e.where) == 0);
    if (strlen(pointer) < sizeof(pointer) - 8) {
        CHECK(json_locate(doc->text, doc->len, pointer, &line, &column));
        CHECK(line == e.line && column == e.column);
    }
}

static unsigned places_left; /* each costs a scan of the text */

static void check_value(const struct json_doc *doc, const struct json_value *v, unsigned depth)
{
    size_t n = 0;

    CHECK(depth <= JSON_DEPTH_MAX);
    if (places_left) {
        places_left--;
        check_place(doc, v);
    }
    if (json_type(v) == JSON_STRING)
        check_string(json_string(v));
    if (json_type(v) == JSON_NUMBER)
        check_number(doc, v);
    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        CHECK((json_name(m) != NULL) == (json_type(v) == JSON_OBJECT));
        if (json_name(m)) {
            check_string(json_name(m));
            if (n < 200)
                CHECK(json_find(v, json_name(m)) == m); /* no earlier one of that name */
        }
        check_value(doc, m, depth + 1);
        n++;
    }
    CHECK(n == json_count(v));
}

static void write_value(struct json_writer *w, const struct json_doc *doc, const struct json_value *v)
{
    char number[JSON_NUMBER_MAX + 1];
    struct str n;

    if (json_name(v))
        json_write_key(w, json_name(v));
    switch (json_type(v)) {
    case JSON_NULL: json_write_null(w); break;
    case JSON_FALSE: json_write_bool(w, false); break;
    case JSON_TRUE: json_write_bool(w, true); break;
    case JSON_STRING: json_write_str(w, json_string(v)); break;
    case JSON_NUMBER:
        n = json_number(doc, v);
        snprintf(number, sizeof(number), "%.*s", (int)n.len, n.ptr);
        json_write_raw(w, number);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        if (json_type(v) == JSON_ARRAY)
            json_write_array(w);
        else
            json_write_object(w);
        for (const struct json_value *m = json_first(v); m; m = json_next(m))
            write_value(w, doc, m);
        if (json_type(v) == JSON_ARRAY)
            json_write_array_end(w);
        else
            json_write_object_end(w);
        break;
    }
}

static bool same(const struct json_doc *da, const struct json_value *a, const struct json_doc *db,
                 const struct json_value *b)
{
    struct str na = json_number(da, a), nb = json_number(db, b);
    const struct json_value *ma = json_first(a), *mb = json_first(b);

    if (json_type(a) != json_type(b) || !streq(json_name(a), json_name(b)) ||
        !streq(json_string(a), json_string(b)))
        return false;
    if (na.len != nb.len || memcmp(na.ptr, nb.ptr, na.len) != 0)
        return false;
    for (; ma && mb; ma = json_next(ma), mb = json_next(mb))
        if (!same(da, ma, db, mb))
            return false;
    return !ma && !mb;
}

static void check_round_trip(const struct json_doc *doc, const char *indent)
{
    AUTO_BUF struct buf b = BUF_INIT(64u * 1024u * 1024u);
    struct json_writer w;
    struct json_doc again;
    struct err e;

    json_write_init(&w, &b, indent);
    write_value(&w, doc, json_root(doc));
    CHECK(buf_error(&b) == 0);
    if (b.len > JSON_BYTES_MAX)
        return;
    err_init(&e);
    CHECK(json_parse(b.data, b.len, &again, &e) == 0);
    CHECK(same(doc, json_root(doc), &again, json_root(&again)));
    json_doc_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    uint32_t line, column;
    struct json_doc doc;
    struct err e;

    err_init(&e);
    if (json_parse(text, size, &doc, &e) < 0) {
        CHECK(e.kind == ERR_CONFIG && e.message[0] && e.line > 0 && e.column > 0);
        CHECK(e.where[0] == '\0' || e.where[0] == '/');
        CHECK(e.column <= size + 1);
        check_string(e.where);
        (void)json_locate(text, size, e.where, &line, &column);
        return 0;
    }
    places_left = 64;
    check_value(&doc, json_root(&doc), 0);
    check_round_trip(&doc, NULL);
    check_round_trip(&doc, "\t");
    json_doc_done(&doc);
    return 0;
}
