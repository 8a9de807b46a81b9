/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a message, a NUL, and the text of a field. Oracles: in both formats the line is one line; the JSON
 * line is an object that gives message and field back when they are UTF-8; the text line is printable.
 */
#include "core/json.h"
#include "core/json_utf8.h"
#include "core/log_fmt.h"

#define TEXT_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        __builtin_trap();
}

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

    check(json_parse(b->data, b->len, &doc, NULL) == 0);
    root = json_root(&doc);
    check(streq(json_string(json_find(root, "level")), "info"));
    check(json_find(root, "time") && json_string(json_find(root, "msg")) &&
          json_string(json_find(root, "field")));
    if (is_utf8(message))
        check(streq(json_string(json_find(root, "msg")), message));
    if (is_utf8(field))
        check(streq(json_string(json_find(root, "field")), field));
    json_doc_done(&doc);
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
    for (int format = LOG_FORMAT_TEXT; format <= LOG_FORMAT_JSON; format++) {
        buf_clear(&b);
        log_fmt((enum log_format)format, &line, &b);
        check(buf_error(&b) == 0);
        check(strchr(b.data, '\n') == b.data + b.len - 1);
        for (size_t i = 0; i + 1 < b.len; i++)
            check((unsigned char)b.data[i] >= 0x20);
        if (format == LOG_FORMAT_JSON)
            check_json(&b, line.message, field.text);
        else
            check(is_utf8(b.data) && !strchr(b.data, 0x7f));
    }
    return 0;
}
