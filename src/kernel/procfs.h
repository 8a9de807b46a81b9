/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc that can be trusted. What is mounted at /proc inside a container's mount namespace may be anything
 * (CVE-2019-16884, CVE-2025-52881); labels, sysctls and the runtime's own descriptors go through a procfs
 * that was made here and is attached nowhere:
 *
 *     1. fsopen("proc") + fsmount: a detached instance of our pid namespace
 *     2. open_tree(/proc, OPEN_TREE_CLONE): a private copy without what is mounted over parts of it
 *     3. open(/proc)
 *
 * 2 and 3 are accepted only if they are procfs and its root (inode 1). Every lookup is beneath that root,
 * crosses no mount and follows no link but `self` and `thread-self`.
 *
 * A struct procfs is lazy: nothing is made until the first call that needs it. The calling process must
 * already be in the pid namespace it wants to see, so it is not used across a clone into a new one. The
 * handle shows all of /proc/sys: procfs_done before anything of the container runs. When it may be needed
 * after pivot_root, call procfs_open_root before: the lower rungs look for the host's /proc by name.
 * Descriptors are close-on-exec.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"

#include <sys/types.h>

struct procfs {
    int fd; /* root of the procfs, -1: not yet */
};

#define PROCFS_INIT ((struct procfs){.fd = -1})

int procfs_open_root(struct procfs *p, struct err *reterr); /* makes sure p->fd is open */
void procfs_done(struct procfs *p);

/* Open beneath the root: "self/attr/exec", "thread-self/attr/apparmor/exec", "sys/net/ipv4/ip_forward". */
int procfs_open(struct procfs *p, const char *path, int flags, struct err *reterr) NODISCARD;

/* Open, one write(2), close. */
int procfs_write(struct procfs *p, const char *path, const void *data, size_t len, struct err *reterr);

/* Read a small file, terminated; the length, -EMSGSIZE when it does not fit. */
int procfs_read(struct procfs *p, const char *path, char *dst, size_t cap, struct err *reterr);

/*
 * A new open file description of what an O_PATH descriptor refers to, with other flags: self/fd/N of this
 * procfs (a directory needs no procfs). Only regular files, directories and devices, which the caller has
 * looked at: opening a FIFO or a socket may hang (-EINVAL). O_NONBLOCK and O_NOCTTY are the caller's to add
 * for devices.
 */
int procfs_reopen(struct procfs *p, int opath_fd, int flags, struct err *reterr) NODISCARD;

/*
 * "self/fd/N": a path for calls that know only paths, relative to the root of a procfs. The caller makes that
 * root its working directory (fchdir) first. Used on the lower rungs of ladders only.
 */
struct procfs_fd_path {
    char text[32];
};
struct procfs_fd_path procfs_fd_path(int fd);

/*
 * Write a sysctl component by component beneath sys/ (no component is a link, "." or ".."): one write(2) of
 * the value as given. -ENOENT, -EACCES, -EINVAL are errors that name the sysctl in dotted form.
 */
int procfs_sysctl(struct procfs *p, const struct plan_sysctl *sysctl, struct err *reterr);

/* ---- the host's /proc by name, for the runtime process; verified to be procfs ---- */

/* O_PATH|O_DIRECTORY of /proc/PID, for openat(2). -ESRCH when there is no such process. */
int procfs_open_pid(pid_t pid, struct err *reterr) NODISCARD;

/* The caller itself, whatever getpid(2) says in a pid namespace that this /proc is not of. */
int procfs_open_self(struct err *reterr) NODISCARD;

#define PROCFS_NAME_MAX 16
struct procfs_stat {
    char name[PROCFS_NAME_MAX]; /* field 2, what does not print as '?' */
    char state;                 /* 'R', 'S', 'Z', 'X', ... */
    pid_t ppid;
    bool has_executed;   /* field 9: since it was forked it has called execve(2) (no PF_FORKNOEXEC) */
    uint64_t start_time; /* field 22, clock ticks since boot: with the pid, the identity of a process */
    int exit_code;       /* field 52, a wait status; means something in state Z only; 0: also "not shown" */
};

/* /proc/PID/stat, the name skipped to its last ')'. -ESRCH when there is no such process. */
int procfs_stat(pid_t pid, struct procfs_stat *ret);
int procfs_stat_at(int pid_dirfd, struct procfs_stat *ret);

/* "1234 (sleep, state D)", or "1234" when it is gone. */
#define PROCFS_DESCRIBE_MAX 48
const char *procfs_describe(pid_t pid, char out[PROCFS_DESCRIBE_MAX]);

/* Pure: the text of a stat file. -EINVAL. */
int procfs_parse_stat(const char *text, struct procfs_stat *ret);

#define PROCFS_BOOT_ID_LEN 36
/* /proc/sys/kernel/random/boot_id, terminated, without newline. */
int procfs_boot_id(char ret[PROCFS_BOOT_ID_LEN + 1], struct err *reterr);
