/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(name, return value, data): the actions of runtime-spec 1.3.0 config-linux.md "Seccomp", and what a filter returns
 * for each, <linux/seccomp.h>. data: 1 when the low 16 bits carry errnoRet (seccomp(2), SECCOMP_RET_ERRNO and
 * SECCOMP_RET_TRACE). The first name of a value is the one that is printed.
 */
X("SCMP_ACT_KILL", 0x00000000u, 0) /* kills the thread, as libseccomp and runc have it */
X("SCMP_ACT_KILL_PROCESS", 0x80000000u, 0)
X("SCMP_ACT_KILL_THREAD", 0x00000000u, 0)
X("SCMP_ACT_TRAP", 0x00030000u, 0)
X("SCMP_ACT_ERRNO", 0x00050000u, 1)
X("SCMP_ACT_TRACE", 0x7ff00000u, 1)
X("SCMP_ACT_ALLOW", 0x7fff0000u, 0)
X("SCMP_ACT_LOG", 0x7ffc0000u, 0)
X("SCMP_ACT_NOTIFY", 0x7fc00000u, 0)
