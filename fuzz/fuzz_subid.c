/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: /etc/subuid, the user is "me" and 1000. Oracles: every range lies within the ids that there are; the
 * mappings made of them are such as the kernel takes, begin with the caller's own id as root, and leave no
 * gap.
 */
#include "oracle.h"

#include "core/idmap.h"
#include "core/subid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config_idmaps m;
    struct subid found;
    struct arena a;
    uint64_t next = 0;

    subid_find((struct str){size ? (const char *)data : "", size}, STR("me"), 1000, &found);
    CHECK(found.n <= SUBID_RANGES);
    for (size_t i = 0; i < found.n; i++)
        CHECK(found.v[i].count > 0 && (uint64_t)found.v[i].start + found.v[i].count <= UINT32_MAX);
    arena_init(&a, 4096, 1u << 20);
    CHECK(subid_map(&a, 1000, &found, &m) == 0);
    CHECK(m.n >= 1 && m.n <= found.n + 1 && m.v[0].host_id == 1000 && m.v[0].size == 1);
    for (size_t i = 0; i < m.n; i++) {
        CHECK(m.v[i].container_id == next);
        next += m.v[i].size;
    }
    CHECK(idmap_check(&m, "/m", NULL) == 0);
    arena_done(&a);
    return 0;
}
