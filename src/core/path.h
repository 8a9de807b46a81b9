/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as text. Nothing here looks at a file system, so ".." is taken lexically ("/a/../b" is "/b" even
 * where /a is a symbolic link); resolving beneath a root is the business of kernel/fs, which takes clean
 * paths only.
 *
 * A *clean* path is absolute, has no "." or ".." component, no doubled and no trailing slash, no component
 * above PATH_NAME_MAX and at most PATH_LEN_MAX bytes: "/", "/a/b".
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define PATH_LEN_MAX     4095u /* PATH_MAX counts the terminator: <linux/limits.h> */
#define PATH_NAME_MAX    255u  /* NAME_MAX */
#define CONTAINER_ID_MAX 1024u

bool path_is_clean(const char *path);

/*
 * The clean form of `path`. A relative path is taken from "/"; ".." at the root stays at the root, as in a
 * chroot;
 * "" is "/". -ENAMETOOLONG: the result is no path for the kernel; -ENOMEM.
 */
int path_clean(struct arena *a, const char *path, const char **ret) NODISCARD;

/*
 * `path` beneath `base`: base + path_clean(path), so that neither a leading slash nor ".." leaves base.
 * `base` must be clean. -EINVAL when it is not; -ENAMETOOLONG, -ENOMEM.
 */
int path_join(struct arena *a, const char *base, const char *path, const char **ret) NODISCARD;

/*
 * What `path` means in directory `base`: an absolute path is itself, a relative one goes from base and may
 * leave it by "..". For host paths of the config that are relative to the bundle. Result clean; errors as
 * path_join.
 */
int path_resolve(struct arena *a, const char *base, const char *path, const char **ret) NODISCARD;

/* Both clean: path is base or lies in it. */
bool path_is_beneath(const char *base, const char *path);

/* Slices of a clean path. "/a/b": "b" and "/a"; "/a": "a" and "/"; "/": "" and "/". */
struct str path_basename(const char *path);
struct str path_dirname(const char *path);

/*
 * Component iterator: struct str rest = str_of(path); while (path_next(&rest, &component)) ...
 * Gives every non-empty component of any path, "." and ".." included.
 */
bool path_next(struct str *rest, struct str *component);

/* One name that can be created in a directory: not empty, ".", "..", no slash, no NUL, at most PATH_NAME_MAX
 * bytes. */
bool path_is_name(struct str name);

/* Letters, digits and _+.- ; not "." or ".."; 1 to CONTAINER_ID_MAX bytes. -EINVAL, "invalid container ID
 * format". */
int container_id_check(const char *id, struct err *reterr);
