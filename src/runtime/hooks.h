/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the hooks of one kind, one after the other, and stops at the first that fails (core/hooks.h decides
 * everything about them). Works in the runtime process and inside init, before and after pivot_root: nothing
 * is taken from /proc, and without pidfds (kernel < 5.3, or a seccomp profile) the end of a hook is found by
 * waitpid(2).
 *
 * A hook is a session of its own. Standard input is the state document, standard output and error are
 * captured, no other descriptor of ours is inherited; signal mask and dispositions are the defaults. When the
 * timeout is over the whole process group is killed. Grandchildren that keep the pipes open do not hold us:
 * once the hook itself has ended they get HOOKS_PIPE_GRACE_MS to write what is left. They are not killed
 * then: a hook may leave a daemon behind.
 */
#pragma once

#include "base/err.h"
#include "core/config.h"
#include "core/hooks.h"
#include "kernel/procattr.h"

#include <stddef.h>

/* Bytes kept of each stream, the last ones; the rest is read and dropped. */
#define HOOKS_CAPTURE_MAX (64u * 1024u)

/* How long a grandchild that holds the pipes open is listened to after the hook has ended. */
#define HOOKS_PIPE_GRACE_MS 100

struct hooks_report {
    enum hook_kind kind;
    size_t index;
    const struct config_hook *hook;
    const struct hook_result *result;
    int64_t start_ms; /* CLOCK_MONOTONIC */
    int64_t duration_ms;
};

struct hooks_run_opts {
    const struct strings *runtime_env;   /* for hooks without an env; NULL: empty */
    const struct strings *container_env; /* the same for startContainer hooks; NULL: empty */
    const char *cwd;                     /* working directory; NULL: the caller's */
    /* What hooks of a caller that has pinned itself to a processor may use; NULL: inherited. */
    const struct procattr_affinity *affinity;
    bool keep_going; /* run the others after a failure (poststop); the first error is returned */
    /* Called after each hook that ran, failed or not; may be NULL. */
    void (*report)(void *ctx, const struct hooks_report *report);
    void *ctx;
};

/*
 * 0, or the error of core/hooks.h hook_error(). `state_json` is not changed and need not be terminated.
 * Children are reaped by their pid only. Must be called while SIGCHLD is not ignored.
 */
int hooks_run(const struct config_hooks *hooks, enum hook_kind kind, const char *state_json, size_t state_len,
              const struct hooks_run_opts *opts, struct err *reterr);
