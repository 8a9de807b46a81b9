/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: create and start in one, and, unless detached, stay until the container's program has ended: forward
 * signals to it, reap what it leaves to us, hand on its exit status, remove the container.
 */
#include "kernel/sigwait.h"
#include "runtime/create.h"
#include "runtime/host.h"
#include "runtime/store.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/*
 * All signals are held back from before the clone until we wait for them: one that comes early reaches the
 * program instead of ending us half-way. Init gets an empty mask of its own.
 */
static int hold_signals(uint64_t *old, struct err *reterr)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL};

    /* A caller that ignores SIGCHLD would make the kernel throw away exit statuses. */
    if (sigaction(SIGCHLD, &dfl, NULL) < 0)
        return err_system(reterr, errno, "sigaction", "SIGCHLD");
    return sigwait_hold(old, reterr);
}

static int status_of(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Reap every child that has ended; true when init was among them. */
static bool reap(pid_t init, int *exit_status)
{
    int status;
    pid_t pid;
    bool ended = false;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == init) {
            *exit_status = status_of(status);
            ended = true;
        }
    return ended;
}

static int wait_and_forward(struct host_ctx *c, int *exit_status, struct err *reterr)
{
    /* First a look: SIGCHLD may have been taken for another child, a hook. */
    while (!reap(c->init.pid, exit_status)) {
        int sig, r = sigwait_next(&sig, reterr);

        if (r < 0)
            return r;
        if (sig != SIGCHLD && sig != SIGURG && sig != SIGWINCH && sig != SIGPIPE)
            pidfd_signal(&c->init, sig, NULL); /* it may be gone: the next round sees it */
    }
    c->init.pid = 0;
    return 0;
}

static int finish(struct host_ctx *c, struct err *reterr)
{
    int r = store_relock(c->dir_fd, c->req->id, reterr);

    if (r == -ENOENT)
        return 0; /* deleted by another command */
    if (r < 0)
        return r;
    if (!c->req->keep)
        host_destroy(c, true);
    return 0;
}

int container_run(struct runtime *rt, const struct create_request *req, int *exit_status, struct err *reterr)
{
    struct host_ctx c;
    uint64_t old;
    int r;

    *exit_status = 0;
    if (req->detach)
        return container_create(rt, req, reterr);
    if (!req->no_subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return err_system(reterr, errno, "prctl", "PR_SET_CHILD_SUBREAPER");
    r = hold_signals(&old, reterr);
    if (r < 0)
        return r;
    host_init(&c, rt, req);
    r = host_create(&c, reterr);
    if (r == 0) {
        store_unlock(c.dir_fd);
        r = wait_and_forward(&c, exit_status, reterr);
        if (r == 0)
            r = finish(&c, reterr);
    }
    host_done(&c);
    sigwait_restore(old, NULL);
    return r;
}
