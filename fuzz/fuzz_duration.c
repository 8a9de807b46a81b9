/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a duration. What is accepted is within range, has nothing but digits, points and units in it, and
 * with the other sign is the opposite.
 */
#include "oracle.h"

#include "core/duration.h"
#include "core/update.h"

#include <errno.h>

/* Sizes of update are close relatives. */
static void check_size(struct str text)
{
    int64_t bytes = -99;
    int rc = update_parse_size(text, &bytes);

    CHECK(rc == 0 || rc == -EINVAL || rc == -ERANGE);
    CHECK(rc == 0 ? bytes >= -1 : bytes == -99);
    CHECK(rc < 0 || bytes != -1 || str_eq(text, "-1"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char letters[] = "0123456789.numsh+-\xc2\xb5\xce\xbc";
    struct str text = {(const char *)data, size};
    int64_t ns = 1, opposite;
    char flipped[256];
    int rc = duration_parse(text, &ns);

    check_size(text);
    CHECK(rc == 0 || rc == -EINVAL || rc == -ERANGE);
    if (rc < 0 || size == 0 || size >= sizeof(flipped))
        return 0;
    for (size_t i = 0; i < size; i++)
        CHECK(data[i] && strchr(letters, (char)data[i]));
    memcpy(flipped + 1, data, size);
    flipped[0] = '-';
    if (data[0] == '-' || data[0] == '+')
        flipped[1] = data[0] == '-' ? '+' : '-';
    text =
        data[0] == '-' || data[0] == '+' ? (struct str){flipped + 1, size} : (struct str){flipped, size + 1};
    CHECK(duration_parse(text, &opposite) == 0 && opposite == -ns);
    return 0;
}
