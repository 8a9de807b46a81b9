/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(name, clock id): keys of linux.timeOffsets, runtime-spec 1.3.0 config-linux.md "Offset for Time
 * Namespace"; names as in /proc/PID/timens_offsets, time_namespaces(7); ids of <time.h>.
 */
X("monotonic", 1)
X("boottime", 7)
