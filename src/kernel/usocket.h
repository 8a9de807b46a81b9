/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unix domain sockets (unix(7)) that callers name: a console socket, a notify socket. Paths of any length are
 * reached through a descriptor of what they name; a name that begins with '@' is abstract where `abstract`
 * allows it.
 *
 * Everything here has a deadline (io.h) and is close-on-exec. Errors name the call and the path.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USOCKET_PATH_MAX 107u /* bytes of sun_path without the terminator */

struct usocket_name {
    const char *path;
    bool abstract; /* "@x" is the abstract name x */
};

/* A connected socket of that type (SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET), blocking. */
int usocket_connect(struct usocket_name name, int type, int64_t deadline_ms, struct err *reterr) NODISCARD;

/* A datagram socket at dir_fd/name, which must not exist. Mode: the umask's. `name` has no slash. */
int usocket_bind_at(int dir_fd, const char *name, struct err *reterr) NODISCARD;

/*
 * One message with at most one descriptor (-1: none), which stays the caller's. All of it, on streams too.
 * -ETIMEDOUT when the other side does not read.
 */
int usocket_send(int fd, const void *data, size_t len, int pass_fd, int64_t deadline_ms, struct err *reterr);
