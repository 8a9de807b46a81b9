/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp as a normalised policy: what kernel/seccomp_bpf compiles and core/seccomp_eval evaluates.
 * runtime-spec 1.3.0 config-linux.md "Seccomp", seccomp(2). Which rule decides when several match, and what
 * happens to numbers that no rule names: core/seccomp_eval.h.
 *
 * What normalising does:
 *
 * - actions become the 32-bit value that a filter returns, errno in the low 16 bits. ERRNO and TRACE without
 *   errnoRet get EPERM; errnoRet on any other action is an error, as is one above 4095 (ERRNO) or 65535
 * (TRACE).
 *
 * - archs: the native one first, whether the list has it or not; then the others in the order of the list,
 * once.
 *
 * - flags: an absent list gives SPEC_ALLOW, [] gives none. TSYNC does nothing (the process that loads the
 * filter has one thread). WAIT_KILLABLE_RECV is kept only beside a NOTIFY rule: without one the kernel
 * refuses it.
 *
 * - rules: one per entry of syscalls[], in order. An entry whose conditions name one argument twice becomes
 * one rule per condition, any of which suffices (what runc does). MASKED_EQ ignores the bits of valueTwo
 * outside the mask (what libseccomp does), and with a mask of 0 it is no condition. Entries whose action is
 * the default action, errno included, are left out; their names count for ENOSYS.
 *
 * - enosys: system calls newer than every one that the configuration names answer ENOSYS instead of the
 * default action. With any default but ALLOW, LOG, TRACE, and ERRNO with ENOSYS itself (what runc does).
 *
 * Names of system calls are not resolved here: that needs libseccomp (kernel/seccomp_bpf.h) or the table of
 * newer calls below. Ownership: everything hangs on the arena; names point into the configuration, which must
 * live as long.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"

#include <stdbool.h>
#include <stdint.h>

#define SECCOMP_ARGS_MAX 6u

/* Bounds on hostile input: beyond them building fails. No filter of 4096 instructions comes near. */
#define SECCOMP_SYSCALLS_MAX 4096u  /* entries of syscalls[] */
#define SECCOMP_NAMES_MAX    16384u /* names in all entries together */
#define SECCOMP_CONDS_MAX    4096u  /* conditions, each counted once for every name that it applies to */

enum seccomp_arch {
#define X(id, name, lib, audit, bits, first) SECCOMP_ARCH_##id,
#include "core/tbl/seccomp_archs.h"
#undef X
    SECCOMP_ARCH_COUNT
};

enum seccomp_op {
#define X(id, name) SECCOMP_OP_##id,
#include "core/tbl/seccomp_ops.h"
#undef X
    SECCOMP_OP_COUNT
};

/* Values of the kernel. NEW_LISTENER is no flag of the specification: seccomp_compile sets it for NOTIFY. */
enum seccomp_flag {
#define X(id, name, value) SECCOMP_FLAG_##id = (value),
#include "core/tbl/seccomp_flags.h"
#undef X
    SECCOMP_FLAG_NEW_LISTENER = 1u << 3
};

/* What a filter returns, seccomp(2): action in the high 16 bits, data in the low ones. */
#define SECCOMP_RETURN_KILL_PROCESS 0x80000000u
#define SECCOMP_RETURN_KILL_THREAD  0x00000000u
#define SECCOMP_RETURN_TRAP         0x00030000u
#define SECCOMP_RETURN_ERRNO        0x00050000u
#define SECCOMP_RETURN_NOTIFY       0x7fc00000u
#define SECCOMP_RETURN_TRACE        0x7ff00000u
#define SECCOMP_RETURN_LOG          0x7ffc0000u
#define SECCOMP_RETURN_ALLOW        0x7fff0000u
#define SECCOMP_RETURN_ACTION(r)    ((r)&0xffff0000u)
#define SECCOMP_RETURN_DATA(r)      ((r)&0x0000ffffu)

struct seccomp_cond {
    uint32_t index; /* argument, below SECCOMP_ARGS_MAX */
    enum seccomp_op op;
    uint64_t value; /* compared with */
    uint64_t mask;  /* MASKED_EQ: (argument & mask) == value; others: all ones */
};

struct seccomp_rule {
    uint32_t action; /* SECCOMP_RETURN_* with data */
    uint32_t entry;  /* index in syscalls[] of the configuration, for messages */
    struct strings names;
    struct seccomp_cond *conds; /* all must hold; each argument at most once, ascending by index */
    uint32_t n_conds;
};

struct seccomp_policy {
    uint32_t default_action;                     /* SECCOMP_RETURN_* with data */
    enum seccomp_arch archs[SECCOMP_ARCH_COUNT]; /* archs[0] is the native one */
    uint32_t n_archs;
    uint32_t flags; /* enum seccomp_flag; never TSYNC or NEW_LISTENER */
    bool enosys;
    bool notify; /* some rule says NOTIFY: a listener is needed */
    struct seccomp_rule *rules;
    uint32_t n_rules;
    struct strings left_out;       /* names of the entries that were left out: they count for ENOSYS only */
    const char *listener_path;     /* NULL: absent */
    const char *listener_metadata; /* NULL: absent */
};

/*
 * Normalise for the architecture this program is built for. Errors: ERR_CONFIG with the pointer below
 * "/linux/seccomp", ERR_INTERNAL without memory.
 */
int seccomp_policy_build(struct arena *a, const struct config_seccomp *cfg, struct seccomp_policy **ret,
                         struct err *reterr) NODISCARD;

/* The same for another native architecture. */
int seccomp_policy_build_for(struct arena *a, const struct config_seccomp *cfg, enum seccomp_arch native,
                             struct seccomp_policy **ret, struct err *reterr) NODISCARD;

/* ---- names ---- */

/* The architecture this program is built for (libseccomp has a seccomp_arch_native); SECCOMP_ARCH_COUNT when
 * the table has none. */
enum seccomp_arch seccomp_arch_own(void);

/* 0 and the value, or -EINVAL for an unknown name (exact, case matters). */
int seccomp_action_find(const char *name, uint32_t *ret) NODISCARD; /* SECCOMP_RETURN_*, data 0 */
int seccomp_op_find(const char *name, enum seccomp_op *ret) NODISCARD;
int seccomp_arch_find(const char *name, enum seccomp_arch *ret) NODISCARD;
int seccomp_flag_find(const char *name, uint32_t *ret) NODISCARD; /* enum seccomp_flag */

/* The n-th name of the specification, NULL behind the last: for `features`, documentation, completions. */
const char *seccomp_action_name_at(size_t n);
const char *seccomp_op_name_at(size_t n);
const char *seccomp_arch_name_at(size_t n);
const char *seccomp_flag_name_at(size_t n);

/* Does errnoRet mean something for the action (ERRNO, TRACE)? */
bool seccomp_action_takes_errno(uint32_t action);

/* "SCMP_ACT_ERRNO" of any return value with that action; "?" when it is none. */
const char *seccomp_action_name(uint32_t action);

struct seccomp_arch_info {
    const char *name;         /* "SCMP_ARCH_X86_64" */
    const char *library_name; /* "x86_64", as libseccomp and `uname -m` have it */
    uint32_t audit_arch;      /* AUDIT_ARCH_X86_64, what seccomp_data.arch holds; X86_64 and X32 share one */
    uint32_t bits;            /* 32 or 64: width of argument comparisons */
    uint32_t first_nr;        /* added to the numbers common to all architectures */
};
const struct seccomp_arch_info *seccomp_arch_info(enum seccomp_arch arch); /* NULL: out of range */

/* Bit of an x32 system call number, <asm/unistd.h> __X32_SYSCALL_BIT. */
#define SECCOMP_X32_BIT 0x40000000u

/*
 * Number of a system call that is newer than libseccomp 2.5.4 knows (Linux 5.18 and later), -1: not in the
 * table, or not on that architecture.
 */
int64_t seccomp_newer_syscall(enum seccomp_arch arch, const char *name);
