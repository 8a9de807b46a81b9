/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of a process: limits, scheduling, descriptors, signals, and the prctl(2) switches. Where a pid
 * is a parameter, 0 is the caller.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* prlimit64 and read back. Raising a hard limit needs CAP_SYS_RESOURCE: -EPERM names the limit. */
int procattr_rlimit(pid_t pid, const struct plan_rlimit *limit, struct err *reterr);

/* The same, or as much of it as a caller may have who cannot raise its hard limit. */
int procattr_rlimit_at_most(pid_t pid, const struct plan_rlimit *limit, struct err *reterr);

/* A hard limit that is lower than limit->hard is raised to it; the soft limit stays, a higher one too. */
int procattr_rlimit_raise(pid_t pid, const struct plan_rlimit *limit, struct err *reterr);

const char *procattr_rlimit_name(int resource); /* "RLIMIT_NOFILE"; "RLIMIT_?" */

/*
 * oom_score_adj of the process behind a descriptor of procfs_open_pid; -1: the caller. -EACCES (lowering
 * without CAP_SYS_RESOURCE) is an error unless `rootless`: then it is ignored, as runc does.
 */
int procattr_oom_score_adj(int pid_dirfd, int64_t value, bool rootless, struct err *reterr);

int procattr_set_dumpable(bool on, struct err *reterr);

/*
 * Die with `sig` when the parent thread dies (0: no longer). The parent may be gone already: when getppid()
 * is not `parent` now, -ESRCH. parent 0: not compared (the parent is in another pid namespace, where
 * getppid() is 0).
 */
int procattr_set_pdeathsig(int sig, pid_t parent, struct err *reterr);

int procattr_no_new_privs(struct err *reterr); /* set and read back */
int procattr_personality(uint32_t persona, struct err *reterr);
int procattr_scheduler(const struct plan_scheduler *s, struct err *reterr);
int procattr_io_priority(const struct plan_io_priority *p, struct err *reterr);
int procattr_memory_policy(const struct plan_memory_policy *p, struct err *reterr);

/* Mark descriptors first... close-on-exec: close_range (5.11), else through /proc/self/fd, else one by one.
 */
int procattr_cloexec_from(unsigned first, struct err *reterr);

/* Close descriptors first...: close_range (5.9), else as above. */
int procattr_close_from(unsigned first, struct err *reterr);

/* Close descriptors first ... last (both included), as above. */
int procattr_close_range(unsigned first, unsigned last, struct err *reterr);

/* Every signal's disposition to the default and the mask empty, as a program expects at its start. */
int procattr_reset_signals(struct err *reterr);

/* ---- CPU affinity: keep runtime and init on one processor until execve (a wake-up across costs 200 us) ----
 */

struct procattr_affinity {
    unsigned long *mask; /* malloc; NULL: nothing saved */
    size_t bytes;
};

/*
 * Save the caller's mask and allow only the processor it runs on. Best effort: 0 when not possible, and then
 * nothing is saved. Children inherit both the pin and, by memory, the saved mask.
 */
int procattr_pin(struct procattr_affinity *saved);

/* Give the saved mask back to `pid` (0: caller). The kernel may cut it to the cpuset: that is success. */
int procattr_unpin(pid_t pid, const struct procattr_affinity *saved);
void procattr_affinity_done(struct procattr_affinity *saved);

/*
 * The same of 64-bit words, as a plan has it (execCPUAffinity); no words: every processor that the cgroup
 * allows.
 */
int procattr_set_affinity_words(pid_t pid, const uint64_t *words, size_t n_words, struct err *reterr);

/* Set an affinity from a bit mask of n_words words. */
int procattr_set_affinity(pid_t pid, const unsigned long *mask, size_t n_words, struct err *reterr);
