/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     runtime                                    child, in the container's mount namespace
 *     open sources and file systems   ── fork ──►
 *                                     ◄── ID ──  target opened, the mount is there but attached nowhere
 *     record it                       ── GO ──►  attach
 *                                     ◄── ID ──  the next one, or the end of the channel
 */
#include "runtime/live_mounts.h"

#include "base/fd.h"
#include "core/decode.h"
#include "core/json.h"
#include "core/path.h"
#include "core/plan_live_mounts.h"
#include "kernel/chan.h"
#include "kernel/clone.h"
#include "kernel/fs.h"
#include "kernel/io.h"
#include "kernel/mount_live.h"
#include "kernel/ns.h"
#include "kernel/ns_enter.h"
#include "kernel/probe.h"
#include "kernel/procattr.h"
#include "runtime/container.h"
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#define STEP_MS (60 * 1000)

enum { MSG_ID = 1, MSG_GO, MSG_ERROR };

struct job {
    struct container c;
    struct config *config; /* the one the container was created from */
    struct facts facts;
    struct config_mount *wanted;
    struct plan_mount *plan;
    int *sources; /* of `plan`; -1: made inside */
    size_t n;
    bool privileged;
    int pid_dir;
    int userns_fd; /* of the container, -1: none of its own */
    struct ns_set ns;
    struct procfs procfs; /* of ours, made before anything is joined */
    struct chan chan;
    struct pidfd child;
};

static void job_init(struct job *j, struct runtime *rt)
{
    *j = (struct job){
        .pid_dir = -1, .userns_fd = -1, .procfs = PROCFS_INIT, .chan = CHAN_INIT, .child = PIDFD_INIT};
    for (size_t i = 0; i < NS_TYPE_COUNT; i++)
        j->ns.fds[i] = -1;
    container_init(&j->c, rt);
}

static void job_done(struct job *j)
{
    chan_close(&j->chan);
    if (j->child.pid > 0)
        pidfd_kill_and_reap(&j->child);
    pidfd_done(&j->child);
    for (size_t i = 0; j->sources && i < j->n; i++)
        fd_close(&j->sources[i]);
    ns_set_done(&j->ns);
    procfs_done(&j->procfs);
    fd_close(&j->userns_fd);
    fd_close(&j->pid_dir);
    container_close(&j->c);
}

/* ---- before anything is touched ---- */

static int open_container(struct job *j, const char *id, struct err *reterr)
{
    char *text;
    size_t len;
    int r = container_open(&j->c, id, CONTAINER_CHANGE, reterr);

    if (r < 0)
        return r;
    if (j->c.init.pid == 0 || j->c.status == STATUS_STOPPED || j->c.status == STATUS_CREATING)
        return err_state(reterr, EINVAL, "cannot change the mounts of a container that is %s",
                         state_status_name(j->c.status));
    if (!state_owns_namespace(j->c.state, NS_MOUNT))
        return err_state(reterr, EINVAL, "the container has no mount namespace of its own");
    r = store_read(&j->c.arena, j->c.dir_fd, STORE_CONFIG_FILE, JSON_BYTES_MAX, &text, &len, reterr);
    if (r == 0)
        r = config_decode(&j->c.arena, text, len, &j->config, reterr);
    if (r == 0)
        r = probe_facts(&j->c.arena, &j->facts, reterr);
    j->privileged = j->facts.euid == 0 && !j->facts.rootless;
    return r;
}

static int open_namespaces(struct job *j, struct err *reterr)
{
    const unsigned types = 1u << NS_MOUNT | 1u << NS_USER | 1u << NS_IPC | 1u << NS_NETWORK;
    int r;

    j->pid_dir = procfs_open_pid(j->c.init.pid, reterr);
    if (j->pid_dir < 0)
        return j->pid_dir;
    r = ns_set_open(&j->ns, j->pid_dir, types, reterr);
    if (r == 0 && j->ns.fds[NS_USER] >= 0) {
        j->userns_fd = ns_open_pid(j->pid_dir, NS_USER, reterr);
        r = j->userns_fd < 0 ? j->userns_fd : 0;
    }
    if (r < 0)
        return r;
    /* What was opened was init's, and not that of a process that got its number. */
    r = pidfd_alive(&j->c.init);
    if (r <= 0)
        return r < 0 ? err_system(reterr, r, "pidfd", "container init")
                     : err_state(reterr, ESRCH, "container not running");
    if (j->ns.fds[NS_MOUNT] < 0)
        return err_state(reterr, EINVAL, "the container is in the caller's mount namespace");
    return procfs_open_root(&j->procfs, reterr);
}

static int open_sources(struct job *j, bool inside, struct err *reterr)
{
    for (size_t i = 0; i < j->n; i++) {
        if (plan_live_mount_is_inside(&j->plan[i]) || inside == j->privileged)
            continue;
        j->sources[i] =
            mount_live_open(&j->plan[i], plan_source_propagation(j->config), j->userns_fd, reterr);
        if (j->sources[i] < 0)
            return j->sources[i];
    }
    return 0;
}

static int plan_mounts_of(struct job *j, struct err *reterr)
{
    const struct plan_options options = {.id = j->c.state->id, .bundle = j->c.state->bundle};
    int r = plan_live_mounts(&j->c.arena, j->config, &j->facts, &options, j->wanted, j->n, &j->plan, reterr);

    if (r < 0)
        return r;
    j->sources = arena_new_array(&j->c.arena, int, j->n);
    if (!j->sources)
        return err_nomem(reterr);
    for (size_t i = 0; i < j->n; i++)
        j->sources[i] = -1;
    for (size_t i = 0; i < j->n; i++)
        for (size_t k = 0; k < j->c.state->n_mounts; k++)
            if (streq(j->plan[i].target, j->c.state->mounts[k].destination))
                return err_state(reterr, EEXIST, "a mount was added at %s before: remove it first",
                                 j->plan[i].target);
    return open_sources(j, false, reterr);
}

/* ---- the child ---- */

static int enter(struct job *j, struct mount_ctx *ctx, struct err *reterr)
{
    int root, r = procattr_set_pdeathsig(SIGKILL, 0, reterr);

    if (r == 0)
        r = procattr_set_dumpable(false, reterr);
    if (r == 0)
        r = procattr_reset_signals(reterr);
    umask(0);
    if (r == 0 && !j->privileged) {
        /* A mount namespace of our own, but below the container's user namespace, is where an ordinary user's
         * sources can be cloned. */
        r = ns_set_join_user(&j->ns, reterr);
        if (r == 0)
            r = ns_unshare(CLONE_NEWNS, reterr);
        if (r == 0 && j->plan)
            r = open_sources(j, true, reterr);
    }
    if (r == 0)
        r = ns_set_join(&j->ns, j->privileged, reterr);
    if (r == 0) /* the change of ids has undone it */
        r = procattr_set_pdeathsig(SIGKILL, 0, reterr);
    if (r == 0)
        r = procattr_set_dumpable(false, reterr);
    if (r < 0)
        return r;
    root = fs_open_root("/", reterr);
    if (root < 0)
        return root;
    mount_ctx_init(ctx, root, NULL, &j->facts, &j->procfs);
    ctx->userns_fd = j->userns_fd;
    return 0;
}

static int add_one(struct job *j, struct chan *up, struct mount_ctx *ctx, size_t i, struct err *reterr)
{
    __attribute__((cleanup(mount_live_done))) struct mount_live live = MOUNT_LIVE_INIT;
    struct chan_msg msg;
    int r = mount_live_prepare(ctx, &j->plan[i], j->sources[i], &live, reterr);

    if (r == 0)
        r = chan_send(up, MSG_ID, &live.id, sizeof(live.id), -1, IO_NO_DEADLINE, reterr);
    if (r == 0)
        r = chan_recv(up, &msg, NULL, 0, IO_NO_DEADLINE, reterr);
    if (r == 0 && msg.type != MSG_GO)
        r = err_proto(reterr, EPROTO, "unexpected message %u", msg.type);
    return r < 0 ? r : mount_live_attach(ctx, &j->plan[i], &live, reterr);
}

static NORETURN void child_ends(int r, struct chan *up, const struct err *e)
{
    if (r < 0)
        chan_send_err(up, MSG_ERROR, e, IO_NO_DEADLINE, NULL);
    _exit(r < 0);
}

static NORETURN void child_adds(struct job *j, struct chan *up)
{
    struct mount_ctx ctx;
    struct err e;
    int r;

    err_init(&e);
    r = enter(j, &ctx, &e);
    for (size_t i = 0; i < j->n && r == 0; i++)
        r = add_one(j, up, &ctx, i, &e);
    child_ends(r, up, &e);
}

/* The last first: they may lie in one another. */
static NORETURN void child_removes(struct job *j, struct chan *up, const struct state_mount *mounts, size_t n)
{
    struct mount_ctx ctx;
    struct err e;
    int r;

    err_init(&e);
    r = enter(j, &ctx, &e);
    while (n > 0 && r == 0) {
        struct chan_msg msg;

        n--;
        r = mount_live_remove(&ctx, mounts[n].destination, mounts[n].mount_id, &e);
        if (r == 0)
            r = chan_send(up, MSG_ID, &mounts[n].mount_id, sizeof(mounts[n].mount_id), -1, IO_NO_DEADLINE,
                          &e);
        if (r == 0)
            r = chan_recv(up, &msg, NULL, 0, IO_NO_DEADLINE, &e);
    }
    child_ends(r, up, &e);
}

/* Returns 0 in the child (with the channel to us in *up), 1 in the parent. */
static int fork_child(struct job *j, struct chan *up, struct err *reterr)
{
    const struct clone_request req = {.flags = 0, .cgroup_fd = -1};
    struct clone_child born;
    int r = chan_pair(&j->chan, up, reterr);

    if (r < 0)
        return r;
    r = clone_process(&req, &born, reterr);
    if (r == 0) {
        chan_close(&j->chan);
        return 0;
    }
    chan_close(up);
    if (r < 0)
        return r;
    pidfd_adopt(&j->child, born.pid, born.pidfd);
    j->chan.peer_pidfd = j->child.fd;
    return 1;
}

/* The child's next id: 1; 0 when it is done; its error. */
static int next_id(struct job *j, uint64_t *ret, struct err *reterr)
{
    unsigned char data[CHAN_ERR_MAX];
    struct chan_msg msg;
    struct err e;
    int r, status;

    err_init(&e);
    r = chan_recv(&j->chan, &msg, data, sizeof(data), io_now_ms() + STEP_MS, &e);
    if (r == -ECONNRESET) {
        r = pidfd_reap(&j->child, io_now_ms() + STEP_MS, &status, reterr);
        if (r < 0)
            return r;
        j->child.pid = 0;
        return status == 0 ? 0 : err_proto(reterr, EPROTO, "the process that mounts has died");
    }
    if (r == 0 && msg.type == MSG_ERROR) {
        chan_unpack_err(data, msg.len, &e);
        r = e.code ? -e.code : -EPROTO;
    } else if (r == 0 && (msg.type != MSG_ID || msg.len != sizeof(*ret))) {
        r = err_proto(&e, EPROTO, "unexpected message %u of the process that mounts", msg.type);
    }
    if (r < 0) {
        if (reterr)
            *reterr = e;
        return r;
    }
    memcpy(ret, data, sizeof(*ret));
    return 1;
}

static int go_on(struct job *j, struct err *reterr)
{
    int r = chan_send(&j->chan, MSG_GO, NULL, 0, -1, io_now_ms() + STEP_MS, reterr);

    return r == -ECONNRESET || r == -EPIPE ? 0 : r; /* its last words are read next */
}

/* ---- the record ---- */

static int record(struct job *j, struct err *reterr)
{
    return container_record(&j->c, j->c.state->phase, reterr);
}

static int room_for(struct job *j, size_t more, struct err *reterr)
{
    struct state *s = j->c.state;
    struct state_mount *v = arena_new_array(&j->c.arena, struct state_mount, s->n_mounts + more);

    if (!v)
        return err_nomem(reterr);
    if (s->n_mounts)
        memcpy(v, s->mounts, s->n_mounts * sizeof(*v));
    s->mounts = v;
    return 0;
}

static void forget(struct state *s, const char *destination)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_mounts; i++)
        if (!streq(s->mounts[i].destination, destination))
            s->mounts[n++] = s->mounts[i];
    s->n_mounts = n;
}

/* ---- the commands ---- */

static int add_all(struct job *j, struct err *reterr)
{
    struct state *s = j->c.state;
    struct chan up = CHAN_INIT;
    uint64_t id;
    int r = room_for(j, j->n, reterr);

    if (r == 0)
        r = fork_child(j, &up, reterr);
    if (r == 0)
        child_adds(j, &up);
    if (r < 0)
        return r;
    for (size_t i = 0; (r = next_id(j, &id, reterr)) == 1 && i < j->n; i++) {
        const struct config_mount *m = &j->wanted[i];

        s->mounts[s->n_mounts++] =
            (struct state_mount){.destination = j->plan[i].target,
                                 .type = j->plan[i].kind == MOUNT_BIND ? NULL : j->plan[i].fstype,
                                 .source = j->plan[i].source,
                                 .options = m->options,
                                 .mount_id = id};
        r = record(j, reterr);
        if (r == 0)
            r = go_on(j, reterr);
        if (r < 0)
            break;
    }
    return r;
}

/* Take away the last `n` of the list `v`, forgetting each as it goes. */
static int remove_all(struct job *j, struct state_mount *v, size_t n, struct err *reterr)
{
    struct chan up = CHAN_INIT;
    uint64_t id;
    int r = fork_child(j, &up, reterr);

    if (r == 0)
        child_removes(j, &up, v, n);
    if (r < 0)
        return r;
    while ((r = next_id(j, &id, reterr)) == 1 && n > 0) {
        forget(j->c.state, v[--n].destination);
        r = record(j, reterr);
        if (r == 0)
            r = go_on(j, reterr);
        if (r < 0)
            break;
    }
    return r;
}

/* After a failure: what this call has added goes again. */
static void undo(struct job *j, size_t before)
{
    struct state *s = j->c.state;
    size_t n = s->n_mounts - before;
    struct state_mount *v = arena_new_array(&j->c.arena, struct state_mount, n);
    struct err e;

    chan_close(&j->chan);
    if (j->child.pid > 0)
        pidfd_kill_and_reap(&j->child);
    pidfd_done(&j->child);
    j->child = PIDFD_INIT;
    j->plan = NULL;
    if (!v || n == 0)
        return;
    memcpy(v, s->mounts + before, n * sizeof(*v));
    err_init(&e);
    if (remove_all(j, v, n, &e) < 0)
        log_message(&j->c.rt->log, LOG_LEVEL_WARNING, NULL, 0, "a mount that was added is still there: %s",
                    e.message);
}

int container_mounts_add(struct runtime *rt, const char *id, const char *text, size_t len, struct err *reterr)
{
    __attribute__((cleanup(job_done))) struct job j;
    size_t before;
    int r;

    job_init(&j, rt);
    r = open_container(&j, id, reterr);
    if (r == 0)
        r = mounts_decode(&j.c.arena, text, len, &j.wanted, &j.n, reterr);
    if (r == 0)
        r = open_namespaces(&j, reterr);
    if (r == 0)
        r = plan_mounts_of(&j, reterr);
    if (r < 0 || j.n == 0)
        return r;
    before = j.c.state->n_mounts;
    r = add_all(&j, reterr);
    if (r < 0)
        undo(&j, before);
    return r;
}

/* The records that the wanted mounts name, in the order in which they were added. */
static int select_recorded(struct job *j, struct state_mount **ret, size_t *ret_n, struct err *reterr)
{
    struct state *s = j->c.state;
    struct state_mount *v = arena_new_array(&j->c.arena, struct state_mount, s->n_mounts);
    bool *selected = arena_new_array(&j->c.arena, bool, s->n_mounts);
    size_t n = 0;

    if (!v || !selected)
        return err_nomem(reterr);
    for (size_t i = 0; i < j->n; i++) {
        const char *target;
        size_t k = 0;

        if (path_clean(&j->c.arena, j->wanted[i].destination, &target) < 0)
            return err_usage(reterr, "destination %zu is no path", i);
        while (k < s->n_mounts && !streq(s->mounts[k].destination, target))
            k++;
        if (k == s->n_mounts)
            return err_state(reterr, ENOENT, "no mount was added at %s", target);
        selected[k] = true;
    }
    for (size_t k = 0; k < s->n_mounts; k++)
        if (selected[k])
            v[n++] = s->mounts[k];
    *ret = v;
    *ret_n = n;
    return 0;
}

int container_mounts_remove(struct runtime *rt, const char *id, const char *text, size_t len,
                            struct err *reterr)
{
    __attribute__((cleanup(job_done))) struct job j;
    struct state_mount *v;
    size_t n = 0;
    int r;

    job_init(&j, rt);
    r = open_container(&j, id, reterr);
    if (r == 0)
        r = mounts_decode(&j.c.arena, text, len, &j.wanted, &j.n, reterr);
    if (r == 0)
        r = select_recorded(&j, &v, &n, reterr);
    if (r == 0)
        r = open_namespaces(&j, reterr);
    return r < 0 || n == 0 ? r : remove_all(&j, v, n, reterr);
}

int container_mounts_list(struct runtime *rt, const char *id, struct buf *out, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    int r;

    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_LOOK, reterr);
    if (r < 0)
        return r;
    state_mounts_print(c.state, out);
    return 0;
}
