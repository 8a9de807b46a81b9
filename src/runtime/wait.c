/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/wait.h"

#include "base/fd.h"
#include "core/time_fmt.h"
#include "kernel/io.h"
#include "runtime/record.h"
#include "runtime/store.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

/* How long an attached runtime may take from the end of init until it has told. */
#define TELL_MS 5000

const char *wait_now(struct arena *a)
{
    char text[TIME_FMT_MAX];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return arena_strdup(a, time_fmt_nano(&now, text));
}

static void look_for_oom(struct cgroup_set *s, struct state_exit *e)
{
    uint64_t kills;

    if (!e->oom_killed.has && cgroup_set_oom_kills(s, &kills) == 0)
        e->oom_killed = (struct opt_bool){.has = true, .v = kills > 0};
}

void wait_look(struct container *c)
{
    struct state_exit *e = &c->state->exit;
    int status;

    if (c->status != STATUS_STOPPED)
        return;
    if (!e->known && c->same_boot &&
        pidfd_zombie_status(c->state->init.pid, c->state->init.start_ticks, &status))
        state_exit_set(e, status);
    if (c->state->init.pid > 0)
        look_for_oom(&c->cgroups, e);
}

/* ---- the attached runtime ---- */

/*
 * A waiter leaves an empty file and keeps it open: what is written into it reaches it also when the container
 * is removed right after. Its name is that of a left-over, so store_remove takes it away.
 */
#define MAILBOX "." STORE_STATE_FILE ".wait"

static int post(int dir_fd, const struct state *s, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(STATE_MAX_BYTES);
    AUTO_CLOSE int fd = openat(dir_fd, MAILBOX, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    int r;

    if (fd < 0)
        return errno == ENOENT ? 0 : err_system(reterr, errno, "openat", MAILBOX);
    r = state_encode(s, &text);
    if (r == 0)
        r = io_write_all(fd, text.data, text.len, IO_NO_DEADLINE);
    return r < 0 ? err_system(reterr, r, "write", MAILBOX) : 0;
}

void wait_tell(struct host_ctx *c, int wait_status, bool keep)
{
    struct err e;
    int r;

    if (!keep && !store_has(c->dir_fd, MAILBOX))
        return;
    err_init(&e);
    state_exit_set(&c->state.exit, wait_status);
    c->state.exit.finished = wait_now(&c->arena);
    look_for_oom(&c->cgroups, &c->state.exit);
    r = keep ? record_write(c, STATE_STOPPED, &e) : 0;
    if (r == 0)
        r = post(c->dir_fd, &c->state, &e);
    if (r < 0)
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "the exit status is not recorded: %s",
                    e.message);
}

/* ---- the waiter ---- */

static bool creator_lives(const struct container *c)
{
    AUTO_PIDFD struct pidfd p = PIDFD_INIT;

    return c->same_boot && !c->state->detached &&
           pidfd_acquire(&p, c->state->creator.pid, c->state->creator.start_ticks, NULL) == 0;
}

static bool read_mailbox(struct container *c, int fd)
{
    AUTO_BUF struct buf text = BUF_INIT(STATE_MAX_BYTES);
    struct state *told;

    if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0 || io_read_all(fd, &text) < 0 || text.len == 0 ||
        state_decode(&c->arena, text.data, text.len, &told, NULL) < 0 || !told->exit.known)
        return false;
    c->state->exit = told->exit;
    return true;
}

/* Called under the lock, without which the directory may be about to go. -1: nobody will tell. */
static int open_mailbox(const struct container *c)
{
    return creator_lives(c) ? openat(c->dir_fd, MAILBOX, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)
                            : -1;
}

/* Ours is to wait for an attached runtime until it has told: it does so under the lock, soon. */
static void hear(struct container *c, int mailbox)
{
    const int64_t deadline = io_now_ms() + TELL_MS;
    bool told;

    while (!(told = read_mailbox(c, mailbox)) && creator_lives(c) && io_now_ms() < deadline)
        io_sleep_ms(2);
    if (!told)
        read_mailbox(c, mailbox); /* its last words */
}

/* Into the record, if it is still there and does not know better. */
static void write_down(struct container *c)
{
    struct container now;
    struct err e;

    err_init(&e);
    container_init(&now, c->rt);
    if (container_open(&now, c->state->id, CONTAINER_CHANGE, &e) == 0 && now.status == STATUS_STOPPED &&
        !now.state->exit.known && now.state->init.start_ticks == c->state->init.start_ticks) {
        now.state->exit = c->state->exit;
        if (container_record(&now, now.state->phase, &e) < 0)
            log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "the exit status is not recorded: %s",
                        e.message);
    }
    container_close(&now);
}

static int err_unknown(const struct container *c, bool waited, struct err *reterr)
{
    const char *id = c->state->id;

    if (c->state->init.pid == 0)
        return err_state(reterr, ENODATA, "exit status unknown: the creation of container %s was interrupted",
                         id);
    if (!c->same_boot)
        return err_state(reterr, ENODATA,
                         "exit status unknown: container %s ran before the machine was restarted", id);
    if (waited)
        return err_state(
            reterr, ENODATA,
            "exit status unknown: the parent of container %s's init took it first, and this kernel does "
            "not keep it (Linux 6.15 does)",
            id);
    return err_state(
        reterr, ENODATA,
        "exit status unknown: container %s ended, and its parent took its status, before anybody waited "
        "for it here",
        id);
}

/* The container lives: wait, then find out how it ended. */
static int wait_for_end(struct container *c, int64_t deadline_ms, struct err *reterr)
{
    struct state_exit *e = &c->state->exit;
    AUTO_CLOSE int mailbox = open_mailbox(c);
    int status, r;

    store_unlock(c->dir_fd);
    r = pidfd_wait_exit(&c->init, deadline_ms, reterr);
    if (r == -ETIMEDOUT)
        return err_state(reterr, ETIMEDOUT, "container %s is still running", c->state->id);
    if (r < 0)
        return r;
    e->finished = wait_now(&c->arena);
    r = pidfd_exit_status(&c->init, &status);
    if (r < 0)
        return err_system(reterr, r, "ioctl PIDFD_GET_INFO", "of process %d", (int)c->init.pid);
    if (r == 1)
        state_exit_set(e, status);
    look_for_oom(&c->cgroups, e);
    if (!e->known)
        hear(c, mailbox);
    if (!e->known)
        return err_unknown(c, true, reterr);
    write_down(c);
    return 0;
}

/* It has ended. Who is about to record how and when is heard first. */
static int look_at_end(struct container *c, struct err *reterr)
{
    struct state_exit *e = &c->state->exit;

    wait_look(c);
    if (!e->finished) {
        AUTO_CLOSE int mailbox = open_mailbox(c);

        store_unlock(c->dir_fd);
        if (mailbox >= 0)
            hear(c, mailbox);
    }
    return e->known ? 0 : err_unknown(c, false, reterr);
}

static void print_end(const struct state *s, enum wait_format format, struct buf *out)
{
    if (format == WAIT_JSON)
        state_exit_print(s, out);
    else
        buf_printf(out, "%u\n", s->exit.code);
}

int container_wait(struct runtime *rt, const char *id, int64_t timeout_ms, enum wait_format format,
                   struct buf *out, struct err *reterr)
{
    const int64_t deadline = timeout_ms < 0 ? IO_NO_DEADLINE : io_now_ms() + timeout_ms;
    AUTO_CONTAINER struct container c;
    int r;

    container_init(&c, rt);
    /* With the lock: a creation under way is waited for, and a mailbox is not left in a directory that goes.
     */
    r = container_open(&c, id, CONTAINER_CHANGE, reterr);
    if (r < 0)
        return r;
    r = c.init.pid > 0 ? wait_for_end(&c, deadline, reterr) : look_at_end(&c, reterr);
    if (r < 0)
        return r;
    print_end(c.state, format, out);
    return buf_error(out) < 0 ? err_internal(reterr, -buf_error(out), "cannot print the exit status") : 0;
}
