/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "UID[:GID]" of `exec --user`, and the numbers of `--additional-gids`. Numbers only, strict: the whole text,
 * decimal, no sign, no spaces, no leading zero, 0 ... 4294967294. 4294967295 is (uid_t)-1, which setresuid(2)
 * reads as "leave unchanged": it is refused everywhere.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define USER_ID_MAX 4294967294u

struct user_spec {
    uint32_t uid;
    bool has_gid; /* ":GID" was given; otherwise the group stays what it was */
    uint32_t gid; /* 0 when not given */
};

/* ERR_USAGE, -EINVAL: `bad uid: ...`, `bad gid: ...`. Nothing is written on failure. */
int user_spec_parse(const char *text, struct user_spec *ret, struct err *reterr);

/* One id; `what` is "uid", "gid" or "additional gid". */
int user_id_parse(struct str text, const char *what, uint32_t *ret, struct err *reterr);
