/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled filters on disk: <state root>/.cache/seccomp/<key>, the directory 0700 and the file 0400, both of
 * the effective user. The key is a 256-bit hash over length-prefixed fields of the policy (default,
 * architectures, flags, ENOSYS, every rule with its action, errno, names and conditions), libseccomp's
 * version, ours, and the kernel's feature bits. A file is used only when owner, mode, type, size, header and
 * checksum are right; otherwise it is as if it were not there, and the next put replaces it. A put writes a
 * temporary file and renames it: readers see the old file, the new one or none. At most SECCOMP_CACHE_MAX
 * files are kept: a put that finds more removes the oldest half. A cache that cannot be used never fails a
 * container: see seccomp_cache_compile.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/seccomp_policy.h"
#include "kernel/seccomp_bpf.h"

#include <stdbool.h>
#include <stdint.h>

#define SECCOMP_CACHE_MAX      64u
#define SECCOMP_CACHE_KEY_SIZE 32u

struct seccomp_cache_key {
    uint8_t bytes[SECCOMP_CACHE_KEY_SIZE];
};

/* `version`: of this program, LORICA_VERSION and commit. `kernel`: facts.kernel. */
void seccomp_cache_key(const struct seccomp_policy *policy, const char *version, uint32_t kernel,
                       struct seccomp_cache_key *ret);

/*
 * Open ".cache/seccomp" beneath the state root, made when it is missing; close-on-exec. Fails (ERR_SYSTEM)
 * when a part of it is a symbolic link, of another user, or open to others (then -EPERM).
 */
int seccomp_cache_open(int state_root_fd, int *ret_fd, struct err *reterr) NODISCARD;

/* 0 and the filter on the arena; -ENOENT: not there or not to be trusted; -ENOMEM. */
int seccomp_cache_get(struct arena *a, int dir_fd, const struct seccomp_cache_key *key,
                      struct seccomp_filter *ret) NODISCARD;

/* Keep a filter that seccomp_compile returned. Negative errno: not kept. */
int seccomp_cache_put(int dir_fd, const struct seccomp_cache_key *key, const struct seccomp_filter *filter);

/*
 * What the runtime calls: from the cache, or compiled and kept. `state_root_fd` -1: no cache. A cache that
 * fails in any way is passed over silently. *ret_hit (may be NULL): it came from the cache.
 */
int seccomp_cache_compile(struct arena *a, int state_root_fd, const struct seccomp_policy *policy,
                          const char *version, uint32_t kernel, struct seccomp_filter *ret, bool *ret_hit,
                          struct err *reterr) NODISCARD;
