/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(ID, name): the comparisons of runtime-spec 1.3.0 config-linux.md "Seccomp", of the whole unsigned 64-bit argument.
 * MASKED_EQ is (argument & value) == valueTwo; no other one looks at valueTwo. seccomp_rule_add(3)
 */
X(NE, "SCMP_CMP_NE")
X(LT, "SCMP_CMP_LT")
X(LE, "SCMP_CMP_LE")
X(EQ, "SCMP_CMP_EQ")
X(GE, "SCMP_CMP_GE")
X(GT, "SCMP_CMP_GT")
X(MASKED_EQ, "SCMP_CMP_MASKED_EQ")
