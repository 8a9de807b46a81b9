/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stage_host.h"

#include "base/fd.h"
#include "kernel/io.h"
#include "runtime/agent.h"
#include "runtime/execute.h"
#include "runtime/container_hooks.h"
#include "runtime/pid_file.h"
#include "runtime/pidfd_socket.h"
#include "runtime/record.h"
#include "runtime/stage_inter.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

/*
 * Init is watched by the operation it is at: as long as that changes, it works. Hooks have timeouts of their
 * own.
 */
#define INIT_STALL_MS      (120 * 1000)
#define INIT_REAP_LIMIT_MS 10000

static const struct plan_op *init_op(const struct host_ctx *c)
{
    uint32_t at = atomic_load_explicit(&c->report->at, memory_order_acquire);

    return at < c->plan->n_ops ? &c->plan->ops[at] : NULL;
}

static bool in_hooks(const struct plan_op *op)
{
    return op && (op->kind == OP_HOOKS_CREATE_CONTAINER || op->kind == OP_HOOKS_START_CONTAINER);
}

/* Init is gone without a word: say how far it came and what ended it. */
static int explain_death(struct host_ctx *c, struct err *reterr)
{
    const struct plan_op *op = init_op(c);
    int status = 0;

    if (pidfd_reap(&c->init, io_now_ms() + INIT_REAP_LIMIT_MS, &status, NULL) < 0)
        return err_proto(reterr, EPROTO, "container init closed its channel in phase %s and does not end",
                         op ? plan_op_name(op->kind) : "start");
    c->init.pid = 0; /* reaped */
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        err_proto(reterr, EPROTO, "container init was killed in phase %s (memory limit too low?)",
                  op ? plan_op_name(op->kind) : "start");
    else if (WIFSIGNALED(status))
        err_proto(reterr, EPROTO, "container init was ended by signal %d in phase %s", WTERMSIG(status),
                  op ? plan_op_name(op->kind) : "start");
    else
        err_proto(reterr, EPROTO, "container init exited with status %d in phase %s", WEXITSTATUS(status),
                  op ? plan_op_name(op->kind) : "start");
    return err_phase(reterr, op ? plan_op_name(op->kind) : "start");
}

/* The channel has ended: which of the three reasons was it? */
static int judge_end(struct host_ctx *c, struct err *reterr)
{
    if (atomic_load_explicit(&c->report->failed, memory_order_acquire))
        return report_error(c->report, reterr);
    if (atomic_load_explicit(&c->report->at, memory_order_acquire) == REPORT_AT_EXEC)
        return 0;
    return explain_death(c, reterr);
}

/* Wait for init's next message; its end is reported as type 0. */
static int receive(struct host_ctx *c, struct chan_msg *msg, struct err *reterr)
{
    uint32_t last = atomic_load(&c->report->at);

    for (;;) {
        int r = chan_recv(&c->chan, msg, NULL, 0, io_now_ms() + INIT_STALL_MS, reterr);
        uint32_t at = atomic_load(&c->report->at);

        if (r == -ECONNRESET) {
            *msg = (struct chan_msg){.fd = -1};
            return 0;
        }
        if (r != -ETIMEDOUT)
            return r;
        if (at == last && !in_hooks(init_op(c))) {
            const struct plan_op *op = init_op(c);
            const char *phase = op ? plan_op_name(op->kind) : "start";

            err_proto(reterr, ETIMEDOUT, "container init made no progress for %d s in phase %s",
                      INIT_STALL_MS / 1000, phase);
            return err_phase(reterr, phase);
        }
        last = at;
    }
}

static int run_runtime_hooks(struct host_ctx *c, struct err *reterr)
{
    static const enum hook_kind kinds[] = {HOOK_PRESTART, HOOK_CREATE_RUNTIME};

    c->hooks_ran = true;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        int r = host_hooks(c, kinds[i], reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

static int send(struct host_ctx *c, enum proto_message message, struct err *reterr)
{
    int r = proto_step(&c->proto, PROTO_HOST, message, reterr);

    if (r < 0)
        return r;
    r = chan_send(&c->chan, message, NULL, 0, -1, io_now_ms() + INIT_STALL_MS, reterr);
    /* Init is gone already: its own words matter more than our broken pipe. */
    return r == -ECONNRESET || r == -EPIPE ? 0 : r;
}

/* START is the point of no return: everything that says the container exists is written before it. */
static int commit(struct host_ctx *c, struct err *reterr)
{
    int r = record_write(c, c->req->run ? STATE_STARTING : STATE_CREATED, reterr);

    if (r < 0)
        return r;
    if (c->req->pid_file) {
        r = pid_file_write(c->req->pid_file, c->init.pid, reterr);
        if (r < 0)
            return r;
    }
    r = pidfd_socket_send(&c->pidfd_socket, &c->init, PIDFD_SOCKET_INIT_TEXT, reterr);
    return r < 0 ? r : send(c, PROTO_START, reterr);
}

static int give_to_agent(struct host_ctx *c, int listener, struct err *reterr)
{
    const struct process_state state = {
        .pid = c->init.pid,
        .state = {.id = c->req->id,
                  .status = "creating",
                  .pid = c->init.pid,
                  .bundle = c->bundle.dir,
                  .annotations = &c->bundle.config->annotations},
    };

    trace_phase(&c->trace, "seccomp-agent");
    return agent_send(c->plan, &state, listener, reterr);
}

/* A message of init's that came in its turn; its descriptor is ours. */
static int heed(struct host_ctx *c, const struct chan_msg *msg, struct err *reterr)
{
    AUTO_CLOSE int fd = msg->fd;
    int r = proto_step(&c->proto, PROTO_INIT, (enum proto_message)msg->type, reterr);

    if (r < 0 || (msg->type != PROTO_CONSOLE && msg->type != PROTO_LISTENER))
        return r;
    if (fd < 0)
        return err_proto(reterr, EPROTO, "container init sent \"%s\" without its descriptor",
                         proto_message_name((enum proto_message)msg->type));
    return msg->type == PROTO_CONSOLE ? console_take(&c->console, take_fd(&fd), reterr)
                                      : give_to_agent(c, fd, reterr);
}

static int converse(struct host_ctx *c, struct err *reterr)
{
    for (;;) {
        struct chan_msg msg;
        int r = 0;

        switch (proto_turn(&c->proto, PROTO_HOST)) {
        case PROTO_GO: r = send(c, PROTO_GO, reterr); break;
        case PROTO_HOOKS_DONE:
            trace_phase(&c->trace, "hooks");
            r = run_runtime_hooks(c, reterr);
            if (r == 0)
                r = send(c, PROTO_HOOKS_DONE, reterr);
            break;
        case PROTO_START:
            trace_phase(&c->trace, "record");
            r = commit(c, reterr);
            break;
        default:
            trace_phase(&c->trace, "wait-for-init");
            r = receive(c, &msg, reterr);
            if (r == 0 && msg.type == 0)
                return judge_end(c, reterr);
            if (r == 0)
                r = heed(c, &msg, reterr);
            break;
        }
        if (r < 0)
            return r;
    }
}

static bool is_joined_by_init(const struct host_ctx *c, const struct plan_op *op)
{
    return op->kind == OP_CGROUP_JOIN && op->cgroup_join.hierarchy != PLAN_CGROUP2 && host_init_joins(c);
}

int stage_host(struct host_ctx *c, struct err *reterr)
{
    bool cloned = false;
    int r;

    log_message(&c->rt->log, LOG_LEVEL_DEBUG, NULL, 0, "container %s: init is process %d", c->plan->id,
                c->init.pid);
    trace_phase(&c->trace, "operations");
    for (size_t i = 0; i < c->plan->n_ops; i++) {
        const struct plan_op *op = &c->plan->ops[i];

        if (op->kind == OP_CLONE)
            cloned = true;
        else if (cloned && plan_op_actor(op->kind) == PLAN_HOST && !is_joined_by_init(c, op) &&
                 !host_inter_does(c, op)) {
            r = execute_host_op(c, op, reterr);
            if (r < 0)
                return err_phase(reterr, plan_op_name(op->kind));
        }
    }
    r = cgroup_set_write_end(&c->cgroups, reterr);
    if (r < 0)
        return err_phase(reterr, "cgroup-write");
    return converse(c, reterr);
}
