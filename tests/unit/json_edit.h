/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a JSON text on one line with one value replaced. */
#pragma once

#include "base/buf.h"
#include "core/json.h"

/* The end of the value that begins at `at`. Strings must not hold escaped quotes. */
static inline size_t json_edit_value_end(const char *text, size_t at)
{
    bool in_string = false;
    int depth = 0;

    for (size_t i = at; text[i]; i++) {
        char c = text[i];

        if (in_string) {
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']' || c == ',') {
            if (depth == 0)
                return i;
            depth -= c != ',';
        }
    }
    return strlen(text);
}

/*
 * `text` with the value at `pointer` replaced by `value`; *column is where it stands. The value must exist.
 * NULL: no memory. To be freed.
 */
static inline char *json_edit(const char *text, const char *pointer, const char *value, uint32_t *column)
{
    struct buf b = BUF_INIT(1024 * 1024);
    uint32_t line = 0;

    if (!json_locate(text, strlen(text), pointer, &line, column) || line != 1)
        return NULL;
    buf_add(&b, text, *column - 1);
    buf_str(&b, value);
    buf_str(&b, text + json_edit_value_end(text, *column - 1));
    return buf_take(&b);
}
