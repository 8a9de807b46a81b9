/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup part of a plan: which cgroups a container gets in which hierarchy, what is written into them
 * before and after init joins, and the device rules. core/cgroup_v1 and core/cgroup_v2 translate
 * linux.resources.
 *
 * plan_build places the two lists around the CLONE:
 *
 *     struct cgroup_plan cg;
 *     rc = cgroup_plan(a, config, facts, options, &cg, reterr);
 *     append cg.before        CGROUP_CREATE..., CGROUP_WRITE_EARLY..., CGROUP_DEVICES (at most one)
 *     append CLONE            .into_cgroup2 = cg.cgroup2_path != NULL
 *     append IDMAP_WRITE
 *     append cg.after         CGROUP_JOIN..., CGROUP_WRITE...
 *     plan->cgroups = cg.cgroups, plan->warnings += cg.warnings
 *
 * Order within, and why:
 *   - every hierarchy of the facts is created and joined, those without a limit too: who is in one cgroup can
 * be counted, frozen and killed there.
 *   - early: cpuset (a task that moved in first would run outside its set for a moment), the v1 real-time
 * budget (the kernel refuses a real-time task in a group without one), the v1 device lists.
 *   - late: all limits (init must still be able to join a cgroup of 0 processes, or of little memory).
 *
 * With the systemd driver the directories are made just the same, so that init is born in its cgroup; the
 * unit that is then started takes them over. systemd writes every file of the cgroup once when it does: what
 * was written early is written again after it.
 *
 * When is a cgroup not made at all? Layout NONE, or a rootless caller who cannot write
 * (facts.cgroup_writable): fine when neither a limit nor a cgroupsPath is asked for, else an error with
 * runc's phrase "rootless needs no limits + no cgrouppath when no permission is granted for cgroups".
 */
#pragma once

#include "core/cgroup_path.h"
#include "core/cgroup_systemd.h"
#include "core/op_list.h"

struct cgroup_plan {
    struct op_list before;
    struct op_list after;
    struct plan_cgroup *cgroups; /* owned: in the order of facts.v1, then the unified one */
    size_t n_cgroups;
    const char *cgroup2_path; /* the cgroup that init can be born into; NULL without cgroup2 */
    struct strings warnings;
    struct unapplied_list unapplied;
    bool has_systemd; /* options.systemd_cgroup: paths are those of the unit */
    struct cgroup_systemd systemd;
    struct systemd_properties properties; /* of the unit */
};

/*
 * `c` must have passed validate. Strings of the result hang on `a`, or belong to `c` and `f`. -EINVAL with a
 * JSON pointer for what these hierarchies cannot do (a MUST of config-linux.md "Control groups": a setting
 * that has no equivalent is an error, never dropped), -ENOMEM.
 */
int cgroup_plan(struct arena *a, const struct config *c, const struct facts *f, const struct plan_options *o,
                struct cgroup_plan *ret, struct err *reterr);

/*
 * The writes of an update: `r` is the whole of what the container shall have (stored resources with the
 * changes merged in), `cgroups` where it lives. Appends CGROUP_WRITE operations to `ret` (early ones first);
 * devices are not touched. ret_unapplied not NULL: what this host does not have goes there instead of being
 * an error. `oci_version` decides what pids.limit 0 means (see cgroup_pids_value). Errors as above.
 */
int cgroup_plan_update(struct arena *a, const struct config_resources *r, const char *oci_version,
                       const struct facts *f, const struct plan_cgroup *cgroups, size_t n_cgroups,
                       struct op_list *ret, struct strings *ret_warnings,
                       struct unapplied_list *ret_unapplied, struct err *reterr);

/* Does `r` ask for anything that needs a controller? Device rules do not count. NULL: no. */
bool cgroup_resources_need_controllers(const struct config_resources *r);
