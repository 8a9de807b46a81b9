/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing whole things. Two kinds of write exist and must not be mixed up: a *stream* (file,
 * pipe) is written until all is out; a *kernel file* (/proc, /sys, cgroup, id maps) takes one write(2), since
 * a second one would be a second command: a short write there is an error.
 *
 * Everything returns 0 (or a length) or a negative errno and fills reterr where it is a parameter.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

/* CLOCK_MONOTONIC in milliseconds; deadlines everywhere in kernel/ and runtime/ are absolute values of this
 * clock. */
int64_t io_now_ms(void);
#define IO_NO_DEADLINE INT64_MAX

/* A pause; ends early when a signal comes. */
void io_sleep_ms(unsigned ms);

/* Milliseconds for poll(2) until the deadline: 0 when passed, -1 for IO_NO_DEADLINE. */
int io_poll_timeout(int64_t deadline_ms);

/*
 * Stream: all bytes; EINTR is retried, EAGAIN waits for POLLOUT until the deadline (-ETIMEDOUT). A closed
 * pipe gives -EPIPE (SIGPIPE is the caller's to ignore).
 */
int io_write_all(int fd, const void *data, size_t len, int64_t deadline_ms);

/* Kernel file: exactly one write(2), EINTR retried; -EIO when it was short. */
int io_write_once(int fd, const void *data, size_t len);

/* Exactly `len` bytes; -ENODATA when the end came first. EINTR and EAGAIN as above. */
int io_read_exact(int fd, void *data, size_t len, int64_t deadline_ms);

/* Appends until end of file; -EMSGSIZE when `out` is full (its maximum is the bound), -ENOMEM. */
int io_read_all(int fd, struct buf *out);

/*
 * A small file into the caller's memory, terminated. Returns the length; -EMSGSIZE when it does not fit.
 * O_NOFOLLOW and O_CLOEXEC; opens with O_NOCTTY|O_NONBLOCK, so that a FIFO does not hang.
 */
int io_read_file(int dirfd, const char *name, char *dst, size_t cap);

/* Open an existing kernel file write-only (O_NOFOLLOW, never O_CREAT or O_TRUNC), write_once, close. */
int io_write_file(int dirfd, const char *name, const void *data, size_t len);

/*
 * Replace dirfd/name so that at any moment the old or the new contents are there, never a part: a fresh name
 * with O_EXCL, write, fsync of the file, rename, fsync of the directory. `durable` false leaves out the two
 * fsyncs (the file survives a crash of the process, not of the machine). On failure nothing of ours stays in
 * the directory. `name` has no slash.
 */
int io_replace_file(int dirfd, const char *name, mode_t mode, const void *data, size_t len, bool durable,
                    struct err *reterr);
