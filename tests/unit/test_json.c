/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/json.h"
#include "unit/alloc_fault.h"

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <errno.h>
#include <time.h>

/* Parse a copy of exactly that size, so that a sanitizer sees a byte read behind it. */
static int parse(const char *text, size_t len, struct err *e)
{
    char *copy = malloc(len ? len : 1);
    struct json_doc doc;
    int r;

    assert_non_null(copy);
    memcpy(copy, text, len);
    err_init(e);
    r = json_parse(copy, len, &doc, e);
    if (r == 0)
        json_doc_done(&doc);
    free(copy);
    return r;
}

/* A literal may hold NUL bytes. */
#define T(literal) literal, sizeof(literal) - 1

static void test_json_parse__accepted(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {T("{}")},
        {T("[]")},
        {T(" \t\r\n[ ] \n")},
        {T("null")},
        {T("true")},
        {T("false")},
        {T("0")},
        {T("-0")},
        {T("-1.5e+10")},
        {T("1E-5")},
        {T("1e400")},
        {T("\"\"")},
        {T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\"")},
        {T("\"\\ud83c\\udf3c\"")},
        {T("\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8C\xBC\x7F\"")},
        {T("{\"a\":1,\"b\":[1,2,{\"a\":null}],\"\":\"\"}")},
        {T("{\"a\":{\"a\":{\"a\":1}}}")},
        {T("{\"process\":1,\"Process\":2}")}, /* two names; what they mean is the decoder's business */
        {T("[{\"a\":1},{\"a\":2}]")},
        {T("123456789012345678901234567890123456789012345678901234567890123")}, /* 63 */
    };
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (parse(cases[i].text, cases[i].len, &e) != 0)
            fail_msg("case %zu: %s", i, e.message);
}

static void test_json_parse__refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        uint32_t line, column;
        const char *where, *message;
    } cases[] = {
        /* syntax */
        {T(""), 1, 1, "", "unexpected end of the text, expected a value"},
        {T(" \n "), 2, 2, "", "unexpected end of the text"},
        {T("{"), 1, 2, "", "unexpected end of the text, expected a name"},
        {T("["), 1, 2, "/0", "unexpected end of the text, expected a value"},
        {T("{} x"), 1, 4, "", "unexpected character 'x', expected the end of the text"},
        {T("{}{}"), 1, 3, "", "unexpected character '{'"},
        {T("{}\0"), 1, 3, "", "unexpected byte 0x00"},
        {T("\0{}"), 1, 1, "", "unexpected byte 0x00"},
        {T("[1,]"), 1, 4, "/1", "unexpected character ']', expected a value"},
        {T("[1 2]"), 1, 4, "", "expected ',' or ']'"},
        {T("[,1]"), 1, 2, "/0", "unexpected character ','"},
        {T("{\"a\":1,}"), 1, 8, "", "unexpected character '}', expected a name in double quotes"},
        {T("{\"a\" 1}"), 1, 6, "/a", "expected ':'"},
        {T("{\"a\":}"), 1, 6, "/a", "expected a value"},
        {T("{\"a\":1 \"b\":2}"), 1, 8, "", "expected ',' or '}'"},
        {T("{a:1}"), 1, 2, "", "unexpected character 'a', expected a name"},
        {T("{'a':1}"), 1, 2, "", "unexpected character '''"},
        {T("['a']"), 1, 2, "/0", "unexpected character '''"},
        {T("{1:1}"), 1, 2, "", "unexpected character '1', expected a name"},
        {T("[1}"), 1, 3, "", "unexpected character '}', expected ',' or ']'"},
        {T("{\"a\":1]"), 1, 7, "", "unexpected character ']'"},
        {T("]"), 1, 1, "", "unexpected character ']'"},
        {T("[1] // x"), 1, 5, "", "unexpected character '/'"},
        {T("/* x */ 1"), 1, 1, "", "unexpected character '/'"},
        {T("tru"), 1, 1, "", "unexpected character 't'"},
        {T("True"), 1, 1, "", "unexpected character 'T'"},
        {T("nul"), 1, 1, "", "unexpected character 'n'"},
        {T("nullx"), 1, 5, "", "unexpected character 'x'"},
        {T("NaN"), 1, 1, "", "unexpected character 'N'"},
        {T("[\v1]"), 1, 2, "/0", "unexpected byte 0x0b"},
        {T("[\xC2\xA0]"), 1, 2, "/0", "unexpected byte 0xc2"},
        {T("\xEF\xBB\xBF{}"), 1, 1, "", "byte order mark"},
        /* numbers */
        {T("01"), 1, 1, "", "must not begin with 0"},
        {T("-01"), 1, 1, "", "must not begin with 0"},
        {T("+1"), 1, 1, "", "unexpected character '+'"},
        {T("1."), 1, 3, "", "expected a digit"},
        {T(".5"), 1, 1, "", "unexpected character '.'"},
        {T("1.e5"), 1, 3, "", "expected a digit"},
        {T("1e"), 1, 3, "", "expected a digit"},
        {T("1e+"), 1, 4, "", "expected a digit"},
        {T("-"), 1, 2, "", "expected a digit"},
        {T("--1"), 1, 2, "", "expected a digit"},
        {T("0x10"), 1, 2, "", "unexpected character 'x'"},
        {T("1_000"), 1, 2, "", "unexpected character '_'"},
        {T("-Infinity"), 1, 2, "", "expected a digit"},
        {T("1234567890123456789012345678901234567890123456789012345678901234"), 1, 1, "", "63 characters"},
        /* strings */
        {T("\"a"), 1, 3, "", "unexpected end of the text inside a string"},
        {T("\"\\"), 1, 2, "", "unknown escape"},
        {T("\"\\x41\""), 1, 2, "", "unknown escape"},
        {T("\"\\u12\""), 1, 2, "", "four hexadecimal digits"},
        {T("\"\\u12g4\""), 1, 2, "", "four hexadecimal digits"},
        {T("\"\\u0000\""), 1, 2, "", "must not contain \\u0000"},
        {T("\"ab\0c\""), 1, 4, "", "control character 0x00 in a string"},
        {T("\"a\nb\""), 1, 3, "", "control character 0x0a in a string"},
        {T("\"a\tb\""), 1, 3, "", "control character 0x09"},
        {T("\"\x1F\""), 1, 2, "", "control character 0x1f"},
        {T("\"\\ud800\""), 1, 2, "", "lone surrogate \\ud800"},
        {T("\"\\udc00\""), 1, 2, "", "lone surrogate \\udc00"},
        {T("\"\\ud800\\u0041\""), 1, 2, "", "lone surrogate \\ud800"},
        {T("\"\\ud800\\ud800\""), 1, 2, "", "lone surrogate \\ud800"},
        {T("\"\\ud800x\""), 1, 2, "", "lone surrogate \\ud800"},
        {T("\"\\ud83c\\udf3"), 1, 2, "", "lone surrogate \\ud83c"},
        {T("\"\xFF\""), 1, 2, "", "malformed UTF-8 (byte 0xff)"},
        {T("\"\xC0\xAF\""), 1, 2, "", "malformed UTF-8 (byte 0xc0)"},
        {T("\"\xED\xA0\x80\""), 1, 2, "", "malformed UTF-8 (byte 0xed)"},
        {T("\"\xC3"), 1, 2, "", "malformed UTF-8 (byte 0xc3)"},
        {T("\"abcdefgh\xC3\""), 1, 10, "", "malformed UTF-8"},
        {T("{\"a\\u0000\":1}"), 1, 4, "", "must not contain \\u0000"},
        {T("{\"process\":{\"args\":[\"/safe\\u0000/../../etc\"]}}"), 1, 27, "/process/args/0", "\\u0000"},
        /* equal names */
        {T("{\"x\":1,\"x\":2}"), 1, 8, "/x", "duplicate name \"x\""},
        {T("{\"\":1,\"\":2}"), 1, 7, "/", "duplicate name \"\""},
        {T("{\"x\":1,\"\\u0078\":2}"), 1, 8, "/x", "duplicate name \"\\u0078\""},
        {T("{\"\\ud83c\\udf3c\":1,\"\xF0\x9F\x8C\xBC\":2}"), 1, 19, "/\xF0\x9F\x8C\xBC", "duplicate name"},
        {T("{\"a/b\":1,\"a\\/b\":2}"), 1, 10, "/a~1b", "duplicate name"},
        {T("{\n  \"process\": {},\n  \"root\": {},\n  \"process\": {}\n}"), 4, 3, "/process",
         "duplicate name"},
        {T("{\"a\":[0,{\"b\":{\"c\":1,\"c\":1}}]}"), 1, 21, "/a/1/b/c", "duplicate name \"c\""},
        {T("{\"x\":null,\"x\":1}"), 1, 11, "/x", "duplicate name"},
        /* places */
        {T("{\n\t\"a~/b\":\n [ 1,\n  x ]\n}"), 4, 3, "/a~0~1b/1", "unexpected character 'x'"},
        {T("{\"\xC3\xA4\xC3\xB6\":\"\xE2\x82\xAC\", x}"), 1, 12, "",
         "unexpected character 'x'"}, /* characters, not bytes */
    };
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (parse(cases[i].text, cases[i].len, &e) != -EINVAL)
            fail_msg("case %zu: accepted: %s", i, cases[i].text);
        assert_int_equal(e.kind, ERR_CONFIG);
        if (e.line != cases[i].line || e.column != cases[i].column || strcmp(e.where, cases[i].where) != 0 ||
            !strstr(e.message, cases[i].message))
            fail_msg("case %zu: %s: \"%s\" %u:%u %s", i, cases[i].text, e.where, e.line, e.column, e.message);
    }
}

/* ---- limits ---- */

static char *repeat(const char *unit, size_t n, const char *tail, size_t *len)
{
    size_t u = strlen(unit), t = strlen(tail);
    char *text = malloc(u * n + t + 1);

    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * u, unit, u);
    memcpy(text + n * u, tail, t + 1);
    *len = n * u + t;
    return text;
}

static void test_json_parse__depth(void **state)
{
    static const struct {
        const char *open, *middle, *close;
        size_t n;
        bool accepted;
    } cases[] = {
        {"[", "", "]", JSON_DEPTH_MAX, true},
        {"[", "1", "]", JSON_DEPTH_MAX, true},
        {"[", "", "]", JSON_DEPTH_MAX + 1, false},
        {"{\"a\":", "1", "}", JSON_DEPTH_MAX, true},
        {"{\"a\":", "1", "}", JSON_DEPTH_MAX + 1, false},
        {"[", "", "]", 512, false},
        {"[", "", "", 1000000, false},
        {"{\"a\":[", "", "", 1000000, false},
    };
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t open_len, close_len;
        char *close = repeat(cases[i].close, cases[i].n, "", &close_len);
        char *open = repeat(cases[i].open, cases[i].n, cases[i].middle, &open_len);
        char *text = malloc(open_len + close_len);
        int r;

        assert_non_null(text);
        memcpy(text, open, open_len);
        memcpy(text + open_len, close, close_len);
        r = parse(text, open_len + close_len, &e);
        assert_int_equal(r, cases[i].accepted ? 0 : -EINVAL);
        if (r < 0)
            assert_non_null(strstr(e.message, "more than 64 levels"));
        free(text);
        free(open);
        free(close);
    }
}

static void test_json_parse__bytes(void **state)
{
    const size_t huge = 100u * 1024u * 1024u;
    char *text = malloc(huge);
    struct err e;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', huge);
    text[0] = '1';
    assert_int_equal(parse(text, JSON_BYTES_MAX, &e), 0);
    assert_int_equal(parse(text, JSON_BYTES_MAX + 1, &e), -EINVAL);
    assert_string_equal(e.message, "the text has 16777217 bytes, more than 16777216");
    assert_int_equal(parse(text, huge, &e), -EINVAL);
    assert_string_equal(e.message, "the text has 104857600 bytes, more than 16777216");
    assert_string_equal(e.where, "");
    free(text);
}

static void test_json_parse__values(void **state)
{
    size_t len;
    char *text = repeat("1,", JSON_VALUES_MAX, "1]", &len);
    struct err e;

    (void)state;
    text[0] = '['; /* "[,1,1": make it "[1,1,...": */
    text[1] = ' ';
    assert_int_equal(parse(text, len, &e), -EINVAL);
    assert_string_equal(e.message, "more than 262144 values");
    assert_string_equal(e.where, "/262143");
    free(text);
    text = repeat("1,", JSON_VALUES_MAX - 1, "1]", &len);
    text[0] = '[';
    text[1] = ' ';
    assert_int_equal(parse(text, len, &e), 0); /* the array and its elements */
    free(text);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Many names in one object; the last one repeats the name with that number, or none. */
static char *many_names(unsigned n, const char *format, unsigned repeated, size_t *len)
{
    struct buf b = BUF_INIT(JSON_BYTES_MAX);

    buf_str(&b, "{");
    for (unsigned i = 0; i < n; i++) {
        buf_printf(&b, format, i == n - 1 && repeated != UINT32_MAX ? repeated : i);
        buf_str(&b, i < n - 1 ? "," : "}");
    }
    assert_int_equal(buf_error(&b), 0);
    *len = b.len;
    return buf_take(&b);
}

static void test_json_parse__many_names(void **state)
{
    static const unsigned counts[] = {2, 23, 24, 25, 26, 64, 1000, 200000};
    static const char *const formats[] = {"\"name%u\":0", "\"\\u0061%u\":0"};
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
        for (size_t k = 0; k < ARRAY_SIZE(formats); k++) {
            double start = seconds();
            size_t len;
            char *text = many_names(counts[i], formats[k], UINT32_MAX, &len);

            assert_int_equal(parse(text, len, &e), 0);
            free(text);
            text = many_names(counts[i], formats[k], counts[i] / 3, &len);
            assert_int_equal(parse(text, len, &e), -EINVAL);
            assert_non_null(strstr(e.message, "duplicate name"));
            assert_int_equal(e.column, len - 1 - strlen(formats[k]) - (counts[i] / 3 > 9) -
                                           (counts[i] / 3 > 99) - (counts[i] / 3 > 999) -
                                           (counts[i] / 3 > 9999) + 2);
            free(text);
            assert_true(seconds() - start < 20); /* quadratic would be minutes, even with sanitizers */
        }
}

/* The earliest repetition is reported, whatever the order of sorting. */
static void test_json_parse__first_duplicate(void **state)
{
    struct buf b = BUF_INIT(65536);
    struct err e;

    (void)state;
    buf_str(&b, "{");
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "\"n%d\":0,", i);
    buf_str(&b, "\n\"n70\":0,\n\"n3\":0,\n\"n99\":0,\n\"n70\":0}");
    assert_int_equal(parse(b.data, b.len, &e), -EINVAL);
    assert_int_equal(e.line, 2);
    assert_int_equal(e.column, 1);
    assert_string_equal(e.where, "/n70");
    buf_done(&b);
}

/* Any prefix of a document is refused, with a place inside it. */
static void test_json_parse__truncated(void **state)
{
    static const char text[] =
        "{\"a\": [1, -2.5e3, \"x\\u00e4\\ud83c\\udf3c\xC3\xA4\"], \"b\": {\"c\": null, "
        "\"d\": [true, false]}, \"e\": \"\"}";
    struct err e;

    (void)state;
    assert_int_equal(parse(text, sizeof(text) - 1, &e), 0);
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        assert_int_equal(parse(text, len, &e), -EINVAL);
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_int_equal(e.line, 1);
        assert_true(e.column >= 1 && e.column <= len + 1);
        assert_true(e.message[0] != '\0');
        assert_true(e.where[0] == '\0' || e.where[0] == '/');
    }
}

static void test_json_parse__deep_pointer_is_cut(void **state)
{
    struct buf b = BUF_INIT(65536);
    struct err e;

    (void)state;
    for (int i = 0; i < 60; i++)
        buf_str(&b, "{\"na~\xE2\x82\xACme\":");
    buf_str(&b, "x");
    assert_int_equal(parse(b.data, b.len, &e), -EINVAL);
    assert_true(strlen(e.where) < ERR_WHERE_MAX);
    assert_true(strlen(e.where) > ERR_WHERE_MAX - 8);
    assert_int_equal(strncmp(e.where, "/na~0\xE2\x82\xACme/na~0\xE2\x82\xACme/", 21), 0);
    buf_done(&b);
}

static void test_json_parse__null_arguments(void **state)
{
    struct json_doc doc;

    (void)state;
    assert_int_equal(json_parse(NULL, 0, &doc, NULL), -EINVAL);
    assert_int_equal(json_parse("{", 1, &doc, NULL), -EINVAL);
    assert_null(doc.root);
    json_doc_done(&doc);
}

/* ---- access ---- */

static void open_doc(const char *text, struct json_doc *doc)
{
    struct err e;

    err_init(&e);
    if (json_parse(text, strlen(text), doc, &e) < 0)
        fail_msg("%s: %s", text, e.message);
}

static void test_json_type__all(void **state)
{
    static const enum json_type expected[] = {JSON_NULL,   JSON_FALSE, JSON_TRUE,  JSON_NUMBER,
                                              JSON_STRING, JSON_ARRAY, JSON_OBJECT};
    struct json_doc doc;
    size_t i = 0;

    (void)state;
    open_doc("[null, false, true, 1, \"\", [], {}]", &doc);
    assert_int_equal(json_count(json_root(&doc)), ARRAY_SIZE(expected));
    for (const struct json_value *v = json_first(json_root(&doc)); v; v = json_next(v), i++) {
        assert_int_equal(json_type(v), expected[i]);
        assert_int_equal(json_string(v) != NULL, expected[i] == JSON_STRING);
        assert_int_equal(json_number(&doc, v).len, expected[i] == JSON_NUMBER);
        assert_null(json_name(v));
        assert_null(json_first(v));
        assert_int_equal(json_count(v), 0);
        assert_null(json_find(v, "a"));
        assert_non_null(json_type_name(json_type(v)));
    }
    assert_int_equal(i, ARRAY_SIZE(expected));
    json_doc_done(&doc);
    assert_null(json_root(&doc));
    json_doc_done(&doc);
}

static void test_json_find__exact_case(void **state)
{
    struct json_doc doc;
    const struct json_value *root;

    (void)state;
    open_doc("{\"Name\": 1, \"name\": 2, \"na\\u006de2\": 3}", &doc);
    root = json_root(&doc);
    assert_int_equal(json_count(root), 3);
    assert_int_equal(json_number(&doc, json_find(root, "name")).ptr[0], '2');
    assert_int_equal(json_number(&doc, json_find(root, "Name")).ptr[0], '1');
    assert_int_equal(json_number(&doc, json_find(root, "name2")).ptr[0], '3');
    assert_null(json_find(root, "NAME"));
    json_doc_done(&doc);
}

static void test_json_string__escapes(void **state)
{
    struct json_doc doc;

    (void)state;
    open_doc("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\u20AC\\ud83c\\udf3c\"", &doc);
    assert_string_equal(json_string(json_root(&doc)), "\"\\/\b\f\n\r\t\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8C\xBC");
    json_doc_done(&doc);
}

static void test_json_integers__exact(void **state)
{
    static const struct {
        const char *text;
        int r_u64, r_i64;
        uint64_t u64;
        int64_t i64;
    } cases[] = {
        {"0", 0, 0, 0, 0},
        {"1", 0, 0, 1, 1},
        {"-1", -ERANGE, 0, 0, -1},
        {"9007199254740993", 0, 0, 9007199254740993, 9007199254740993}, /* 2^53 + 1 is no double */
        {"9223372036854775807", 0, 0, INT64_MAX, INT64_MAX},
        {"9223372036854775808", 0, -ERANGE, UINT64_C(1) << 63, 0},
        {"-9223372036854775808", -ERANGE, 0, 0, INT64_MIN},
        {"-9223372036854775809", -ERANGE, -ERANGE, 0, 0},
        {"18446744073709551615", 0, -ERANGE, UINT64_MAX, 0},
        {"18446744073709551616", -ERANGE, -ERANGE, 0, 0},
        {"-18446744073709551616", -ERANGE, -ERANGE, 0, 0},
        {"-0", -EINVAL, -EINVAL, 0, 0},
        {"1.0", -EINVAL, -EINVAL, 0, 0},
        {"-1.5", -EINVAL, -EINVAL, 0, 0},
        {"1e3", -EINVAL, -EINVAL, 0, 0},
        {"1E3", -EINVAL, -EINVAL, 0, 0},
        {"0e0", -EINVAL, -EINVAL, 0, 0},
        {"1e400", -EINVAL, -EINVAL, 0, 0},
        {"\"5\"", -EINVAL, -EINVAL, 0, 0},
        {"null", -EINVAL, -EINVAL, 0, 0},
        {"[1]", -EINVAL, -EINVAL, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct json_doc doc;
        uint64_t u = 4711;
        int64_t s = 4711;

        open_doc(cases[i].text, &doc);
        assert_int_equal(json_u64(&doc, json_root(&doc), UINT64_MAX, &u), cases[i].r_u64);
        assert_int_equal(json_i64(&doc, json_root(&doc), INT64_MIN, INT64_MAX, &s), cases[i].r_i64);
        assert_true(u == (cases[i].r_u64 ? 4711 : cases[i].u64));
        assert_true(s == (cases[i].r_i64 ? 4711 : cases[i].i64));
        json_doc_done(&doc);
    }
}

static void test_json_integers__range(void **state)
{
    struct json_doc doc;
    uint64_t u;
    int64_t s;

    (void)state;
    open_doc("256", &doc);
    assert_int_equal(json_u64(&doc, json_root(&doc), 255, &u), -ERANGE);
    assert_int_equal(json_u64(&doc, json_root(&doc), 256, &u), 0);
    assert_int_equal(json_i64(&doc, json_root(&doc), -1, 255, &s), -ERANGE);
    assert_int_equal(json_i64(&doc, json_root(&doc), 257, 300, &s), -ERANGE);
    json_doc_done(&doc);
}

static void test_json_number__text_is_kept(void **state)
{
    struct json_doc doc;
    struct str n;

    (void)state;
    open_doc("[1.50, -0.0e+7,12]", &doc);
    n = json_number(&doc, json_first(json_root(&doc)));
    assert_true(str_eq(n, "1.50"));
    n = json_number(&doc, json_next(json_first(json_root(&doc))));
    assert_true(str_eq(n, "-0.0e+7"));
    n = json_number(&doc, json_next(json_next(json_first(json_root(&doc)))));
    assert_true(str_eq(n, "12"));
    json_doc_done(&doc);
}

/* ---- errors at values ---- */

static const char sample[] = "{\n"
                             "  \"process\": {\n"
                             "    \"args\": [\"sh\", \"-c\"],\n"
                             "    \"user\": {\"uid\": 0}\n"
                             "  },\n"
                             "  \"annotations\": {\"a/b~c\": \"x\", \"\": \"y\"},\n"
                             "  \"\xC3\xA4\": [[], [7]]\n"
                             "}\n";

static void test_json_fail__place(void **state)
{
    struct json_doc doc;
    const struct json_value *root, *v;
    struct err e;

    (void)state;
    open_doc(sample, &doc);
    root = json_root(&doc);
    err_init(&e);
    v = json_next(json_first(json_find(json_find(root, "process"), "args")));
    assert_int_equal(json_fail(&doc, v, &e, "bad %s", json_string(v)), -EINVAL);
    assert_string_equal(e.where, "/process/args/1");
    assert_string_equal(e.message, "bad -c");
    assert_int_equal(e.kind, ERR_CONFIG);
    assert_int_equal(e.line, 3);
    assert_int_equal(e.column, 20);

    assert_int_equal(json_fail(&doc, root, &e, "root"), -EINVAL);
    assert_string_equal(e.where, "");
    assert_int_equal(e.line, 1);
    assert_int_equal(e.column, 1);

    v = json_find(json_find(root, "annotations"), "a/b~c");
    assert_int_equal(json_fail(&doc, v, &e, "x"), -EINVAL);
    assert_string_equal(e.where, "/annotations/a~1b~0c");

    v = json_find(json_find(root, "process"), "user");
    assert_int_equal(json_fail_missing(&doc, v, "gid", &e, "\"%s\" is required", "gid"), -EINVAL);
    assert_string_equal(e.where, "/process/user/gid");
    assert_string_equal(e.message, "\"gid\" is required");
    assert_int_equal(e.line, 4);
    assert_int_equal(e.column, 13);

    assert_int_equal(json_fail(&doc, root, NULL, "x"), -EINVAL);
    assert_int_equal(json_fail_missing(&doc, root, "a", NULL, "x"), -EINVAL);
    json_doc_done(&doc);
}

static void test_json_locate__cases(void **state)
{
    static const struct {
        const char *pointer;
        bool found;
        uint32_t line, column;
    } cases[] = {
        {"", true, 1, 1},
        {"/process", true, 2, 14},
        {"/process/args", true, 3, 13},
        {"/process/args/0", true, 3, 14},
        {"/process/args/1", true, 3, 20},
        {"/process/user/uid", true, 4, 21},
        {"/annotations/a~1b~0c", true, 6, 28},
        {"/annotations/", true, 6, 37},
        {"/\xC3\xA4", true, 7, 8},
        {"/\xC3\xA4/0", true, 7, 9},
        {"/\xC3\xA4/1/0", true, 7, 14},
        /* what is missing: where it would be */
        {"/process/user/gid", true, 4, 13},
        {"/process/args/2", true, 3, 13},
        {"/process/args/x", true, 3, 13},
        {"/process/args/01", true, 3, 13},
        {"/process/user/uid/0", true, 4, 21},
        {"/root", true, 1, 1},
        {"/root/path", true, 1, 1},
        {"/proces", true, 1, 1},
        {"/processx", true, 1, 1},
        {"/", true, 1, 1},
        /* malformed */
        {"process", false, 0, 0},
        {"/a~", false, 0, 0},
        {"/a~2", false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t line = 0, column = 0;
        bool found = json_locate(sample, strlen(sample), cases[i].pointer, &line, &column);

        if (found != cases[i].found || line != cases[i].line || column != cases[i].column)
            fail_msg("%s: %d %u:%u", cases[i].pointer, found, line, column);
    }
}

static void test_json_locate__invalid_text(void **state)
{
    uint32_t line = 7, column = 7;

    (void)state;
    assert_false(json_locate("", 0, "", &line, &column));
    assert_false(json_locate("{\"a\":", 5, "/b", &line, &column));
    assert_int_equal(line, 7);
    assert_int_equal(column, 7);
}

/* For every value of a document: json_fail names a pointer that json_locate takes to the same place. */
static void check_places(const struct json_doc *doc, const struct json_value *v)
{
    uint32_t line = 0, column = 0;
    char pointer[ERR_WHERE_MAX];
    struct err e;

    err_init(&e);
    assert_int_equal(json_fail(doc, v, &e, "x"), -EINVAL);
    json_pointer(doc, v, pointer, sizeof(pointer));
    assert_string_equal(pointer, e.where);
    assert_true(json_locate(doc->text, doc->len, e.where, &line, &column));
    assert_int_equal(line, e.line);
    assert_int_equal(column, e.column);
    for (const struct json_value *m = json_first(v); m; m = json_next(m))
        check_places(doc, m);
}

static void test_json_locate__inverse_of_fail(void **state)
{
    struct json_doc doc;

    (void)state;
    open_doc(sample, &doc);
    check_places(&doc, json_root(&doc));
    json_doc_done(&doc);
    open_doc("{\"a\":{\"b\":1,\"a\":[{\"a\":2},[3,[4]]]},\"~\":{\"/\":{\"~1\":5}},\"0\":{\"1\":[6]}}", &doc);
    check_places(&doc, json_root(&doc));
    json_doc_done(&doc);
}

static void test_json_pointer_add__cut(void **state)
{
    char pointer[16] = "";

    (void)state;
    json_pointer_add(pointer, sizeof(pointer), "a/~\xE2\x82\xAC");
    assert_string_equal(pointer, "/a~1~0\xE2\x82\xAC");
    json_pointer_add(pointer, sizeof(pointer), "bcd\xE2\x82\xAC"); /* the last character does not fit */
    assert_string_equal(pointer, "/a~1~0\xE2\x82\xAC/bcd");
    json_pointer_add(pointer, sizeof(pointer), "/");
    assert_string_equal(pointer, "/a~1~0\xE2\x82\xAC/bcd/");
}

/* ---- memory ---- */

static void test_json_parse__no_memory(void **state)
{
    cJSON_Hooks hooks = {.malloc_fn = malloc, .free_fn = free};
    size_t len;
    char *text = many_names(70, "\"n%u\":[1,\"x\",{}]", UINT32_MAX, &len);

    (void)state;
    cJSON_InitHooks(&hooks); /* through the wrapper, wherever cJSON is linked from */
    for (size_t n = 1;; n++) {
        struct json_doc doc;
        struct err e;
        int r;

        err_init(&e);
        alloc_fault_at(n);
        r = json_parse(text, len, &doc, &e);
        if (!alloc_fault_fired()) {
            assert_int_equal(r, 0);
            json_doc_done(&doc);
            assert_true(n > 200);
            break;
        }
        assert_int_equal(r, -ENOMEM);
        assert_int_equal(e.kind, ERR_INTERNAL);
        assert_null(doc.root);
    }
    cJSON_InitHooks(NULL);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_parse__accepted),
        cmocka_unit_test(test_json_parse__refused),
        cmocka_unit_test(test_json_parse__depth),
        cmocka_unit_test(test_json_parse__bytes),
        cmocka_unit_test(test_json_parse__values),
        cmocka_unit_test(test_json_parse__many_names),
        cmocka_unit_test(test_json_parse__first_duplicate),
        cmocka_unit_test(test_json_parse__truncated),
        cmocka_unit_test(test_json_parse__deep_pointer_is_cut),
        cmocka_unit_test(test_json_parse__null_arguments),
        cmocka_unit_test(test_json_type__all),
        cmocka_unit_test(test_json_find__exact_case),
        cmocka_unit_test(test_json_string__escapes),
        cmocka_unit_test(test_json_integers__exact),
        cmocka_unit_test(test_json_integers__range),
        cmocka_unit_test(test_json_number__text_is_kept),
        cmocka_unit_test(test_json_fail__place),
        cmocka_unit_test(test_json_locate__cases),
        cmocka_unit_test(test_json_locate__invalid_text),
        cmocka_unit_test(test_json_locate__inverse_of_fail),
        cmocka_unit_test(test_json_pointer_add__cut),
        cmocka_unit_test(test_json_parse__no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
