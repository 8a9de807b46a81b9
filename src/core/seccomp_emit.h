/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a filter that is ours and stands in front of libseccomp's: ENOSYS for numbers newer than the
 * policy, and the verdict for chosen numbers: those that libseccomp does not know, and those whose rules it
 * gets wrong. All other calls fall through its end. It follows core/seccomp_eval.h; like all filters it is
 * proven by core/seccomp_prove.h before use.
 */
#pragma once

#include "core/seccomp_eval.h"

#include <linux/filter.h>

/* Which numbers are decided here: own[i][k] is for t->abis[i].numbers[k]; own[i] NULL: none of that
 * architecture. */
struct seccomp_own {
    bool *of[SECCOMP_ARCH_COUNT];
};

/*
 * Write it to out[0 … cap). *ret_n 0: nothing is needed. -EMSGSIZE: longer than cap; -ENOMEM.
 */
int seccomp_emit(struct arena *a, const struct seccomp_table *t, const struct seccomp_own *own,
                 struct sock_filter *out, size_t cap, size_t *ret_n) NODISCARD;

/*
 * The jumps that stand behind that and choose among filters of one architecture each, which follow one after
 * the other: lengths[i] instructions for t->abis[i]. What is of no architecture goes to the first, the native
 * one. *ret_n 0 when there is only one. -EMSGSIZE: longer than cap.
 */
int seccomp_emit_dispatch(const struct seccomp_table *t, const size_t *lengths, struct sock_filter *out,
                          size_t cap, size_t *ret_n) NODISCARD;
