/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's class of service: its group in resctrl, from create to delete (linux.intelRdt). core/rdt
 * decides, kernel/resctrl does; what was made stands in the record before it is made.
 */
#pragma once

#include "kernel/resctrl.h"
#include "runtime/host.h"

/* What the plan wants, and whether the group is there already, into the record that is about to be written.
 */
int clos_reserve(struct host_ctx *c, struct err *reterr);

/* INTEL_RDT: make or compare the groups, and put init (or criu) into them. */
int clos_enter(struct host_ctx *c, const struct plan_intel_rdt *op, struct err *reterr);

/* What a create that fails has made. */
void clos_undo(struct host_ctx *c);

/* At delete: the monitoring group, and the group if it is the container's own. Harmless when repeated. */
int clos_remove(const struct state *s, struct err *reterr);

/* What exec's process joins: false when the container has no group. */
bool clos_joined(const struct state *s, struct plan_intel_rdt *ret);

/* For update: the group's schemata as they are, and other lines into them. */
int clos_write(const struct state *s, const struct strings *lines, struct err *reterr);

/* For events; nothing when the container has no group. */
int clos_stats(const struct state *s, struct arena *a, struct stats_rdt *ret, struct err *reterr);
