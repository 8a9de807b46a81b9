/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meaning of a seccomp policy, and an evaluator that follows it literally. kernel/seccomp_bpf proves
 * every filter against it before the filter is used; it knows nothing of how a filter is compiled.
 *
 * What a policy answers for one system call (architecture, number, six arguments):
 *
 * 1. The architecture is not in the policy: KILL_THREAD, as libseccomp has it. Numbers from 0x40000000 on are
 * x32's on x86-64; when the policy has no X32 they are killed likewise, except -1 (a call that a tracer
 * skips).
 *
 * 2. `enosys`, and the number is above every one that the configuration names on this architecture: ERRNO
 * with ENOSYS. When it names none there, this rule does not apply.
 *
 * 3. The rules of the number, whatever name they gave it. If some have no condition, the first of these in
 * the configuration decides and conditional ones are void (libseccomp's behaviour: Docker's unconditional
 * ALLOW for clone beside the conditional one).
 *
 * 4. Otherwise the conditional rules, in this order, the first that holds decides: a rule that matches a
 * proper subset of another's calls comes before it (libseccomp's order of nested ranges: GT 512 before GT
 * 128; an exception before what it is an exception from); of those left, the more restrictive action, in the
 * kernel's order KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, NOTIFY, TRACE, LOG, ALLOW; of equals, the first in
 * the configuration. Where all rules have one action, as in every default profile, this is: any rule that
 * holds.
 *
 * 5. No rule holds: the default action.
 *
 * Conditions compare the whole 64-bit argument, unsigned; on architectures of 32 bits, and x32, the low 32
 * bits of argument, value and mask (libseccomp's behaviour).
 *
 * 32-bit x86 has socketcall(2) and ipc(2). A rule for socket there also is one for socketcall with the call's
 * number as first argument; it keeps its conditions on arguments 1 to 5 and loses the one on argument 0,
 * which cannot be seen (libseccomp's behaviour).
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/seccomp_policy.h"

#include <linux/seccomp.h>

/* Conditional rules of one number, at most. */
#define SECCOMP_MATCHES_MAX 512u

/*
 * Where numbers come from: the number of `name` on `arch`, or -1 when it has no such call or nobody knows the
 * name. Not asked for the calls of core/tbl/seccomp_mux.h on X86.
 */
struct seccomp_resolver {
    int64_t (*number)(void *opaque, enum seccomp_arch arch, const char *name);
    void *opaque;
};

/* One rule as it applies to one number. */
struct seccomp_match {
    uint32_t action;
    uint32_t entry;                   /* index in syscalls[] of the configuration */
    const char *name;                 /* as the rule wrote it */
    const struct seccomp_cond *conds; /* cut to the architecture's width; none: unconditional */
    uint32_t n_conds;
};

struct seccomp_number {
    uint32_t nr;
    const struct seccomp_match
        *matches; /* in order: the first that holds decides. An unconditional one is alone */
    uint32_t n_matches;
    bool mixed;       /* the matches have different actions */
    bool multiplexed; /* socketcall or ipc of X86, or a call that also goes through one of them */
};

struct seccomp_abi {
    enum seccomp_arch arch;
    const struct seccomp_arch_info *info;
    bool exact; /* this module knows all its peculiarities: false for those with socketcall other than X86,
                   and s390 */
    struct seccomp_number *numbers; /* ascending by nr */
    uint32_t n_numbers;
    bool has_newest; /* some name has a number here */
    uint32_t newest;
};

struct seccomp_table {
    const struct seccomp_policy *policy;
    struct seccomp_abi abis[SECCOMP_ARCH_COUNT]; /* as policy->archs */
    uint32_t n_abis;
};

/* Resolve and order. ERR_CONFIG: too many rules for one number. Everything on the arena. */
int seccomp_table_build(struct arena *a, const struct seccomp_policy *policy,
                        const struct seccomp_resolver *resolver, struct seccomp_table **ret,
                        struct err *reterr) NODISCARD;

/*
 * What the policy answers, SECCOMP_RETURN_* with data. *ret_match (may be NULL): the rule that decided, NULL
 * for the default action, ENOSYS and foreign architectures.
 */
uint32_t seccomp_eval(const struct seccomp_table *t, const struct seccomp_data *data,
                      const struct seccomp_match **ret_match);

/* The architecture whose rules apply to a call; NULL: none of the policy. */
const struct seccomp_abi *seccomp_abi_of(const struct seccomp_table *t, uint32_t audit_arch, uint32_t nr);

/* The entry of a number; NULL: no rule names it. */
const struct seccomp_number *seccomp_number_find(const struct seccomp_abi *abi, uint32_t nr);

bool seccomp_cond_holds(const struct seccomp_cond *c, uint32_t bits, uint64_t argument);

/* Does every argument that satisfies `c` satisfy `d`? Exact, for any two conditions of that width. */
bool seccomp_cond_implies(const struct seccomp_cond *c, const struct seccomp_cond *d, uint32_t bits);
