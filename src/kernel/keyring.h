/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session keyring (keyrings(7)): a container must not see its caller's keys.
 */
#pragma once

#include "base/err.h"

/*
 * Join (make) the session keyring of that name ("_ses.ID") and let its possessor search it. Returns 0. A
 * kernel without keys (ENOSYS) is no error; -EDQUOT names the limit of keys per user.
 */
int keyring_join(const char *name, struct err *reterr);
