/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container by its cgroup: list, freeze, signal, wait until all are gone. */
#include "kernel/cgroup.h"

#include "base/fd.h"
#include "base/str.h"
#include "kernel/cgroup_dir.h"
#include "kernel/io.h"
#include "kernel/sys.h"

#define PIDFD_CHUNK      64 /* processes held at once while their membership is checked */
#define KILL_ROUNDS      16 /* without a freezer: as often as forks may outrun us */
#define REFREEZE_EVERY   50 /* v1: a task in D state is shaken out by a thaw in between */
#define STATE_MAX        32
#define THAW_DEADLINE_MS 2000

int cgroup_set_pids(struct cgroup_set *s, struct cgroup_pids *ret, struct err *reterr)
{
    struct cgroup *c = cgroup_set_lister(s);
    int rc;

    ret->n = 0;
    if (!c)
        return 0;
    rc = cgroup_dir_pids(c->fd, ret);
    return rc < 0 ? cgroup_err(reterr, rc, "read", c, "cgroup.procs", NULL) : 0;
}

/* ---- freezing ---- */

/* The member that freezes the container, and whether by v1 means. NULL: none can. */
static struct cgroup *freezing_member(struct cgroup_set *s, bool *ret_v1)
{
    struct cgroup *c = cgroup_set_freezer(s);

    *ret_v1 = c != NULL;
    if (c)
        return c;
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].hierarchy == PLAN_CGROUP2 && !s->v[i].left_out && cgroup_member_open(&s->v[i], NULL) >= 0)
            return &s->v[i];
    return NULL;
}

static bool is_gone(int rc)
{
    return rc == -ENOENT || rc == -ENODEV;
}

static int v1_state(const struct cgroup *c, char state[STATE_MAX], struct err *reterr)
{
    int rc = cgroup_dir_read(c->fd, "freezer.state", state, STATE_MAX);

    return rc < 0 ? cgroup_err(reterr, rc, "read", c, "freezer.state", NULL) : 0;
}

static int v1_set(const struct cgroup *c, const char *state, struct err *reterr)
{
    int rc = cgroup_dir_write(c->fd, "freezer.state", state);

    return rc < 0 ? cgroup_err(reterr, rc, "write", c, "freezer.state", state) : 0;
}

/* FREEZING stays until every task has reached a place where it can stop; writing again wakes the stragglers.
 */
static int v1_freeze(const struct cgroup *c, int64_t deadline_ms, struct err *reterr)
{
    unsigned step = 1;

    for (unsigned i = 0;; i++) {
        char state[STATE_MAX];
        int rc = i && i % REFREEZE_EVERY == 0 ? v1_set(c, "THAWED", reterr) : 0;

        if (rc == 0)
            rc = v1_set(c, "FROZEN", reterr);
        if (rc == 0)
            rc = v1_state(c, state, reterr);
        if (rc < 0)
            return rc;
        if (streq(state, "FROZEN"))
            return 0;
        if (!cgroup_sleep(&step, deadline_ms))
            return err_system(reterr, ETIMEDOUT, "freeze", "%s%s (state %s)", c->mountpoint, c->path, state);
    }
}

static int v1_thaw(const struct cgroup *c, int64_t deadline_ms, struct err *reterr)
{
    unsigned step = 1;

    for (;;) {
        char state[STATE_MAX];
        int rc = v1_set(c, "THAWED", reterr);

        if (rc == 0)
            rc = v1_state(c, state, reterr);
        if (rc < 0)
            return rc;
        if (streq(state, "THAWED"))
            return 0;
        if (!cgroup_sleep(&step, deadline_ms))
            return err_system(reterr, ETIMEDOUT, "thaw", "%s%s (state %s)", c->mountpoint, c->path, state);
    }
}

static int v2_freeze(const struct cgroup *c, int64_t deadline_ms, struct err *reterr)
{
    int rc = cgroup_dir_write(c->fd, "cgroup.freeze", "1");

    if (rc < 0)
        return cgroup_err(reterr, rc, "write", c, "cgroup.freeze", "1");
    rc = cgroup_dir_wait_event(c->fd, "frozen", 1, deadline_ms);
    return rc < 0 ? cgroup_err(reterr, rc, "freeze", c, NULL, NULL) : 0;
}

static int v2_thaw(const struct cgroup *c, struct err *reterr)
{
    int rc = cgroup_dir_write(c->fd, "cgroup.freeze", "0");

    return rc < 0 ? cgroup_err(reterr, rc, "write", c, "cgroup.freeze", "0") : 0;
}

static int thaw_member(struct cgroup *c, bool v1, int64_t deadline_ms, struct err *reterr)
{
    int rc = v1 ? v1_thaw(c, deadline_ms, reterr) : v2_thaw(c, reterr);

    return is_gone(rc) ? 0 : rc;
}

int cgroup_set_freeze(struct cgroup_set *s, int64_t deadline_ms, struct err *reterr)
{
    bool v1;
    struct cgroup *c = freezing_member(s, &v1);
    int rc;

    if (!c)
        return err_state(reterr, ENOENT, "the container has no cgroup that can be frozen");
    rc = v1 ? v1_freeze(c, deadline_ms, reterr) : v2_freeze(c, deadline_ms, reterr);
    if (rc < 0) /* never leave a container half frozen */
        (void)thaw_member(c, v1, io_now_ms() + THAW_DEADLINE_MS, NULL);
    return rc;
}

int cgroup_set_thaw(struct cgroup_set *s, int64_t deadline_ms, struct err *reterr)
{
    bool v1;
    struct cgroup *c = freezing_member(s, &v1);
    int rc = c ? thaw_member(c, v1, deadline_ms, reterr) : 0;

    /* before 5.2 a v2 cgroup cannot be frozen */
    return c && !v1 && rc == -ENOENT ? 0 : rc;
}

/* FREEZING without self_freezing: it is an ancestor's doing, not ours. */
static int v1_is_frozen(const struct cgroup *c, struct err *reterr)
{
    char state[STATE_MAX], self[STATE_MAX];
    int rc = v1_state(c, state, reterr);

    if (rc < 0)
        return is_gone(rc) ? 0 : rc;
    if (streq(state, "THAWED"))
        return 0;
    rc = cgroup_dir_read(c->fd, "freezer.self_freezing", self, sizeof(self));
    return rc < 0 || !streq(self, "0");
}

int cgroup_set_is_frozen(struct cgroup_set *s, struct err *reterr)
{
    bool v1;
    struct cgroup *c = freezing_member(s, &v1);
    char text[STATE_MAX];
    int rc;

    if (!c)
        return 0;
    if (v1)
        return v1_is_frozen(c, reterr);
    rc = cgroup_dir_read(c->fd, "cgroup.freeze", text, sizeof(text));
    if (rc < 0)
        return is_gone(rc) ? 0 : cgroup_err(reterr, rc, "read", c, "cgroup.freeze", NULL);
    return streq(text, "1");
}

bool cgroup_set_is_held(struct cgroup_set *s)
{
    struct cgroup *c = cgroup_set_freezer(s);
    char text[STATE_MAX];

    return c && cgroup_dir_read(c->fd, "freezer.parent_freezing", text, sizeof(text)) > 0 && streq(text, "1");
}

/* ---- signals ---- */

static bool listed(const struct cgroup_pids *l, pid_t pid)
{
    size_t low = 0, high = l->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (l->v[middle] < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->n && l->v[low] == pid;
}

/*
 * By number without a pidfd: the kernel has none, or the id is that of a thread (threaded cgroups). Also
 * where the call is missing or filtered (ENOSYS, EPERM); when it is the process that may not be signalled,
 * kill(2) says it again.
 */
static int signal_one(pid_t pid, int pidfd, int sig)
{
    int rc = pidfd >= 0 ? sys_pidfd_send_signal(pidfd, sig) : -ENOSYS;

    if (rc != -ENOSYS && rc != -EPERM)
        return rc;
    rc = sys_kill(pid, sig);
    return rc == -ESRCH ? 0 : rc;
}

/*
 * Signal up to PIDFD_CHUNK processes: take hold of each, then see that it still belongs here, so that a
 * number that was given to another process in between is spared.
 */
static int signal_chunk(const struct cgroup *c, const pid_t *pids, size_t n, int sig)
{
    AUTO_CGROUP_PIDS struct cgroup_pids now = CGROUP_PIDS_INIT;
    int fds[PIDFD_CHUNK];
    int count = 0;
    int rc;

    for (size_t i = 0; i < n; i++)
        fds[i] = sys_pidfd_open(pids[i], 0);
    rc = cgroup_dir_pids(c->fd, &now);
    for (size_t i = 0; i < n; i++) {
        int r = 0;

        if (rc == 0 && listed(&now, pids[i]) && fds[i] != -ESRCH) {
            r = signal_one(pids[i], fds[i], sig);
            count += r == 0;
        }
        if (fds[i] >= 0)
            close(fds[i]);
        if (r < 0 && r != -ESRCH)
            rc = r;
    }
    return rc < 0 ? rc : count;
}

/* Every process but ourselves, once. The number signalled. */
static int signal_listed(const struct cgroup *c, int sig, struct err *reterr)
{
    AUTO_CGROUP_PIDS struct cgroup_pids pids = CGROUP_PIDS_INIT;
    size_t kept = 0;
    int count = 0;
    int rc = cgroup_dir_pids(c->fd, &pids);

    if (rc < 0)
        return cgroup_err(reterr, rc, "read", c, "cgroup.procs", NULL);
    for (size_t i = 0; i < pids.n; i++)
        if (pids.v[i] != getpid())
            pids.v[kept++] = pids.v[i];
    for (size_t at = 0; at < kept; at += PIDFD_CHUNK) {
        size_t n = kept - at < PIDFD_CHUNK ? kept - at : PIDFD_CHUNK;

        rc = signal_chunk(c, pids.v + at, n, sig);
        if (rc < 0)
            return cgroup_err(reterr, rc, "signal the processes of", c, NULL, NULL);
        count += rc;
    }
    return count;
}

static bool holds_ourselves(const struct cgroup *c)
{
    AUTO_CGROUP_PIDS struct cgroup_pids pids = CGROUP_PIDS_INIT;

    return cgroup_dir_pids(c->fd, &pids) == 0 && listed(&pids, getpid());
}

static int thaw_visit(int dirfd, void *arg)
{
    (void)arg;
    (void)cgroup_dir_write(dirfd, "freezer.state", "THAWED");
    return 0;
}

/* A process that is frozen by v1 cannot die, and a container may have frozen cgroups of its own below. */
static void thaw_v1_tree(struct cgroup_set *s)
{
    struct cgroup *freezer = cgroup_set_freezer(s);

    if (freezer)
        (void)cgroup_dir_walk(freezer->fd, thaw_visit, NULL);
}

/* cgroup.kill of the unified cgroup. false: there is none, or the kernel (before 5.14) lacks it. */
static bool kill_unified(struct cgroup_set *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct cgroup *c = &s->v[i];

        if (c->hierarchy == PLAN_CGROUP2 && !c->left_out && cgroup_member_open(c, NULL) >= 0)
            return cgroup_dir_write(c->fd, "cgroup.kill", "1") == 0;
    }
    return false;
}

/* In a hybrid a process may have left the unified cgroup and still be in ours of v1. */
static struct cgroup *v1_lister(struct cgroup_set *s)
{
    struct cgroup *c = cgroup_set_freezer(s);

    for (size_t i = 0; i < s->n && !c; i++)
        if (s->v[i].hierarchy != PLAN_CGROUP2 && !s->v[i].left_out && cgroup_member_open(&s->v[i], NULL) >= 0)
            c = &s->v[i];
    return c;
}

static int kill_repeatedly(const struct cgroup *c, int64_t deadline_ms, struct err *reterr)
{
    unsigned step = 1;
    int total = 0;
    int rc = 0;

    for (int i = 0; i < KILL_ROUNDS; i++) {
        rc = signal_listed(c, SIGKILL, reterr);
        if (rc <= 0)
            break;
        total = i == 0 ? rc : total;
        if (!cgroup_sleep(&step, deadline_ms))
            break;
    }
    return rc < 0 ? rc : total;
}

int cgroup_set_signal(struct cgroup_set *s, int sig, int64_t deadline_ms, struct err *reterr)
{
    struct cgroup *c = cgroup_set_lister(s);
    bool killed = sig == SIGKILL && c && !holds_ourselves(c) && kill_unified(s);
    bool froze = false;
    int was_frozen;
    int rc;

    if (killed)
        c = v1_lister(s);
    if (!c)
        return 0;
    was_frozen = cgroup_set_is_frozen(s, NULL);
    /* standing still, nobody forks, and no number changes hands; without it we try harder */
    if (!killed && was_frozen <= 0 && !holds_ourselves(c))
        froze = cgroup_set_freeze(s, deadline_ms, NULL) == 0;
    if (sig == SIGKILL && !froze && !killed && was_frozen <= 0)
        rc = kill_repeatedly(c, deadline_ms, reterr);
    else
        rc = signal_listed(c, sig, reterr);
    if (froze || (sig == SIGKILL && was_frozen > 0)) {
        int thawed = cgroup_set_thaw(s, io_now_ms() + THAW_DEADLINE_MS, rc < 0 ? NULL : reterr);

        rc = rc < 0 || thawed == 0 ? rc : thawed;
    }
    if (sig == SIGKILL)
        thaw_v1_tree(s);
    return rc;
}

/* ---- waiting ---- */

static int err_leftover(const struct cgroup *c, struct err *reterr)
{
    char left[CGROUP_LEFTOVER_MAX];

    return err_system(reterr, ETIMEDOUT, "wait for the processes of", "%s%s (%s)", c->mountpoint, c->path,
                      cgroup_leftover(c, c->fd, left));
}

static int v1_wait_empty(const struct cgroup *c, int64_t deadline_ms)
{
    unsigned step = 1;

    for (;;) {
        AUTO_CGROUP_PIDS struct cgroup_pids pids = CGROUP_PIDS_INIT;
        int rc = cgroup_dir_pids(c->fd, &pids);

        if (rc < 0 || pids.n == 0)
            return rc;
        if (!cgroup_sleep(&step, deadline_ms))
            return -ETIMEDOUT;
    }
}

int cgroup_set_wait_empty(struct cgroup_set *s, int64_t deadline_ms, struct err *reterr)
{
    struct cgroup *c = cgroup_set_lister(s);
    int rc = 0;

    if (c && c->hierarchy == PLAN_CGROUP2) {
        rc = cgroup_dir_wait_event(c->fd, "populated", 0, deadline_ms);
        /* in a hybrid the two may differ */
        if (rc == 0 || is_gone(rc))
            c = v1_lister(s), rc = 0;
    }
    if (rc == 0 && c)
        rc = v1_wait_empty(c, deadline_ms);
    if (rc == -ETIMEDOUT)
        return err_leftover(c, reterr);
    return rc < 0 && !is_gone(rc) ? cgroup_err(reterr, rc, "wait for the processes of", c, NULL, NULL) : 0;
}
