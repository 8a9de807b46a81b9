/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/hash.h"

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>

static void hex(struct hash *h, char out[2 * HASH_SIZE + 1])
{
    uint8_t sum[HASH_SIZE];

    hash_done(h, sum);
    for (size_t i = 0; i < HASH_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

/* BLAKE2b with 32 bytes, as Python's hashlib.blake2b(data, digest_size=32) and b2sum -l 256 compute it. */
static void test_hash__known_answers(void **state)
{
    static const struct {
        size_t n; /* bytes 0, 1, 2, ... */
        const char *sum;
    } cases[] = {
        {0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
        {1, "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"},
        {3, "3d8c3d594928271f44aad7a04b177154806867bcf918e1549c0bc16f9da2b09b"},
        {64, "10d8e6d534b00939843fe9dcc4dae48cdf008f6b8b2b82b156f5404d874887f5"},
        {127, "f2fe67ff342e21b8f45e8f2e0bcd1d9243245d50ee6c78042e9c491388791c72"},
        {128, "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1"},
        {129, "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9"},
        {255, "1d0850ee9bca0abc9601e9deabe1418fedec2fb6ac4150bd5302d2430f9be943"},
        {256, "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835"},
        {257, "45f7f084c30bac7cbae2e1963bc6e6b0d8cb227a12927e97fb941d288fb1f9a3"},
        {1000, "c636324d47d89f2b2434dc2c994100663fbbaea880ff020fc5de89dd0f77a1ec"},
    };
    char got[2 * HASH_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hash h;

        hash_init(&h);
        for (size_t k = 0; k < cases[i].n; k++)
            hash_raw(&h, &(uint8_t){(uint8_t)k}, 1);
        hex(&h, got);
        assert_string_equal(got, cases[i].sum);
    }
}

static void test_hash__cutting_does_not_matter(void **state)
{
    uint8_t bytes[700];
    char whole[2 * HASH_SIZE + 1], cut[2 * HASH_SIZE + 1];
    struct hash h;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7);
    hash_init(&h);
    hash_raw(&h, bytes, sizeof(bytes));
    hex(&h, whole);
    for (size_t step = 1; step < 300; step += 13) {
        hash_init(&h);
        for (size_t at = 0; at < sizeof(bytes); at += step)
            hash_raw(&h, bytes + at, at + step < sizeof(bytes) ? step : sizeof(bytes) - at);
        hex(&h, cut);
        assert_string_equal(cut, whole);
    }
}

static void test_hash__fields_do_not_run_together(void **state)
{
    char sums[6][2 * HASH_SIZE + 1];
    struct hash h;

    (void)state;
    hash_init(&h), hash_str(&h, "ab"), hash_str(&h, "c"), hex(&h, sums[0]);
    hash_init(&h), hash_str(&h, "a"), hash_str(&h, "bc"), hex(&h, sums[1]);
    hash_init(&h), hash_str(&h, "abc"), hash_str(&h, ""), hex(&h, sums[2]);
    hash_init(&h), hash_str(&h, "abc"), hash_str(&h, NULL), hex(&h, sums[3]);
    hash_init(&h), hash_str(&h, "abc"), hex(&h, sums[4]);
    hash_init(&h), hash_u32(&h, 1), hash_u32(&h, 0), hex(&h, sums[5]);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(sums[i], sums[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__known_answers),
        cmocka_unit_test(test_hash__cutting_does_not_matter),
        cmocka_unit_test(test_hash__fields_do_not_run_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
