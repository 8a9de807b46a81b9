/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of a container's cgroups (core/stats.h). A file that is not there, or that this kernel does not let
 * be read (pressure files without CONFIG_PSI or with psi=0), is a figure that is left out.
 */
#pragma once

#include "base/arena.h"
#include "core/stats.h"
#include "kernel/cgroup.h"

/* `v2`: the unified cgroup has the controllers. -ENOENT: the cgroups are gone; -ENOMEM. */
int cgroup_set_stats(struct cgroup_set *s, bool v2, struct arena *a, struct stats *ret, struct err *reterr);

/* Interfaces of the process's network namespace, unless it is our own. -ESRCH when it is gone, -ENOMEM. */
int netdev_stats(pid_t pid, struct arena *a, struct stats *ret, struct err *reterr);

/*
 * Notice of processes that are killed for lack of memory: an eventfd on v1 memory.oom_control
 * (Documentation/admin-guide/cgroup-v1/memory.rst), inotify on v2 memory.events.
 */
struct oom_watch {
    int fd;      /* readable: call oom_watch_take. -1: there is no memory controller */
    int dir_fd;  /* the cgroup */
    int file_fd; /* v1: memory.oom_control, which must stay open */
    bool v2;
    uint64_t kills; /* v2: seen so far */
};

#define OOM_WATCH_INIT ((struct oom_watch){.fd = -1, .dir_fd = -1, .file_fd = -1})

int oom_watch_open(struct oom_watch *w, struct cgroup_set *s, bool v2, struct err *reterr);
void oom_watch_done(struct oom_watch *w);

/* Has something been killed since the last call? Does not block. The end of the cgroup is no such event. */
bool oom_watch_take(struct oom_watch *w);
