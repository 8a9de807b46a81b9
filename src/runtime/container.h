/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An existing container as the other commands see it: its record, locked, and what the system says about its
 * processes right now.
 */
#pragma once

#include "core/state.h"
#include "kernel/cgroup.h"
#include "kernel/pidfd.h"
#include "runtime/runtime.h"

enum container_lock { CONTAINER_LOOK, CONTAINER_CHANGE };

struct container {
    struct runtime *rt;
    struct arena arena;
    int root_fd;
    int dir_fd; /* locked */
    struct state *state;
    enum state_status status;
    bool same_boot;    /* of the record: its pids mean something */
    struct pidfd init; /* pid 0: stopped, or never there */
    struct cgroup_set cgroups;
};

#define AUTO_CONTAINER __attribute__((cleanup(container_close)))

/* An empty one, which container_close takes. */
void container_init(struct container *c, struct runtime *rt);
void container_close(struct container *c);

/*
 * Open, lock, read, look. The state root is opened unless c->root_fd is one already (list, for many). Errors:
 * "container does not exist" (-ENOENT); a record that cannot be read
 * (-EBADMSG, -ENOTSUP, or -ENODATA when create died before it wrote one): then dir_fd is open and locked,
 * state is NULL, and delete can still remove the directory.
 */
int container_open(struct container *c, const char *id, enum container_lock lock, struct err *reterr);

/*
 * Take the lock that was given back (store_unlock) and read the record anew: others may have written it.
 * -ENOENT when the container was removed meanwhile. init and cgroups stay as they are.
 */
int container_relock(struct container *c, struct err *reterr);

/* Look again: fills status and init. */
int container_refresh(struct container *c, struct err *reterr);

/* Write the record with a new phase. */
int container_record(struct container *c, enum state_phase phase, struct err *reterr);

/*
 * Kill whatever is left, remove cgroups, run the poststop hooks (a failure of those is a warning in the log),
 * remove the directory. Each step is harmless when it was done before: a delete that was killed can be
 * repeated.
 */
int container_destroy(struct container *c, struct err *reterr);

/* The cgroups of a container whose init has ended; whoever is still in them after a moment is killed. */
int container_remove_cgroups(struct cgroup_set *s, struct err *reterr);

/* How long a SIGKILL may take to show. */
#define CONTAINER_KILL_MS   10000
#define CONTAINER_CGROUP_MS 10000
#define CONTAINER_BUSY_MS   200
