/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's init between clone and execve: what it was given, and what it makes on its way.
 */
#pragma once

#include "core/config.h"
#include "core/facts.h"
#include "core/plan.h"
#include "core/proto.h"
#include "kernel/chan.h"
#include "kernel/cgroup.h"
#include "kernel/mask.h"
#include "kernel/mount.h"
#include "kernel/procattr.h"
#include "kernel/procfs.h"
#include "kernel/seccomp_bpf.h"
#include "runtime/report.h"

#include <limits.h>

struct init_ctx {
    /* Filled by the runtime before the clone. */
    const struct plan *plan;
    const struct facts *facts;
    const struct config *config;
    const struct seccomp_filter *seccomp; /* NULL: none */
    struct chan chan;
    struct proto proto;
    struct init_report *report;
    _Atomic int32_t *pid_at;   /* a process stands between: where the next one's pid is left; else NULL */
    int exec_fifo;             /* create: `start` writes a byte; -1: run, which needs no second command */
    int result_fifo;           /* create: errors between start and execve */
    int ns_fds[NS_TYPE_COUNT]; /* namespaces to join, -1: none */
    int join_fd;               /* exec: a pidfd of the container's init; -1 */
    int *mount_fds;            /* by operation: sources that the runtime opened, -1: open it here */
    struct procattr_affinity *affinity;
    const struct cgroup_set *cgroups; /* to join before all else; NULL: the runtime moves us */

    /* Made by init on its way. */
    bool started;       /* WAIT_START has passed: the runtime of create is gone */
    bool session_later; /* exec: who opens the terminal is not the one whose session gets it */
    mode_t umask;       /* the caller's */
    bool start_taken;   /* START has come: with the listener's handing over */
    bool pdeathsig_off; /* by SECCOMP_LISTENER: the filter may refuse it, and what follows */
    bool fds_marked;
    int root_fd;
    struct procfs procfs;
    struct mount_ctx mounts;
    struct mask_ctx masks;
    bool chdir_refused; /* by CHDIR_EARLY, for CHDIR */
    const char *home;   /* for HOME, when the configuration gives none */
    char executable[PATH_MAX];
};

/* HOME of that uid from the container's own passwd, beneath root_fd, to c->home; "/" when it says nothing. */
void init_find_home(struct init_ctx *c, uint32_t uid);

/* The runtime's environment is the engine's business: our copy of it is overwritten. */
void init_forget_environment(void);

/* Wait for GO, if it is what must come now: the cgroup is joined, ids are mapped. */
int init_wait_go(struct init_ctx *c, struct err *reterr);

/*
 * Close everything but what init works with. The runtime's descriptors (state directory, lock, cgroups, its
 * side of the channel) must not live in the container, not even until execve: init may wait for `start` for a
 * long time. c->procfs stays if it is open.
 */
int init_close_inherited(struct init_ctx *c, uint32_t preserve_fds, struct err *reterr);
