/* SPDX-License-Identifier: Apache-2.0 */
#include "core/exec_order.h"

#include "core/bpf_interp.h"
#include "core/seccomp_policy.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define SCHED_POLICY_DEADLINE     6u /* <linux/sched.h>: fork(2) refuses it */
#define SCHED_FLAG_RESETS_ON_FORK 0x01u

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

/* ---- does the filter let the process be made, and come to its program? ---- */

struct filter {
    const struct sock_filter *insns;
    size_t n;
    uint32_t audit_arch;
};

static uint32_t verdict(const struct filter *f, long nr, uint64_t a0, uint64_t a1)
{
    const struct seccomp_data data = {.nr = (int)nr, .arch = f->audit_arch, .args = {a0, a1}};
    uint32_t ret;

    return bpf_interp_run(f->insns, f->n, &data, &ret) < 0 ? SECCOMP_RETURN_KILL_PROCESS : ret;
}

static bool lets(const struct filter *f, long nr, uint64_t a0, uint64_t a1)
{
    const uint32_t action = SECCOMP_RETURN_ACTION(verdict(f, nr, a0, a1));

    return action == SECCOMP_RETURN_ALLOW || action == SECCOMP_RETURN_LOG;
}

/* As kernel/clone goes down its ladder. The flags are the first argument, on s390 the second. */
static bool lets_clone(const struct filter *f)
{
    const uint64_t flags = CLONE_PARENT | SIGCHLD;
    const uint32_t first = verdict(f, SYS_clone3, 0, 0);

    if (SECCOMP_RETURN_ACTION(first) == SECCOMP_RETURN_ERRNO &&
        (SECCOMP_RETURN_DATA(first) == ENOSYS || SECCOMP_RETURN_DATA(first) == EPERM))
        return lets(f, SYS_clone, flags, flags);
    return lets(f, SYS_clone3, 0, 0);
}

static bool limits_processes(const struct plan *plan)
{
    return plan_find(plan, OP_RLIMIT_BETWEEN) != NULL;
}

static bool filter_lets(const struct plan *plan, const struct filter *f)
{
    return lets_clone(f) && lets(f, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL) &&
           lets(f, SYS_prctl, PR_SET_PDEATHSIG, 0) && lets(f, SYS_setsid, 0, 0) && lets(f, SYS_close, 0, 0) &&
           (!plan_find(plan, OP_CONSOLE) || lets(f, SYS_ioctl, 0, TIOCSCTTY)) &&
           (!limits_processes(plan) || lets(f, SYS_prlimit64, 0, RLIMIT_NPROC)) &&
           lets(f, SYS_exit_group, 0, 0);
}

/* ---- the operations ---- */

static bool is_processes_limit(const struct plan_op *op)
{
    return op->kind == OP_RLIMIT && op->rlimit.resource == RLIMIT_NPROC;
}

enum part { PART_UNKNOWN, PART_BETWEEN, PART_PROCESS, PART_FILTER };

static enum part part_of(const struct plan_op *op)
{
    switch (op->kind) {
    case OP_KEYRING:
    case OP_CONSOLE: /* all but the session's part */
    case OP_APPARMOR:
    case OP_SELINUX:
    case OP_SCHEDULER:
    case OP_IO_PRIORITY:
    case OP_PERSONALITY:
    case OP_MEMORY_POLICY:
    case OP_CPU_AFFINITY:
    case OP_UMASK:
    case OP_CHDIR_EARLY:
    case OP_SECCOMP_PRIVILEGED:
    case OP_CAPS_BOUNDING:
    case OP_IDENTITY:
    case OP_CHDIR:
    case OP_CAPS:
    case OP_NO_NEW_PRIVS:
    case OP_FIND_EXECUTABLE:
    case OP_CLOSE_FDS: return PART_BETWEEN;
    case OP_RLIMIT: return is_processes_limit(op) ? PART_PROCESS : PART_BETWEEN;
    case OP_SETSID:
    case OP_EXEC: return PART_PROCESS;
    case OP_SECCOMP: return PART_FILTER;
    default: return PART_UNKNOWN;
    }
}

static bool is_handed_down(const struct plan_scheduler *s)
{
    return s->policy != SCHED_POLICY_DEADLINE && !(s->flags & SCHED_FLAG_RESETS_ON_FORK);
}

static bool can_be_reduced(const struct plan *plan)
{
    const struct plan_op *scheduler = plan_find(plan, OP_SCHEDULER);

    if (!plan_find(plan, OP_CLONE)->clone.intermediate ||
        (plan_find(plan, OP_JOIN)->join.flags & CLONE_NEWUSER) ||
        !(plan_find(plan, OP_JOIN)->join.flags & CLONE_NEWPID))
        return false;
    for (size_t i = 0; i < plan->n_ops; i++)
        if (plan_op_actor(plan->ops[i].kind) == PLAN_INIT && part_of(&plan->ops[i]) == PART_UNKNOWN)
            return false;
    return !scheduler || is_handed_down(&scheduler->scheduler);
}

struct exec_order exec_order_of(const struct plan *plan, const struct sock_filter *filter, size_t n,
                                uint32_t flags)
{
    const struct seccomp_arch_info *arch = seccomp_arch_info(seccomp_arch_own());
    struct exec_order o = {.reduced = can_be_reduced(plan)};
    bool harmless = true;

    if (filter) {
        const struct filter f = {filter, n, arch ? arch->audit_arch : 0};

        harmless = arch && !(flags & SECCOMP_FLAG_NEW_LISTENER) && filter_lets(plan, &f);
    }
    if (plan_find(plan, OP_SECCOMP_PRIVILEGED) && !harmless)
        o.reduced = false;
    o.filtered = o.reduced && harmless;
    return o;
}

bool exec_order_between(const struct exec_order *o, const struct plan_op *op)
{
    const enum part part = part_of(op);

    return o->reduced && (part == PART_BETWEEN || (part == PART_FILTER && o->filtered));
}
