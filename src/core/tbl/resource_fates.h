/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of each property of linux.resources (config-linux.md "Control groups"): X(POINTER, V1, V2,
 * MISSING). POINTER is from /linux/resources on; one that ends in '/' is a list or a map.
 *
 *   V1, V2    SAME: that version of cgroups has it; CONVERTED: it has another one that says the same
 *             (core/cgroup_v2.h has the formulas); NONE: neither, which the specification wants to be an error
 *   MISSING   what is done where this host has no equivalent, no such controller, or no such file: DROP: an
 *             error, or with --unsupported=warn left out, warned about and listed in `state`; FATAL: an error
 *             whatever was asked for, since it protects the host
 */
X("/devices", SAME, CONVERTED, FATAL)
X("/memory/limit", SAME, CONVERTED, DROP)
X("/memory/reservation", SAME, CONVERTED, DROP)
X("/memory/swap", SAME, CONVERTED, DROP) /* v1: memory and swap together; v2: swap alone */
X("/memory/kernel", SAME, NONE, DROP)    /* gone from v1 too, with Linux 6.x */
X("/memory/kernelTCP", SAME, NONE, DROP)
X("/memory/swappiness", SAME, NONE, DROP)
X("/memory/disableOOMKiller", SAME, NONE, DROP)
X("/memory/useHierarchy", SAME, NONE, DROP) /* true is how v2 is; false is what it does not have */
X("/cpu/shares", SAME, CONVERTED, DROP)
X("/cpu/quota", SAME, CONVERTED, DROP)
X("/cpu/period", SAME, CONVERTED, DROP)
X("/cpu/burst", SAME, SAME, DROP)
X("/cpu/realtimeRuntime", SAME, NONE, DROP)
X("/cpu/realtimePeriod", SAME, NONE, DROP)
X("/cpu/cpus", SAME, SAME, DROP)
X("/cpu/mems", SAME, SAME, DROP)
X("/cpu/idle", SAME, SAME, DROP)
X("/pids/limit", SAME, SAME, DROP)
X("/blockIO/weight", SAME, CONVERTED, DROP)
X("/blockIO/leafWeight", SAME, NONE, DROP)
X("/blockIO/weightDevice/", SAME, CONVERTED, DROP) /* its leafWeight: NONE on v2 */
X("/blockIO/throttleReadBpsDevice/", SAME, CONVERTED, DROP)
X("/blockIO/throttleWriteBpsDevice/", SAME, CONVERTED, DROP)
X("/blockIO/throttleReadIOPSDevice/", SAME, CONVERTED, DROP)
X("/blockIO/throttleWriteIOPSDevice/", SAME, CONVERTED, DROP)
X("/hugepageLimits/", SAME, SAME, DROP) /* reservation and usage; before 5.7 usage alone */
X("/network/classID", SAME, NONE, DROP)
X("/network/priorities/", SAME, NONE, DROP)
X("/rdma/", SAME, SAME, DROP)
X("/unified/", NONE, SAME, DROP)
