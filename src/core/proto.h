/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol between the runtime process (HOST) and the container's init (INIT): which message may come
 * when.
 *
 *   HOST                    INIT
 *    | <------ UNSHARED ----- |  the intermediate process is in its new user namespace
 *    | ------- MAPPED ------> |  its ids are mapped: it goes on, and clones init
 *    | ------- GO ----------> |  the cgroup is joined, the ids are mapped
 *    | <------ HOOKS -------- |  namespaces and mounts stand
 *    | ------- HOOKS_DONE --> |  prestart and createRuntime have run
 *    | <------ CONSOLE ------ |  the terminal is made; with the descriptor of its master
 *    | <------ LISTENER ----- |  the seccomp filter is in force; with the descriptor of its listener
 *    | ------- START -------> |  the container is recorded: go on without us
 *    | <------ end of file -- |  init runs the program, waits for `start`, or is dead
 *
 * All but START only if the plan needs them.
 *
 * Every message crosses processors and may cost a wake-up, so there are as few as the plan allows: a
 * container without hooks and without a cgroup namespace gets START alone, sent before init asks. How far
 * init came, and why it failed, stands in memory that both share (struct init_report, runtime/report.h),
 * which end of file makes final.
 *
 * A process of `exec` waits for nobody: its conversation is CONSOLE, or nothing. Only behind a filter with a
 * listener it waits until the agent has it: LISTENER is answered with LISTENING, as START answers it in init.
 *
 * Pure: this module knows the order, not the socket.
 */
#pragma once

#include "base/err.h"
#include "core/plan.h"

enum proto_message {
    PROTO_GO = 1,
    PROTO_HOOKS,
    PROTO_HOOKS_DONE,
    PROTO_CONSOLE,
    PROTO_START,
    PROTO_UNSHARED,
    PROTO_MAPPED,
    PROTO_LISTENER,
    PROTO_LISTENING
};

enum proto_side { PROTO_HOST, PROTO_INIT };

#define PROTO_SCRIPT_MAX 8u

/* The whole conversation of one container start, derived from the plan; both sides derive the same. */
struct proto {
    struct {
        enum proto_side sender;
        enum proto_message message;
    } script[PROTO_SCRIPT_MAX];
    uint32_t n;
    uint32_t next; /* the step that must come now */
};

void proto_init(struct proto *p, const struct plan *plan);

/* Is it `sender`'s turn with that message? Advances; -EPROTO and a message naming both otherwise. */
int proto_step(struct proto *p, enum proto_side sender, enum proto_message message, struct err *reterr);

/* The message that side may send now, 0 when it is not its turn. */
enum proto_message proto_turn(const struct proto *p, enum proto_side side);

const char *proto_message_name(enum proto_message message);
