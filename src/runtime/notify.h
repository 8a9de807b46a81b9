/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd_notify(3) for containers: a socket in the state directory, mounted into the container (core/activation),
 * and a proxy that tells the service manager, at the NOTIFY_SOCKET of the runtime, that the container is
 * ready: its READY= line, MAINPID= with a pid that the service manager knows, and BARRIER=1 with a
 * descriptor, which is closed when all of it has been read. After that nothing more is taken. Failures of the
 * service manager's side are ours to log, not errors of the container.
 *
 *     create              notify_make
 *     start               notify_bind, and, once the program runs, notify_wait
 *     run --detach        notify_make, notify_bind; notify_wait
 *     run                 notify_make, notify_bind; notify_fill, notify_turn in the loop of runtime/attend;
 * notify_flush
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "kernel/pidfd.h"
#include "runtime/log.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct notify {
    const char *host; /* path or "@name" of the service manager's socket; NULL: none */
    pid_t main_pid;   /* for MAINPID= */
    struct log *log;
    int socket;  /* of the container; -1: none, or no more */
    int barrier; /* ends when the service manager has read; -1: none */
    int64_t barrier_deadline_ms;
};

#define NOTIFY_INIT ((struct notify){.socket = -1, .barrier = -1})

/* The absolute path of that directory on the host: for the mount. */
int notify_host_dir(struct arena *a, const char *root_path, const char *id, const char **ret,
                    struct err *reterr);

/* The directory for the socket. */
int notify_make(int dir_fd, struct err *reterr);

/* The socket, for everybody in the container to write to. */
int notify_bind(struct notify *n, int dir_fd, struct err *reterr);
void notify_done(struct notify *n);

/* Is there still something to wait for? */
static inline bool notify_is_open(const struct notify *n)
{
    return n->socket >= 0;
}
struct pollfd notify_fill(const struct notify *n);
void notify_turn(struct notify *n, const struct pollfd *fd);

/*
 * Nothing more will come but what is there already. Until the service manager has read what it was sent: at
 * most 30 s after that.
 */
void notify_flush(struct notify *n);

/* Until the container is ready or its process has ended; then as notify_flush. */
int notify_wait(struct notify *n, const struct pidfd *process, struct err *reterr);
