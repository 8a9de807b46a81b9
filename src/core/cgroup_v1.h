/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources as writes into cgroup v1 files (Documentation/admin-guide/cgroup-v1/, blkio of
 * Documentation/block/bfq-iosched.rst). One setting, one file; -1 is "unlimited", 0 is "not set" except for
 * pids.limit, swappiness and the throttle rates (0 takes a rate away).
 */
#pragma once

#include "core/cgroup_writes.h"
#include "core/devices.h"

/* Everything but the devices. */
void cgroup_v1_resources(struct cgroup_writes *w);

/* devices.deny, devices.allow: early. */
void cgroup_v1_devices(struct cgroup_writes *w, const struct device_rules *rules);
