/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/events.h"

#include "core/stats.h"
#include "kernel/cgroup_stats.h"
#include "kernel/io.h"
#include "runtime/clos.h"
#include "runtime/container.h"
#include "runtime/store.h"

#include <errno.h>
#include <poll.h>

#define LINE_MAX_BYTES (16u << 20)
#define NO_PIDFD_MS    200 /* how often to look for a process that cannot be waited for */

struct events {
    struct container *c;
    struct oom_watch oom;
    bool v2;
    events_emit emit;
    void *arg;
};

static int emit(const struct events *ev, const struct buf *line, struct err *reterr)
{
    if (buf_error(line) < 0)
        return err_internal(reterr, -buf_error(line), "cannot print the event");
    return ev->emit(ev->arg, line->data, line->len);
}

static int emit_stats(const struct events *ev, struct err *reterr)
{
    AUTO_BUF struct buf line = BUF_INIT(LINE_MAX_BYTES);
    struct stats stats = {0};
    struct arena a;
    int r;

    arena_init(&a, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    r = cgroup_set_stats(&ev->c->cgroups, ev->v2, &a, &stats, reterr);
    if (r == 0)
        r = clos_stats(ev->c->state, &a, &stats.rdt, reterr);
    if (r == 0)
        r = netdev_stats(ev->c->init.pid, &a, &stats, reterr);
    /* what was read by pid is its own only if it is still there */
    if (r == 0 && pidfd_alive(&ev->c->init) <= 0)
        r = err_state(reterr, ESRCH, "container with id %s is not running", ev->c->state->id);
    if (r == 0)
        stats_print(&stats, ev->c->state->id, &line);
    arena_done(&a);
    return r < 0 ? r : emit(ev, &line, reterr);
}

static int emit_oom(struct events *ev, struct err *reterr)
{
    AUTO_BUF struct buf line = BUF_INIT(LINE_MAX_BYTES);

    if (!oom_watch_take(&ev->oom))
        return 0;
    stats_print_oom(ev->c->state->id, &line);
    return emit(ev, &line, reterr);
}

/* Until something is there to be read, the deadline, or (without a pidfd) a moment later. */
static int wait_for_news(const struct events *ev, int64_t deadline_ms, struct err *reterr)
{
    struct pollfd p[] = {{.fd = ev->c->init.fd, .events = POLLIN}, {.fd = ev->oom.fd, .events = POLLIN}};
    int timeout = io_poll_timeout(deadline_ms);

    if (ev->c->init.fd < 0 && (timeout < 0 || timeout > NO_PIDFD_MS))
        timeout = NO_PIDFD_MS;
    if (poll(p, 2, timeout) < 0 && errno != EINTR)
        return err_system(reterr, errno, "poll", "%s", "");
    return 0;
}

static int follow(struct events *ev, int64_t interval_ms, struct err *reterr)
{
    int64_t next_ms = io_now_ms() + interval_ms;

    for (;;) {
        int r = wait_for_news(ev, next_ms, reterr);
        bool alive = pidfd_alive(&ev->c->init) > 0; /* before: what ended it is reported too */

        if (r == 0)
            r = emit_oom(ev, reterr);
        if (r != 0 || !alive)
            return r;
        if (io_now_ms() < next_ms)
            continue;
        r = emit_stats(ev, reterr);
        if (r == -ESRCH || r == -ENOENT) /* it has just ended; the next round sees it */
            r = 0;
        if (r != 0)
            return r;
        next_ms = io_now_ms() + interval_ms;
    }
}

int container_events(struct runtime *rt, const char *id, int64_t interval_ms, bool once,
                     events_emit emit_line, void *arg, struct err *reterr)
{
    AUTO_CONTAINER struct container c;
    struct events ev = {.c = &c, .oom = OOM_WATCH_INIT, .emit = emit_line, .arg = arg};
    int r;

    container_init(&c, rt);
    r = container_open(&c, id, CONTAINER_LOOK, reterr);
    if (r < 0)
        return r;
    if (c.status == STATUS_STOPPED || c.init.pid == 0)
        return err_state(reterr, ESRCH, "container with id %s is not running", id);
    store_unlock(c.dir_fd);
    ev.v2 = c.state->cgroup_layout == CGROUP_LAYOUT_V2;
    if (once)
        return emit_stats(&ev, reterr);
    r = oom_watch_open(&ev.oom, &c.cgroups, ev.v2, reterr);
    if (r == 0)
        r = follow(&ev, interval_ms, reterr);
    oom_watch_done(&ev.oom);
    return r;
}
