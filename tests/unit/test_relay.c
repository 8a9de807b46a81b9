/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include "core/relay.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct relay *fresh(void)
{
    struct relay *r = calloc(1, sizeof(*r));

    assert_non_null(r);
    return r;
}

static void put(struct relay *r, const char *text)
{
    size_t room;
    unsigned char *to = relay_room(r, &room);

    assert_non_null(to);
    assert_true(room >= strlen(text));
    memcpy(to, text, strlen(text));
    relay_filled(r, strlen(text));
}

static void expect(const struct relay *r, const char *text)
{
    size_t n;
    const unsigned char *data = relay_data(r, &n);

    assert_int_equal(n, strlen(text));
    if (n)
        assert_memory_equal(data, text, n);
    else
        assert_null(data);
}

static void test_relay__fresh(void **state)
{
    struct relay *r = fresh();
    size_t n;

    (void)state;
    assert_non_null(relay_room(r, &n));
    assert_int_equal(n, RELAY_BYTES);
    expect(r, "");
    assert_false(relay_done(r));
    free(r);
}

static void test_relay__parts(void **state)
{
    struct relay *r = fresh();

    (void)state;
    put(r, "abc");
    put(r, "def");
    expect(r, "abcdef");
    relay_taken(r, 2);
    expect(r, "cdef");
    put(r, "g");
    relay_taken(r, 4);
    expect(r, "g");
    relay_taken(r, 1);
    expect(r, "");
    assert_int_equal(r->end, 0); /* all of the buffer is free again */
    free(r);
}

static void test_relay__full(void **state)
{
    struct relay *r = fresh();
    size_t n;

    (void)state;
    relay_filled(r, RELAY_BYTES);
    assert_null(relay_room(r, &n));
    assert_int_equal(n, 0);
    relay_taken(r, RELAY_BYTES - 1);
    assert_null(relay_room(r, &n)); /* one byte is left: written first */
    relay_taken(r, 1);
    assert_non_null(relay_room(r, &n));
    assert_int_equal(n, RELAY_BYTES);
    free(r);
}

static void test_relay__source_ends(void **state)
{
    struct relay *r = fresh();
    size_t n;

    (void)state;
    put(r, "abc");
    relay_end_source(r);
    assert_null(relay_room(r, &n));
    assert_false(relay_done(r)); /* what came is still written */
    relay_taken(r, 3);
    assert_true(relay_done(r));
    relay_end_source(r);
    relay_end_source_of_lines(r, 4);
    expect(r, "");
    free(r);
}

static void test_relay__source_of_lines_ends(void **state)
{
    static const struct {
        const char *input, *expect;
    } cases[] = {{"", "\4"}, {"a\n", "a\n\4"}, {"a", "a\4\4"}, {"a\nb", "a\nb\4\4"}, {"\n", "\n\4"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct relay *r = fresh();

        if (*cases[i].input)
            put(r, cases[i].input);
        relay_end_source_of_lines(r, 4);
        relay_end_source_of_lines(r, 4);
        expect(r, cases[i].expect);
        assert_false(relay_done(r));
        relay_taken(r, strlen(cases[i].expect));
        assert_true(relay_done(r));
        free(r);
    }
}

/* A line that was begun long ago is still one, when all of it has been written already. */
static void test_relay__mid_line_is_remembered(void **state)
{
    struct relay *r = fresh();

    (void)state;
    put(r, "abc");
    relay_taken(r, 3);
    relay_filled(r, 0);
    relay_end_source_of_lines(r, 4);
    expect(r, "\4\4");
    free(r);
}

static void test_relay__end_of_input_fits_into_a_full_buffer(void **state)
{
    struct relay *r = fresh();
    size_t n;

    (void)state;
    relay_filled(r, RELAY_BYTES);
    relay_end_source_of_lines(r, 4);
    relay_data(r, &n);
    assert_int_equal(n, RELAY_BYTES + RELAY_TAIL_MAX);
    free(r);
}

static void test_relay__sink_ends(void **state)
{
    struct relay *r = fresh();
    size_t n;

    (void)state;
    put(r, "abc");
    relay_end_sink(r);
    expect(r, "");
    assert_null(relay_room(r, &n));
    assert_true(relay_done(r));
    relay_end_source_of_lines(r, 4);
    expect(r, "");
    free(r);
}

/* Whatever the sizes of reads and writes: what comes out is what went in. */
static void test_relay__any_sizes(void **state)
{
    struct relay *r = fresh();
    unsigned char in = 0, out = 0;
    uint32_t seed = 1;
    size_t total = 0;

    (void)state;
    while (total < 20 * RELAY_BYTES) {
        size_t n;
        unsigned char *to = relay_room(r, &n);
        const unsigned char *from;

        seed = seed * 1664525u + 1013904223u;
        if (to) {
            n = 1 + (seed >> 8) % n;
            for (size_t i = 0; i < n; i++)
                to[i] = in++;
            relay_filled(r, n);
        }
        from = relay_data(r, &n);
        seed = seed * 1664525u + 1013904223u;
        n = n ? 1 + (seed >> 8) % n : 0;
        for (size_t i = 0; i < n; i++)
            assert_int_equal(from[i], out++);
        if (n)
            relay_taken(r, n);
        total += n;
    }
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relay__fresh),
        cmocka_unit_test(test_relay__parts),
        cmocka_unit_test(test_relay__full),
        cmocka_unit_test(test_relay__source_ends),
        cmocka_unit_test(test_relay__source_of_lines_ends),
        cmocka_unit_test(test_relay__mid_line_is_remembered),
        cmocka_unit_test(test_relay__end_of_input_fits_into_a_full_buffer),
        cmocka_unit_test(test_relay__sink_ends),
        cmocka_unit_test(test_relay__any_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
