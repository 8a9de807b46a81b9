/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a table as ps(1) prints it. Whatever the processes are: what comes out are whole lines of the input,
 * in their order, the first one first; every process selects a subset of what two of them select.
 */
#include "oracle.h"

#include "core/ps_table.h"

#include <errno.h>

/* Each line of `part` is a line of `whole`, in order. */
static size_t check_lines(struct str whole, struct str part)
{
    struct str line, have;
    size_t n = 0;

    CHECK(part.len > 0 && part.ptr[part.len - 1] == '\n');
    part.len--;
    while (str_next(&part, '\n', &line)) {
        do
            CHECK(str_next(&whole, '\n', &have));
        while (have.len != line.len || memcmp(have.ptr, line.ptr, line.len) != 0);
        n++;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int32_t pids[] = {1, 7, 100};
    struct str text = {(const char *)data, size};
    size_t lines[3];
    int first = 0;

    for (size_t n = 0; n < 3; n++) {
        struct buf out = BUF_INIT(size + 2);
        struct err e;
        int rc;

        err_init(&e);
        rc = ps_table_filter(text, pids, n, &out, &e);
        CHECK(n == 0 || rc == first);
        first = rc;
        if (rc == 0) {
            lines[n] = check_lines(text, (struct str){buf_cstr(&out), out.len});
            CHECK(n == 0 ? lines[0] == 1 : lines[n] >= lines[n - 1]);
        } else {
            CHECK(rc == -EINVAL && e.kind == ERR_STATE && e.message[0] != '\0');
        }
        buf_done(&out);
    }
    return 0;
}
