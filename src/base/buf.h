/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a maximum given at birth. Errors stick: append freely, check once at the end.
 *
 *     AUTO_BUF struct buf b = BUF_INIT(64 * 1024);
 *     buf_printf(&b, "pid %d\n", pid);
 *     if (buf_error(&b) < 0) ...            -ENOMEM, or -EMSGSIZE when the maximum was reached
 *     write(fd, b.data, b.len);             b.data is always terminated behind len bytes
 */
#pragma once

#include "base/compiler.h"
#include "base/str.h"

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max; /* largest len */
    int error;  /* first failure, negative errno */
};

#define BUF_INIT(max_len) ((struct buf){.max = (max_len)})

void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */

/* What is added must not lie in the buffer itself: it may move. */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

static inline int buf_error(const struct buf *b)
{
    return b->error;
}

/* Terminated contents, "" when empty. */
static inline const char *buf_cstr(const struct buf *b)
{
    return b->data ? b->data : "";
}

/* The heap string, ownership to the caller (free); NULL when the buffer failed. The buffer is empty after. */
char *buf_take(struct buf *b) NODISCARD;

#define AUTO_BUF __attribute__((cleanup(buf_done)))
