/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a filter answer what the policy says? The filter runs in core/bpf_interp, the policy in
 * core/seccomp_eval, over
 *
 * - every number from the architecture's first to 64 beyond the last that the policy names, and some far
 * beyond, with all arguments 0 and all ones;
 *
 * - for every number with conditions, all combinations of boundary values: of each condition's value the high
 * and low words, and these ± 1, 0 and all ones, combined freely; of a mask each bit flipped, and all bits
 * outside it. Where these are too many, a fixed pseudo-random choice in which most calls satisfy some rule;
 *
 * - x32 numbers and architectures that the policy does not have.
 *
 * For a number whose rules look at one argument by anything but masks this is exhaustive: between two
 * neighbouring values neither the policy nor a filter built from its constants can change its answer.
 * Architectures that are not `exact` (core/seccomp_eval.h) are left out.
 */
#pragma once

#include "core/seccomp_emit.h"
#include "core/seccomp_eval.h"

struct seccomp_witness {
    struct seccomp_data data; /* a call that the filter gets wrong */
    uint32_t expected;
    uint32_t got;
    const struct seccomp_abi *abi;       /* NULL: an architecture that the policy does not have */
    const struct seccomp_number *number; /* NULL: no rule names the number */
    const struct seccomp_match *match;   /* the rule that should have decided; NULL: none */
};

/*
 * 0: no difference. -EBADMSG: *ret is the first difference, or, with abi NULL and expected == got, a program
 * that is no seccomp filter. -ENOMEM. `wrong` (may be NULL) gets every number that differs; its arrays are
 * the caller's, and marks are only added.
 */
int seccomp_prove(struct arena *a, const struct seccomp_table *t, const struct sock_filter *insns, size_t n,
                  struct seccomp_own *wrong, struct seccomp_witness *ret) NODISCARD;
