/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(ID, name, value): the filter flags of runtime-spec 1.3.0 config-linux.md "Seccomp"; values of <linux/seccomp.h>,
 * seccomp(2).
 */
X(TSYNC, "SECCOMP_FILTER_FLAG_TSYNC", 1u << 0)                             /* 3.17 */
X(LOG, "SECCOMP_FILTER_FLAG_LOG", 1u << 1)                                 /* 4.14 */
X(SPEC_ALLOW, "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1u << 2)                   /* 4.17 */
X(WAIT_KILLABLE_RECV, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1u << 5)   /* 5.19 */
