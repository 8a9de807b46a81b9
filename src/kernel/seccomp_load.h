/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Put a filter in force for the calling thread, seccomp(2) SECCOMP_SET_MODE_FILTER, without libseccomp.
 * Irrevocable. Needs no_new_privs or CAP_SYS_ADMIN in the thread's user namespace. On success nothing but
 * seccomp(2) itself has been called, so what follows may be anything that the filter lets through.
 */
#pragma once

#include "base/err.h"

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/*
 * `flags`: enum seccomp_flag. When the kernel refuses them (EINVAL), SPEC_ALLOW and LOG are given up, in that
 * order (one is a choice of speed, the other of logging: neither weakens the filter); any other flag then
 * fails the load. Returns 0, or with NEW_LISTENER the listener (>= 0, close-on-exec). ERR_SYSTEM;
 * EBUSY: a listener belongs to a filter that is in force already, the kernel takes no second one. ENOMEM
 * means that the filters of the process exceed what the kernel takes together (32768 instructions), -EINVAL
 * also a filter that is no filter.
 */
int seccomp_filter_load(const struct sock_filter *insns, size_t n, unsigned flags,
                        struct err *reterr) NODISCARD;

/* Those of enum seccomp_flag that seccomp(2) knows here, asked with a filter that is none: nothing is loaded.
 */
uint32_t seccomp_flags_of_kernel(void);
