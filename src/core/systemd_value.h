/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of systemd's properties: a type of D-Bus and what it holds, and the text form in which annotations
 * "org.systemd.property.NAME" give them and plans show them: GVariant text (GLib, "GVariant Text Format"), as
 * far as properties of units need it:
 *
 *     true                  boolean                  'text' "text"        string, escapes as in C, \uNNNN
 *     5  -1  0x1f           int32                    1.5  1e3             double
 *     uint64 5  byte 7      the type before          @t 5  @as []         the same by its signature
 *     ['a', 'b']            array; a type that one element names is that of all
 *
 * Tuples, dictionaries, variants, nested arrays, object paths, signatures and handles are not accepted.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* One element. Which members count is up to the type. */
struct systemd_item {
    const char *s; /* s; the first of (ss) and (st) */
    const char *s2;
    uint64_t u; /* integers and booleans; negative ones in two's complement */
    double d;
};

struct systemd_value {
    /*
     * Signature: one of b y n q i u x t d s, "a" and one of these, or (never from text) "a(ss)", "a(st)".
     * A literal: it outlives everything.
     */
    const char *type;
    const struct systemd_item *v;
    size_t n; /* 1 unless the type is an array */
};

struct systemd_property {
    const char *name; /* "MemoryMax" */
    struct systemd_value value;
};

#define SYSTEMD_VALUE_ITEMS_MAX 65536u

/*
 * The whole text is one value. ERR_USAGE without a place: "at N: what is wrong", N from 1; -EINVAL, -ENOMEM.
 * Strings hang on the arena, are valid UTF-8 if the text is, and hold no NUL.
 */
int systemd_value_parse(struct arena *a, struct str text, struct systemd_value *ret, struct err *reterr);

/* Text that systemd_value_parse reads back (pairs excepted). Arrays of bytes are printed in hexadecimal. */
void systemd_value_print(const struct systemd_value *v, struct buf *out);

/* "a", "b", "v": the type of one element, 0 for pairs. */
char systemd_value_element(const struct systemd_value *v);

/*
 * Seconds, as "FooSec" of a unit file gives them, in microseconds, as the property "FooUSec" wants them.
 * false: not a number, negative, or too large.
 */
bool systemd_value_sec_to_usec(const struct systemd_value *v, uint64_t *ret);
