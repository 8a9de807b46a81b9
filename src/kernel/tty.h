/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminals (pty(7), ioctl_tty(2), tty_ioctl): the pair that a container gets, made in its own devpts, and
 * the modes and sizes of the terminal at our side.
 *
 * What stands at /dev/pts of a container is not trusted (CVE-2025-52565). The pair comes from the descriptor
 * of a directory that is the root of a devpts; ptmx and the slave are looked at before they are opened (a
 * FIFO or a FUSE file would hang us) and again afterwards, no mount on top of them is crossed, and the slave
 * comes from the master itself (TIOCGPTPEER, 4.13), or by its number from the same directory.
 *
 * Errors: 0 or negative errno; system errors name call and object.
 */
#pragma once

#include "base/err.h"
#include "kernel/procfs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

struct tty_pair {
    int master; /* blocking, close-on-exec; -1: none */
    int slave;
    uint32_t number; /* /dev/pts/N of its devpts */
};

#define TTY_PAIR_INIT ((struct tty_pair){.master = -1, .slave = -1})

/* A new pair of the devpts at /dev/pts beneath root_fd. -ENODEV when what is there is no devpts. */
int tty_pair_open(int root_fd, struct tty_pair *ret, struct err *reterr);
void tty_pair_close(struct tty_pair *p);

/* The slave to that user; its group is that of the devpts. Ignored where the file system does not let us. */
int tty_give_to(const struct tty_pair *p, uid_t uid, struct err *reterr);

/*
 * The slave at /dev/console beneath root_fd, which is made as an empty file if nothing is there. -EEXIST when
 * a link or a directory is. `procfs` serves kernels without open_tree(2).
 */
int tty_bind_console(const struct tty_pair *p, int root_fd, struct procfs *procfs, struct err *reterr);

/* For a session leader without a terminal: the terminal behind the descriptor becomes its own. */
int tty_control(int slave, struct err *reterr);

/* The slave becomes descriptors 0, 1 and 2. */
int tty_to_stdio(const struct tty_pair *p, struct err *reterr);

/* The number of a master's slave. */
int tty_number(int master, uint32_t *ret);

/* Any fd of a terminal. Sizes in characters; -EINVAL of tty_get_size when the terminal knows none (0 x 0). */
struct tty_size {
    uint16_t rows, columns;
};
int tty_get_size(int fd, struct tty_size *ret);
int tty_set_size(int fd, struct tty_size size);

/*
 * Raw mode: every key is a byte, none is a signal. `before` is what tty_restore gives back, at once. Both
 * take effect without waiting for output.
 */
int tty_set_raw(int fd, struct termios *before, struct err *reterr);
void tty_restore(int fd, const struct termios *before);

/* The byte that means "end of input" to who reads the slave now, or -1: it takes bytes as they are. */
int tty_end_of_input(int master);

/* Is the terminal our controlling one, and somebody else's process group in its foreground? */
bool tty_in_background(int fd);

/* In the background: stop until the shell puts us into the foreground, as any program that changes its
 * terminal. */
int tty_wait_foreground(int fd, struct err *reterr);

/*
 * An open file description of our own, non-blocking, for a terminal or a pipe that others (the shell) share:
 * their flags stay theirs. -EINVAL for other types; any error: use the descriptor as it is.
 */
int tty_reopen(int fd, int access_mode);
