/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.rlimits: names and numbers of getrlimit(2), and the rules of config.md "POSIX process".
 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "core/config.h"

/* RLIM_INFINITY of the kernel interface prlimit64(2), on every architecture. */
#define RLIMIT_UNLIMITED UINT64_MAX

/* "RLIMIT_NOFILE" to RLIMIT_NOFILE, or -1. Exact: upper case with the prefix. */
int rlimit_number(struct str name);

/* The other way, or NULL. */
const char *rlimit_name(int resource);

/*
 * Unknown type, a type twice, soft above hard: -EINVAL. `pointer` is that of the array ("/process/rlimits").
 * A missing type (NULL) is an error, too.
 */
int rlimits_check(const struct config_rlimit *v, size_t n, const char *pointer, struct err *reterr);
