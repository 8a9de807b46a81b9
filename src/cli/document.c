/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0 or an errno; *text is the caller's to free either way. */
static int read_all(FILE *f, char **text, size_t *len)
{
    size_t cap = 0;

    while (!feof(f) && !ferror(f)) {
        if (*len == cap) {
            char *more = cap < DOCUMENT_MAX ? realloc(*text, cap = cap ? cap * 2 : 64 * 1024) : NULL;

            if (!more)
                return cap < DOCUMENT_MAX ? ENOMEM : EFBIG;
            *text = more;
        }
        errno = 0;
        *len += fread(*text + *len, 1, cap - *len, f);
    }
    return ferror(f) ? (errno ? errno : EIO) : *len > DOCUMENT_MAX ? EFBIG : 0;
}

int document_read(const struct invocation *inv, const char *name, char **ret, size_t *ret_len)
{
    bool is_stdin = strcmp(name, "-") == 0;
    const char *called = is_stdin ? "standard input" : name;
    FILE *f = is_stdin ? stdin : fopen(name, "re");
    char *text = NULL;
    size_t len = 0;
    int error;

    if (!f)
        return verb_failed(inv->err, "open", called, errno);
    error = read_all(f, &text, &len);
    if (!is_stdin)
        fclose(f);
    if (error) {
        free(text);
        return verb_failed(inv->err, "read", called, error);
    }
    *ret = text;
    *ret_len = len;
    return 0;
}
