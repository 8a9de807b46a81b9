/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masked and read-only paths. Runs in init before pivot_root.
 *
 * A masked file is covered by /dev/null: the host's, opened O_PATH before anything of the container is in the
 * way, and verified to be character 1:3, or one made on a file system of our own; never the container's
 * (CVE-2025-31133). A masked directory is covered by an empty read-only tmpfs; one file system serves all
 * directories. Only a target that does not exist is skipped; every other failure is an error: a mask that was
 * asked for is in force.
 */
#pragma once

#include "base/err.h"

struct mask_ctx {
    int root_fd;  /* not owned */
    int null_fd;  /* the trusted /dev/null, -1: not yet */
    int empty_fd; /* root of the empty tmpfs, -1: not yet */
};

void mask_init(struct mask_ctx *ctx, int root_fd);
void mask_done(struct mask_ctx *ctx);

/* Cover `path`. A second time for the same path is harmless. 1 when masked, 0 when there is nothing at
 * `path`. */
int mask_path(struct mask_ctx *ctx, const char *path, struct err *reterr);

/* Bind `path` over itself read-only (recursively). 1 when done, 0 when there is nothing at `path`. */
int mask_read_only(struct mask_ctx *ctx, const char *path, struct err *reterr);
