/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hand_over.h"

#include "core/bpf_interp.h"
#include "core/seccomp_policy.h"
#include "kernel/clone.h"
#include "kernel/io.h"
#include "kernel/seccomp_load.h"
#include "kernel/sys.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

#define LISTENER_NONE (-1)
#define HANDED_OVER   1
#define NOT_HANDED    (-1)

/* Loading takes less than that, unless the filter is long. */
#define YIELDS       100
#define LOOK_STEP_NS 200000

/* Minutes: the agent has seconds (AGENT_MS). A helper that was killed is not waited for without an end. */
#define LOOKS_MAX (UINT64_C(1) << 37)

/* ---- the helper ---- */

/* No futex: init could not wake us. */
static int32_t await_listener(const struct init_report *report)
{
    int32_t n;

    for (int i = 0; (n = atomic_load_explicit(&report->listener, memory_order_acquire)) == 0; i++) {
        const struct timespec step = {.tv_nsec = LOOK_STEP_NS};

        if (i < YIELDS)
            sched_yield();
        else
            nanosleep(&step, NULL);
    }
    return n;
}

static int pass_on(struct init_ctx *c, int listener)
{
    struct chan_msg msg;
    int r = proto_step(&c->proto, PROTO_INIT, PROTO_LISTENER, NULL);

    if (r == 0)
        r = chan_send(&c->chan, PROTO_LISTENER, NULL, 0, listener, IO_NO_DEADLINE, NULL);
    /* Init would wait for itself if it kept one: with the agent's death its calls must end. */
    close(listener);
    if (r == 0)
        r = chan_recv(&c->chan, &msg, NULL, 0, IO_NO_DEADLINE, NULL);
    return r < 0 ? r : proto_step(&c->proto, PROTO_HOST, (enum proto_message)msg.type, NULL);
}

static NORETURN void help(struct init_ctx *c, pid_t init)
{
    int32_t listener;
    int r = procattr_set_pdeathsig(SIGKILL, init, NULL);

    if (r < 0)
        _exit(1);
    listener = await_listener(c->report);
    if (listener == LISTENER_NONE)
        _exit(0);
    r = pass_on(c, listener - 1);
    atomic_store_explicit(&c->report->handed_over, r < 0 ? NOT_HANDED : HANDED_OVER, memory_order_release);
    _exit(r < 0);
}

/* ---- init ---- */

/* Will the filter let us wait for a child, or ask the agent? Otherwise it may do anything, and kill us. */
static bool may_wait(const struct seccomp_filter *f)
{
    const struct seccomp_arch_info *own = seccomp_arch_info(seccomp_arch_own());
    const struct seccomp_data data = {.nr = SYS_wait4, .arch = own ? own->audit_arch : 0};
    uint32_t verdict;

    if (!own || bpf_interp_run(f->insns, f->n, &data, &verdict) < 0)
        return false;
    switch (SECCOMP_RETURN_ACTION(verdict)) {
    case SECCOMP_RETURN_ALLOW:
    case SECCOMP_RETURN_LOG:
    case SECCOMP_RETURN_NOTIFY: return true;
    default: return false;
    }
}

/*
 * A helper that we may not wait for must not stay behind as a zombie of the container's. execve(2) takes the
 * flag back. Hooks, whose end is waited for, cannot run behind such a filter anyway.
 */
static int disown_children(struct err *reterr)
{
    const struct sigaction sa = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};

    return sigaction(SIGCHLD, &sa, NULL) < 0 ? err_system(reterr, errno, "sigaction", "SIGCHLD") : 0;
}

static int start_helper(struct init_ctx *c, struct clone_child *ret, struct err *reterr)
{
    const struct clone_request req = {.flags = CLONE_FILES, .no_pidfd = true, .cgroup_fd = -1};
    pid_t init = getpid();
    int r = clone_process(&req, ret, reterr);

    if (r == 0)
        help(c, init);
    if (r < 0)
        return err_prefix(reterr, "the process that hands over the seccomp listener (limit of processes?)");
    return 0;
}

/* Whatever the filter makes of waiting, the report has the last word. */
static int await_helper(struct init_ctx *c, pid_t helper, bool wait, struct err *reterr)
{
    int32_t handed = 0;
    int status;

    if (wait && sys_wait4(helper, &status, 0) == helper)
        handed = atomic_load_explicit(&c->report->handed_over, memory_order_acquire);
    else
        for (uint64_t i = 0; i < LOOKS_MAX; i++) {
            handed = atomic_load_explicit(&c->report->handed_over, memory_order_acquire);
            if (handed != 0)
                break;
        }
    return handed == HANDED_OVER
               ? 0
               : err_proto(reterr, ECONNRESET, "the seccomp listener could not be handed over");
}

int hand_over_load(struct init_ctx *c, struct err *reterr)
{
    const bool wait = may_wait(c->seccomp);
    enum proto_message answer;
    struct clone_child helper;
    int listener, status, r = wait ? 0 : disown_children(reterr);

    if (r == 0)
        r = start_helper(c, &helper, reterr);
    if (r < 0)
        return r;
    listener = seccomp_filter_load(c->seccomp->insns, c->seccomp->n, c->seccomp->flags, reterr);
    atomic_store_explicit(&c->report->listener, listener < 0 ? LISTENER_NONE : listener + 1,
                          memory_order_release);
    if (listener < 0) {
        sys_wait4(helper.pid, &status, 0);
        return listener;
    }
    r = await_helper(c, helper.pid, wait, reterr);
    if (r == 0)
        r = proto_step(&c->proto, PROTO_INIT, PROTO_LISTENER, reterr);
    if (r < 0)
        return r;
    answer = proto_turn(&c->proto, PROTO_HOST);
    c->start_taken = answer == PROTO_START;
    return proto_step(&c->proto, PROTO_HOST, answer, reterr);
}
