/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masked and read-only paths. Runs in init before pivot_root, after the devices were made.
 *
 * A masked file is covered by the container's /dev/null: opened once, without following a link, and used only
 * as the descriptor that was verified to be character 1:3 (CVE-2025-31133: runc used the path). Where it is
 * something else the host's serves, bound read-only so that nobody changes its owner or mode through the
 * mask. A masked directory is covered by an empty read-only tmpfs; one file system serves all directories.
 * Only a target that does not exist is skipped; every other failure is an error: a mask that was asked for is
 * in force.
 */
#pragma once

#include "base/err.h"
#include "kernel/procfs.h"

#include <stdbool.h>

struct mask_ctx {
    int root_fd;          /* not owned */
    int null_fd;          /* the trusted /dev/null, -1: not yet */
    bool null_is_host;    /* it is the host's */
    int empty_fd;         /* root of the empty tmpfs, -1: not yet */
    struct procfs procfs; /* for kernels without the new mount API */
};

void mask_init(struct mask_ctx *ctx, int root_fd);
void mask_done(struct mask_ctx *ctx);

/* Cover `path`. A second time for the same path is harmless. 1 when masked, 0 when there is nothing at
 * `path`. */
int mask_path(struct mask_ctx *ctx, const char *path, struct err *reterr);

/* Bind `path` with all beneath over itself, read-only (mounts beneath it keep their flags, as in runc). 1
 * when done, 0 when there is nothing at `path`. */
int mask_read_only(struct mask_ctx *ctx, const char *path, struct err *reterr);
