/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device programs of a cgroup2 directory (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE, kernel 4.15). cgroup_fd may be
 * O_PATH. A program stays attached until the cgroup is gone: nothing has to be kept open.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_insn; /* <linux/bpf.h> */

/*
 * Load the program and make it the only one attached to this cgroup by this call's way (BPF_F_ALLOW_MULTI).
 * At no moment is the cgroup without a program: with exactly one older program it is replaced in one step
 * (BPF_F_REPLACE, 5.6), else the new one is attached first (all attached programs must agree, so access can
 * only shrink in between) and the older ones are detached after. Any failure is an error and leaves the older
 * programs in force. A program that cannot be loaded for lack of locked memory is tried again with
 * RLIMIT_MEMLOCK raised (before 5.11).
 */
int cgroup_bpf_devices_attach(int cgroup_fd, const struct bpf_insn *insns, size_t n_insns,
                              struct err *reterr);

#define CGROUP_BPF_MAX_PROGS 64u /* the kernel's own limit per cgroup */

/* Ids of the device programs attached to this very cgroup. -EMSGSIZE when there are more than `cap`. */
int cgroup_bpf_devices_query(int cgroup_fd, uint32_t *ids, size_t cap, size_t *ret_n, struct err *reterr);

/* Detach every device program of this very cgroup (an update to "everything is allowed"). */
int cgroup_bpf_devices_detach_all(int cgroup_fd, struct err *reterr);
