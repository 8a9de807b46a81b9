/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be covered beneath /proc: X("path below /proc"). Files that lxcfs provides and that engines bind;
 * nothing that a label, a limit or a setting is written through (CVE-2019-16884, CVE-2019-19921,
 * CVE-2025-52881). The list is runc's, without net/dev, which it dropped in 1.2.7.
 */
X("cpuinfo")
X("diskstats")
X("loadavg")
X("meminfo")
X("slabinfo")
X("stat")
X("swaps")
X("sys/crypto/fips_enabled")
X("sys/kernel/ns_last_pid")
X("uptime")
