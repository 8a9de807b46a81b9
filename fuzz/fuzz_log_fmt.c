/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a message, a NUL, and the text of a field. Oracles: in both formats the line is one line; the JSON
 * line is an object that gives message and field back when they are UTF-8; the text line is printable. An
 * entry for journald gives both back byte for byte; a line for syslog is one line.
 */
#include "oracle.h"

#include "core/json.h"
#include "core/json_utf8.h"
#include "core/log_fmt.h"
#include "core/log_target.h"

#define TEXT_MAX 8192

static bool is_utf8(const char *s)
{
    size_t left = strlen(s), len;

    for (; left > 0; s += len, left -= len) {
        len = json_utf8_len(s, left);
        if (len == 0)
            return false;
    }
    return true;
}

static void check_json(const struct buf *b, const char *message, const char *field)
{
    struct json_doc doc;
    const struct json_value *root;

    CHECK(json_parse(b->data, b->len, &doc, NULL) == 0);
    root = json_root(&doc);
    CHECK(streq(json_string(json_find(root, "level")), "info"));
    CHECK(json_find(root, "time") && json_string(json_find(root, "msg")) &&
          json_string(json_find(root, "field")));
    if (is_utf8(message))
        CHECK(streq(json_string(json_find(root, "msg")), message));
    if (is_utf8(field))
        CHECK(streq(json_string(json_find(root, "field")), field));
    json_doc_done(&doc);
}

/* The value of a field at *at, which moves behind it. */
static struct str journal_value(const struct buf *b, size_t *at, const char *key)
{
    size_t n = strlen(key), len;
    const char *value;

    CHECK(b->len - *at > n && memcmp(b->data + *at, key, n) == 0);
    *at += n;
    if (b->data[*at] == '=') {
        value = b->data + *at + 1;
        len = (size_t)((const char *)memchr(value, '\n', b->len - *at - 1) - value);
        *at += len + 2;
        return (struct str){value, len};
    }
    CHECK(b->data[*at] == '\n');
    len = 0;
    for (unsigned i = 0; i < 8; i++)
        len |= (size_t)(unsigned char)b->data[*at + 1 + i] << (8 * i);
    value = b->data + *at + 9;
    *at += len + 10;
    CHECK(*at <= b->len && value[len] == '\n');
    return (struct str){value, len};
}

static void check_daemons(const struct log_line *line, const char *field)
{
    AUTO_BUF struct buf b = BUF_INIT(64 * TEXT_MAX);
    size_t at = 0;

    log_target_journal(field, line, &b);
    CHECK(buf_error(&b) == 0);
    CHECK(str_eq(journal_value(&b, &at, "PRIORITY"), "6"));
    CHECK(str_eq(journal_value(&b, &at, "SYSLOG_IDENTIFIER"), field));
    CHECK(str_eq(journal_value(&b, &at, "MESSAGE"), line->message));
    CHECK(str_eq(journal_value(&b, &at, "LORICA_FIELD"), field));
    CHECK(at == b.len);
    buf_clear(&b);
    log_target_syslog(field, 1, line, &b);
    CHECK(buf_error(&b) == 0 && is_utf8(b.data));
    for (size_t i = 0; i < b.len; i++)
        CHECK((unsigned char)b.data[i] >= 0x20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX + 2];
    AUTO_BUF struct buf b = BUF_INIT(16 * TEXT_MAX);
    struct log_field field = {.key = "field"};
    struct log_line line = {.level = LOG_LEVEL_INFO, .message = text, .fields = &field, .n_fields = 1};

    if (size > TEXT_MAX)
        return 0;
    memcpy(text, data, size);
    text[size] = text[size + 1] = '\0';
    field.text = text + strlen(text) + 1;
    line.time.tv_sec = (time_t)size * 1000003;
    check_daemons(&line, field.text);
    for (int format = LOG_FORMAT_TEXT; format <= LOG_FORMAT_JSON; format++) {
        buf_clear(&b);
        log_fmt((enum log_format)format, &line, &b);
        CHECK(buf_error(&b) == 0);
        CHECK(strchr(b.data, '\n') == b.data + b.len - 1);
        for (size_t i = 0; i + 1 < b.len; i++)
            CHECK((unsigned char)b.data[i] >= 0x20);
        if (format == LOG_FORMAT_JSON)
            check_json(&b, line.message, field.text);
        else
            CHECK(is_utf8(b.data) && !strchr(b.data, 0x7f));
    }
    return 0;
}
