/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X(ID, name, libseccomp's name, AUDIT_ARCH value, bits, first number): the architectures of runtime-spec 1.3.0
 * config-linux.md "Seccomp". AUDIT_ARCH values: <linux/audit.h>. bits: the width in which libseccomp compares
 * arguments (seccomp_arch_add(3); x32 counts as 32). first number: what the architecture adds to the numbers that
 * all architectures have in common since Linux 5.1 (arch/<arch>/kernel/syscalls, <asm/unistd.h>).
 */
X(X86, "SCMP_ARCH_X86", "x86", 0x40000003u, 32, 0)
X(X86_64, "SCMP_ARCH_X86_64", "x86_64", 0xc000003eu, 64, 0)
X(X32, "SCMP_ARCH_X32", "x32", 0xc000003eu, 32, 0x40000000)
X(ARM, "SCMP_ARCH_ARM", "arm", 0x40000028u, 32, 0)
X(AARCH64, "SCMP_ARCH_AARCH64", "aarch64", 0xc00000b7u, 64, 0)
X(MIPS, "SCMP_ARCH_MIPS", "mips", 0x00000008u, 32, 4000)
X(MIPS64, "SCMP_ARCH_MIPS64", "mips64", 0x80000008u, 64, 5000)
X(MIPS64N32, "SCMP_ARCH_MIPS64N32", "mips64n32", 0xa0000008u, 32, 6000)
X(MIPSEL, "SCMP_ARCH_MIPSEL", "mipsel", 0x40000008u, 32, 4000)
X(MIPSEL64, "SCMP_ARCH_MIPSEL64", "mipsel64", 0xc0000008u, 64, 5000)
X(MIPSEL64N32, "SCMP_ARCH_MIPSEL64N32", "mipsel64n32", 0xe0000008u, 32, 6000)
X(PPC, "SCMP_ARCH_PPC", "ppc", 0x00000014u, 32, 0)
X(PPC64, "SCMP_ARCH_PPC64", "ppc64", 0x80000015u, 64, 0)
X(PPC64LE, "SCMP_ARCH_PPC64LE", "ppc64le", 0xc0000015u, 64, 0)
X(S390, "SCMP_ARCH_S390", "s390", 0x00000016u, 32, 0)
X(S390X, "SCMP_ARCH_S390X", "s390x", 0x80000016u, 64, 0)
X(PARISC, "SCMP_ARCH_PARISC", "parisc", 0x0000000fu, 32, 0)
X(PARISC64, "SCMP_ARCH_PARISC64", "parisc64", 0x8000000fu, 64, 0)
X(RISCV64, "SCMP_ARCH_RISCV64", "riscv64", 0xc00000f3u, 64, 0)
X(LOONGARCH64, "SCMP_ARCH_LOONGARCH64", "loongarch64", 0xc0000102u, 64, 0)
X(M68K, "SCMP_ARCH_M68K", "m68k", 0x00000004u, 32, 0)
X(SH, "SCMP_ARCH_SH", "sh", 0x4000002au, 32, 0)
X(SHEB, "SCMP_ARCH_SHEB", "sheb", 0x0000002au, 32, 0)
