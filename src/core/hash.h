/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 256-bit hash for keys and checksums: BLAKE2b with 32 bytes of output and no key, RFC 7693. Collisions
 * cannot be made, so two different inputs never share a key. What is hashed is a sequence of fields: numbers
 * have a fixed width and byte order, strings and byte ranges are preceded by their length, so that no two
 * sequences of fields are the same bytes.
 */
#pragma once

#include "base/compiler.h"

#include <stdint.h>

#define HASH_SIZE 32u

struct hash {
    uint64_t state[8];
    uint64_t bytes; /* given so far, those in `block` included */
    size_t n_block;
    uint8_t block[128];
};

void hash_init(struct hash *h);
void hash_raw(struct hash *h, const void *bytes, size_t len); /* no length in front */
void hash_bytes(struct hash *h, const void *bytes, size_t len);
void hash_str(struct hash *h, const char *s); /* NULL and "" differ */
void hash_u32(struct hash *h, uint32_t v);
void hash_u64(struct hash *h, uint64_t v);
void hash_done(struct hash *h, uint8_t out[HASH_SIZE]); /* h is used up */
