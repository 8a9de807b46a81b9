/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup part of the facts: layout, mount points and the runtime's own cgroups. Only kernel/probe uses
 * it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/facts.h"

#include <stdbool.h>

/*
 * Layout from two statfs(2), own cgroups from one read of /proc/self/cgroup, mount points by their usual
 * names, each verified. Only where those do not fit (other places, or a bind of a part of a hierarchy)
 * mountinfo is read.
 */
int probe_cgroups(struct arena *a, struct facts *f, struct err *reterr);

/* Needs the cgroup part. */
bool probe_swap_accounting(const struct facts *f);
