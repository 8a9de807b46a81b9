/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program criu as a process of ours: `criu swrk 3`, spoken to over a SOCK_SEQPACKET socket that is its
 * descriptor 3. What is said is core/criu_rpc's business.
 *
 * criu gets our standard input, output and error, a clean signal state, and nothing else that is open but
 * what it is given. It is not killed when we die: it notices the end of the socket and cleans up what it has
 * begun.
 */
#pragma once

#include "base/err.h"
#include "kernel/pidfd.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define CRIU_FDS_MAX  16u
#define CRIU_FIRST_FD 4 /* in criu: the first of `fds` */

struct criu_start {
    int fds[CRIU_FDS_MAX]; /* given to criu as descriptors 4, 5, ...; they stay the caller's */
    size_t n_fds;
    /* In the child before it becomes criu, with all descriptors still open; may change `fds`. NULL: nothing.
     */
    int (*prepare)(void *ctx, struct err *reterr);
    void *ctx;
};

struct criu_process {
    struct pidfd child;
    int socket;  /* close-on-exec; -1: closed */
    int control; /* until it has become criu */
};

#define CRIU_PROCESS_INIT ((struct criu_process){.child = PIDFD_INIT, .socket = -1, .control = -1})
#define AUTO_CRIU         __attribute__((cleanup(criu_done)))

/* The program, looked for in PATH and then where distributions put it. -ENOENT names the package to install.
 */
int criu_find(char path[PATH_MAX], struct err *reterr);

/* Whether criu's usual way to lock the network is there. */
bool criu_has_iptables(void);

/*
 * Start it. The child waits until criu_go, so that it can be put into cgroups before it does anything. An
 * error of `prepare` or of execve comes from criu_go.
 */
int criu_start(struct criu_process *p, const char *path, const struct criu_start *how, struct err *reterr);
int criu_go(struct criu_process *p, struct err *reterr);

int criu_send(const struct criu_process *p, const void *data, size_t len, struct err *reterr);

/*
 * The next message; *ret_fd is a descriptor that came with it, or -1. The length; 0: criu has closed its end,
 * or died, whatever it has left behind. -EMSGSIZE: longer than cap. -ETIMEDOUT at the deadline (io.h).
 * -EINTR: stop_fd (-1: none) became readable before.
 */
ssize_t criu_receive(const struct criu_process *p, void *data, size_t cap, int *ret_fd, int stop_fd,
                     int64_t deadline_ms, struct err *reterr);

/* At once, and wait for its end. What it was at is left as it stands. */
void criu_kill(struct criu_process *p);

/* Close the socket and wait for criu's end, which follows. *ret_status as of waitpid(2). */
int criu_end(struct criu_process *p, int *ret_status, struct err *reterr);

/* Close; a criu that does not end by itself within ten seconds is killed. */
void criu_done(struct criu_process *p);
