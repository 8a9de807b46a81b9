/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that cannot be confused with another one that got its number later: pid, start time and, from 5.3
 * on, a pidfd. Without pidfds the start time is compared before every use, which leaves a window of
 * microseconds.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pidfd {
    pid_t pid;
    uint64_t start_time; /* clock ticks since boot; 0: not known (our own child) */
    int fd;              /* -1: the kernel has none */
    bool had_executed;   /* pidfd_acquire: it had called execve(2) since it was forked */
};

#define PIDFD_INIT ((struct pidfd){.fd = -1})
#define AUTO_PIDFD __attribute__((cleanup(pidfd_done)))

/*
 * Take hold of a process that is known by pid and start time (of the state file). Opens, then compares.
 * -ESRCH when there is none, when it is another one, or when it is a zombie or dead ("the container is
 * stopped"). start_time 0: take whatever it is now and fill it in.
 */
int pidfd_acquire(struct pidfd *p, pid_t pid, uint64_t start_time, struct err *reterr);

/* Our own child; takes over `fd` (of clone_child), or opens one when it is -1. */
void pidfd_adopt(struct pidfd *p, pid_t pid, int fd);

void pidfd_done(struct pidfd *p); /* closes; the process is left alone */

/* -ESRCH when it is gone. */
int pidfd_signal(const struct pidfd *p, int sig, struct err *reterr);

/* 1 alive, 0 gone or a zombie, negative errno. */
int pidfd_alive(const struct pidfd *p);

/*
 * Wait until it has ended. 0 when ended, -ETIMEDOUT at the deadline (io.h). Without a pidfd it polls every
 * few milliseconds.
 */
int pidfd_wait_exit(const struct pidfd *p, int64_t deadline_ms, struct err *reterr);

/*
 * The wait status of a process that has ended and is not our child: while it is a zombie from /proc, once
 * somebody has reaped it from the kernel's memory of it, which lasts as long as a pidfd that was opened
 * before (Linux 6.15). 1: *ret filled; 0: it cannot be known; negative errno.
 */
int pidfd_exit_status(const struct pidfd *p, int *ret);

/* The first half alone, for who has no pidfd: 1 when that process is a zombie that nobody has reaped yet. */
int pidfd_zombie_status(pid_t pid, uint64_t start_time, int *ret);

/* Reap our own child; *ret is the wait status as of waitpid(2). -ETIMEDOUT, -ECHILD. */
int pidfd_reap(const struct pidfd *p, int64_t deadline_ms, int *ret, struct err *reterr);

/* SIGKILL and reap our own child, whatever happens; for clean-up paths. Never blocks longer than 10 s. */
void pidfd_kill_and_reap(struct pidfd *p);
