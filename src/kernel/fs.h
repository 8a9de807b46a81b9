/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resolver: the only way to get at anything beneath a root that others may write to. Every path is taken
 * from the root descriptor ("/a", "a" and "../a" all mean root/a); symbolic links, absolute ones too, are
 * followed inside the root as a process chrooted there would, magic links of /proc are refused, mounts are
 * crossed. What is returned is a descriptor: act on it, never on the path again.
 *
 * openat2(2) with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS (5.6) does it; -EAGAIN (a rename raced) is retried
 * at least 128 times and for at least 2 ms. Where the call is missing or filtered (ENOSYS, EPERM) a walk
 * component by component gives the same results and errors: O_PATH | O_NOFOLLOW for each, readlink within the
 * root, at most 40 links, and at the end a check that the result is still inside the root.
 *
 * Creation never uses O_CREAT or O_TRUNC, and works on the descriptor of the parent. EEXIST from a concurrent
 * creator is success when what is there has the right type. Modes are subject to the umask (init runs with 0
 * until the plan's UMASK). Limits: PATH_MAX bytes (-ENAMETOOLONG), 40 links (-ELOOP).
 *
 * All return >= 0 or a negative errno; `reterr` may be NULL. Errors name the path as asked for.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* O_PATH|O_DIRECTORY descriptor of a host path that is trusted (the rootfs itself). -ENOTDIR, -ENOENT. */
int fs_open_root(const char *path, struct err *reterr) NODISCARD;

/*
 * Open `path` beneath root_fd. `flags`: O_PATH, O_DIRECTORY, O_NOFOLLOW (of the last component), O_RDONLY,
 * O_WRONLY, O_RDWR, O_NONBLOCK, O_NOCTTY; O_CLOEXEC is added; O_CREAT, O_TRUNC and O_TMPFILE are refused
 * (-EINVAL). With O_PATH|O_NOFOLLOW a link is returned itself. "" and "/" are the root.
 */
int fs_open(int root_fd, const char *path, int flags, struct err *reterr) NODISCARD;

/*
 * Make every missing directory of `path` (mode) and open the last (O_PATH|O_DIRECTORY). Links are followed
 * inside the root, a dangling one too: what it names is made inside the root. -ENOTDIR when a component is
 * something else.
 */
int fs_mkdir_p(int root_fd, const char *path, mode_t mode, struct err *reterr) NODISCARD;

/*
 * Open (O_PATH) the file at `path`, made as an empty regular file (mode) if nothing is there, with its
 * missing parents (0755). Links, dangling too, are followed inside the root. -EISDIR when a directory is
 * there; another type of file is accepted (a bind may cover it).
 */
int fs_create_file(int root_fd, const char *path, mode_t mode, struct err *reterr) NODISCARD;

/*
 * The directory that holds the last component of `path`: made if missing when `make` (0755), links in it
 * followed inside the root. The last component, without trailing slashes, is copied to `base`. -EINVAL when
 * the path has no last component ("/", "a/..").
 */
int fs_open_parent(int root_fd, const char *path, bool make, char base[256], struct err *reterr) NODISCARD;

/*
 * A symbolic link at `path` with `target` as its text; parents made if missing. Something that exists is left
 * alone: 0 when it is a link with the same text, -EEXIST else.
 */
int fs_symlink(int root_fd, const char *path, const char *target, struct err *reterr);

/* chmod through an O_PATH descriptor: fchmodat2 (6.6), else through a procfs of our own. */
int fs_chmod(int fd, mode_t mode, struct err *reterr);

/*
 * access(2) of a trusted path with the effective ids and capabilities: 0 or a negative errno. faccessat2
 * (5.8); where it is missing or filtered, access(2) when the real ids are the same (it then looks at no
 * capability of a user that is not root), else -ENOSYS.
 */
int fs_access(const char *path, int mode);
