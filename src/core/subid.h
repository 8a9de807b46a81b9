/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subordinate ids (subuid(5), subgid(5)): which ids of the host a user may map into a user namespace besides
 * its own, and the mappings that a container of an ordinary user gets when its configuration has none.
 *
 *     NAME-OR-UID:START:COUNT
 *
 * Lines that are none (comments, missing fields, numbers out of range, a count of 0) are passed over, as
 * newuidmap does.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "core/config.h"

#define SUBID_MAX_BYTES (1u << 20) /* what a reader should read at most of such a file */
#define SUBID_RANGES    16u        /* of one user; more are ignored */

struct subid_range {
    uint32_t start, count;
};

struct subid {
    struct subid_range v[SUBID_RANGES];
    size_t n;
};

/* The ranges of a user, by name ("" is nobody's) or by decimal uid, in the order of the file. */
void subid_find(struct str text, struct str name, uint32_t uid, struct subid *ret);

/*
 * Id 0 of the container is the caller's own, and those from 1 on are the subordinate ones. Ranges that cannot
 * follow (they hold the own id, or overlap) are left out. The result passes idmap_check. -ENOMEM.
 */
int subid_map(struct arena *a, uint32_t own, const struct subid *sub, struct config_idmaps *ret);
