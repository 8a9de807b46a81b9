/* SPDX-License-Identifier: Apache-2.0 */
/* link: -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/json.h"
#include "core/json_write.h"
#include "unit/alloc_fault.h"

#include <cmocka.h>
#include <errno.h>

/* One document with everything in it. */
static void write_sample(struct json_writer *w)
{
    static const char *const list[] = {"a", "b"};

    json_write_object(w);
    json_write_key_str(w, "text", "x\"y");
    json_write_key_str(w, "none", NULL);
    json_write_key_i64(w, "low", INT64_MIN);
    json_write_key_u64(w, "high", UINT64_MAX);
    json_write_key_bool(w, "yes", true);
    json_write_key_bool(w, "no", false);
    json_write_key_strings(w, "list", list, 2);
    json_write_key_strings(w, "empty", list, 0);
    json_write_key(w, "nothing");
    json_write_object(w);
    json_write_object_end(w);
    json_write_key(w, "nested");
    json_write_array(w);
    json_write_array(w);
    json_write_i64(w, -1);
    json_write_array_end(w);
    json_write_object(w);
    json_write_key(w, "raw");
    json_write_raw(w, "1.50");
    json_write_object_end(w);
    json_write_null(w);
    json_write_array_end(w);
    json_write_object_end(w);
}

static void test_json_write__compact(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(4096);
    struct json_writer w;

    (void)state;
    json_write_init(&w, &b, NULL);
    write_sample(&w);
    assert_int_equal(buf_error(&b), 0);
    assert_string_equal(buf_cstr(&b),
                        "{\"text\":\"x\\\"y\",\"none\":null,\"low\":-9223372036854775808,"
                        "\"high\":18446744073709551615,\"yes\":true,\"no\":false,\"list\":[\"a\",\"b\"],"
                        "\"empty\":[],\"nothing\":{},\"nested\":[[-1],{\"raw\":1.50},null]}");
}

static void test_json_write__indented(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(4096);
    struct json_writer w;

    (void)state;
    json_write_init(&w, &b, "\t");
    write_sample(&w);
    assert_int_equal(buf_error(&b), 0);
    assert_string_equal(buf_cstr(&b), "{\n"
                                      "\t\"text\": \"x\\\"y\",\n"
                                      "\t\"none\": null,\n"
                                      "\t\"low\": -9223372036854775808,\n"
                                      "\t\"high\": 18446744073709551615,\n"
                                      "\t\"yes\": true,\n"
                                      "\t\"no\": false,\n"
                                      "\t\"list\": [\n"
                                      "\t\t\"a\",\n"
                                      "\t\t\"b\"\n"
                                      "\t],\n"
                                      "\t\"empty\": [],\n"
                                      "\t\"nothing\": {},\n"
                                      "\t\"nested\": [\n"
                                      "\t\t[\n"
                                      "\t\t\t-1\n"
                                      "\t\t],\n"
                                      "\t\t{\n"
                                      "\t\t\t\"raw\": 1.50\n"
                                      "\t\t},\n"
                                      "\t\tnull\n"
                                      "\t]\n"
                                      "}");
}

static void test_json_write__scalar_documents(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(64);
    struct json_writer w;

    (void)state;
    json_write_init(&w, &b, "  ");
    json_write_str(&w, "x");
    assert_string_equal(buf_cstr(&b), "\"x\"");
    buf_clear(&b);
    json_write_init(&w, &b, "  ");
    json_write_array(&w);
    json_write_array_end(&w);
    assert_string_equal(buf_cstr(&b), "[]");
}

static void test_json_quote__cases(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *expected;
    } cases[] = {
        {"", 0, "\"\""},
        {"plain", 5, "\"plain\""},
        {"\"\\/", 3, "\"\\\"\\\\/\""},
        {"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1F\x7F", 3, "\"\\u0001\\u001f\x7F\""},
        {"a\0b", 3, "\"a\\u0000b\""},
        {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8C\xBC", 9, "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8C\xBC\""},
        {"\xFFx", 2, "\"\\ufffdx\""},
        {"\xED\xA0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate: three bytes that are nothing */
        {"x\xC3", 2, "\"x\\ufffd\""},
        {"<>&'", 4, "\"<>&'\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO_BUF struct buf b = BUF_INIT(256);

        json_quote(&b, cases[i].bytes, cases[i].len);
        assert_string_equal(buf_cstr(&b), cases[i].expected);
    }
}

/* Whatever the bytes, what is written can be read. */
static void test_json_quote__every_byte_pair(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 65536; i++) {
        const char bytes[2] = {(char)(i >> 8), (char)(i & 0xFF)};
        AUTO_BUF struct buf b = BUF_INIT(256);
        struct json_doc doc;
        struct err e;
        int r;

        err_init(&e);
        json_quote(&b, bytes, 2);
        r = json_parse(b.data, b.len, &doc, &e);
        if (bytes[0] && bytes[1]) {
            if (r < 0)
                fail_msg("%s: %s", b.data, e.message);
            json_doc_done(&doc);
        } else {
            assert_int_equal(r, -EINVAL); /* a NUL is written, and refused by our reader */
        }
    }
}

static void test_json_write__misuse_sticks(void **state)
{
    struct json_writer w;

    (void)state;
    for (int what = 0; what < 6; what++) {
        AUTO_BUF struct buf b = BUF_INIT(4096);

        json_write_init(&w, &b, NULL);
        switch (what) {
        case 0: json_write_object_end(&w); break;
        case 1: json_write_array_end(&w); break;
        case 2: json_write_key(&w, "key"); break;
        case 3:
            json_write_object(&w);
            json_write_key(&w, "key");
            json_write_object_end(&w);
            break;
        case 4:
            json_write_object(&w);
            json_write_key(&w, "key");
            json_write_key(&w, "key");
            break;
        default:
            for (unsigned i = 0; i <= JSON_WRITE_DEPTH_MAX; i++)
                json_write_array(&w);
            break;
        }
        assert_int_equal(buf_error(&b), -EINVAL);
    }
}

static void test_json_write__deepest(void **state)
{
    AUTO_BUF struct buf b = BUF_INIT(4096);
    struct json_writer w;
    struct json_doc doc;

    (void)state;
    json_write_init(&w, &b, NULL);
    for (unsigned i = 0; i < JSON_WRITE_DEPTH_MAX; i++)
        json_write_array(&w);
    for (unsigned i = 0; i < JSON_WRITE_DEPTH_MAX; i++)
        json_write_array_end(&w);
    assert_int_equal(buf_error(&b), 0);
    assert_int_equal(b.len, 2 * JSON_WRITE_DEPTH_MAX);
    assert_int_equal(json_parse(b.data, b.len, &doc, NULL), 0);
    json_doc_done(&doc);
}

static void test_json_write__buffer_maximum(void **state)
{
    AUTO_BUF struct buf whole = BUF_INIT(4096);
    struct json_writer w;

    (void)state;
    json_write_init(&w, &whole, NULL);
    write_sample(&w);
    assert_int_equal(buf_error(&whole), 0);
    for (size_t max = 0; max < whole.len; max++) {
        AUTO_BUF struct buf b = BUF_INIT(max);

        json_write_init(&w, &b, NULL);
        write_sample(&w);
        assert_int_equal(buf_error(&b), -EMSGSIZE);
        assert_true(b.len <= max);
    }
}

static void test_json_write__no_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        AUTO_BUF struct buf b = BUF_INIT(4096);
        struct json_writer w;

        alloc_fault_at(n);
        json_write_init(&w, &b, "    ");
        write_sample(&w);
        if (!alloc_fault_fired()) {
            assert_true(n > 1);
            assert_int_equal(buf_error(&b), 0);
            break;
        }
        assert_int_equal(buf_error(&b), -ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_write__compact),
        cmocka_unit_test(test_json_write__indented),
        cmocka_unit_test(test_json_write__scalar_documents),
        cmocka_unit_test(test_json_quote__cases),
        cmocka_unit_test(test_json_quote__every_byte_pair),
        cmocka_unit_test(test_json_write__misuse_sticks),
        cmocka_unit_test(test_json_write__deepest),
        cmocka_unit_test(test_json_write__buffer_maximum),
        cmocka_unit_test(test_json_write__no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
