/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The binary that runs inside a container must not be the host's file: a container that reaches it through
 * /proc/PID/exe could write to it (CVE-2019-5736), and a bug of the page cache would reach it even read-only.
 * So whatever enters a container runs from a sealed memfd, a copy: the one scheme that survives both.
 *
 * Where in time: before the cgroup is joined (the memory is charged to the caller), and before anything of
 * the container was opened.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* 1 when the running program (/proc/self/exe) is a memfd with every seal that matters, 0 when not, negative
 * errno. */
int exeseal_is_sealed(struct err *reterr);

/*
 * A sealed memfd (close-on-exec, executable) with a copy of the running program. Seals: SEAL, SHRINK, GROW,
 * WRITE and, on 6.3, EXEC; read back. -EACCES with an explanation when vm.memfd_noexec forbids it.
 */
int exeseal_copy_self(struct err *reterr) NODISCARD;

/* The same of bytes in memory (a small init program embedded in the binary). */
int exeseal_copy_bytes(const void *image, size_t len, const char *name, struct err *reterr) NODISCARD;

/* execveat(fd, "", argv, envp, AT_EMPTY_PATH). Returns only on failure. */
int exeseal_exec(int fd, char *const argv[], char *const envp[], struct err *reterr);

/*
 * All in one (envp is the environment itself, `environ`): 0 when already sealed; else copies and executes
 * itself with the same arguments, and returns only on failure. Fails closed. A loop is impossible: a copy
 * that is not sealed when it looks at itself is an error, told by the environment variable EXESEAL_ENV, which
 * is removed again.
 */
#define EXESEAL_ENV "_LORICA_SEALED"
int exeseal_ensure(char *const argv[], char **envp, struct err *reterr);
