/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: two bytes of upper bound, then the list. What is accepted holds no number above the bound, is
 * counted right, prints to a canonical form, and that form means the same.
 */
#include "oracle.h"

#include "base/arena.h"
#include "core/cpulist.h"

#include <errno.h>

static void check_list(const struct cpulist *l, uint32_t last)
{
    uint32_t count = 0, highest = 0;

    for (uint32_t i = 0; i <= last + 64; i++) {
        if (!cpulist_has(l, i))
            continue;
        CHECK(i <= last);
        count++;
        highest = i;
    }
    CHECK(count > 0 && count == l->count && highest == l->highest && l->n_words == highest / 64 + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf printed = BUF_INIT(1u << 20), reprinted = BUF_INIT(1u << 20);
    struct cpulist l, again;
    struct arena a;
    struct err e;
    uint32_t last;
    int rc;

    if (size < 2)
        return 0;
    last = (uint32_t)data[0] << 8 | data[1];
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    rc = cpulist_parse(&a, (struct str){(const char *)data + 2, size - 2}, last, "/p", &l, &e);
    if (rc < 0) {
        CHECK(rc == -EINVAL && streq(e.where, "/p") && e.message[0] != '\0');
    } else {
        check_list(&l, last);
        /* what we read, the kernel reads too */
        CHECK(cpulist_check((struct str){(const char *)data + 2, size - 2}, "/p", NULL) == 0);
        cpulist_print(&l, &printed);
        CHECK(buf_error(&printed) == 0);
        CHECK(cpulist_parse(&a, str_of(buf_cstr(&printed)), last, "", &again, NULL) == 0);
        CHECK(again.count == l.count && again.highest == l.highest);
        CHECK(memcmp(again.words, l.words, l.n_words * sizeof(*l.words)) == 0);
        cpulist_print(&again, &reprinted);
        CHECK(streq(buf_cstr(&printed), buf_cstr(&reprinted)));
    }
    buf_done(&printed);
    buf_done(&reprinted);
    arena_done(&a);
    return 0;
}
