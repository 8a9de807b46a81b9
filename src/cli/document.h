/* SPDX-License-Identifier: Apache-2.0 */
/* A document that the command line names: a file, or "-" for standard input. */
#pragma once

#include "cli/verb.h"

#include <stddef.h>

/* More than any document that the library reads. */
#define DOCUMENT_MAX (17u * 1024u * 1024u)

/* The whole of it, on the heap, without a terminator. 0, or a negative errno with inv->err filled; EFBIG past
 * the limit. */
int document_read(const struct invocation *inv, const char *name, char **ret, size_t *ret_len);
