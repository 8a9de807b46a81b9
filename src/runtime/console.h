/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime's end of a container's terminal. Init makes the pair and hands over the master (PROTO_CONSOLE);
 * it goes to the caller's console socket, or, when the runtime stays in the foreground, is relayed:
 *
 *     standard input  ──►  master          master  ──►  standard output
 *
 * Both directions have a bounded buffer: who does not read stops who writes, and nothing else. The caller's
 * terminal is raw while the relay runs, and is given back as it was by console_done, on every way out.
 *
 *     console_check       what the command line may ask for; runc's words
 *     console_open        before anything is made: a socket that nobody listens to is an error now
 *     console_take        the master has come
 *     console_fill/turn   the relay's part of the poll loop (runtime/attend)
 *     console_done
 *
 * When the caller's terminal hangs up, or nobody reads standard output any more, the container's terminal
 * hangs up. When standard input is a file or a pipe and ends, a terminal that reads lines gets its
 * end-of-input byte.
 */
#pragma once

#include "base/err.h"
#include "core/relay.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct console {
    int socket; /* connected; -1: none */
    int master; /* of the relay; -1: none, or hung up */
    int in, out;
    bool in_is_tty, in_background;
    bool out_waits; /* it is shared with others and may block: only after poll(2) said so */
    struct termios before;
    bool raw;
    struct relay *to_container, *from_container;
    int64_t retry_ms; /* no process has the slave open: look again then; 0: somebody has */
    unsigned backoff_ms;
    uint64_t read_since_end;
};

#define CONSOLE_INIT ((struct console){.socket = -1, .master = -1, .in = -1, .out = -1})

struct console_request {
    bool terminal;      /* process.terminal, or exec --tty */
    bool detach;        /* the runtime does not stay */
    const char *socket; /* --console-socket; NULL: none */
};

int console_check(const struct console_request *req, struct err *reterr);

/*
 * Nothing to do without a terminal. Connects to the socket; without one, stops until the shell has us in the
 * foreground of the caller's terminal.
 */
int console_open(struct console *c, const struct console_request *req, struct err *reterr);

/* Takes over the master. In the foreground the container's terminal gets the size of the caller's. */
int console_take(struct console *c, int master, struct err *reterr);

/* Give the caller's terminal back; close everything. */
void console_done(struct console *c);

/* ---- the relay; all of it harmless when there is none ---- */

static inline bool console_is_relayed(const struct console *c)
{
    return c->master >= 0;
}

/* The caller's terminal becomes raw. */
int console_begin(struct console *c, struct err *reterr);

#define CONSOLE_POLL_FDS 3u
/* What to wait for, and until when at most. */
void console_fill(const struct console *c, struct pollfd fds[CONSOLE_POLL_FDS], int64_t *deadline_ms);
/* Move what can be moved. */
void console_turn(struct console *c, const struct pollfd fds[CONSOLE_POLL_FDS]);

void console_resized(struct console *c); /* SIGWINCH */
void console_continued(
    struct console *c); /* SIGCONT: we may have been stopped, and moved to the background */

/*
 * The container's program has ended: take over no more input. console_drained is true once its output is out:
 * the slave is closed, or those who still have it open are silent, or go on for ever.
 */
void console_end_input(struct console *c);
bool console_drained(const struct console *c, bool silent);
