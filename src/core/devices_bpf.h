/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules as a BPF_PROG_TYPE_CGROUP_DEVICE program (kernel 4.15; include/uapi/linux/bpf.h, struct
 * bpf_cgroup_dev_ctx): r0 = 1 grants, 0 refuses. Pure translation; kernel/cgroup_bpf loads it.
 *
 * The program walks the rules from the last to the first, keeping the set of access bits that no rule has
 * spoken of yet: an allowing rule takes its bits out (none left: granted), a refusing rule that names one of
 * those that are left ends it. That is devices_rules_check() read backwards, so each bit is decided by the
 * last rule that names it.
 */
#pragma once

#include "core/devices.h"

struct bpf_insn;

/* The kernel takes 4096 instructions from a caller without CAP_BPF and CAP_SYS_ADMIN, a million otherwise. */
#define DEVICES_BPF_MAX_INSNS 4096u

/* -EINVAL at /linux/resources/devices when the program would be too long; -ENOMEM. */
int devices_bpf_build(struct arena *a, const struct device_rules *r, struct bpf_insn **ret, size_t *ret_n,
                      struct err *reterr);
