/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: create and start in one, and, unless detached, stay until the container's program has ended
 * (runtime/attend), hand on its exit status, remove the container.
 */
#include "runtime/attend.h"
#include "runtime/create.h"
#include "runtime/host.h"
#include "runtime/store.h"
#include "runtime/wait.h"

#include <errno.h>
#include <unistd.h>

static int finish(struct host_ctx *c, int wait_status, struct err *reterr)
{
    int r = store_relock(c->dir_fd, c->req->id, reterr);

    if (r == -ENOENT)
        return 0; /* deleted by another command */
    if (r < 0)
        return r;
    if (c->init.pid == 0)
        wait_tell(c, wait_status, c->req->keep);
    if (!c->req->keep || c->init.pid > 0) /* still running: we failed, and so does the container */
        host_destroy(c, true);
    return 0;
}

static int run_attached(struct host_ctx *c, int *exit_status, struct err *reterr)
{
    int wait_status = 0;
    const struct attended attended = {
        .process = &c->init, .console = &c->console, .notify = &c->notify, .wait_status = &wait_status};
    uint64_t mask;
    int f, r = attend_begin(!c->req->no_subreaper, &mask, reterr);

    if (r < 0)
        return r;
    c->notify.main_pid = getpid(); /* who stays, and whose exit status it is */
    r = host_create(c, reterr);
    if (r == 0) {
        store_unlock(c->dir_fd);
        r = attend(&attended, exit_status, reterr);
        console_done(&c->console);
        f = finish(c, wait_status, r < 0 ? NULL : reterr);
        r = r < 0 ? r : f;
    }
    attend_end(mask);
    return r;
}

static int run_detached(struct host_ctx *c, struct err *reterr)
{
    int r = host_create(c, reterr);

    if (r < 0 || !notify_is_open(&c->notify))
        return r;
    store_unlock(c->dir_fd);
    c->notify.main_pid = c->init.pid;
    return notify_wait(&c->notify, &c->init, reterr);
}

int container_run(struct runtime *rt, const struct create_request *req, int *exit_status, struct err *reterr)
{
    struct host_ctx c;
    int r;

    *exit_status = 0;
    host_init(&c, rt, req);
    r = req->detach ? run_detached(&c, reterr) : run_attached(&c, exit_status, reterr);
    host_done(&c);
    return r;
}
