/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checkpoint and restore, through criu. What criu is told is decided in core/criu_args; who says it is
 * runtime/criu_talk.
 */
#pragma once

#include "core/criu_args.h"
#include "runtime/runtime.h"

struct criu_request {
    const char *image_path; /* NULL: "checkpoint" in the current directory */
    const char *work_path;  /* of logs and statistics; NULL: the images' */
    int status_fd;          /* -1: none */
    struct criu_wishes wishes;
};

/*
 * A running or paused container into images. Unless it is left running (or this is a pre-dump) its processes
 * are gone then, and it is stopped until delete. On failure it runs on. -EINTR: a signal that ends programs
 * came meanwhile (runtime/criu_talk).
 */
int container_checkpoint(struct runtime *rt, const char *id, const struct criu_request *req,
                         struct err *reterr);

struct host_ctx;

/* The part of a creation that criu does (runtime/create): the record is reserved, cgroups are not made yet.
 */
int restore_container(struct host_ctx *c, const struct criu_request *req, struct err *reterr);

/* ---- what both need ---- */

#define CRIU_DESCRIPTORS_FILE "descriptors.json"
#define CRIU_MOUNTS_FILE      "lorica-mounts.json" /* mounts that were added to the running container */
#define CRIU_CONFIG_DEFAULT   "/etc/criu/runc.conf"

struct criu_dirs {
    int images, work;                   /* -1: not open; work is -1 when it is the images' */
    const char *images_path, *log_path; /* absolute; of the log: work, or images */
};
#define CRIU_DIRS_INIT ((struct criu_dirs){-1, -1, NULL, NULL})

/* Open both; made (0700) when `make`. */
int criu_dirs_open(struct arena *a, const struct criu_request *req, bool make, struct criu_dirs *ret,
                   struct err *reterr);
void criu_dirs_done(struct criu_dirs *d);

/* The criu configuration that the annotations name, or the default if it is there. */
const char *criu_config_file(const struct pairs *annotations);
