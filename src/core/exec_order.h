/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who does which operation of exec's plan: the process between the runtime and the new one (runtime/exec
 * draws them), or the new one itself.
 *
 * From its birth the new process is in the container's pid namespace. A container that has CAP_SYS_PTRACE,
 * and no user namespace, may stop it there, rewrite it and go on in its place, dumpable or not
 * (ptrace(2): "ptrace access mode checking"). So it is born with nothing that its program will not have: what
 * lowers privileges, and what needs them, is done before, by a process that the container does not see, and
 * which is what it clones. Left to the new process is what no clone hands down: session, terminal, and the
 * limit that counts processes.
 *
 * Where the container has a user namespace of its own the kernel protects our memory by itself (it belongs to
 * the namespace of the runtime), and the process does all.
 *
 * Pure.
 */
#pragma once

#include "core/plan.h"

#include <linux/filter.h>

struct exec_order {
    bool reduced;  /* the process is born with no more than its program will have */
    bool filtered; /* ... and behind the container's seccomp filter */
};

/*
 * filter: the compiled filter of the plan, with its flags (enum seccomp_flag); NULL: none.
 *
 * Not filtered: a filter that refuses one of the calls of the process (seccomp(2) cannot be undone, so it is
 * loaded by the process then), or that hands out a listener. Not reduced: such a filter where it needs
 * privilege to be loaded (no no_new_privs), a scheduling policy that clone(2) does not hand down, an
 * operation that is not known here, and what needs no such care: a container with a user namespace, or
 * without a pid namespace (it sees every process of the host).
 */
struct exec_order exec_order_of(const struct plan *plan, const struct sock_filter *filter, size_t n,
                                uint32_t flags);

/* Does the process between do this operation of init's? */
bool exec_order_between(const struct exec_order *o, const struct plan_op *op);
