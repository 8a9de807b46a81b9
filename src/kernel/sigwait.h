/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for signals of every number. The raw calls: a C library keeps the signals that it uses itself (32,
 * 33, with some 34) out of every set, and those must be held back and forwarded too.
 */
#pragma once

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

/* Hold back every signal from now on; the mask before in *old. */
int sigwait_hold(uint64_t *old, struct err *reterr);
int sigwait_restore(uint64_t old, struct err *reterr);

struct sigwait_signal {
    int number;
    pid_t sender; /* who sent it by kill(2) and the like; 0: the kernel */
};

/* The next signal that is pending, whatever it is. Blocks. */
int sigwait_next(struct sigwait_signal *ret, struct err *reterr);

/* The same without waiting: 1, or 0 when none is pending. */
int sigwait_try(struct sigwait_signal *ret, struct err *reterr);

/*
 * Hold back only those that ask a program to end, SIGHUP, SIGINT, SIGQUIT and SIGTERM, less those that the
 * program ignores; *ret_fd (close-on-exec) is readable while one is pending. Undone by sigwait_restore.
 */
int sigwait_hold_ends(uint64_t *old, int *ret_fd, struct err *reterr);

/* Its number, which is no longer pending then; 0: none. */
int sigwait_end_number(int fd);

/* A descriptor that is readable while a signal is pending, for poll(2); only that: sigwait_try takes it. */
int sigwait_open(struct err *reterr) NODISCARD;
