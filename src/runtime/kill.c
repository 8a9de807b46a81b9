/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kill.h"

#include "kernel/io.h"
#include "runtime/container.h"

#include <errno.h>
#include <signal.h>

static int signal_all(struct container *c, int sig, struct err *reterr)
{
    int r = cgroup_set_signal(&c->cgroups, sig, io_now_ms() + CONTAINER_KILL_MS, reterr);

    return r < 0 ? r : 0;
}

/* An ordinary user's container may have no cgroup: init is all that is known of it then. */
static int signal_running(struct container *c, int sig, struct err *reterr)
{
    int r = cgroup_set_signal(&c->cgroups, sig, io_now_ms() + CONTAINER_KILL_MS, reterr);
    struct err e;

    if (r != 0)
        return r < 0 ? r : 0;
    err_init(&e);
    r = pidfd_signal(&c->init, sig, &e);
    if (r == -ESRCH)
        return 0;
    if (r < 0 && reterr)
        *reterr = e;
    return r;
}

/*
 * Init is gone. Where it had no pid namespace of its own, or where somebody put processes into its cgroup,
 * others may be left; SIGKILL and --all reach them.
 */
static int signal_stopped(struct container *c, int sig, bool all, struct err *reterr)
{
    AUTO_CGROUP_PIDS struct cgroup_pids left = CGROUP_PIDS_INIT;
    int r;

    if (!all && (sig != SIGKILL || state_owns_namespace(c->state, NS_PID)))
        return err_state(reterr, ESRCH, "container not running");
    r = cgroup_set_pids(&c->cgroups, &left, reterr);
    if (r < 0)
        return r;
    if (left.n == 0 && !all)
        return err_state(reterr, ESRCH, "container not running");
    return left.n && sig ? signal_all(c, sig, reterr) : 0;
}

int container_kill(struct runtime *rt, const char *id, int sig, bool all, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    int r;

    container_init(&c, rt);
    /* A look is enough: nothing of ours changes, and a command that waits inside the container must not block
     * us. */
    r = container_open(&c, id, CONTAINER_LOOK, reterr);
    if (r < 0)
        return r;
    if (c.status == STATUS_STOPPED || c.init.pid == 0)
        return signal_stopped(&c, sig, all, reterr);
    if (all || (sig == SIGKILL && !state_owns_namespace(c.state, NS_PID)))
        return signal_running(&c, sig, reterr);
    r = pidfd_signal(&c.init, sig, reterr);
    if (r == -ESRCH)
        return err_state(reterr, ESRCH, "container not running");
    if (r == 0 && sig == SIGKILL && c.status == STATUS_PAUSED)
        r = cgroup_set_thaw(&c.cgroups, io_now_ms() + CONTAINER_KILL_MS, reterr);
    return r;
}
