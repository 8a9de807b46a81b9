/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups by the file system: a container's directory in every hierarchy, as one set that holds the
 * descriptors, so that a directory is opened once and everything after that (limits, joining, freezing,
 * removal) acts on it. cgroups(7), Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/ of the kernel.
 *
 * Every hierarchy is entered by its mount point, whose file system type is verified; what lies beneath is
 * resolved with openat2(RESOLVE_BENEATH | NO_SYMLINKS | NO_MAGICLINKS | NO_XDEV), or a walk with O_NOFOLLOW
 * and a check of the file system at each step where that call is missing. A file takes exactly one write(2).
 * Errors name call, file, value and errno text.
 *
 * create:
 *     AUTO_CGROUP_SET struct cgroup_set s;
 *     cgroup_set_init(&s);
 *     cgroup_set_prepare(&s, plan->cgroups, n, e);     makes nothing
 *     cgroup_set_check_unused(&s, e);
 *     ...                                              state file, with cgroup_first_made() of each
 *     cgroup_set_create(&s, &op->cgroup_create, e);    for each, then _write, _devices, _join
 *     cgroup_set_remove(&s, deadline, e);              on failure
 *
 * any later command:
 *     cgroup_set_init(&s);
 *     cgroup_set_add(&s, &ref, e);                     for each of the state file; opens nothing yet
 *     cgroup_set_signal, _freeze, _thaw, _is_frozen, _pids, _wait_empty, _remove
 *
 * Deadlines are absolute values of io_now_ms() (kernel/io.h). Strings given to a set are borrowed for its
 * life. Not found on the way (somebody removed the cgroup) is success for kill, thaw and remove.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "core/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CGROUP_SET_MAX       32u /* hierarchies of one container */
#define CGROUP_PENDING_MAX   4u  /* writes put off by ignore_einval_retry_later */
#define CGROUP_LAST_FILE_MAX 64u

/* A cgroup that is known from the state file. */
struct cgroup_ref {
    uint32_t hierarchy;     /* any number that differs from the others', or PLAN_CGROUP2 */
    const char *mountpoint; /* absolute */
    const char *path;       /* clean, from the mount point: "/user/ctr" */
    const char
        *first_made; /* removal goes up to this prefix of path; NULL: was there before, never removed */
    const char *controllers; /* "cpu,cpuacct", "freezer"; NULL: not known, found by looking */
};

struct cgroup {
    uint32_t hierarchy;
    const char *mountpoint;
    const char *path;
    const char *controllers;
    size_t first_made_len; /* of path: the topmost directory that we make, or made; 0: all was there before */
    bool made;             /* this set made the directory */
    bool may_leave_out;    /* EPERM_SKIP: no permission is no error */
    bool left_out;         /* ... and there was none: the container is not in this hierarchy */
    int base_fd;           /* create: the deepest directory that was there, path[0, base_len); -1 */
    size_t base_len;
    int parent_fd; /* create: what holds the directory that was made, so that it is removed in one call; -1 */
    int fd;        /* the cgroup, O_PATH | O_DIRECTORY; -1: not opened yet, or not there */
};

struct cgroup_set {
    struct cgroup v[CGROUP_SET_MAX];
    size_t n;
    const struct plan_cgroup_write *pending[CGROUP_PENDING_MAX];
    size_t n_pending;
    int last_fd; /* the file written last, open: many writes go to one file */
    uint32_t last_hierarchy;
    char last_file[CGROUP_LAST_FILE_MAX];
};

#define AUTO_CGROUP_SET __attribute__((cleanup(cgroup_set_done)))

void cgroup_set_init(struct cgroup_set *s);
void cgroup_set_done(struct cgroup_set *s); /* closes descriptors; removes nothing */

/* The member of that hierarchy, or NULL. */
const struct cgroup *cgroup_set_find(const struct cgroup_set *s, uint32_t hierarchy);

/*
 * A descriptor of the unified cgroup for clone3(CLONE_INTO_CGROUP); -1 when the set has none (yet). Stays the
 * set's.
 */
int cgroup_set_cgroup2_fd(const struct cgroup_set *s);

/* ---- create ---- */

/*
 * Add every cgroup and find out how much of its path is there already; makes nothing, so that the state file
 * can name what will be made before it is. -ENODEV when a mount point is not a cgroup file system of that
 * kind.
 */
int cgroup_set_prepare(struct cgroup_set *s, const struct plan_cgroup *cgroups, size_t n, struct err *reterr);

/* Length of the prefix of c->path that names the topmost directory create makes; 0: none, all is there. */
size_t cgroup_first_made(const struct cgroup *c);

/* What stands above the cgroup is somebody else's by now: removal takes the cgroup alone. */
void cgroup_keep_parents(struct cgroup *c);

/*
 * Make what is missing (0755) and open it; seed an empty v1 cpuset from its parents, level by level; v2:
 * enable op->controllers in cgroup.subtree_control of each level above (all at once, else one by one; one
 * that cannot be enabled is an error only of the write that needs it). Give the delegatable files to
 * op->owner_uid.
 */
int cgroup_set_create(struct cgroup_set *s, const struct plan_cgroup_create *op, struct err *reterr);

/*
 * A cgroup that was there before must be empty and not frozen: -EBUSY (ERR_STATE), "container's cgroup is not
 * empty: N process(es) found", "container's cgroup unexpectedly frozen". After prepare and before anything is
 * written: somebody else's cgroup must not get our limits. Costs nothing when none was there.
 */
int cgroup_set_check_unused(struct cgroup_set *s, struct err *reterr);

/*
 * One operation: file or its alternative, once. A write put off (ignore_einval_retry_later) is repeated after
 * the next one of the same hierarchy. Special phrases: cpu.shares ("the maximum allowed cpu-shares is N"),
 * memory limits ("unable to set memory limit to N (current usage: A, peak usage: B)"), checkBeforeUpdate
 * ("rejecting memory limit N <= usage U"), unified ("unified resource X can't be set: controller Y not
 * available").
 */
int cgroup_set_write(struct cgroup_set *s, const struct plan_cgroup_write *op, struct err *reterr);

/* After the last write: what is still put off. */
int cgroup_set_write_end(struct cgroup_set *s, struct err *reterr);

/*
 * The device program. on_eperm SKIP forgives EPERM, EACCES and a kernel without such programs.
 */
int cgroup_set_devices(struct cgroup_set *s, const struct plan_cgroup_devices *op, struct err *reterr);

/*
 * Move a process in. EINVAL (a task that is not yet in a valid state) is tried 5 times, 30 ms apart; a
 * threaded v2 cgroup takes cgroup.threads; EBUSY on v2 says that the cgroup has sub-cgroups with controllers.
 * A hierarchy that was left out is passed over.
 */
int cgroup_set_join(struct cgroup_set *s, const struct plan_cgroup_join *op, pid_t pid, struct err *reterr);

/* The same for every member but (optionally) the unified one, into which clone3 has put the process already.
 */
int cgroup_set_join_all(struct cgroup_set *s, pid_t pid, bool but_cgroup2, struct err *reterr);

/*
 * Move the caller, which has one thread, into every v1 member. By "0" into `tasks`: a thread that moves
 * itself takes no lock against forks of its group, where a write of any number to cgroup.procs may wait for a
 * grace period of RCU, 10 to 20 ms on an idle machine. A hierarchy that was left out is passed over; being
 * refused is an error.
 */
int cgroup_set_join_self(const struct cgroup_set *s, struct err *reterr);

/*
 * Open every member now. -ENOENT names one that is not there; with may_be_missing such a one is left out.
 */
int cgroup_set_open(struct cgroup_set *s, bool may_be_missing, struct err *reterr);

/*
 * Move the caller, which has one thread, into the unified member; threaded cgroups too. -EBUSY: it hands
 * controllers to sub-cgroups and so cannot hold processes. No member: 0.
 */
int cgroup_set_join_self2(const struct cgroup_set *s, struct err *reterr);

/* ---- a container that exists ---- */

/* Remember a cgroup; opened on first use. -E2BIG beyond CGROUP_SET_MAX, -EINVAL for a path that is not clean.
 */
int cgroup_set_add(struct cgroup_set *s, const struct cgroup_ref *ref, struct err *reterr);

/*
 * For an update, before cgroup_set_write: opens the member. check refuses what checkBeforeUpdate is about
 * (the same error as from writing) and what is known to fail: neither the file nor its alternative is there.
 * read appends what the file says, or its alternative where only that is there, and tells which (*ret_file);
 * -ENOENT when there is neither, without a message.
 */
int cgroup_set_check(struct cgroup_set *s, const struct plan_cgroup_write *op, struct err *reterr);
int cgroup_set_read(struct cgroup_set *s, const struct plan_cgroup_write *op, struct buf *out,
                    const char **ret_file, struct err *reterr);

/* Process ids, heap; each once, ascending. */
struct cgroup_pids {
    pid_t *v;
    size_t n;
    size_t cap;
};
#define CGROUP_PIDS_INIT ((struct cgroup_pids){0})
#define AUTO_CGROUP_PIDS __attribute__((cleanup(cgroup_pids_done)))
void cgroup_pids_done(struct cgroup_pids *p);

/*
 * Every process of the container, sub-cgroups included, from one hierarchy (the unified one, else the
 * freezer's, else the first). No cgroup: none. Processes of other pid namespaces (listed as 0) are left out.
 */
int cgroup_set_pids(struct cgroup_set *s, struct cgroup_pids *ret, struct err *reterr);

/*
 * By the v1 freezer where the container is in one, else cgroup.freeze (5.2). freeze: waits until all is
 * frozen; at the deadline, or when the wait fails, everything is thawed again and -ETIMEDOUT is returned.
 * thaw: 0 when there is nothing to thaw.
 */
int cgroup_set_freeze(struct cgroup_set *s, int64_t deadline_ms, struct err *reterr);
int cgroup_set_thaw(struct cgroup_set *s, int64_t deadline_ms, struct err *reterr);
/* 1 frozen (or freezing), 0 not, negative errno. */
int cgroup_set_is_frozen(struct cgroup_set *s, struct err *reterr);

/* A v1 freezer above the container's cgroup holds it frozen: nothing in it can die. false where not known. */
bool cgroup_set_is_held(struct cgroup_set *s);

/*
 * How often the kernel has killed a process of the container, sub-cgroups included, for want of memory: v2
 * memory.events, v1 memory.oom_control (4.13). -ENODATA: no memory controller says so.
 */
int cgroup_set_oom_kills(struct cgroup_set *s, uint64_t *ret);

/*
 * Send `sig` to every process. SIGKILL: cgroup.kill (5.14) of the unified cgroup, also in a hybrid;
 * otherwise, and for other signals, freeze, signal each (by pidfd, its membership checked after opening),
 * thaw on every path. After SIGKILL a frozen container is thawed, so that it can die. Returns the number of
 * processes signalled, as far as known (cgroup.kill: 0), or a negative errno.
 */
int cgroup_set_signal(struct cgroup_set *s, int sig, int64_t deadline_ms, struct err *reterr);

/* Wait until no process is left: cgroup.events, or reading cgroup.procs at growing intervals. -ETIMEDOUT
 * names what is left. */
int cgroup_set_wait_empty(struct cgroup_set *s, int64_t deadline_ms, struct err *reterr);

/*
 * Remove what create made, sub-cgroups of the container included, in every hierarchy; goes on after an error
 * and reports the first. A directory that is busy is waited for until the deadline; the error then names the
 * processes in it. Directories above the container's own are removed only if they are ours (first_made) and
 * empty.
 */
int cgroup_set_remove(struct cgroup_set *s, int64_t deadline_ms, struct err *reterr);
