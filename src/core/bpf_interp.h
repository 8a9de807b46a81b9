/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classic BPF as seccomp(2) runs it: the check that the kernel makes before it accepts a filter, and an
 * interpreter. Linux: net/core/filter.c bpf_check_classic(), kernel/seccomp.c seccomp_check_filter(). Pure:
 * nothing is loaded anywhere. A program is hostile input: both functions are safe for any bytes.
 */
#pragma once

#include "base/compiler.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>

/*
 * 0: the kernel takes this program as a seccomp filter. -EINVAL: it does not; *ret_at (may be NULL) is the
 * first instruction that is wrong, or `n` when it is the program as a whole (empty, above 4096, no return at
 * its end).
 */
int bpf_interp_check(const struct sock_filter *insns, size_t n, size_t *ret_at) NODISCARD;

/*
 * What the program returns for one system call. 0, or -EINVAL when it leaves its bounds or meets an
 * instruction that bpf_interp_check refuses; a program that passed the check never does. It always ends:
 * jumps only go forward.
 */
int bpf_interp_run(const struct sock_filter *insns, size_t n, const struct seccomp_data *data,
                   uint32_t *ret) NODISCARD;
