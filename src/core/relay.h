/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of a relay between two descriptors, as a state machine over a bounded buffer: what may be
 * read, what must be written, when it is over. The bytes are moved by the caller (runtime/console), which
 * asks here what to do.
 *
 * A source that has ended is followed by what is still in the buffer, then the direction is done. A sink that
 * takes no more ends it at once: what is in the buffer is dropped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define RELAY_BYTES 32768u

/* End-of-input bytes that may follow the source. */
#define RELAY_TAIL_MAX 2u

struct relay {
    unsigned char bytes[RELAY_BYTES + RELAY_TAIL_MAX];
    size_t start, end; /* what is not written yet */
    bool source_ended, sink_ended;
    bool mid_line; /* the last byte that came was no newline */
};

/* Room for the next read; NULL (and 0) when nothing may be read now. */
unsigned char *relay_room(struct relay *r, size_t *ret_size);
/* n bytes were read into it, at most its size. */
void relay_filled(struct relay *r, size_t n);

/* What is to be written next; NULL (and 0) when there is nothing. */
const unsigned char *relay_data(const struct relay *r, size_t *ret_size);
/* n bytes of it were written. */
void relay_taken(struct relay *r, size_t n);

/* No more will come. Harmless when repeated. */
void relay_end_source(struct relay *r);
/*
 * The same for a terminal that reads lines: the byte that means "end of input" follows; twice in the middle
 * of a line, where one only hands over what was typed so far.
 */
void relay_end_source_of_lines(struct relay *r, unsigned char end_of_input);
/* Nothing more is taken. */
void relay_end_sink(struct relay *r);

/* Nothing is left to be done in this direction, for ever. */
bool relay_done(const struct relay *r);
