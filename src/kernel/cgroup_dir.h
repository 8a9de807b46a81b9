/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of a cgroup file system, what the files kernel/cgroup*.c are made of; nobody else needs it.
 * Descriptors are O_PATH | O_DIRECTORY | O_CLOEXEC. Relative paths have no leading slash; "" is the directory
 * itself.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "kernel/cgroup.h"

#include <stdbool.h>
#include <sys/types.h>

#define CGROUP_FILE_MAX  (1u << 22) /* bytes read from one file: half a million pids */
#define CGROUP_DEPTH_MAX 512u       /* levels of sub-cgroups that a walk follows: one descriptor each */

/* The mount point, its file system type verified. -ENODEV when it is another one. */
int cgroup_dir_mount(const char *mountpoint, bool v2, struct err *reterr) NODISCARD;

/* A directory beneath dirfd: no link, no "..", no other mount. -errno without a message. */
int cgroup_dir_open(int dirfd, const char *relative) NODISCARD;

/* The member's directory; opened once. -ENOENT without a message when it is not there. */
int cgroup_member_open(struct cgroup *c, struct err *reterr) NODISCARD;

/* A descriptor for reading the directory, or polling; reopens an O_PATH one. */
int cgroup_dir_file(int dirfd, const char *file, int flags) NODISCARD;

/* Small file, terminated, trailing newline cut. Length or -errno. */
int cgroup_dir_read(int dirfd, const char *file, char *dst, size_t cap);
int cgroup_dir_read_u64(int dirfd, const char *file, uint64_t *ret);
int cgroup_dir_write(int dirfd, const char *file, const char *value);

/* The number after "KEY " on a line of a flat keyed file ("populated 0"); -ENODATA when there is no such
 * line. */
int cgroup_dir_read_key(int dirfd, const char *file, const char *key, uint64_t *ret);

/* Wait until KEY of cgroup.events is `wanted`: "populated" 0, "frozen" 1. -ETIMEDOUT. */
int cgroup_dir_wait_event(int dirfd, const char *key, uint64_t wanted, int64_t deadline_ms);

/* Names of sub-directories, each with its terminator, appended; sorted by the kernel. */
int cgroup_dir_children(int dirfd, struct buf *names);

/* Call visit(dirfd, arg) for the directory and everything below, parents first. The first result != 0 ends
 * it. */
int cgroup_dir_walk(int dirfd, int (*visit)(int dirfd, void *arg), void *arg);

/* Every process of this directory and below, appended. */
int cgroup_dir_pids(int dirfd, struct cgroup_pids *ret);

/* Remove every sub-directory. -EBUSY at the first that still has processes. */
int cgroup_dir_remove_children(int dirfd);

/* The member that holds a v1 freezer, or NULL. */
struct cgroup *cgroup_set_freezer(struct cgroup_set *s);

/* The member from which processes are listed: unified, freezer, first; NULL when none exists any more. */
struct cgroup *cgroup_set_lister(struct cgroup_set *s);

/* "CALL MOUNTPOINT/PATH/FILE[ "VALUE"]: errno text" */
int cgroup_err(struct err *reterr, int code, const char *call, const struct cgroup *c, const char *file,
               const char *value);

/* "2 process(es) left: 12 (sleep, state D) 13 (sh, state S)", and whether a cgroup above is frozen (v1). */
#define CGROUP_LEFTOVER_MAX 512
const char *cgroup_leftover(const struct cgroup *c, int dirfd, char out[CGROUP_LEFTOVER_MAX]);

/* min(deadline, now + *step) of sleep; doubles *step up to 32 ms. false: the deadline has passed. */
bool cgroup_sleep(unsigned *step_ms, int64_t deadline_ms);
