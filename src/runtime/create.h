/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create and run: a bundle becomes a container. The tree of processes, and what passes between them, is drawn
 * in create.c.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "runtime/runtime.h"

struct criu_request; /* runtime/checkpoint.h */

struct create_request {
    const char *id;
    const char *bundle;         /* NULL: current directory */
    const char *pid_file;       /* NULL: none */
    const char *pidfd_socket;   /* NULL: none */
    const char *trace;          /* file for a Chrome trace; NULL: none */
    const char *console_socket; /* who gets the master of the terminal; NULL: the runtime, which stays */
    bool no_pivot;
    bool no_new_keyring;
    uint32_t preserve_fds;
    bool run; /* no second command: go on to the program */
    bool detach;
    bool keep;
    bool no_subreaper;
    const struct criu_request *restore; /* instead of a fresh start: images of criu; NULL */
    bool plan_rootless;                 /* container_plan: for a caller without privileges */
};

/* create, or the first half of run: on failure nothing is left. */
int container_create(struct runtime *rt, const struct create_request *req, struct err *reterr);

struct host_ctx; /* runtime/host.h */

/* The creation itself, in a context of the caller: decide ... serve, and poststart hooks for run. */
int host_create(struct host_ctx *c, struct err *reterr);

/* run: create, wait unless detached, delete unless kept. *exit_status is 0-255, 128+n for signal n. */
int container_run(struct runtime *rt, const struct create_request *req, int *exit_status, struct err *reterr);

/*
 * What create would do on this host, as text or JSON; nothing is touched. The plan is root's, whoever asks,
 * unless req->plan_rootless.
 */
int container_plan(struct runtime *rt, const struct create_request *req, bool json, struct buf *out,
                   struct err *reterr);
