/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between the runtime and its init: a SOCK_SEQPACKET pair, so a message arrives whole or not at all.
 * Mechanism only; who may send what, and when, is core/proto.
 *
 * A message is {type, length} in host order, then `length` bytes, and at most one descriptor (SCM_RIGHTS),
 * which arrives close-on-exec. A peer that died is -ECONNRESET; a deadline that passed is -ETIMEDOUT;
 * anything malformed is -EPROTO. All of these are final.
 */
#pragma once

#include "base/err.h"

#include <stdint.h>

#define CHAN_DATA_MAX 65536u

struct chan {
    int fd;         /* -1: closed */
    int peer_pidfd; /* not owned; when it becomes readable, the peer has died. -1: only the end of the stream
                       tells */
};

#define CHAN_INIT ((struct chan){-1, -1})

int chan_pair(struct chan *a, struct chan *b, struct err *reterr); /* close-on-exec both */
void chan_close(struct chan *c);

/* `fd` -1: none. The descriptor stays the caller's. Blocks when the peer does not read, until the deadline.
 */
int chan_send(struct chan *c, uint32_t type, const void *data, size_t len, int fd, int64_t deadline_ms,
              struct err *reterr);

struct chan_msg {
    uint32_t type;
    uint32_t len;
    int fd; /* -1: none; the receiver's to close */
};

/* The next message; its data goes to `data` (`cap` bytes: longer is -EMSGSIZE). */
int chan_recv(struct chan *c, struct chan_msg *msg, void *data, size_t cap, int64_t deadline_ms,
              struct err *reterr);

/* An error as a message of that type, and back. A malformed one becomes an ERR_PROTO of its own (-EPROTO). */
int chan_send_err(struct chan *c, uint32_t type, const struct err *e, int64_t deadline_ms,
                  struct err *reterr);

/* Bytes of the wire form of an error. */
#define CHAN_ERR_MAX (16u + ERR_WHERE_MAX + ERR_MESSAGE_MAX)
size_t chan_pack_err(const struct err *e, unsigned char out[CHAN_ERR_MAX]); /* pure */
int chan_unpack_err(const void *data, size_t len, struct err *ret);         /* pure; 0 or -EPROTO */
