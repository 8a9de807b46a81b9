/* SPDX-License-Identifier: Apache-2.0 */
#include "core/proto.h"

#include <errno.h>
#include <linux/sched.h>

static void proto_add(struct proto *p, enum proto_side sender, enum proto_message message)
{
    p->script[p->n].sender = sender;
    p->script[p->n].message = message;
    p->n++;
}

void proto_init(struct proto *p, const struct plan *plan)
{
    const struct plan_op *clone = plan_find(plan, OP_CLONE);
    bool intermediate = clone && clone->clone.intermediate;
    bool exec = plan_find(plan, OP_JOIN) != NULL;

    *p = (struct proto){0};
    if (intermediate && (clone->clone.unshare_flags & CLONE_NEWUSER)) {
        proto_add(p, PROTO_INIT, PROTO_UNSHARED);
        proto_add(p, PROTO_HOST, PROTO_MAPPED);
    }
    if (!exec && (intermediate || plan_find(plan, OP_NS_UNSHARE) || plan_find(plan, OP_IDMAP_WRITE) ||
                  plan_find(plan, OP_SYSTEMD_SCOPE)))
        proto_add(p, PROTO_HOST, PROTO_GO);
    if (plan_find(plan, OP_HOOKS_RUNTIME)) {
        proto_add(p, PROTO_INIT, PROTO_HOOKS);
        proto_add(p, PROTO_HOST, PROTO_HOOKS_DONE);
    }
    if (plan_find(plan, OP_CONSOLE))
        proto_add(p, PROTO_INIT, PROTO_CONSOLE);
    if (plan_has_listener(plan)) {
        proto_add(p, PROTO_INIT, PROTO_LISTENER);
        if (exec)
            proto_add(p, PROTO_HOST, PROTO_LISTENING);
    }
    if (!exec)
        proto_add(p, PROTO_HOST, PROTO_START);
}

int proto_step(struct proto *p, enum proto_side sender, enum proto_message message, struct err *reterr)
{
    const char *expected = p->next < p->n ? proto_message_name(p->script[p->next].message) : "end of file";

    if (p->next >= p->n || p->script[p->next].sender != sender || p->script[p->next].message != message)
        return err_proto(reterr, EPROTO, "%s sent \"%s\" where \"%s\" was expected",
                         sender == PROTO_HOST ? "runtime" : "init", proto_message_name(message), expected);
    p->next++;
    return 0;
}

enum proto_message proto_turn(const struct proto *p, enum proto_side side)
{
    if (p->next >= p->n || p->script[p->next].sender != side)
        return 0;
    return p->script[p->next].message;
}

const char *proto_message_name(enum proto_message message)
{
    switch (message) {
    case PROTO_GO: return "go";
    case PROTO_HOOKS: return "hooks";
    case PROTO_HOOKS_DONE: return "hooks-done";
    case PROTO_CONSOLE: return "console";
    case PROTO_START: return "start";
    case PROTO_UNSHARED: return "unshared";
    case PROTO_MAPPED: return "mapped";
    case PROTO_LISTENER: return "listener";
    case PROTO_LISTENING: return "listening";
    }
    return "unknown";
}
