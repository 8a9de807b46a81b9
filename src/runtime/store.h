/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory: <root>/<id>/ with
 *
 *     state.json   the container's record (core/state), replaced atomically
 *     config.json  the configuration it was created from; a later edit of the bundle has no effect
 *     resources.json   linux.resources as the last update left them; absent: those of config.json
 *     exec.fifo    there from create to start: its presence means "created"
 *     result.fifo  init's last words between start and execve
 *     notify/      the directory of the notify socket (runtime/notify.h), if the container has one
 *
 * The directory itself is the lock: flock(2) on its descriptor, exclusive for everything that changes the
 * container, shared for looking. A directory that was removed while we waited for the lock counts as absent.
 * Root directories are made 0700 with the sticky bit (cleaners of XDG_RUNTIME_DIR leave those alone), refused
 * when somebody else owns them or may write to them. Names are never followed: openat(2) with O_NOFOLLOW
 * throughout.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

#define STORE_STATE_FILE     "state.json"
#define STORE_CONFIG_FILE    "config.json"
#define STORE_RESOURCES_FILE "resources.json"
#define STORE_EXEC_FIFO      "exec.fifo"
#define STORE_RESULT_FIFO    "result.fifo"
#define STORE_NOTIFY_DIR     "notify"

#define STORE_LOCK_TIMEOUT_MS 10000

/* Open the state root, making it first when `create`. Returns a descriptor; -ENOENT without `create`. */
int store_open_root(const char *path, bool create, struct err *reterr);

/*
 * Make the directory of a new container and take its lock. Returns its descriptor;
 * -EEXIST "container with given ID already exists".
 */
int store_reserve(int root_fd, const char *id, struct err *reterr);

/*
 * Open an existing container. exclusive: locked, for whoever changes it. Otherwise only looked at: locked
 * (shared) unless somebody changes it just now. A hook that asks for the state must not wait for the command
 * that runs the hook; what it reads then may be half-written, and is to be read again. -ENOENT "container
 * does not exist"; -ETIMEDOUT when the exclusive lock stays taken.
 */
int store_open(int root_fd, const char *id, bool exclusive, struct err *reterr);

/*
 * Replace (or, for `fresh` directories, make) a file of text that newlines may follow. Whenever a command is
 * killed, the old content or the new is there, complete (for a fresh file: or an empty file, or none). The
 * caller holds the lock exclusively.
 */
int store_write(int dir_fd, const char *name, const void *data, size_t len, bool fresh, struct err *reterr);

/* A whole regular file, at most max bytes, terminated behind *ret_len. */
int store_read(struct arena *a, int dir_fd, const char *name, size_t max, char **ret, size_t *ret_len,
               struct err *reterr);

/* Is there such a name? false for every error. */
bool store_has(int dir_fd, const char *name);

/*
 * Remove the container's directory with the files above and temporary files of ours. Never crosses a mount
 * and never descends: something foreign inside is an error that names it.
 */
int store_remove(int root_fd, int dir_fd, const char *id, struct err *reterr);

/* The ids beneath the root, sorted; *ret is an array on the arena. */
int store_list(struct arena *a, int root_fd, const char ***ret, size_t *ret_n, struct err *reterr);

/*
 * Wait for whoever holds the lock of a directory that is only looked at; from then on it is shared. -ENOENT
 * "container does not exist" when it was removed meanwhile, -ETIMEDOUT.
 */
int store_settle(int dir_fd, const char *id, struct err *reterr);

/* Let others in while we only wait; the descriptor stays open. store_relock: -ENOENT when it was removed
 * meanwhile. */
void store_unlock(int dir_fd);
int store_relock(int dir_fd, const char *id, struct err *reterr);
