/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict JSON scanner beneath core/json.h: one pass, constant stack, one event for each value. Not for
 * other modules; see core/json.h for what is refused.
 *
 *     struct json_scan s;
 *     json_scan_init(&s, text, len);
 *     while ((r = json_scan_next(&s)) > 0)
 *         ... s.value_pos, s.value_depth, json_scan_pointer(&s, ...)
 *     if (r < 0)
 *         json_scan_error(&s, reterr);
 *     json_scan_done(&s);
 *
 * The names of the objects that are open are kept on the heap until they close, to find duplicates in
 * O(n log n); everything else is in the struct.
 */
#pragma once

#include "core/json.h"

struct json_scan_name {
    uint64_t hash;
    uint32_t pos; /* behind the opening quote */
};

struct json_scan_frame {
    uint32_t first_name; /* where the object's names begin in names[] */
    uint32_t index;      /* of the element the scanner is at */
    uint32_t name_pos;   /* of the member the scanner is at, behind the opening quote */
    bool is_array;
};

struct json_scan {
    const char *text;
    uint32_t len;
    uint32_t pos;
    uint8_t state;
    bool skip_duplicates; /* the text is known to be valid: do not look for equal names */
    unsigned depth;       /* open containers */
    uint32_t n_values;

    uint32_t value_pos; /* of the last event */
    unsigned value_depth;

    struct json_scan_name *names;
    uint32_t n_names;
    uint32_t names_cap;

    int error; /* -EINVAL, -ENOMEM */
    uint32_t error_pos;
    unsigned error_depth; /* frames that make the pointer */
    char error_message[160];

    struct json_scan_frame frames[JSON_DEPTH_MAX];
};

void json_scan_init(struct json_scan *s, const char *text, size_t len);
void json_scan_done(struct json_scan *s);

/* 1: at a value; 0: the document is complete; negative: it is refused, as json_scan_error says. */
int json_scan_next(struct json_scan *s) NODISCARD;

/* Turn the failure into a struct err; returns its code. */
int json_scan_error(const struct json_scan *s, struct err *reterr);

/* The pointer made of the first `depth` frames (value_depth: the last value), cut at `size`. */
void json_scan_pointer(const struct json_scan *s, unsigned depth, char *pointer, size_t size);

/* Does the member or element that frame `depth` is at have that name (one part of a pointer, still escaped)?
 */
bool json_scan_at(const struct json_scan *s, unsigned depth, struct str pointer_part);

/* Line and column (in characters), from 1, of a byte of the text. */
void json_scan_position(const char *text, size_t pos, uint32_t *line, uint32_t *column);
