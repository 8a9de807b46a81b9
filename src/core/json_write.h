/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON onto a struct buf, compact or indented the way Go's encoder indents it (which is what callers
 * of container runtimes are used to): one member a line, "key": value, [] and {} when empty, no newline at
 * the end.
 *
 *     struct json_writer w;
 *     json_write_init(&w, &buf, "  ");             NULL instead of "  ": compact
 *     json_write_object(&w);
 *     json_write_key_str(&w, "id", id);
 *     json_write_key(&w, "pids");
 *     json_write_array(&w);
 *     json_write_i64(&w, pid);
 *     json_write_array_end(&w);
 *     json_write_object_end(&w);
 *     if (buf_error(&buf) < 0) ...
 *
 * Strings are escaped; a byte that is not part of well-formed UTF-8 becomes \ufffd, so the output is always
 * valid JSON. 64-bit integers are written exactly. Errors stick in the buffer: -ENOMEM, -EMSGSIZE, and
 * -EINVAL for a wrong use (deeper than JSON_WRITE_DEPTH_MAX, an end without a beginning). Nothing is
 * allocated here.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_WRITE_DEPTH_MAX 64u

struct json_writer {
    struct buf *buf;
    const char *indent; /* one level: "\t", "  ", "    "; NULL: compact */
    unsigned depth;
    bool after_key;    /* the next value stands behind a key */
    uint64_t nonempty; /* bit d: the container at depth d has a member */
};

void json_write_init(struct json_writer *w, struct buf *b, const char *indent);

void json_write_object(struct json_writer *w);
void json_write_object_end(struct json_writer *w);
void json_write_array(struct json_writer *w);
void json_write_array_end(struct json_writer *w);

void json_write_key(struct json_writer *w, const char *key);

void json_write_str(struct json_writer *w, const char *s); /* NULL writes null */
void json_write_strn(struct json_writer *w, const char *s, size_t len);
void json_write_i64(struct json_writer *w, int64_t v);
void json_write_u64(struct json_writer *w, uint64_t v);
void json_write_bool(struct json_writer *w, bool v);
void json_write_null(struct json_writer *w);
void json_write_raw(struct json_writer *w,
                    const char *json); /* one value that is already JSON, not reindented */

/* Key and value in one call. */
void json_write_key_str(struct json_writer *w, const char *key, const char *s);
void json_write_key_i64(struct json_writer *w, const char *key, int64_t v);
void json_write_key_u64(struct json_writer *w, const char *key, uint64_t v);
void json_write_key_bool(struct json_writer *w, const char *key, bool v);
void json_write_key_strings(struct json_writer *w, const char *key, const char *const *v,
                            size_t n); /* an array */

/* The quoted and escaped form of a string alone, for log lines and the like. */
void json_quote(struct buf *b, const char *s, size_t len);
