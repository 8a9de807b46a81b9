/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's unit in the life of a container: who its manager is (facts of the plan), its start with
 * init in it, its end. kernel/systemd speaks to systemd, core/cgroup_systemd decides what is said.
 */
#pragma once

#include "runtime/host.h"

#define UNIT_CONNECT_MS 10000 /* systemd answers at all */
#define UNIT_JOB_MS     30000 /* it starts or stops a unit */

/* Connect, and learn what the plan depends on: facts.systemd_*. Only with --systemd-cgroup. */
int unit_connect(struct host_ctx *c, struct err *reterr);

/*
 * The manager that a container's record names (facts.systemd_user), for a later command: connects, and fills
 * facts.systemd_version.
 */
int unit_attend(struct systemd *s, struct arena *a, bool user, struct facts *facts, struct err *reterr);

/*
 * Start the unit with init in it, and see that it is: c->unit_started, to be taken back by host_destroy,
 * unless the unit turns out to be another one's. From here on systemd looks after the slices above.
 */
int unit_start(struct host_ctx *c, const struct plan_systemd_scope *op, struct err *reterr);

/* Is the cgroup in that hierarchy systemd's to make and to remove? */
bool unit_is_managed(const struct host_ctx *c, uint32_t hierarchy);

/*
 * The unit's end, after its processes were killed, over `s` or a connection of its own (s->bus NULL). systemd
 * that does not answer is no obstacle: the cgroup is removed anyway, after a
 * moment in which systemd may see by itself that it is empty. So every failure is a warning in `log`.
 */
void unit_stop(struct systemd *s, const char *unit, bool user, const struct cgroup_set *cgroups,
               struct log *log);
