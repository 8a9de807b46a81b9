/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/filter.h"

#include "kernel/seccomp_cache.h"

int filter_compile(struct runtime *rt, struct arena *a, int root_fd, const struct plan *plan,
                   const struct facts *facts, struct seccomp_filter *ret, struct err *reterr)
{
    const struct plan_op *op = plan_find_seccomp(plan);
    int r;

    if (!op)
        return 0;
    r = seccomp_cache_compile(a, root_fd, op->seccomp, rt->version, facts->kernel, ret, NULL, reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < ret->skipped.n; i++)
        log_message(&rt->log, LOG_LEVEL_DEBUG, NULL, 0, "seccomp: unknown system call %s is not allowed",
                    ret->skipped.v[i]);
    return 1;
}
