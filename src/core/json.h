/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON, strictly: the one door through which text from outside becomes a tree. RFC 8259, and in
 * addition refused are: a byte order mark, malformed UTF-8, lone surrogates, U+0000 in any form, a name that
 * appears twice in one object (escapes resolved), more than JSON_DEPTH_MAX levels, JSON_VALUES_MAX values,
 * JSON_BYTES_MAX bytes or JSON_NUMBER_MAX characters in a number, and anything but white space behind the
 * document.
 *
 * Numbers keep their text: json_u64 and json_i64 are exact over the whole range and refuse 1.0, 1e3 and -0.
 * Every value knows where it stood, so each error has line, column (in characters) and JSON pointer (RFC
 * 6901).
 *
 *     struct json_doc doc;
 *     int r = json_parse(text, len, &doc, reterr);
 *     if (r < 0)
 *         return r;
 *     for (const struct json_value *v = json_first(json_root(&doc)); v; v = json_next(v))
 *         if (streq(json_name(v), "id") && json_type(v) != JSON_STRING) {
 *             r = json_fail(&doc, v, reterr, "must be a string");
 *             break;
 *         }
 *     json_doc_done(&doc);
 *
 * Ownership: the document refers to the text (which need not be terminated and must stay unchanged) and owns
 * the tree; values and strings live until json_doc_done. To keep a string, copy it to an arena. For decoding
 * into structs by tables see core/decode_fields.h.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_BYTES_MAX  (16u * 1024u * 1024u)
#define JSON_DEPTH_MAX  64u
#define JSON_VALUES_MAX (256u * 1024u)
#define JSON_NUMBER_MAX 63u

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value; /* one value of the tree */

struct json_doc {
    const char *text;
    size_t len;
    struct json_value *root;
};

/* -EINVAL: a CONFIG error with pointer, line and column; -ENOMEM. *ret needs json_doc_done only on success.
 */
int json_parse(const char *text, size_t len, struct json_doc *ret, struct err *reterr) NODISCARD;
void json_doc_done(struct json_doc *doc); /* a zeroed document, or one that is done, is fine */

static inline const struct json_value *json_root(const struct json_doc *doc)
{
    return doc->root;
}

enum json_type json_type(const struct json_value *v);
const char *json_type_name(enum json_type type); /* "an object", "a string", ... for messages */

/* Members in the order of the text; json_first of anything but an object or array is NULL. */
const struct json_value *json_first(const struct json_value *container);
const struct json_value *json_next(const struct json_value *v);
size_t json_count(const struct json_value *container);  /* linear */
const char *json_name(const struct json_value *member); /* of an object's member, else NULL */

/* The member of that exact name, or NULL: absent, or `object` is not one. */
const struct json_value *json_find(const struct json_value *object, const char *name);

/* The terminated string, which holds no NUL; NULL when the value is no string. */
const char *json_string(const struct json_value *v);

/* The number as it stands in the text; an empty slice when the value is no number. */
struct str json_number(const struct json_doc *doc, const struct json_value *v);

/* Exact integers. -EINVAL: no number, or not written as an integer; -ERANGE: outside [min, max]. */
int json_u64(const struct json_doc *doc, const struct json_value *v, uint64_t max, uint64_t *ret) NODISCARD;
int json_i64(const struct json_doc *doc, const struct json_value *v, int64_t min, int64_t max,
             int64_t *ret) NODISCARD;

/* A CONFIG error at a value: fills pointer, line and column. Returns -EINVAL. */
int json_fail(const struct json_doc *doc, const struct json_value *v, struct err *reterr, const char *fmt,
              ...) PRINTF_LIKE(4, 5) COLD;

/* The same for a member that is missing: the pointer names the member, the position is the object's. */
int json_fail_missing(const struct json_doc *doc, const struct json_value *object, const char *name,
                      struct err *reterr, const char *fmt, ...) PRINTF_LIKE(5, 6) COLD;

/* The value's JSON pointer, cut at `size`. Scans the text again: not for the ordinary case. */
void json_pointer(const struct json_doc *doc, const struct json_value *v, char *pointer, size_t size);

/*
 * Where the value of a JSON pointer stands in a text, for errors that are found after decoding. A pointer
 * whose last parts do not exist gives the position of the deepest part that does. Scans the text again: for
 * errors only. Returns false, and leaves the results, when the text is not valid JSON or the pointer is
 * malformed.
 */
bool json_locate(const char *text, size_t len, const char *pointer, uint32_t *line, uint32_t *column);

/* Append "/" and the name, escaped as RFC 6901 says ("~" as "~0", "/" as "~1"), to a pointer; cuts at `size`.
 */
void json_pointer_add(char *pointer, size_t size, const char *name);
