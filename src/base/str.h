/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slices of text, and the only place where text becomes a number.
 *
 * A struct str does not own its bytes and need not be terminated. Integer parsing is strict: the whole slice,
 * base 10 (or the base named), no sign unless signed, no spaces, no leading '+', no leading zero unless the
 * number is zero (octal parsing allows them), range checked.
 * Errors: -EINVAL not a number, -ERANGE outside [min, max]; the result is written only on success.
 */
#pragma once

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

static inline struct str str_of(const char *s)
{
    return (struct str){s, s ? strlen(s) : 0};
}

bool str_eq(struct str a, const char *b);
bool str_eq_nocase(struct str a, const char *b); /* ASCII only, no locale */
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
bool str_has(struct str s, char c);
struct str str_trim(struct str s); /* ASCII space, tab, CR, LF at both ends */

/* NULL-safe equality of two terminated strings; two NULLs are equal. */
bool streq(const char *a, const char *b);

/*
 * Cut the next field off *rest at `sep`. Returns false when *rest was already exhausted (ptr == NULL).
 * "a,,b" gives "a", "", "b"; "" gives one empty field.
 */
bool str_next(struct str *rest, char sep, struct str *field);

int str_to_u64(struct str s, uint64_t max, uint64_t *ret) NODISCARD;
int str_to_i64(struct str s, int64_t min, int64_t max, int64_t *ret) NODISCARD; /* "-0" is refused */
int str_to_u32(struct str s, uint32_t max, uint32_t *ret) NODISCARD;
int str_to_octal(struct str s, uint32_t max, uint32_t *ret) NODISCARD;
