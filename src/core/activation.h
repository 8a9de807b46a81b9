/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service manager hands to a container through its runtime: sockets (sd_listen_fds(3)) and a socket
 * for notifications (sd_notify(3)). Both are additions to a configuration, made before it is planned, as if
 * it had asked for them: a mount, and entries of the environment, which replace those of the same name. And
 * what of the container's notifications goes on to the service manager.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "core/config.h"

/* The directory of the notify socket inside a container, the socket's name, and both. */
#define ACTIVATION_NOTIFY_DIR    "/run/notify"
#define ACTIVATION_NOTIFY_SOCKET "notify.sock"
#define ACTIVATION_NOTIFY_PATH   ACTIVATION_NOTIFY_DIR "/" ACTIVATION_NOTIFY_SOCKET

/*
 * A copy of the configuration with additions; what it does not change is shared with it. host_dir: mounted at
 * ACTIVATION_NOTIFY_DIR, with NOTIFY_SOCKET; NULL: none. n_fds: LISTEN_FDS and LISTEN_PID=1; 0: none.
 * fd_names: LISTEN_FDNAMES, NULL: none. -ENOMEM; a configuration without a process is returned as it is.
 */
struct activation {
    const char *notify_dir;
    uint32_t n_fds;
    const char *fd_names;
};
int activation_apply(struct arena *a, const struct config *config, const struct activation *add,
                     const struct config **ret, struct err *reterr);

/*
 * One notification of a container: *ret_ready is its first line that begins with "READY=", with len 0 when
 * there is none. Points into text.
 */
struct str activation_ready_line(const char *text, size_t len);
