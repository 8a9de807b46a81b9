/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities of the calling thread (capabilities(7)), by the raw calls: capset v3, PR_CAPBSET_DROP,
 * PR_CAP_AMBIENT. libcap is not used: it knows only the capabilities it was built with, and the five calls
 * are less than its traps (bounding loops that stop at the header's last capability, helper threads, own
 * fork).
 *
 * Bit n of a mask is capability n. The order in init is: capset_drop_bounding, capset_keep(true),
 * cred_set_identity, chdir, capset_apply. All is read back: a difference is an error (-EPERM).
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* The number of the highest capability of the running kernel: a few prctl(2). */
uint32_t capset_last_cap(void);

/* The caller's bounding set. */
uint64_t capset_bounding(uint32_t last_cap);

/* All five sets of the caller. */
int capset_read(struct plan_caps *ret, struct err *reterr);

/* Drop from the bounding set every capability of this kernel that is not in `keep`. */
int capset_drop_bounding(uint64_t keep, struct err *reterr);

/* PR_SET_KEEPCAPS: keep permitted capabilities over the change of user ids. */
int capset_keep(bool on, struct err *reterr);

/*
 * Set effective, permitted, inheritable; clear the ambient set and raise what is asked; KEEPCAPS off; verify
 * all four. (The bounding set was dropped before.) Bits the kernel does not know are ignored.
 */
int capset_apply(const struct plan_caps *caps, struct err *reterr);
