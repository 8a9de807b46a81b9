/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0 or an errno; *text is the caller's to free either way. */
static int read_all(FILE *f, char **text, size_t *len)
{
    size_t cap = 64 * 1024;

    for (;; cap *= 2) {
        char *more = realloc(*text, cap);

        if (!more)
            return ENOMEM;
        *text = more;
        errno = 0;
        *len += fread(*text + *len, 1, cap - *len, f);
        if (ferror(f))
            return errno ? errno : EIO;
        if (*len > DOCUMENT_MAX)
            return EFBIG;
        if (*len < cap)
            return 0;
    }
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
