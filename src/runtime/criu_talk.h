/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One conversation with criu: started, asked for its version, given one request, answered at each
 * notification; and why it failed, with the lines of its log that say so.
 *
 * How long criu is waited for: a minute where it has nothing to do; else for as long as it lives, since a
 * dump takes as long as its pages. Meanwhile SIGHUP, SIGINT, SIGQUIT and SIGTERM are held, and end it
 * (-EINTR): a dump in order, by a no to criu's next notification, so that criu takes back what it did to the
 * processes, and by SIGKILL if there is none for ten seconds; a restore, which has nothing to take back, at
 * once.
 */
#pragma once

#include "core/criu_rpc.h"
#include "kernel/criu.h"
#include "runtime/log.h"

struct criu_talk {
    struct criu_process process;
    struct log *log;
    int version;          /* 40101 for 4.1.1 */
    int log_dir;          /* of criu's log file; not owned */
    const char *log_path; /* the same for messages; absolute */
    /* At a notification; *fd came with it (-1: none) and may be taken. NULL: all is well. An error ends it.
     */
    int (*notify)(void *ctx, const char *script, pid_t pid, int *fd, struct err *reterr);
    void *ctx;
    bool kill_at_once; /* when a signal comes */
    int stop_fd;       /* readable while one is there */
    uint64_t mask;     /* before */
    int stopped_by;    /* its number */
    int64_t give_up_ms;
};

/* criu 3.0 is the oldest that can be asked for its version. */
#define CRIU_VERSION_MIN       30000
#define CRIU_VERSION_EXT_NET   31100
#define CRIU_VERSION_FREEZE_V2 31400
#define CRIU_VERSION_EXT_PID   31500
#define CRIU_VERSION_LSM       31600
#define CRIU_VERSION_NFTABLES  31700

void criu_talk_init(struct criu_talk *t, struct log *log);
void criu_talk_done(struct criu_talk *t);

/* Find and start it; it waits. Then, when it is where it belongs, let it go and ask for its version. */
int criu_talk_start(struct criu_talk *t, const struct criu_start *how, struct err *reterr);
int criu_talk_begin(struct criu_talk *t, struct err *reterr);

/* "criu X.Y is needed for WHAT, this is 3.17". */
int criu_talk_need(const struct criu_talk *t, int version, const char *what, struct err *reterr);

/* Where nothing was said: nftables, if iptables is not there and criu can. */
void criu_talk_choose_lock(const struct criu_talk *t, struct criu_opts *opts);

/* What the kernel and criu can do together. */
int criu_talk_features(struct criu_talk *t, struct criu_features *ret, struct err *reterr);

/* The request. criu has ended when this returns. */
int criu_talk_ask(struct criu_talk *t, enum criu_type type, const struct criu_opts *opts,
                  struct criu_answer *ret, struct err *reterr);
