/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>

#define BUF_FIRST_CAP 256u

void buf_done(struct buf *b)
{
    free(b->data);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->error = 0;
    if (b->data)
        b->data[0] = '\0';
}

/* Room for `more` bytes and the terminator. */
static int buf_reserve(struct buf *b, size_t more)
{
    size_t need, cap;
    char *data;

    if (b->error)
        return b->error;
    if (b->len > b->max || more > b->max - b->len || more >= PTRDIFF_MAX - b->len)
        return b->error = -EMSGSIZE;
    need = b->len + more + 1;
    if (need <= b->cap)
        return 0;
    cap = b->cap ? b->cap : BUF_FIRST_CAP;
    while (cap < need)
        cap *= 2; /* need is at most PTRDIFF_MAX: no overflow */
    if (cap - 1 > b->max)
        cap = b->max + 1;
    data = realloc(b->data, cap);
    if (!data)
        return b->error = -ENOMEM;
    b->data = data;
    b->cap = cap;
    return 0;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
    if (buf_reserve(b, len) < 0)
        return;
    if (len)
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    if (buf_reserve(b, 1) < 0)
        return;
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    size_t room = b->error ? 0 : b->cap - b->len;
    va_list ap;
    int n;

    /* First into what room there is: mostly that is enough. */
    va_start(ap, fmt);
    n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < room) {
        b->len += (size_t)n;
        return;
    }
    if (room)
        b->data[b->len] = '\0'; /* as it was */
    if (n < 0) {
        b->error = b->error ? b->error : -EINVAL;
        return;
    }
    if (buf_reserve(b, (size_t)n) < 0)
        return;
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

char *buf_take(struct buf *b)
{
    char *data;

    if (!b->error && !b->data)
        buf_add(b, "", 0);
    if (b->error)
        return NULL;
    data = b->data;
    *b = (struct buf){.max = b->max};
    return data;
}
