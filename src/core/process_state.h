/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container process state: what a seccomp agent is told beside the descriptor of a listener
 * (config-linux.md "The Container Process State"), and where the agent listens.
 */
#pragma once

#include "base/arena.h"
#include "core/hooks.h"

struct process_state {
    int64_t pid;             /* of the process that the filter is for, as the runtime sees it */
    const char *metadata;    /* listenerMetadata; NULL: absent */
    struct hook_state state; /* of the container; its pid is that of the container's init */
};

/* One line of compact JSON without a newline, for one descriptor, "seccompFd". Failures stick in `out`. */
void process_state_json(const struct process_state *s, struct buf *out);

/* listenerPath as a path of the host: a relative one is the bundle's. NULL: no memory. */
const char *process_state_socket(struct arena *a, const char *listener_path, const char *bundle);
