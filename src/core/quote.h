/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A string between double quotes as Go's %q writes it, which is what callers of container runtimes match: \"
 * \\ \a \b \f \n \r \t \v, other control bytes and bytes that are not UTF-8 as \xNN, code points that do not
 * print (C1 controls, separators, noncharacters, private use) as \uNNNN or \UNNNNNNNN; everything else as it
 * is.
 */
#pragma once

#include "base/buf.h"
#include "base/str.h"

void quote_go(struct buf *out, struct str s);

/* The same into out[size], cut at a whole character if it does not fit; terminated, with the closing quote.
 * size >= 3. */
const char *quote_go_into(char *out, size_t size, struct str s);
