/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts_parse over any bytes. Oracle: an error of kind USAGE, or facts whose printed text parses to facts
 * that print the same text.
 */
#include "oracle.h"

#include "core/facts.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF struct buf once = BUF_INIT(1u << 20);
    AUTO_BUF struct buf twice = BUF_INIT(1u << 20);
    struct arena a;
    struct facts f, g;
    struct err e;

    arena_init(&a, 4096, 16u << 20);
    err_init(&e);
    if (facts_parse(&a, (struct str){(const char *)data, size}, &f, &e) < 0) {
        CHECK(e.code == ENOMEM || (e.code == EINVAL && e.kind == ERR_USAGE && e.message[0]));
        arena_done(&a);
        return 0;
    }
    CHECK(f.cgroup2_controllers && f.hugepage_sizes);
    facts_print(&f, &once);
    if (buf_error(&once) == 0) {
        CHECK(facts_parse(&a, (struct str){once.data, once.len}, &g, &e) == 0);
        facts_print(&g, &twice);
        CHECK(buf_error(&twice) == 0 && once.len == twice.len &&
              memcmp(once.data, twice.data, once.len) == 0);
        CHECK(f.kernel == g.kernel && f.bounding_caps == g.bounding_caps && f.n_v1 == g.n_v1 &&
              f.cgroup == g.cgroup);
        CHECK(streq(f.cgroup2_mountpoint, g.cgroup2_mountpoint) &&
              streq(f.cgroup2_own_path, g.cgroup2_own_path));
    }
    arena_done(&a);
    return 0;
}
