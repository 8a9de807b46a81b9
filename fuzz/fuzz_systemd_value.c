/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: GVariant text. What is accepted is of a type that the header lists, in that type's range, and prints
 * to text that means the same.
 */
#include "oracle.h"

#include "base/arena.h"
#include "core/json_utf8.h"
#include "core/systemd_value.h"

#include <errno.h>

static void check_item(char type, const struct systemd_item *i)
{
    int64_t v = (int64_t)i->u;

    switch (type) {
    case 'b': CHECK(i->u <= 1); break;
    case 'y': CHECK(i->u <= UINT8_MAX); break;
    case 'n': CHECK(v >= INT16_MIN && v <= INT16_MAX); break;
    case 'q': CHECK(i->u <= UINT16_MAX); break;
    case 'i': CHECK(v >= INT32_MIN && v <= INT32_MAX); break;
    case 'u': CHECK(i->u <= UINT32_MAX); break;
    case 'x':
    case 't': break;
    case 'd': CHECK(i->d >= -1e300 && i->d <= 1e300); break;
    case 's':
        for (size_t k = 0, n; i->s[k]; k += n) {
            n = json_utf8_len(i->s + k, strlen(i->s + k));
            CHECK(n > 0);
        }
        break;
    default: abort();
    }
}

static void check_same(char type, const struct systemd_item *a, const struct systemd_item *b)
{
    double difference = a->d - b->d;
    double size = a->d < 0 ? -a->d : a->d;

    if (type == 's')
        CHECK(strcmp(a->s, b->s) == 0);
    else if (type == 'd')
        /* (numbers that are next to nothing lose digits; no property has such) */
        CHECK((difference < 0 ? -difference : difference) <= size * 1e-12 + 1e-290);
    else
        CHECK(a->u == b->u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf printed = BUF_INIT(1u << 24);
    struct systemd_value v, again;
    struct arena a;
    struct err e;
    uint64_t usec;
    int rc;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    rc = systemd_value_parse(&a, (struct str){(const char *)data, size}, &v, &e);
    if (rc < 0) {
        CHECK((rc == -EINVAL && e.kind == ERR_USAGE && strncmp(e.message, "at ", 3) == 0) || rc == -ENOMEM);
    } else {
        CHECK(v.n <= SYSTEMD_VALUE_ITEMS_MAX && (v.type[0] == 'a' || v.n == 1));
        for (size_t i = 0; i < v.n; i++)
            check_item(systemd_value_element(&v), &v.v[i]);
        systemd_value_print(&v, &printed);
        CHECK(buf_error(&printed) == 0);
        CHECK(systemd_value_parse(&a, str_of(buf_cstr(&printed)), &again, NULL) == 0);
        CHECK(strcmp(v.type, again.type) == 0 && v.n == again.n);
        for (size_t i = 0; i < v.n; i++)
            check_same(systemd_value_element(&v), &v.v[i], &again.v[i]);
        if (v.n == 1 && v.type[0] != 'a')
            (void)systemd_value_sec_to_usec(&v, &usec);
    }
    buf_done(&printed);
    arena_done(&a);
    return 0;
}
