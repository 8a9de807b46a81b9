/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: a byte of private namespaces, then a sysctl name. Oracles: components are names that cannot leave
 * /proc/sys; the dotted and the slashed text of a name parse back to the same components; a namespace more
 * never forbids what was allowed; what is allowed starts with a component of a namespaced tree, and never
 * with no private namespace.
 */
#include "oracle.h"

#include "core/path.h"
#include "core/sysctl.h"

#include <errno.h>

static void check_spellings(struct arena *a, const struct sysctl *s)
{
    AUTO_BUF struct buf dotted = BUF_INIT(SYSCTL_KEY_MAX);
    AUTO_BUF struct buf slashed = BUF_INIT(SYSCTL_KEY_MAX);
    struct sysctl again;

    sysctl_print(s, &dotted);
    for (size_t i = 0; i < s->n; i++)
        buf_printf(&slashed, "%s%s", i ? "/" : "", s->components[i]);
    CHECK(buf_error(&dotted) == 0 && buf_error(&slashed) == 0);
    CHECK(sysctl_parse(a, buf_cstr(&dotted), "", &again, NULL) == 0 && sysctl_equal(s, &again));
    CHECK(sysctl_parse(a, buf_cstr(&slashed), "", &again, NULL) == 0 && sysctl_equal(s, &again));
}

static void check_allowed(const struct sysctl *s, uint32_t ns)
{
    static const char *const trees[] = {"kernel", "fs", "net", "user"};
    struct err e;
    bool in_tree = false;
    int r;

    err_init(&e);
    r = sysctl_check(s, ns, "/linux/sysctl/x", &e);
    for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
        in_tree = in_tree || streq(s->components[0], trees[i]);
    if (r == 0) {
        CHECK(in_tree && s->n >= 2 && ns != 0);
        CHECK(!streq(s->components[0], "kernel") || s->n == 2);
        for (uint32_t more = 1; more < 1u << NS_TYPE_COUNT; more <<= 1)
            CHECK(sysctl_check(s, ns | more, "", NULL) == 0);
        return;
    }
    CHECK(r == -EINVAL && e.kind == ERR_CONFIG && streq(e.where, "/linux/sysctl/x"));
    CHECK(str_ends(str_of(e.message), "is not in a separate kernel namespace") ||
          str_ends(str_of(e.message), "conflicts with the OCI \"hostname\" field"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sysctl s;
    struct arena a;
    struct err e;
    const char *key;
    int r;

    if (size == 0)
        return 0;
    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    err_init(&e);
    key = arena_strndup(&a, (const char *)data + 1, strnlen((const char *)data + 1, size - 1));
    CHECK(key != NULL);
    r = sysctl_parse(&a, key, "/linux/sysctl/x", &s, &e);
    if (r < 0) {
        CHECK(r == -EINVAL && e.kind == ERR_CONFIG && streq(e.where, "/linux/sysctl/x") && e.message[0]);
    } else {
        CHECK(s.n >= 1 && s.n <= SYSCTL_COMPONENTS_MAX);
        for (size_t i = 0; i < s.n; i++)
            CHECK(path_is_name(str_of(s.components[i])) && !strchr(s.components[i], '\n'));
        check_spellings(&a, &s);
        check_allowed(&s, data[0]);
    }
    arena_done(&a);
    return 0;
}
