/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is decided about hooks (config.md "POSIX-platform Hooks"): their names, status, argv and environment,
 * the document on their standard input, how long they may run, and what is said when one fails. runtime/hooks
 * runs them.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/config.h"
#include "core/json_write.h"

#include <stdint.h>

/* hook_kind_name() is in core/config.h. -EINVAL when there is no such kind. */
int hook_kind_find(struct str name, enum hook_kind *ret);

/* The container's status while hooks of that kind run: "creating", "created", "running" or "stopped". */
const char *hook_status(enum hook_kind kind);

/*
 * argv of a hook, NULL-terminated: `args` as given (argv[0] included), or {path} when there are none. The
 * strings are the configuration's. NULL: no memory.
 */
const char *const *hook_argv(struct arena *a, const struct config_hook *hook);

/*
 * The environment of a hook, NULL-terminated and without duplicates: its own `env` when given, even [];
 * otherwise startContainer hooks get the container's environment and all others the runtime's. -ENOMEM.
 */
int hook_env(struct arena *a, enum hook_kind kind, const struct config_hook *hook,
             const struct strings *runtime_env, const struct strings *container_env, const char *const **ret,
             struct err *reterr);

/* ---- the state on standard input (runtime.md "State") ---- */

struct hook_state {
    const char *id;
    const char *status;              /* hook_status() */
    int64_t pid;                     /* as seen from the runtime; 0 is left out */
    const char *bundle;              /* absolute */
    const struct pairs *annotations; /* NULL or empty: left out */
};

/* One line of compact JSON without a newline. Failures stick in `out`. */
void hook_state_json(const struct hook_state *s, struct buf *out);

/* The same as a value within a document. */
void hook_state_write(const struct hook_state *s, struct json_writer *w);

/* ---- time. A clock is milliseconds of CLOCK_MONOTONIC, >= 0 ---- */

#define HOOK_NO_DEADLINE INT64_MAX

/* When a hook that starts now has to be gone: saturating. A timeout of 0 or less (validate refuses it) is
 * over at once. */
int64_t hook_deadline_ms(struct opt_i64 timeout_s, int64_t now_ms);

/* The timeout for poll(2): -1 without deadline, 0 when it is over, at most INT_MAX. Round again while it is >
 * 0. */
int hook_poll_ms(int64_t deadline_ms, int64_t now_ms);

/* ---- what is said ---- */

enum hook_end {
    HOOK_END_EXITED,   /* value: exit status 0 ... 255 */
    HOOK_END_SIGNALED, /* value: signal number; core_dumped */
    HOOK_END_TIMEOUT,  /* value: the timeout in seconds */
    HOOK_END_EXEC      /* value: errno of execve or what came before it */
};

struct hook_result {
    enum hook_end end;
    int64_t value;
    bool core_dumped;
    struct str out; /* captured standard output, any bytes */
    struct str err; /* captured standard error */
};

/*
 * `error running createRuntime hook #0: exit status 1, stdout: X, stderr: Y`,
 * `...: signal: killed, stdout: ...`, `...: hook ran past specified timeout of 1.0s, stdout: ...`,
 * `...: fork/exec /no/such: no such file or directory`.
 * White space around the output is trimmed, and it is shortened at its beginning ("...") until the whole fits
 * struct err with room for two prefixes; bytes that are not printable ASCII or UTF-8 become '?'. ERR_SYSTEM;
 * -errno for EXEC, -ETIMEDOUT for TIMEOUT, -ECHILD otherwise. index counts from 0.
 */
int hook_error(struct err *reterr, enum hook_kind kind, size_t index, const struct config_hook *hook,
               const struct hook_result *result);
