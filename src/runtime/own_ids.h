/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mappings of an ordinary user's container whose configuration asks for a user namespace and gives none:
 * the caller is root in it, and the subordinate ids that /etc/subuid and /etc/subgid grant follow.
 */
#pragma once

#include "core/config.h"
#include "base/arena.h"
#include "base/err.h"

/*
 * Fills config->linux_.uid_mappings and gid_mappings where both are missing and a new user namespace is asked
 * for; else nothing is done. Only the own ids are mapped when there are no subordinate ones, or newuidmap and
 * newgidmap are not installed. For callers who are not root.
 */
int own_ids_map(struct arena *a, struct config *config, struct err *reterr);
