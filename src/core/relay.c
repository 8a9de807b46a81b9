/* SPDX-License-Identifier: Apache-2.0 */
#include "core/relay.h"

#include "base/compiler.h"

unsigned char *relay_room(struct relay *r, size_t *ret_size)
{
    *ret_size = 0;
    if (r->source_ended || r->sink_ended || r->end >= RELAY_BYTES)
        return NULL;
    *ret_size = RELAY_BYTES - r->end;
    return r->bytes + r->end;
}

void relay_filled(struct relay *r, size_t n)
{
    if (n == 0)
        return;
    r->end += n;
    r->mid_line = r->bytes[r->end - 1] != '\n';
}

const unsigned char *relay_data(const struct relay *r, size_t *ret_size)
{
    *ret_size = r->end - r->start;
    return *ret_size ? r->bytes + r->start : NULL;
}

void relay_taken(struct relay *r, size_t n)
{
    r->start += n;
    if (r->start == r->end)
        r->start = r->end = 0;
}

void relay_end_source(struct relay *r)
{
    r->source_ended = true;
}

void relay_end_source_of_lines(struct relay *r, unsigned char end_of_input)
{
    if (r->source_ended || r->sink_ended)
        return;
    r->source_ended = true;
    r->bytes[r->end++] = end_of_input;
    if (r->mid_line)
        r->bytes[r->end++] = end_of_input;
}

void relay_end_sink(struct relay *r)
{
    r->sink_ended = true;
    r->start = r->end = 0;
}

bool relay_done(const struct relay *r)
{
    return r->sink_ended || (r->source_ended && r->start == r->end);
}
