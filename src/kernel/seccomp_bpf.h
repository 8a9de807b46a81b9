/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp policy as a classic BPF filter; the only user of libseccomp. The result is proven before it is
 * handed out: core/bpf_interp runs it against core/seccomp_eval over the policy's boundary values, and a
 * filter that differs (libseccomp before 2.6.1 can build a weaker one) is never returned. System calls that
 * libseccomp does not know, or gets wrong, are decided by code of ours in front of its output, and so is
 * ENOSYS for newer system calls.
 *
 * Everything here runs in the runtime's process before the container's is cloned; nothing changes the
 * process.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/seccomp_eval.h"
#include "core/seccomp_policy.h"

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel takes at most, <linux/bpf_common.h> BPF_MAXINSNS. */
#define SECCOMP_FILTER_MAX 4096u

struct seccomp_filter {
    const struct sock_filter *insns; /* on the arena */
    size_t n;                        /* 1 … SECCOMP_FILTER_MAX */
    uint32_t flags; /* enum seccomp_flag, for seccomp_filter_load; NEW_LISTENER set when a rule says NOTIFY */
    struct strings skipped; /* names of allowing rules that are no system call here: harmless, worth a
                               warning; empty when the filter came from the cache */
};

/*
 * Compile and prove. ERR_CONFIG: an architecture or action that libseccomp cannot do, a system call in a
 * denying rule that nobody knows (pointer /linux/seccomp/syscalls/N/names/M), a filter beyond
 * SECCOMP_FILTER_MAX. ERR_SYSTEM: libseccomp failed. ERR_INTERNAL (-EBADMSG): the proof failed.
 */
int seccomp_compile(struct arena *a, const struct seccomp_policy *policy, struct seccomp_filter *ret,
                    struct err *reterr) NODISCARD;

/*
 * For tests. LIBRARY_ALL: leave every system call that libseccomp knows to it, even where its answer is known
 * to depend on the order of rules. UNPROVEN: hand the filter out as it is. Both together show what libseccomp
 * alone makes of a policy.
 */
enum seccomp_compile_option { SECCOMP_COMPILE_LIBRARY_ALL = 1u << 0, SECCOMP_COMPILE_UNPROVEN = 1u << 1 };
int seccomp_compile_with(struct arena *a, const struct seccomp_policy *policy, unsigned options,
                         struct seccomp_filter *ret, struct err *reterr) NODISCARD;

/* The table that seccomp_compile proves against: numbers from libseccomp, and from the table of newer calls.
 */
int seccomp_resolve(struct arena *a, const struct seccomp_policy *policy, struct seccomp_table **ret,
                    struct err *reterr) NODISCARD;

/* "2.5.4", of the library that is loaded. `size` 16 suffices. */
const char *seccomp_library_version(char *out, size_t size);

/* 1 << enum seccomp_arch, of those that the library that is loaded can filter. */
uint32_t seccomp_archs_of_library(void);
