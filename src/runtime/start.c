/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/start.h"

#include "base/fd.h"
#include "core/decode.h"
#include "core/json.h"
#include "kernel/chan.h"
#include "kernel/io.h"
#include "runtime/container.h"
#include "runtime/container_hooks.h"
#include "runtime/notify.h"
#include "runtime/store.h"
#include "runtime/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

/*
 * A program that takes longer to begin (a hook that works, a seccomp agent that does not answer) must not
 * keep others from killing and deleting the container meanwhile.
 */
#define LOCKED_MS 1000

/* runtime.md#start: an error, and nothing has changed */
#define NO_PROCESS                                                                                           \
    "cannot start a container that was created without a process (config.json has no \"process\")"

static int check_created(const struct container *c, struct err *reterr)
{
    switch (c->status) {
    case STATUS_CREATED: return !c->state->no_process ? 0 : err_state(reterr, EINVAL, NO_PROCESS);
    case STATUS_STOPPED: return err_state(reterr, EINVAL, "cannot start a container that has stopped");
    case STATUS_RUNNING: return err_state(reterr, EINVAL, "cannot start an already running container");
    case STATUS_PAUSED:
    case STATUS_CREATING: break;
    }
    return err_state(reterr, EINVAL, "cannot start a container in the %s state",
                     state_status_name(c->status));
}

/*
 * Init's last words: end of file means that it has gone on to its program (or is dead, which the next look
 * shows); anything else is the error it failed with.
 */
static int read_result(const struct container *c, int fd, bool *locked, struct err *reterr)
{
    unsigned char message[CHAN_ERR_MAX];

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;
        int ready = poll(&p, 1, *locked ? LOCKED_MS : -1);

        if (ready < 0 && errno != EINTR)
            return err_system(reterr, errno, "poll", "result.fifo of %s", c->state->id);
        if (ready == 0) {
            store_unlock(c->dir_fd);
            *locked = false;
            continue;
        }
        n = read(fd, message, sizeof(message));
        if (n == 0)
            return 0;
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0)
            return err_system(reterr, errno, "read", "result.fifo of %s", c->state->id);
        struct err e;
        int r = chan_unpack_err(message, (size_t)n, &e);
        if (r < 0)
            return err_proto(reterr, EPROTO, "container init sent an unreadable error");
        if (reterr)
            *reterr = e;
        return e.code ? -e.code : -EPROTO;
    }
}

/* The fifo goes first: of two starts at the same time (or one that was killed here) only one finds it. */
static int release_init(struct container *c, struct err *reterr)
{
    AUTO_CLOSE int result =
        openat(c->dir_fd, STORE_RESULT_FIFO, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    AUTO_CLOSE int start = openat(c->dir_fd, STORE_EXEC_FIFO, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    bool locked = true;
    int r;

    if (result < 0)
        return err_system(reterr, errno, "openat", "%s", STORE_RESULT_FIFO);
    if (start < 0)
        return errno == ENXIO ? err_state(reterr, EINVAL, "cannot start a container that has stopped")
                              : err_system(reterr, errno, "openat", "%s", STORE_EXEC_FIFO);
    if (unlinkat(c->dir_fd, STORE_EXEC_FIFO, 0) < 0)
        return err_system(reterr, errno, "unlinkat", "%s", STORE_EXEC_FIFO);
    if (write(start, "0", 1) != 1)
        return err_system(reterr, errno, "write", "%s", STORE_EXEC_FIFO);
    r = read_result(c, result, &locked, reterr);
    return r < 0 || locked ? r : container_relock(c, reterr);
}

/* From the stored configuration; a failure stops the container (config.md, since 1.3.0). */
static int run_poststart(struct container *c, struct err *reterr)
{
    struct config *config;
    char *text;
    size_t len;
    int r = store_read(&c->arena, c->dir_fd, STORE_CONFIG_FILE, JSON_BYTES_MAX, &text, &len, reterr);

    if (r == 0)
        r = config_decode(&c->arena, text, len, &config, reterr);
    if (r == 0) {
        const struct container_hooks hooks = {.config = config,
                                              .id = c->state->id,
                                              .pid = c->init.pid,
                                              .bundle = c->state->bundle,
                                              .log = &c->rt->log};
        r = container_hooks_run(&hooks, HOOK_POSTSTART, reterr);
    }
    if (r < 0 && pidfd_signal(&c->init, SIGKILL, NULL) == 0)
        pidfd_wait_exit(&c->init, io_now_ms() + CONTAINER_KILL_MS, NULL);
    return r;
}

/* For a container that was created with a notify socket, by a caller who wants to know. */
static int listen_for_notify(struct container *c, struct notify *n, struct err *reterr)
{
    if (!c->rt->notify_socket || !store_has(c->dir_fd, STORE_NOTIFY_DIR))
        return 0;
    n->host = c->rt->notify_socket;
    n->main_pid = c->init.pid;
    n->log = &c->rt->log;
    return notify_bind(n, c->dir_fd, reterr);
}

int container_start(struct runtime *rt, const char *id, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    struct notify notify = NOTIFY_INIT;
    int r;

    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_CHANGE, reterr);
    if (r == 0)
        r = check_created(&c, reterr);
    if (r == 0)
        r = listen_for_notify(&c, &notify, reterr);
    if (r == 0)
        r = release_init(&c, reterr);
    if (r < 0)
        goto out;
    c.state->started = wait_now(&c.arena);
    r = container_record(&c, c.state->phase < STATE_RUNNING ? STATE_RUNNING : c.state->phase, reterr);
    if (r == 0)
        r = run_poststart(&c, reterr);
    if (r == 0 && notify_is_open(&notify)) {
        store_unlock(c.dir_fd);
        r = notify_wait(&notify, &c.init, reterr);
    }
out:
    notify_done(&notify);
    return r;
}
