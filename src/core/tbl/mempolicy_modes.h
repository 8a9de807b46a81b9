/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(name, number, nodes): linux.memoryPolicy.mode, runtime-spec 1.3.0 config-linux.md "Memory policy";
 * numbers of <linux/mempolicy.h>. nodes, set_mempolicy(2): 0 there must be none, 1 there may be some, 2 there
 * must be some.
 */
X("MPOL_DEFAULT", 0, 0)
X("MPOL_PREFERRED", 1, 1)
X("MPOL_BIND", 2, 2)
X("MPOL_INTERLEAVE", 3, 2)
X("MPOL_LOCAL", 4, 0)
X("MPOL_PREFERRED_MANY", 5, 2)
X("MPOL_WEIGHTED_INTERLEAVE", 6, 2)
