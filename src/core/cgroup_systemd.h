/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What systemd is told about a container (systemd.scope(5), systemd.resource-control(5), the D-Bus interface
 * org.freedesktop.systemd1(5)): the properties of its transient unit. The unit's name and the cgroup's path
 * come from core/cgroup_path.
 *
 * systemd knows resources in coarser steps than the kernel (the quota of processor time in whole percents) or
 * not at all, so the files of the cgroup are written as well, afterwards and exactly. What stands in the
 * properties is what survives when systemd writes the files anew (`systemctl daemon-reload`).
 *
 * Properties in the order in which they are sent; each name once. One that is given several times has the
 * last value: resources, then resources.unified, then the annotations "org.systemd.property.NAME".
 */
#pragma once

#include "core/cgroup_path.h"
#include "core/config.h"
#include "core/devices.h"
#include "core/facts.h"
#include "core/systemd_value.h"

#define CGROUP_SYSTEMD_ANNOTATION "org.systemd.property."

struct systemd_properties {
    struct systemd_property *v;
    size_t n;
};

struct cgroup_systemd_request {
    const struct config_resources *r;
    const char *oci_version; /* decides what pids.limit 0 means */
    const struct facts *facts;
    /* the following are for a new unit: not looked at by cgroup_systemd_update */
    const struct pairs *annotations;
    const struct device_rules *rules;
    const struct cgroup_systemd *unit;
    const char *id;
};

/*
 * All of a new unit but PIDs. A property that facts.systemd_version does not know (0: the newest) is left
 * out, as are values that systemd has no words for: a list of CPUs with strides, device rules with holes
 * (where a device program of ours enforces them). Errors at /annotations/NAME, in runc's words: annotation
 * NAME name incorrect, annotation NAME=VALUE value parse error. -EINVAL, -ENOMEM.
 */
int cgroup_systemd_properties(struct arena *a, const struct cgroup_systemd_request *req,
                              struct systemd_properties *ret, struct err *reterr);

/* Those of SetUnitProperties: the resources alone. */
int cgroup_systemd_update(struct arena *a, const struct cgroup_systemd_request *req,
                          struct systemd_properties *ret, struct err *reterr);

/*
 * What takes `done` back: all of `before`, and for what only `done` has, the value that means "not set".
 */
int cgroup_systemd_undo(struct arena *a, const struct systemd_properties *before,
                        const struct systemd_properties *done, struct systemd_properties *ret,
                        struct err *reterr);

/* Does systemd make and remove the cgroup in this v1 hierarchy ("cpu,cpuacct", "name=systemd")? */
bool cgroup_systemd_manages(const char *v1_controllers);

/*
 * CPUQuotaPerSecUSec: quota / period of a second, rounded up to 10 ms, which is systemd's 1 %; UINT64_MAX for
 * no quota (<= 0). period_us 0 is the kernel's default of 100 ms.
 */
uint64_t cgroup_systemd_quota(int64_t quota_us, uint64_t period_us);

/* IOWeight that systemd turns into the io.bfq.weight `blkio_weight` (10 to 1000). */
uint64_t cgroup_systemd_io_weight(uint32_t blkio_weight);

/* "252.38-1~deb12u1", "v245": 252, 245; 0: not a version. */
uint32_t cgroup_systemd_version(const char *text);
