/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter with SCMP_ACT_NOTIFY, and how its listener leaves the process that it binds.
 *
 * The listener exists only once the filter is in force, and from then on every system call of ours may be one
 * that waits for an answer: that of an agent which has no listener yet. So another process hands it over: it
 * shares our descriptors (CLONE_FILES) and was made before, which keeps the filter off it.
 *
 *     init                        its helper                      runtime
 *      | clone ------------------> |
 *      | seccomp(2)                | looks at the shared report
 *      | report->listener ~~~~~~~> |
 *      | wait4                     | ------- LISTENER ----------> | connects to listenerPath, sends
 *      |                           | closes it, for both          |
 *      |                           | <--- START or LISTENING ---- |
 *      | <~~~~ handed_over ------- | ends
 *
 * Between seccomp(2) and the last line we make one system call, wait4(2). It may be one that the agent is
 * asked about, since by then nothing waits for us; where the filter refuses it, we look at the report
 * instead. So there is no system call that a policy could not notify about.
 *
 * The helper dies with init; init gives up when the runtime dies (the helper's channel ends).
 */
#pragma once

#include "runtime/init.h"

/* Load c->seccomp, which has SECCOMP_FLAG_NEW_LISTENER. On return the agent has the listener, and we have
 * not. */
int hand_over_load(struct init_ctx *c, struct err *reterr);
