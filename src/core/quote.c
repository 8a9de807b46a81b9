/* SPDX-License-Identifier: Apache-2.0 */
#include "core/quote.h"

#include "core/json_utf8.h"

/* The longest form of one character: "\U0010ffff". */
#define PIECE_MAX 10

/* Ranges that do not print besides the controls: Unicode 15 categories Z (but U+0020), Cf, Co and
 * noncharacters. */
static const struct {
    uint32_t first, last;
} invisible[] = {{0x0080, 0x00a0},   {0x00ad, 0x00ad},   {0x0600, 0x0605},   {0x061c, 0x061c},
                 {0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x0890, 0x0891},   {0x08e2, 0x08e2},
                 {0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
                 {0x205f, 0x206f},   {0x3000, 0x3000},   {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},
                 {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
                 {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
                 {0xe0000, 0xe00ff}, {0xe01f0, 0x10ffff}};

static bool prints(uint32_t c)
{
    if (c < 0x20 || c == 0x7f || (c & 0xfffe) == 0xfffe)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(invisible); i++) {
        if (c >= invisible[i].first && c <= invisible[i].last)
            return false;
    }
    return true;
}

/* The code point of a well-formed sequence of that length. */
static uint32_t utf8_value(const char *s, size_t len)
{
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)s[0] & lead_bits[len];

    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((unsigned char)s[i] & 0x3fu);
    return c;
}

/* The form of the first character of s (not empty) into piece; returns its length and how many bytes it took.
 */
static size_t quote_one(struct str s, char piece[PIECE_MAX + 1], size_t *taken)
{
    static const char from[] = "\a\b\f\n\r\t\v\"\\", to[] = "abfnrtv\"\\";
    size_t len = json_utf8_len(s.ptr, s.len);
    const char *known;
    uint32_t c;

    *taken = len ? len : 1;
    if (len == 0)
        return (size_t)snprintf(piece, PIECE_MAX + 1, "\\x%02x", (unsigned char)s.ptr[0]);
    c = utf8_value(s.ptr, len);
    known = c != 0 && c < 0x80 ? strchr(from, (int)c) : NULL;
    if (known)
        return (size_t)snprintf(piece, PIECE_MAX + 1, "\\%c", to[known - from]);
    if (prints(c)) {
        memcpy(piece, s.ptr, len);
        return len;
    }
    if (c < 0x80)
        return (size_t)snprintf(piece, PIECE_MAX + 1, "\\x%02x", c);
    return (size_t)snprintf(piece, PIECE_MAX + 1, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

void quote_go(struct buf *out, struct str s)
{
    char piece[PIECE_MAX + 1];
    size_t taken;

    buf_char(out, '"');
    while (s.len > 0) {
        buf_add(out, piece, quote_one(s, piece, &taken));
        s.ptr += taken;
        s.len -= taken;
    }
    buf_char(out, '"');
}

const char *quote_go_into(char *out, size_t size, struct str s)
{
    char piece[PIECE_MAX + 1];
    size_t at = 1, taken;

    out[0] = '"';
    while (s.len > 0) {
        size_t len = quote_one(s, piece, &taken);

        if (at + len + 2 > size)
            break;
        memcpy(out + at, piece, len);
        at += len;
        s.ptr += taken;
        s.len -= taken;
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}
