/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(name, value): linux.memoryPolicy.flags, runtime-spec 1.3.0 config-linux.md "Memory policy"; values of
 * <linux/mempolicy.h>, set_mempolicy(2).
 */
X("MPOL_F_STATIC_NODES", 1 << 15)
X("MPOL_F_RELATIVE_NODES", 1 << 14)
X("MPOL_F_NUMA_BALANCING", 1 << 13)
