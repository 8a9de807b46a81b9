/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces by descriptor. (User namespaces' id maps: kernel/userns. New ones at birth: kernel/clone.)
 */
#pragma once

#include "base/err.h"
#include "core/config.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* CLONE_NEW* of a type, and back (NS_TYPE_COUNT when the value is none). Pure. */
int ns_clone_flag(enum ns_type type);
enum ns_type ns_of_clone_flag(int flag);

/* File name in /proc/PID/ns: "mnt", "pid", "net", ... ("pid_for_children" is not among them). Pure. */
const char *ns_file_name(enum ns_type type);

/*
 * Open a namespace file of the host by path: O_PATH first (a FIFO cannot hang it), verified to be on nsfs and
 * of `type` (NS_GET_NSTYPE), then a readable descriptor. -EINVAL "... is not a TYPE namespace".
 */
int ns_open(const char *path, enum ns_type type, struct err *reterr) NODISCARD;

/* The namespace of a process: /proc/PID/ns/NAME beneath a directory descriptor of procfs_open_pid. */
int ns_open_pid(int pid_dirfd, enum ns_type type, struct err *reterr) NODISCARD;

/* True when both descriptors are the same namespace (device and inode); negative errno. */
int ns_same(int fd_a, int fd_b);

/* True when fd is the caller's own namespace of that type; negative errno. */
int ns_is_own(int fd, enum ns_type type);

/* setns(2). A pid or time namespace takes effect on children only. */
int ns_join(int fd, enum ns_type type, struct err *reterr);

/*
 * Join several namespaces of one process at once: setns(pidfd, flags) (5.8), all or nothing. On older kernels
 * -EINVAL/-EBADF is returned as -ENOSYS without a message, nothing has changed, and the caller joins one by
 * one with ns_open_pid descriptors that it opened before.
 */
int ns_join_pidfd(int pidfd, uint64_t clone_flags, struct err *reterr);

/* unshare(2) with CLONE_NEW* flags. */
int ns_unshare(uint64_t clone_flags, struct err *reterr);

/*
 * The caller's /proc/self/timens_offsets, for writing: opened before the caller gives up the rights, or the
 * /proc, that it takes.
 */
int ns_open_time_offsets(struct err *reterr) NODISCARD;

/*
 * The offsets of the time namespace that the caller has unshared, before its first child runs: one write(2)
 * for each clock. One that the kernel does not take (the clock would be negative, or stand beyond the 146
 * years that it counts to) is a config error at "/linux/timeOffsets/CLOCK".
 */
int ns_write_time_offsets(int fd, const struct config_time_offset *offsets, size_t n, struct err *reterr);

/* sethostname, setdomainname. */
int ns_set_hostname(const char *name, struct err *reterr);
int ns_set_domainname(const char *name, struct err *reterr);
