/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filter of a plan, compiled or from the cache, in the runtime process.
 */
#pragma once

#include "core/plan.h"
#include "kernel/seccomp_bpf.h"
#include "runtime/runtime.h"

/*
 * 1 with the filter on the arena, 0 when the plan has no policy; root_fd is the state root, beneath which the
 * cache lies. System calls that this machine does not know are said in the log.
 */
int filter_compile(struct runtime *rt, struct arena *a, int root_fd, const struct plan *plan,
                   const struct facts *facts, struct seccomp_filter *ret, struct err *reterr);
