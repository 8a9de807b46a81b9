/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User and group ids of the calling process.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"
#include "kernel/procfs.h"

/*
 * setgroups (unless set_groups is false), setresgid, setresuid; each read back. An empty list where the user
 * namespace denies setgroups leaves the groups as they are. (uid_t)-1 means "leave" to
 * the kernel and is refused (-EINVAL), as main id and as a group. -EINVAL from the kernel says that the id is
 * not mapped. `procfs` shows the caller, if it is open; NULL: one is made when it is needed.
 */
int cred_set_identity(const struct plan_identity *id, struct procfs *procfs, struct err *reterr);

/* chdir as the new user, then a raw getcwd: "(unreachable)" or no leading '/' is an error (CVE-2024-21626).
 */
int cred_chdir(const char *path, struct err *reterr);
