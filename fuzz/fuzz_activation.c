/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a datagram that a container sends to its notify socket. Oracles: what is found lies within it, is
 * one line, begins with "READY=" and is the first that does; where nothing is found, no line does.
 */
#include "oracle.h"

#include "core/activation.h"

/* The same by hand: where the first such line begins, or size. */
static size_t find(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 6 <= size; i++)
        if ((i == 0 || data[i - 1] == '\n') && memcmp(data + i, "READY=", 6) == 0)
            return i;
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char empty[1];
    const char *text = size ? (const char *)data : empty;
    struct str line = activation_ready_line(text, size);
    size_t at = find((const uint8_t *)text, size);

    if (at == size) {
        CHECK(line.len == 0);
        return 0;
    }
    CHECK(line.ptr == text + at && line.len >= 6 && at + line.len <= size);
    CHECK(!memchr(line.ptr, '\n', line.len));
    CHECK(at + line.len == size || line.ptr[line.len] == '\n');
    return 0;
}
