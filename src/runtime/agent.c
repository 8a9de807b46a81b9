/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/agent.h"

#include "base/fd.h"
#include "core/seccomp_policy.h"
#include "kernel/io.h"
#include "kernel/usocket.h"

#include <errno.h>
#include <sys/socket.h>

#define STATE_MAX (16u * 1024u * 1024u)

static int send_state(int socket, const struct process_state *state, int listener, int64_t deadline_ms,
                      struct err *reterr)
{
    AUTO_BUF struct buf text = BUF_INIT(STATE_MAX);

    process_state_json(state, &text);
    if (buf_error(&text) < 0)
        return err_internal(reterr, -buf_error(&text), "cannot format the state for a seccomp agent");
    return usocket_send(socket, text.data, text.len, listener, deadline_ms, reterr);
}

int agent_send(const struct plan *plan, const struct process_state *state, int listener, struct err *reterr)
{
    const struct seccomp_policy *policy = plan_find_seccomp(plan)->seccomp;
    const int64_t deadline_ms = io_now_ms() + AGENT_MS;
    struct process_state s = *state;
    struct arena arena;
    const char *path;
    int r;

    s.metadata = policy->listener_metadata;
    arena_init(&arena, ARENA_CHUNK_DEFAULT, ARENA_MAX_DEFAULT);
    path = process_state_socket(&arena, policy->listener_path, plan->bundle);
    if (!path) {
        r = err_nomem(reterr);
    } else {
        AUTO_CLOSE int fd =
            usocket_connect((struct usocket_name){.path = path}, SOCK_STREAM, deadline_ms, reterr);

        r = fd < 0 ? err_prefix(reterr, "failed to connect with seccomp agent (/linux/seccomp/listenerPath)")
                   : send_state(fd, &s, listener, deadline_ms, reterr);
        if (fd >= 0 && r < 0)
            err_prefix(reterr, "cannot send the seccomp listener to its agent at %s", path);
    }
    arena_done(&arena);
    return r;
}
