/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named checkpoints: BUNDLE/checkpoints/NAME/ holds the images of one. They belong to the bundle, not to the
 * container, which may be gone when they are wanted. criu's logs lie beside them, in BUNDLE/checkpoints.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "runtime/runtime.h"

/* The bundle that `id` was made from, or, when there is no such container, `bundle` (NULL: current
 * directory). */
int checkpoints_bundle(struct runtime *rt, struct arena *a, const char *id, const char *bundle,
                       const char **ret, struct err *reterr);

/* Where images and log of that name are. ERR_USAGE for what is no name. */
int checkpoints_path(struct arena *a, const char *bundle, const char *name, const char **ret_images,
                     const char **ret_logs, struct err *reterr);

/* Make its directory: -EEXIST "checkpoint NAME exists already". */
int checkpoints_make(struct arena *a, const char *bundle, const char *name, struct err *reterr);

/* -ENOENT "checkpoint NAME does not exist". */
int checkpoints_check(struct arena *a, const char *bundle, const char *name, struct err *reterr);
int checkpoints_delete(struct arena *a, const char *bundle, const char *name, struct err *reterr);

/* [{"name": ..., "created": RFC3339Nano}, ...] by name, 2-space JSON and a newline. */
int checkpoints_list(struct arena *a, const char *bundle, struct buf *out, struct err *reterr);
