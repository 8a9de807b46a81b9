/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state and list: what is known about containers, for people and programs.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "runtime/runtime.h"

/* The `state` document of one container. */
int container_state(struct runtime *rt, const char *id, struct buf *out, struct err *reterr);

enum list_format { LIST_TABLE, LIST_JSON, LIST_QUIET };

/*
 * Every container of the state root, sorted by id. A root that does not exist is empty when it is the default
 * one, else an error. An entry that cannot be read has the status "broken" and, as JSON, the reason in
 * "error"; it is a warning in the log, "load container X: ...", too.
 */
int container_list(struct runtime *rt, bool default_root, enum list_format format, struct buf *out,
                   struct err *reterr);

/* The ids that match a POSIX extended regular expression anywhere, sorted, a line each. */
int container_match(struct runtime *rt, bool default_root, const char *pattern, struct buf *out,
                    struct err *reterr);
