/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --pidfd-socket: who starts a container, or a process in one, gets a pidfd of it, by SCM_RIGHTS over a Unix
 * stream socket that it listens on. The text beside the descriptor is runc's: "standard" for init, "setns"
 * for a process of exec.
 */
#pragma once

#include "base/err.h"
#include "kernel/pidfd.h"

#define PIDFD_SOCKET_INIT_TEXT "standard"
#define PIDFD_SOCKET_EXEC_TEXT "setns"

/* Connect, before anything is made. path NULL: *ret is -1. */
int pidfd_socket_open(const char *path, int *ret, struct err *reterr);

/* Send it, and close the socket. *socket -1: nothing is to be sent. -ENOTSUP on a kernel without pidfds. */
int pidfd_socket_send(int *socket, const struct pidfd *p, const char *text, struct err *reterr);
