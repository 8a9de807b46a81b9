/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp agent: who listens at /linux/seccomp/listenerPath for listeners of containers and of processes
 * that exec starts (config-linux.md "Seccomp": a Unix stream socket; one container process state with the
 * descriptor a connection, which is closed then).
 *
 * It is looked for when there is something to hand over, not before: a createRuntime hook may start it.
 */
#pragma once

#include "core/config.h"
#include "core/plan.h"
#include "core/process_state.h"

/* Connect, send and close, all within AGENT_MS. `listener` stays the caller's. state: without metadata. */
#define AGENT_MS 10000
int agent_send(const struct plan *plan, const struct process_state *state, int listener, struct err *reterr);
