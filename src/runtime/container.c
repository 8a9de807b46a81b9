/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

#include "base/fd.h"
#include "core/decode.h"
#include "core/json.h"
#include "kernel/io.h"
#include "kernel/procfs.h"
#include "runtime/clos.h"
#include "runtime/container_hooks.h"
#include "runtime/store.h"
#include "runtime/unit.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#define RECORD_TRIES 20

void container_init(struct container *c, struct runtime *rt)
{
    *c = (struct container){.rt = rt, .root_fd = -1, .dir_fd = -1, .init = PIDFD_INIT};
    arena_init(&c->arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    cgroup_set_init(&c->cgroups);
}

void container_close(struct container *c)
{
    cgroup_set_done(&c->cgroups);
    pidfd_done(&c->init);
    fd_close(&c->dir_fd);
    fd_close(&c->root_fd);
    arena_done(&c->arena);
}

/* ---- reading ---- */

static int read_record(struct container *c, struct err *reterr)
{
    char *text;
    size_t len;
    int r = store_read(&c->arena, c->dir_fd, STORE_STATE_FILE, STATE_MAX_BYTES, &text, &len, reterr);

    if (r == -ENOENT)
        return err_state(reterr, ENODATA, "container has no record: its creation was interrupted");
    return r < 0 ? r : state_decode(&c->arena, text, len, &c->state, reterr);
}

/* Without the lock a record may be seen while it is written: that lasts for microseconds. */
static int look_at_record(struct container *c, struct err *reterr)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    int r = read_record(c, reterr);

    for (int i = 0; i < RECORD_TRIES && (r == -EBADMSG || r == -ENODATA); i++) {
        nanosleep(&pause, NULL);
        r = read_record(c, reterr);
    }
    return r;
}

static int add_cgroups(struct container *c, struct err *reterr)
{
    for (size_t i = 0; i < c->state->n_cgroups; i++) {
        const struct state_cgroup *s = &c->state->cgroups[i];
        struct cgroup_ref ref = {
            .hierarchy = s->hierarchy[0] ? (uint32_t)i : PLAN_CGROUP2,
            .mountpoint = s->mountpoint,
            .path = s->path,
            .first_made = s->first_made,
            .controllers = s->hierarchy[0] ? s->hierarchy : NULL,
        };
        int r = cgroup_set_add(&c->cgroups, &ref, reterr);

        if (r < 0)
            return r;
    }
    return 0;
}

static bool same_boot(struct runtime *rt, const struct state *s)
{
    if (!s->boot_id || (!rt->boot_id[0] && procfs_boot_id(rt->boot_id, NULL) < 0))
        return true;
    return streq(rt->boot_id, s->boot_id);
}

static bool process_lives(const struct state_process *p)
{
    struct procfs_stat st;

    return p->pid > 0 && procfs_stat(p->pid, &st) == 0 && st.start_time == p->start_ticks &&
           st.state != 'Z' && st.state != 'X';
}

int container_refresh(struct container *c, struct err *reterr)
{
    struct state *s = c->state;
    struct state_facts facts = {.init_same = c->same_boot = same_boot(c->rt, s),
                                .start_pending = store_has(c->dir_fd, STORE_EXEC_FIFO)};
    int r;

    pidfd_done(&c->init);
    c->init = PIDFD_INIT;
    if (facts.init_same && s->init.pid > 0) {
        r = pidfd_acquire(&c->init, s->init.pid, s->init.start_ticks, reterr);
        if (r < 0 && r != -ESRCH)
            return r;
        facts.init_exists = r == 0;
        facts.init_same = r == 0;
    }
    facts.creator_alive = s->phase == STATE_CREATING && facts.init_same && process_lives(&s->creator);
    facts.executed = facts.init_exists && c->init.had_executed;
    if (facts.init_exists) {
        r = cgroup_set_is_frozen(&c->cgroups, reterr);
        if (r < 0)
            return r;
        facts.frozen = r == 1;
    }
    c->status = state_status(s->phase, &facts);
    return 0;
}

int container_open(struct container *c, const char *id, enum container_lock lock, struct err *reterr)
{
    int r;

    if (c->root_fd < 0)
        c->root_fd = store_open_root(c->rt->root_path, false, reterr);
    if (c->root_fd == -ENOENT)
        return err_state(reterr, ENOENT, "container does not exist");
    if (c->root_fd < 0)
        return c->root_fd;
    c->dir_fd = store_open(c->root_fd, id, lock == CONTAINER_CHANGE, reterr);
    if (c->dir_fd < 0)
        return c->dir_fd;
    r = lock == CONTAINER_LOOK ? look_at_record(c, reterr) : read_record(c, reterr);
    /* No record yet, or no longer: whoever holds the lock makes or removes the container just now. */
    if (r == -ENODATA && lock == CONTAINER_LOOK) {
        r = store_settle(c->dir_fd, id, reterr);
        if (r == 0)
            r = read_record(c, reterr);
    }
    if (r < 0)
        return r;
    if (!streq(c->state->id, id))
        return err_state(reterr, EBADMSG, "record of container %s names another container, %s", id,
                         c->state->id);
    r = add_cgroups(c, reterr);
    return r < 0 ? r : container_refresh(c, reterr);
}

int container_relock(struct container *c, struct err *reterr)
{
    int r = store_relock(c->dir_fd, c->state->id, reterr);

    return r < 0 ? r : read_record(c, reterr);
}

/* ---- writing ---- */

int container_record(struct container *c, enum state_phase phase, struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(STATE_MAX_BYTES);

    int r;

    c->state->phase = phase;
    r = state_encode(c->state, &text);
    if (r < 0)
        return err_internal(reterr, -r, "cannot encode the container's record (%s)",
                            r == -EILSEQ ? "a path is not UTF-8" : err_text(r));
    return store_write(c->dir_fd, STORE_STATE_FILE, text.data, text.len, false, reterr);
}

/* ---- the end ---- */

/* Killed long ago and still there: a process that the kernel holds, or that a cgroup above holds frozen. */
static int err_still_running(struct container *c, struct err *reterr)
{
    char process[PROCFS_DESCRIBE_MAX];

    return err_state(reterr, ETIMEDOUT, "container init still running: %s after %d s%s",
                     procfs_describe(c->init.pid, process), CONTAINER_KILL_MS / 1000,
                     cgroup_set_is_held(&c->cgroups) ? "; a cgroup above the container's is frozen" : "");
}

static int kill_rest(struct container *c, struct err *reterr)
{
    int r;

    if (c->init.pid > 0) {
        r = pidfd_signal(&c->init, SIGKILL, reterr);
        if (r < 0 && r != -ESRCH)
            return r;
    }
    /* Where init's death does not end the others (its pid namespace is shared), and where a freezer holds
     * them. */
    if (c->status == STATUS_PAUSED || !state_owns_namespace(c->state, NS_PID)) {
        r = cgroup_set_signal(&c->cgroups, SIGKILL, io_now_ms() + CONTAINER_KILL_MS, reterr);
        if (r < 0)
            return r;
    }
    if (c->init.pid > 0) {
        r = pidfd_wait_exit(&c->init, io_now_ms() + CONTAINER_KILL_MS, reterr);
        if (r < 0)
            return r == -ETIMEDOUT ? err_still_running(c, reterr) : r;
    }
    return 0;
}

/* From the configuration the container was created from, not from what the bundle says by now. */
static void run_poststop(struct container *c)
{
    struct config *config;
    struct err e;
    char *text;
    size_t len;

    err_init(&e);
    if (c->state->poststop_hooks_run || !store_has(c->dir_fd, STORE_CONFIG_FILE))
        return;
    if (store_read(&c->arena, c->dir_fd, STORE_CONFIG_FILE, JSON_BYTES_MAX, &text, &len, &e) < 0 ||
        config_decode(&c->arena, text, len, &config, &e) < 0) {
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "poststop hooks cannot be run: %s", e.message);
        return;
    }
    if (config->hooks[HOOK_POSTSTOP].n == 0)
        return;
    /* First the record: hooks that were begun are not run twice. */
    c->state->poststop_hooks_run = true;
    if (container_record(c, STATE_DELETING, &e) < 0)
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", e.message);
    const struct container_hooks hooks = {
        .config = config, .id = c->state->id, .bundle = c->state->bundle, .log = &c->rt->log};
    if (container_hooks_run(&hooks, HOOK_POSTSTOP, &e) < 0)
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", e.message);
}

int container_remove_cgroups(struct cgroup_set *s, struct err *reterr)
{
    int r = cgroup_set_remove(s, io_now_ms() + CONTAINER_BUSY_MS, reterr);

    if (r != -EBUSY)
        return r;
    /* Somebody outlived init: processes that were put into the cgroup from outside, or are slow to die. */
    r = cgroup_set_signal(s, SIGKILL, io_now_ms() + CONTAINER_KILL_MS, reterr);
    return r < 0 ? r : cgroup_set_remove(s, io_now_ms() + CONTAINER_CGROUP_MS, reterr);
}

/* systemd takes its time to end what is still in a unit: nothing is. */
static void stop_unit(struct container *c)
{
    AUTO_SYSTEMD struct systemd systemd = SYSTEMD_INIT;
    struct err e;

    if (!c->state->systemd_scope)
        return;
    err_init(&e);
    if (cgroup_set_signal(&c->cgroups, SIGKILL, io_now_ms() + CONTAINER_KILL_MS, &e) < 0)
        log_message(&c->rt->log, LOG_LEVEL_WARNING, NULL, 0, "%s", e.message);
    unit_stop(&systemd, c->state->systemd_scope, c->state->systemd_user, &c->cgroups, &c->rt->log);
}

int container_destroy(struct container *c, struct err *reterr)
{
    int r = kill_rest(c, reterr);

    if (r < 0)
        return r;
    stop_unit(c);
    r = container_remove_cgroups(&c->cgroups, reterr);
    if (r == 0)
        r = clos_remove(c->state, reterr);
    if (r < 0)
        return r;
    run_poststop(c);
    return store_remove(c->root_fd, c->dir_fd, c->state->id, reterr);
}
