/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
 */
#pragma once

#include "base/compiler.h"

#include <stdint.h>

/* Bytes (1 to 4) of the well-formed character at the start of s[0..len), or 0: malformed, cut off or empty.
 */
size_t json_utf8_len(const char *s, size_t len);

/* Write the code point (a scalar value) as UTF-8 into out; returns its length, 1 to 4. */
size_t json_utf8_put(uint32_t code_point, char out[4]);
