/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment of a process, as data: an array of "NAME=value" strings. No function here looks at the
 * environment of the caller (environ(7)).
 *
 * Names are unique by the last entry, as runc does it: of several entries with one name the last one counts
 * and keeps its own position. An entry without '=' or with an empty name ("=x") has no name: it is passed
 * through untouched, never matched and never merged. A NUL cannot occur: the strings are terminated.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "core/config.h"

#include <stdbool.h>
#include <stdint.h>

/* PATH of a process that has none, as execvp(3) of glibc and musl take it without the current directory. */
#define ENV_PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Value of the last entry called NAME, a pointer into the array; NULL when there is none. env may be NULL if
 * n is 0. */
const char *env_find(const char *const *env, size_t n, const char *name);

/*
 * The name of an entry, without the '='; ptr is NULL for an entry that has no name.
 */
struct str env_name(const char *entry);

/*
 * The array for execve(2): entries of `first`, then of `then` (either may be NULL), earlier duplicates
 * dropped, order kept, NULL-terminated. The strings are shared with the arguments. *ret_n (may be NULL)
 * counts without the NULL. -ENOMEM. Time is n log n for any contents.
 */
int env_build(struct arena *a, const struct strings *first, const struct strings *then,
              const char *const **ret, size_t *ret_n, struct err *reterr);

/*
 * The directories of PATH in order, as execvp(3) reads them: an empty element is the current directory (".").
 *
 *     struct str rest = str_of(path), dir;
 *     while (env_path_next(&rest, &dir)) ...
 *
 * An empty PATH names the current directory only; a PATH that is not set is the caller's matter
 * (ENV_PATH_DEFAULT).
 */
bool env_path_next(struct str *rest, struct str *dir);

/* "DIR/FILE" terminated into out[size]; -ENAMETOOLONG. DIR "." gives "./FILE": never a name that is searched
 * again. */
int env_path_join(char *out, size_t size, struct str dir, const char *file);

/*
 * Socket activation (sd_listen_fds(3)): the number of descriptors from 3 on that are passed to the container.
 * `fds` and `pid` are the values of LISTEN_FDS and LISTEN_PID, NULL when unset. Descriptors that are meant
 * for another process (LISTEN_PID unset or not own_pid) are 0, not an error. A count that is no number or
 * beyond ENV_LISTEN_FDS_MAX is ERR_USAGE, -EINVAL: it is never rounded or cut.
 */
#define ENV_LISTEN_FDS_MAX 4096
int env_listen_fds(const char *fds, const char *pid, int64_t own_pid, uint32_t *ret, struct err *reterr);

/*
 * NOTIFY_SOCKET (sd_notify(3)): NULL and "" are "none" (0). 1 when it is an absolute path or an abstract name
 * ("@x") that fits sockaddr_un.sun_path (107 bytes). Anything else: ERR_USAGE, -EINVAL.
 */
#define ENV_NOTIFY_SOCKET_MAX 107
int env_notify_socket(const char *value, struct err *reterr);
