/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of the container: found the way execvp(3) would find it, inside the container's root and as the
 * container's user, so that "not found" is an error of create and names what the engine asked for.
 *
 * Error texts are those that engines match (Podman, Docker): `exec: "x": executable file not found in $PATH`,
 * `exec: "/x": stat /x: no such file or directory`, `exec: "/x": permission denied`. A directory is
 * "permission denied", as execve(2) itself says.
 */
#pragma once

#include "base/err.h"

#include <limits.h>

/*
 * The path to execute for args[0] = `name` into out. A name with a slash is itself; any other is looked for
 * in `search_path` (the container's PATH; "" means ENV_PATH_DEFAULT was not given either: nothing is found).
 * -ENOENT, -EACCES, -ENAMETOOLONG.
 */
int exec_find(const char *name, const char *search_path, char out[PATH_MAX], struct err *reterr);

/* execve(2); returns only on failure, with the reason as precise as it can be had (missing interpreter, ...).
 */
int exec_run(const char *path, char *const argv[], char *const envp[], struct err *reterr);
