/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespaces of another process, all of them: which differ from ours, and joining them. setns(2),
 * namespaces(7).
 */
#pragma once

#include "base/err.h"
#include "kernel/pidfd.h"

/*
 * The CLONE_NEW* flags of those namespaces that differ from the caller's. A kind that this kernel does not
 * have does not differ.
 */
int ns_process_differing(const struct pidfd *p, uint64_t *ret_flags, struct err *reterr);

/*
 * Join them: setns(pidfd, flags) (5.8), all or nothing, else one by one through the host's /proc, which must
 * still be in reach. user_first: the user namespace before the others, otherwise after all of them. pid and
 * time take effect on children (time also on the caller). -ESRCH when the process is gone.
 */
int ns_process_join(const struct pidfd *p, uint64_t flags, bool user_first, struct err *reterr);
