/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/host.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "runtime/clos.h"
#include "runtime/container.h"
#include "runtime/container_hooks.h"
#include "runtime/store.h"
#include "runtime/unit.h"

#include <signal.h>

void host_init(struct host_ctx *c, struct runtime *rt, const struct create_request *req)
{
    *c = (struct host_ctx){
        .rt = rt,
        .req = req,
        .root_fd = -1,
        .dir_fd = -1,
        .exec_fifo = -1,
        .result_fifo = -1,
        .pidfd_socket = -1,
        .console = CONSOLE_INIT,
        .notify = NOTIFY_INIT,
        .chan = CHAN_INIT,
        .netdevs = NETDEV_SET_INIT,
        .init = PIDFD_INIT,
        .inter = PIDFD_INIT,
        .trace.on = req->trace != NULL,
    };
    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        c->ns_fds[i] = -1;
    arena_init(&c->arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    cgroup_set_init(&c->cgroups);
}

void host_done(struct host_ctx *c)
{
    cgroup_set_done(&c->cgroups);
    netdev_set_done(&c->netdevs);
    systemd_close(&c->systemd);
    console_done(&c->console);
    notify_done(&c->notify);
    pidfd_done(&c->init);
    pidfd_done(&c->inter);
    chan_close(&c->chan);
    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        fd_close(&c->ns_fds[i]);
    for (size_t i = 0; c->mount_fds && i < c->plan->n_ops; i++)
        fd_close(&c->mount_fds[i]);
    fd_close(&c->pidfd_socket);
    fd_close(&c->exec_fifo);
    fd_close(&c->result_fifo);
    fd_close(&c->dir_fd);
    fd_close(&c->root_fd);
    procattr_affinity_done(&c->affinity);
    report_pid_free(c->init_pid);
    if (c->report)
        report_free(c->report, c->plan->n_ops, c->trace.on);
    arena_done(&c->arena);
}

bool host_init_joins(const struct host_ctx *c)
{
    return c->facts.euid == 0 && !c->facts.rootless && !c->facts.in_userns;
}

/* ---- the end ---- */

static void warn(struct host_ctx *c, const struct err *e)
{
    log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", e->message);
}

int host_hooks(struct host_ctx *c, enum hook_kind kind, struct err *reterr)
{
    struct container_hooks hooks = {
        .config = c->bundle.config,
        .id = c->req->id,
        .pid = kind == HOOK_POSTSTOP ? 0 : c->init.pid,
        .bundle = c->bundle.dir,
        .affinity = &c->affinity,
        .log = &c->rt->log,
    };

    return container_hooks_run(&hooks, kind, reterr);
}

void host_destroy(struct host_ctx *c, bool poststop)
{
    struct err e;

    err_init(&e);
    netdev_move_back(&c->netdevs); /* virtual ones would end with the namespace */
    if (c->inter.pid > 0)
        pidfd_kill_and_reap(&c->inter);
    c->inter.pid = 0;
    if (c->init.pid > 0)
        pidfd_kill_and_reap(&c->init);
    c->init.pid = 0;
    if (c->dir_fd < 0)
        return;
    /* Without a pid namespace of its own the container's other processes outlive init. */
    if (c->recorded && !state_owns_namespace(&c->state, NS_PID) &&
        cgroup_set_signal(&c->cgroups, SIGKILL, io_now_ms() + CONTAINER_KILL_MS, &e) < 0)
        warn(c, &e);
    if (c->unit_started) {
        if (cgroup_set_signal(&c->cgroups, SIGKILL, io_now_ms() + CONTAINER_KILL_MS, &e) < 0)
            warn(c, &e);
        unit_stop(&c->systemd, c->state.systemd_scope, c->state.systemd_user, &c->cgroups, &c->rt->log);
    }
    if (container_remove_cgroups(&c->cgroups, &e) < 0)
        warn(c, &e);
    clos_undo(c);
    if (poststop && host_hooks(c, HOOK_POSTSTOP, &e) < 0)
        warn(c, &e);
    if (store_remove(c->root_fd, c->dir_fd, c->req->id, &e) < 0)
        warn(c, &e);
    fd_close(&c->dir_fd);
}
